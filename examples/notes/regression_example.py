"""A line through a million noisy points, in batches of eight. --show draws some of the points and the line."""

import sys

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import tangraph as tf

np.random.seed(101)  # added: the same numbers in every run

x_data = np.linspace(0.0, 10.0, 1000000)
noise = np.random.randn(len(x_data))
y_true = (0.5 * x_data) + 5 + noise

x_df = pd.DataFrame(data=x_data, columns=["X Data"])
y_df = pd.DataFrame(data=y_true, columns=["Y"])  # corrected: was called `my_data`
my_data = pd.concat([x_df, y_df], axis=1)

batch_size = 8
random = np.random.randn(2)
m = tf.Variable(random[0], dtype=tf.float32)  # corrected: NumPy's numbers are float64, the placeholders float32
b = tf.Variable(random[1], dtype=tf.float32)
xph = tf.placeholder(tf.float32, [batch_size])
yph = tf.placeholder(tf.float32, [batch_size])
y_model = m * xph + b
error = tf.reduce_sum(tf.square(yph - y_model))  # corrected: was `ymodel`
optimizer = tf.train.GradientDescentOptimizer(learning_rate=0.001)
train = optimizer.minimize(error)
init = tf.global_variables_initializer()
for batches in (1000, 10000):
    with tf.Session() as sess:
        sess.run(init)
        for i in range(batches):
            rand_ind = np.random.randint(len(x_data), size=batch_size)  # corrected: was `batc_size`
            feed = {xph: x_data[rand_ind], yph: y_true[rand_ind]}
            sess.run(train, feed_dict=feed)
        model_m, model_b = sess.run([m, b])
    print(batches, model_m, model_b)

if "--show" in sys.argv:
    y_hat = x_data * model_m + model_b
    my_data.sample(n=250).plot(kind="scatter", x="X Data", y="Y")
    plt.plot(x_data, y_hat, "r")
    plt.show()
