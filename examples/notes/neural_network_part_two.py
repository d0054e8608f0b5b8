"""A layer of three neurons, and a line fitted by gradient descent, one step and a hundred. --show draws the fit."""

import sys

import matplotlib.pyplot as plt
import numpy as np

import tangraph as tf

np.random.seed(101)
tf.set_random_seed(101)

n_features = 10
n_dense_neurons = 3

x = tf.placeholder(tf.float32, (None, n_features))
W = tf.Variable(tf.random_normal([n_features, n_dense_neurons]))
b = tf.Variable(tf.ones([n_dense_neurons]))  # corrected: was `tf.ones[...]`

xW = tf.matmul(x, W)  # corrected: was `tf.amatmul`
z = tf.add(xW, b)
a = tf.sigmoid(z)

init = tf.global_variables_initializer()
with tf.Session() as sess:
    sess.run(init)
    # corrected: the braces of the feed were missing
    layer_out = sess.run(a, feed_dict={x: np.random.random([1, n_features])})
print(layer_out)

x_data = np.linspace(0, 10, 10) + np.random.uniform(-1.5, 1.5, 10)
y_label = np.linspace(0, 10, 10) + np.random.uniform(-1.5, 1.5, 10)

m = tf.Variable(0.44)
b = tf.Variable(0.87)

error = 0
for x, y in zip(x_data, y_label):
    y_hat = m * x + b
    error += (y - y_hat) ** 2

optimizer = tf.train.GradientDescentOptimizer(learning_rate=0.001)
train = optimizer.minimize(error)

init = tf.global_variables_initializer()
x_test = np.linspace(-1, 11, 10)
plt.plot(x_data, y_label, "*")
for training_steps in (1, 100):
    with tf.Session() as sess:
        sess.run(init)
        for i in range(training_steps):
            sess.run(train)
        final_slope, final_intercept = sess.run([m, b])
    print(training_steps, final_slope, final_intercept)
    y_pred_plot = final_slope * x_test + final_intercept
    plt.plot(x_test, y_pred_plot, "r")

if "--show" in sys.argv:
    plt.show()
