"""A line through six points, by gradient descent. Prints the cost every ten steps; --show draws the fit."""

import sys

import matplotlib.pyplot as plt
import numpy as np

import tangraph as tf

tf.set_random_seed(777)  # added: the same numbers in every run

x_train = np.reshape(np.array([4, 7, 8, 9, 1, 6]), [-1, 1])
y_train = np.reshape(np.array([8, 14, 16, 18, 2, 12]), [-1, 1])

# Hyper parameters
alpha = 0.01
iter_num = 100

X = tf.placeholder(tf.float32, shape=[None, 1])
Y = tf.placeholder(tf.float32, shape=[None, 1])

W = tf.Variable(tf.random.normal([1, 1], 0, 1))  # corrected: was [1], but matmul takes matrices
b = tf.Variable(0.0)

model = tf.matmul(X, W) + b
cost = tf.reduce_mean(tf.pow(Y - model, 2))
optm = tf.train.GradientDescentOptimizer(learning_rate=alpha)
train = optm.minimize(cost)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for idx in range(iter_num):
        sess.run(train, feed_dict={X: x_train, Y: y_train})
        if idx % 10:
            pass
        else:
            _cost = sess.run(cost, feed_dict={X: x_train, Y: y_train})
            print("{}th \n cost: {}".format(idx + 1, _cost))

    slope, intercept = sess.run(W), sess.run(b)
    print(slope, intercept)

plt.scatter(x_train, y_train)
a = np.linspace(0, 9, 20)
plt.plot(a, a * slope[0, 0] + intercept, "r")  # corrected: the numbers of one run stood here
if "--show" in sys.argv:
    plt.show()
