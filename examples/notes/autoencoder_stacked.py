"""A stacked autoencoder of small digits: 64 - 40 - 20 - 40 - 64, the second half with the first half's weights turned.

--steps sets how long it trains, --show draws some digits above what comes out.
"""

import argparse

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=2000)
parser.add_argument("--show", action="store_true")
options = parser.parse_args()
np.random.seed(101)
tf.set_random_seed(101)

images = load_digits()["data"] / 16.0
num_inputs = 64
neurons_hid1 = 40
neurons_hid2 = 20
neurons_hid3 = neurons_hid1  # the decoder begins
num_outputs = num_inputs
batch_size = 150

actf = tf.nn.relu
X = tf.placeholder(tf.float32, shape=[None, num_inputs])
initializer = tf.variance_scaling_initializer()
w1 = tf.Variable(initializer([num_inputs, neurons_hid1]), dtype=tf.float32)
w2 = tf.Variable(initializer([neurons_hid1, neurons_hid2]), dtype=tf.float32)
w3 = tf.transpose(w2, name="w3")
w4 = tf.transpose(w1, name="w4")
b1 = tf.Variable(tf.zeros(neurons_hid1))
b2 = tf.Variable(tf.zeros(neurons_hid2))
b3 = tf.Variable(tf.zeros(neurons_hid3))
b4 = tf.Variable(tf.zeros(num_outputs))

hid_layer1 = actf(tf.matmul(X, w1) + b1)
hid_layer2 = actf(tf.matmul(hid_layer1, w2) + b2)
hid_layer3 = actf(tf.matmul(hid_layer2, w3) + b3)
output_layer = actf(tf.matmul(hid_layer3, w4) + b4)

loss = tf.reduce_mean(tf.square(output_layer - X))
train = tf.train.AdamOptimizer(0.001).minimize(loss)
saver = tf.train.Saver()

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(options.steps):
        sess.run(train, feed_dict={X: images[np.random.randint(0, len(images), batch_size)]})
        if step % 50 == 0:
            print(step, "loss", loss.eval(feed_dict={X: images}))
    saver.save(sess, "./stacked_autoencoder.ckpt")

with tf.Session() as sess:
    saver.restore(sess, "./stacked_autoencoder.ckpt")
    results = output_layer.eval(feed_dict={X: images[-10:]})

print("mean difference", np.abs(results - images[-10:]).mean(axis=1))
figure, axes = plt.subplots(2, 10, figsize=(20, 4))
for i in range(10):
    axes[0][i].imshow(images[i - 10].reshape(8, 8))
    axes[1][i].imshow(results[i].reshape(8, 8))
if options.show:
    plt.show()
