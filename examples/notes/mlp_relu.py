"""Handwritten digits by a network 784-512-128-10 of rectified units: with gradient descent, and with Adam.

It reads MNIST from the folder MNIST_data, and downloads it where it is not there. --steps says how long to train.
"""

import argparse

import tensorflow as tf
from tensorflow.examples.tutorials.mnist import input_data

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=1000)
options = parser.parse_args()

tf.set_random_seed(777)  # added: the same numbers in every run
mnist = input_data.read_data_sets("MNIST_data/", one_hot=True)

n_hidden_1 = 512
n_hidden_2 = 128
n_input = 784
n_classes = 10

x = tf.placeholder(tf.float32, [None, 784])
y_ = tf.placeholder(tf.float32, [None, 10])

# A rectified unit halves what goes through it: the variance of a weight is 2 / (number of inputs).
weights_relu = {
    "h1": tf.Variable(tf.random_normal([n_input, n_hidden_1], stddev=0.050, mean=0)),
    "h2": tf.Variable(tf.random_normal([n_hidden_1, n_hidden_2], stddev=0.062, mean=0)),
    "out": tf.Variable(tf.random_normal([n_hidden_2, n_classes], stddev=0.125, mean=0)),
}
biases = {
    "b1": tf.Variable(tf.zeros([n_hidden_1])),
    "b2": tf.Variable(tf.zeros([n_hidden_2])),
    "out": tf.Variable(tf.zeros([n_classes])),
}


def multilayer_perceptron(x, weights, biases):
    layer_1 = tf.nn.relu(tf.add(tf.matmul(x, weights["h1"]), biases["b1"]))
    layer_2 = tf.nn.relu(tf.add(tf.matmul(layer_1, weights["h2"]), biases["b2"]))
    return tf.matmul(layer_2, weights["out"]) + biases["out"]


# Two ways to write the cost: on what a softmax layer gives, or on what goes into it, where nothing can overflow.
logits = multilayer_perceptron(x, weights_relu, biases)
y = tf.nn.softmax(logits)
cost_of_softmax = tf.reduce_mean(-tf.reduce_sum(y_ * tf.log(y), reduction_indices=[1]))
cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(logits=logits, labels=y_))
optimizers = [
    ("SGD", tf.train.GradientDescentOptimizer(learning_rate=0.05).minimize(cost)),
    ("Adam", tf.train.AdamOptimizer(learning_rate=0.001).minimize(cost)),
]
accuracy = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(y, 1), tf.argmax(y_, 1)), tf.float32))

for name, train in optimizers:
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for step in range(options.steps):
            batch_xs, batch_ys = mnist.train.next_batch(100)
            feed = {x: batch_xs, y_: batch_ys}
            if step % 10 == 0:
                print("{} step {}: {} {}".format(name, step, *sess.run([cost, cost_of_softmax], feed_dict=feed)))
            sess.run(train, feed_dict=feed)
        test = {x: mnist.test.images, y_: mnist.test.labels}
        print("{} loss {} accuracy {}".format(name, *sess.run([cost, accuracy], feed_dict=test)))
