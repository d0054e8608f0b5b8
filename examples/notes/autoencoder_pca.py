"""An autoencoder without activations: 13 measurements of wine through two neurons and back, as principal components do.

--steps sets how long it trains, --show draws the wines by their two numbers.
"""

import argparse

import matplotlib.pyplot as plt
import tensorflow as tf
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler
from tensorflow.contrib.layers import fully_connected

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=1000)
parser.add_argument("--show", action="store_true")
options = parser.parse_args()
tf.set_random_seed(101)

wine = load_wine()
scaled_data = StandardScaler().fit_transform(wine["data"])

num_inputs = 13
num_hidden = 2  # undercomplete: fewer neurons than inputs
num_outputs = num_inputs
learning_rate = 0.01

X = tf.placeholder(tf.float32, shape=[None, num_inputs])
hidden = fully_connected(X, num_hidden, activation_fn=None)
outputs = fully_connected(hidden, num_outputs, activation_fn=None)
loss = tf.reduce_mean(tf.square(outputs - X))
train = tf.train.AdamOptimizer(learning_rate).minimize(loss)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(options.steps):
        sess.run(train, feed_dict={X: scaled_data})
        if step % 50 == 0:
            print(step, loss.eval(feed_dict={X: scaled_data}))
    output_2d = hidden.eval(feed_dict={X: scaled_data})

print(output_2d.shape)
print(output_2d[:3])
plt.scatter(output_2d[:, 0], output_2d[:, 1], c=wine["target"])
if options.show:
    plt.show()
