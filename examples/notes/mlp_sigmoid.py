"""Handwritten digits by a network 784-512-128-10 of sigmoids: with gradient descent, and with Adam.

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
y = tf.placeholder(tf.float32, [None, 10])

# Small weights for gradient descent: a sigmoid of something large has no slope.
weights_sgd = {
    "h1": tf.Variable(tf.random_normal([n_input, n_hidden_1], stddev=0.039, mean=0)),
    "h2": tf.Variable(tf.random_normal([n_hidden_1, n_hidden_2], stddev=0.055, mean=0)),  # added: left out in the notes
    "out": tf.Variable(tf.random_normal([n_hidden_2, n_classes], stddev=0.120, mean=0)),  # added: left out in the notes
}
biases = {
    "b1": tf.Variable(tf.random_normal([n_hidden_1])),  # corrected: a bracket was missing
    "b2": tf.Variable(tf.random_normal([n_hidden_2])),  # added: left out in the notes
    "out": tf.Variable(tf.random_normal([n_classes])),  # added: left out in the notes
}


def multilayer_perceptron(x, weights, biases):
    layer_1 = tf.nn.sigmoid(tf.add(tf.matmul(x, weights["h1"]), biases["b1"]))
    layer_2 = tf.nn.sigmoid(tf.add(tf.matmul(layer_1, weights["h2"]), biases["b2"]))
    return tf.matmul(layer_2, weights["out"]) + biases["out"]  # the cost has the softmax in it


y_sgd = multilayer_perceptron(x, weights_sgd, biases)
cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(logits=y_sgd, labels=y))
optimizers = [
    ("SGD", tf.train.GradientDescentOptimizer(learning_rate=0.05).minimize(cost)),
    ("Adam", tf.train.AdamOptimizer(learning_rate=0.001).minimize(cost)),
]
accuracy = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(y_sgd, 1), tf.argmax(y, 1)), tf.float32))

for name, train in optimizers:
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for step in range(options.steps):
            batch_xs, batch_ys = mnist.train.next_batch(100)
            _, batch_cost = sess.run([train, cost], feed_dict={x: batch_xs, y: batch_ys})
            if step % 10 == 0:
                print("{} step {}: {}".format(name, step, batch_cost))
        test = {x: mnist.test.images, y: mnist.test.labels}
        print("{} loss {} accuracy {}".format(name, *sess.run([cost, accuracy], feed_dict=test)))
