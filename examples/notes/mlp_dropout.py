"""Handwritten digits by rectified units with dropout, of what goes in and of the hidden layers.

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
keep_prob = tf.placeholder(tf.float32)
keep_prob_input = tf.placeholder(tf.float32)

weights = {
    "h1": tf.Variable(tf.random_normal([n_input, n_hidden_1], stddev=0.050, mean=0)),
    "h2": tf.Variable(tf.random_normal([n_hidden_1, n_hidden_2], stddev=0.062, mean=0)),
    "out": tf.Variable(tf.random_normal([n_hidden_2, n_classes], stddev=0.125, mean=0)),
}
biases = {
    "b1": tf.Variable(tf.random_normal([n_hidden_1], stddev=0.1)),
    "b2": tf.Variable(tf.random_normal([n_hidden_2], stddev=0.1)),
    "out": tf.Variable(tf.random_normal([n_classes], stddev=0.1)),
}

layer_drop_input = tf.nn.dropout(x, keep_prob_input)
layer_1 = tf.nn.relu(tf.add(tf.matmul(layer_drop_input, weights["h1"]), biases["b1"]))
layer_1_drop = tf.nn.dropout(layer_1, keep_prob)
layer_2 = tf.nn.relu(tf.add(tf.matmul(layer_1_drop, weights["h2"]), biases["b2"]))
layer_2_drop = tf.nn.dropout(layer_2, keep_prob)
logits = tf.matmul(layer_2_drop, weights["out"]) + biases["out"]

cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(logits=logits, labels=y))
optimizers = [
    ("SGD", tf.train.GradientDescentOptimizer(learning_rate=0.01).minimize(cost)),
    ("Adam", tf.train.AdamOptimizer(learning_rate=0.001).minimize(cost)),
]
accuracy = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(logits, 1), tf.argmax(y, 1)), tf.float32))

for name, train in optimizers:
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for step in range(options.steps):
            batch_xs, batch_ys = mnist.train.next_batch(100)
            feed = {x: batch_xs, y: batch_ys, keep_prob: 0.5, keep_prob_input: 0.9}
            _, batch_cost = sess.run([train, cost], feed_dict=feed)
            if step % 10 == 0:
                print("{} step {}: {}".format(name, step, batch_cost))
        # Nothing is dropped when the network is judged.
        test = {x: mnist.test.images, y: mnist.test.labels, keep_prob: 1.0, keep_prob_input: 1.0}
        print("{} loss {} accuracy {}".format(name, *sess.run([cost, accuracy], feed_dict=test)))
