"""MNIST: what the data look like, and a softmax regression. --show draws an image, --steps says how long to train.

It reads MNIST from the folder MNIST_data, and downloads it where it is not there.
"""

import argparse

import matplotlib.pyplot as plt
import tensorflow as tf
from tensorflow.examples.tutorials.mnist import input_data

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=1000)
parser.add_argument("--show", action="store_true")
options = parser.parse_args()

tf.set_random_seed(101)  # added: the same batches in every run
mnist = input_data.read_data_sets("MNIST_data/", one_hot=True)

print(type(mnist).__name__)
print(mnist.train.num_examples, mnist.test.num_examples, mnist.validation.num_examples)
print(mnist.train.images.shape, mnist.train.images.dtype, mnist.train.labels.shape)
print(mnist.train.images[1].shape)
plt.imshow(mnist.train.images[1].reshape(28, 28))
if options.show:
    plt.show()
print(mnist.train.images[1].min(), mnist.train.images[1].max())

x = tf.placeholder(tf.float32, shape=[None, 784])
W = tf.Variable(tf.zeros([784, 10]))  # not good choice but helps keep things simple
b = tf.Variable(tf.zeros([10]))
y = tf.matmul(x, W) + b

y_true = tf.placeholder(tf.float32, shape=[None, 10])
cross_entropy = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=y_true, logits=y))
optimizer = tf.train.GradientDescentOptimizer(learning_rate=0.5)
train = optimizer.minimize(cross_entropy)

init = tf.global_variables_initializer()
with tf.Session() as sess:
    sess.run(init)
    for step in range(options.steps):
        batch_x, batch_y = mnist.train.next_batch(100)
        sess.run(train, feed_dict={x: batch_x, y_true: batch_y})  # corrected: was `sees`
        if step % 10 == 0:  # added: how it goes
            print(step, sess.run(cross_entropy, feed_dict={x: batch_x, y_true: batch_y}))
    # Evaluate the model
    # It will return the index position with the highest probability (because of softmax)
    correct_prediction = tf.equal(tf.argmax(y, 1), tf.argmax(y_true, 1))
    # [True, False, True...] --> [1, 0, 1...]
    acc = tf.reduce_mean(tf.cast(correct_prediction, tf.float32))
    print(sess.run(acc, feed_dict={x: mnist.test.images, y_true: mnist.test.labels}))
