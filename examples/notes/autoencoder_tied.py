"""An autoencoder of small digits with tied weights: h = sigmoid(b + x W), x' = sigmoid(c + h W transposed).

--steps sets how long it trains, --show draws some digits above what comes out of 16 numbers each.
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
num_hidden = 16
batch_size = 100

X = tf.placeholder(tf.float32, shape=[None, num_inputs])
W = tf.Variable(tf.random_normal([num_inputs, num_hidden], stddev=0.1))
b = tf.Variable(tf.zeros([num_hidden]))
c = tf.Variable(tf.zeros([num_inputs]))  # the weights are tied, the biases are not
hidden = tf.nn.sigmoid(b + tf.matmul(X, W))
outputs = tf.nn.sigmoid(c + tf.matmul(hidden, W, transpose_b=True))
loss = tf.reduce_mean(tf.square(outputs - X))
train = tf.train.AdamOptimizer(0.01).minimize(loss)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(options.steps):
        batch = images[np.random.randint(0, len(images), batch_size)]
        sess.run(train, feed_dict={X: batch})
        if step % 50 == 0:
            print(step, loss.eval(feed_dict={X: images}))
    codes, copies = sess.run([hidden, outputs], feed_dict={X: images[:5]})

print(codes[0])
for image, copy in zip(images, copies):
    print("mean difference", np.abs(image - copy).mean())
figure, axes = plt.subplots(2, 5)
for column, (image, copy) in enumerate(zip(images, copies)):
    axes[0, column].imshow(image.reshape(8, 8), cmap="Greys")
    axes[1, column].imshow(copy.reshape(8, 8), cmap="Greys")
if options.show:
    plt.show()
