"""MNIST with two layers of convolution and pooling, a layer of 1,024 rectified units, and dropout.

It reads MNIST from the folder MNIST_data, and downloads it where it is not there. --steps says how long to train, and
--every after how many steps it tells how well it does.
"""

import argparse

import tensorflow as tf
from tensorflow.examples.tutorials.mnist import input_data  # corrected: was `from tf.examples...`

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=5000)
parser.add_argument("--every", type=int, default=100)
options = parser.parse_args()

tf.set_random_seed(101)  # added: the same numbers in every run
mnist = input_data.read_data_sets("MNIST_data/", one_hot=True)


def init_weights(shape):
    init_random_dist = tf.truncated_normal(shape, stddev=0.1)
    return tf.Variable(init_random_dist)


def init_bias(shape):
    init_bias_vals = tf.constant(0.1, shape=shape)
    return tf.Variable(init_bias_vals)


def conv2d(x, W):
    # input tensor x --> [batch,H,W,Channels]
    # kernel W --> [filter H, filter W, Channels IN, Channels OUT]
    return tf.nn.conv2d(x, W, strides=[1, 1, 1, 1], padding="SAME")


def max_pool_2by2(x):
    # input x --> [batch,h,w,c]
    return tf.nn.max_pool(x, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="SAME")  # corrected: `=` was missing


def convolutional_layer(input_x, shape):
    W = init_weights(shape)
    b = init_bias([shape[3]])
    return tf.nn.relu(conv2d(input_x, W) + b)  # added: left out in the notes


def normal_full_layer(input_layer, size):
    input_size = int(input_layer.get_shape()[1])
    W = init_weights([input_size, size])
    b = init_bias([size])
    return tf.matmul(input_layer, W) + b


x = tf.placeholder(tf.float32, shape=[None, 784])
y_true = tf.placeholder(tf.float32, shape=[None, 10])
x_image = tf.reshape(x, [-1, 28, 28, 1])

convo_1 = convolutional_layer(x_image, shape=[5, 5, 1, 32])
convo_1_pooling = max_pool_2by2(convo_1)
convo_2 = convolutional_layer(convo_1_pooling, shape=[5, 5, 32, 64])
convo_2_pooling = max_pool_2by2(convo_2)
convo_2_flat = tf.reshape(convo_2_pooling, [-1, 7 * 7 * 64])
full_layer_one = tf.nn.relu(normal_full_layer(convo_2_flat, 1024))

hold_prob = tf.placeholder(tf.float32)
full_one_dropout = tf.nn.dropout(full_layer_one, keep_prob=hold_prob)  # corrected: was `keep+prob`
y_pred = normal_full_layer(full_one_dropout, 10)

# corrected: was `softmax_cross_entropy_withlogits`
cross_entropy = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=y_true, logits=y_pred))
optimizer = tf.train.AdamOptimizer(learning_rate=0.001)
train = optimizer.minimize(cross_entropy)
init = tf.global_variables_initializer()
matches = tf.equal(tf.argmax(y_pred, 1), tf.argmax(y_true, 1))  # corrected: was made anew in every round
acc = tf.reduce_mean(tf.cast(matches, tf.float32))

steps = options.steps
with tf.Session() as sess:  # corrected: was `tf.session`
    sess.run(init)
    for i in range(steps):
        batch_x, batch_y = mnist.train.next_batch(50)
        # corrected: was `x=batch_x`
        _, loss = sess.run([train, cross_entropy], feed_dict={x: batch_x, y_true: batch_y, hold_prob: 0.5})
        if i % options.every == 0:
            print("ON STEP: {}".format(i))
            print("LOSS: {}".format(loss))  # added
            print("ACCURACY: ")
            # corrected: was `x.mnist`, and `mnis`
            print(sess.run(acc, feed_dict={x: mnist.test.images, y_true: mnist.test.labels, hold_prob: 1.0}))
            print("\n")
