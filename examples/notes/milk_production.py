"""Monthly milk production (pounds a cow, 1962 to 1975): an LSTM learns thirteen years and generates the last one.

--iterations sets how long it trains, --show draws the generated year beside the true one.
"""

import argparse
import os

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf
from sklearn.preprocessing import MinMaxScaler

parser = argparse.ArgumentParser()
parser.add_argument("--iterations", type=int, default=4000)
parser.add_argument("--show", action="store_true")
options = parser.parse_args()
np.random.seed(101)
tf.set_random_seed(101)

milk = pd.read_csv(
    os.path.join(os.path.dirname(os.path.abspath(__file__)), "monthly_milk_production.csv"), index_col="Month"
)
milk.index = pd.to_datetime(milk.index)
print(milk.head())

# No random split in a time series: the last year is the test
train_set = milk.head(156)
test_set = milk.tail(12)
scaler = MinMaxScaler()
train_scaled = scaler.fit_transform(train_set)
test_scaled = scaler.transform(test_set)


def next_batch(training_data, batch_size, steps):
    """Returns `steps` months from a random one on, and the same a month later; a batch is one such series."""
    rand_start = np.random.randint(0, len(training_data) - steps)
    y_batch = np.array(training_data[rand_start : rand_start + steps + 1]).reshape(1, steps + 1)
    return y_batch[:, :-1].reshape(-1, steps, 1), y_batch[:, 1:].reshape(-1, steps, 1)


num_inputs = 1
num_time_steps = 12
num_neurons = 100
num_outputs = 1
learning_rate = 0.01
batch_size = 1

X = tf.placeholder(tf.float32, [None, num_time_steps, num_inputs])
y = tf.placeholder(tf.float32, [None, num_time_steps, num_outputs])
cell = tf.contrib.rnn.OutputProjectionWrapper(
    tf.contrib.rnn.BasicLSTMCell(num_units=num_neurons, activation=tf.nn.relu), output_size=num_outputs
)
outputs, states = tf.nn.dynamic_rnn(cell, X, dtype=tf.float32)
loss = tf.reduce_mean(tf.square(outputs - y))
train = tf.train.AdamOptimizer(learning_rate=learning_rate).minimize(loss)
init = tf.global_variables_initializer()
saver = tf.train.Saver()

with tf.Session() as sess:
    sess.run(init)
    for iteration in range(options.iterations):
        X_batch, y_batch = next_batch(train_scaled, batch_size, num_time_steps)
        sess.run(train, feed_dict={X: X_batch, y: y_batch})
        if iteration % 100 == 0:
            mse = loss.eval(feed_dict={X: X_batch, y: y_batch})
            print(iteration, "\tMSE:", mse)
    saver.save(sess, "./ex_time_series_model")

with tf.Session() as sess:
    saver.restore(sess, "./ex_time_series_model")
    train_seed = list(train_scaled[-12:])
    for iteration in range(12):
        X_batch = np.array(train_seed[-num_time_steps:]).reshape(1, num_time_steps, 1)
        y_pred = sess.run(outputs, feed_dict={X: X_batch})
        train_seed.append(y_pred[0, -1, 0:1])

results = scaler.inverse_transform(np.array(train_seed[12:]).reshape(12, 1))
compared = test_set.assign(Generated=results)
print(compared)
if options.show:
    compared.plot()
    plt.show()
