"""Handwritten digits by sigmoids with batch normalisation by hand, from the moments of each batch.

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
epsilon = 1e-3

x = tf.placeholder(tf.float32, [None, 784])
y = tf.placeholder(tf.float32, [None, 10])

weights = {
    "h1": tf.Variable(tf.random_normal([n_input, n_hidden_1], stddev=0.039, mean=0)),
    "h2": tf.Variable(tf.random_normal([n_hidden_1, n_hidden_2], stddev=0.055, mean=0)),
    "out": tf.Variable(tf.random_normal([n_hidden_2, n_classes], stddev=0.120, mean=0)),
}
biases = {
    "b1": tf.Variable(tf.random_normal([n_hidden_1])),
    "b2": tf.Variable(tf.random_normal([n_hidden_2])),
    "out": tf.Variable(tf.random_normal([n_classes])),
}

# What goes into the second layer is normalised first; what goes into the first one comes as it is.
layer_1 = tf.add(tf.matmul(x, weights["h1"]), biases["b1"])  # corrected: was weights['w1']
batch_mean_1, batch_var_1 = tf.nn.moments(layer_1, [0])
scale_1 = tf.Variable(tf.ones([n_hidden_1]))
beta_1 = tf.Variable(tf.zeros([n_hidden_1]))
layer_1 = tf.nn.batch_normalization(layer_1, batch_mean_1, batch_var_1, beta_1, scale_1, epsilon)
layer_1 = tf.nn.sigmoid(layer_1)

layer_2 = tf.add(tf.matmul(layer_1, weights["h2"]), biases["b2"])
batch_mean_2, batch_var_2 = tf.nn.moments(layer_2, [0])
scale_2 = tf.Variable(tf.ones([n_hidden_2]))
beta_2 = tf.Variable(tf.zeros([n_hidden_2]))
layer_2 = tf.nn.batch_normalization(layer_2, batch_mean_2, batch_var_2, beta_2, scale_2, epsilon)
layer_2 = tf.nn.sigmoid(layer_2)

logits = tf.matmul(layer_2, weights["out"]) + biases["out"]
cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(logits=logits, labels=y))
optimizers = [
    ("SGD", tf.train.GradientDescentOptimizer(learning_rate=0.05).minimize(cost)),
    ("Adam", tf.train.AdamOptimizer(learning_rate=0.001).minimize(cost)),
]
accuracy = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(logits, 1), tf.argmax(y, 1)), tf.float32))

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
        print("mean of the scales: {}".format(sess.run(tf.reduce_mean(scale_2))))
