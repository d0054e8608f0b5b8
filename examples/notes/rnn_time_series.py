"""Recurrent networks on a sine: they learn its next value, then go on from a seed; basic, GRU and LSTM cells.

--iterations sets how long each cell trains, --show draws what they make of it.
"""

import argparse

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

parser = argparse.ArgumentParser()
parser.add_argument("--iterations", type=int, default=2000)
parser.add_argument("--show", action="store_true")
options = parser.parse_args()
np.random.seed(101)  # added: the same numbers in every run


class TimeSeriesData:
    def __init__(self, num_points, xmin, xmax):
        self.xmin = xmin
        self.xmax = xmax
        self.num_points = num_points
        self.resolution = (xmax - xmin) / num_points
        self.x_data = np.linspace(xmin, xmax, num_points)
        self.y_true = np.sin(self.x_data)

    def ret_true(self, x_series):
        return np.sin(x_series)

    def next_batch(self, batch_size, steps, return_batch_ts=False):
        # Grab a random starting point for each batch of data
        rand_start = np.random.rand(batch_size, 1)

        # Convert to be on time series
        ts_start = rand_start * (self.xmax - self.xmin - (steps * self.resolution))

        # Create a batch time series on the x axis
        batch_ts = ts_start + np.arange(0.0, steps + 1) * self.resolution

        # Create the Y data for the time series x axis from previous step
        y_batch = np.sin(batch_ts)

        # Formatting for RNN
        x_part, y_part = y_batch[:, :-1].reshape(-1, steps, 1), y_batch[:, 1:].reshape(-1, steps, 1)
        if return_batch_ts:
            return x_part, y_part, batch_ts
        return x_part, y_part  # corrected: stood behind an `else` without colon


ts_data = TimeSeriesData(250, 0, 10)
num_time_steps = 30
y1, y2, ts = ts_data.next_batch(1, num_time_steps, True)

plt.plot(ts_data.x_data, ts_data.y_true, label="Sin(t)")
plt.plot(ts.flatten()[1:], y2.flatten(), "*", label="Single Training Instance")
plt.legend()
plt.tight_layout()

train_inst = np.linspace(5, 5 + ts_data.resolution * (num_time_steps + 1), num_time_steps + 1)
print("instance", train_inst[0], "to", train_inst[-1])

num_inputs = 1
num_neurons = 100
num_outputs = 1
batch_size = 1
cells = [
    ("basic", lambda: tf.contrib.rnn.BasicRNNCell(num_units=num_neurons, activation=tf.nn.relu), 0.0001),
    ("GRU", lambda: tf.contrib.rnn.GRUCell(num_units=num_neurons, activation=tf.nn.relu), 0.001),
    ("LSTM", lambda: tf.contrib.rnn.BasicLSTMCell(num_units=num_neurons), 0.001),
]

for name, make_cell, learning_rate in cells:
    print(name)
    tf.reset_default_graph()
    tf.set_random_seed(101)  # added: the same numbers in every run

    X = tf.placeholder(tf.float32, [None, num_time_steps, num_inputs])
    y = tf.placeholder(tf.float32, [None, num_time_steps, num_outputs])

    cell = tf.contrib.rnn.OutputProjectionWrapper(make_cell(), output_size=num_outputs)
    outputs, states = tf.nn.dynamic_rnn(cell, X, dtype=tf.float32)

    loss = tf.reduce_mean(tf.square(outputs - y))
    optimizer = tf.train.AdamOptimizer(learning_rate=learning_rate)  # corrected: was `learning-rate=`
    train = optimizer.minimize(loss)
    init = tf.global_variables_initializer()
    gpu_options = tf.GPUOptions(per_process_gpu_memory_fraction=0.75)
    saver = tf.train.Saver()

    with tf.Session(config=tf.ConfigProto(gpu_options=gpu_options)) as sess:
        sess.run(init)
        for iteration in range(options.iterations):  # corrected: was `num_train-iterations`
            X_batch, y_batch = ts_data.next_batch(batch_size, num_time_steps)
            sess.run(train, feed_dict={X: X_batch, y: y_batch})
            if iteration % 100 == 0:
                mse = loss.eval(feed_dict={X: X_batch, y: y_batch})
                print(iteration, "\tMSE:", mse)  # corrected: was `"\tMSE: ".mse`
        saver.save(sess, "./rnn_time_series_model_codealong")

    with tf.Session() as sess:
        saver.restore(sess, "./rnn_time_series_model_codealong")
        X_new = np.sin(np.array(train_inst[:-1].reshape(-1, num_time_steps, num_inputs)))
        y_pred = sess.run(outputs, feed_dict={X: X_new})
    print("predictions", y_pred[0, ::6, 0])

    plt.figure()
    plt.title("Testing the model: " + name)
    # corrected: a comma was missing after 'bo'
    plt.plot(train_inst[:-1], np.sin(train_inst[:-1]), "bo", markersize=15, alpha=0.5, label="Training Instance")
    plt.plot(train_inst[1:], np.sin(train_inst[1:]), "ko", markersize=10, label="target")
    plt.plot(train_inst[1:], y_pred[0, :, 0], "r.", markersize=10, label="predictions")
    plt.legend()

    with tf.Session() as sess:
        saver.restore(sess, "./rnn_time_series_model_codealong")
        seeds = {
            "zeros": [0.0 for i in range(num_time_steps)],  # corrected: was called `zer_seq_seed`
            "training instance": list(ts_data.y_true[:30]),
        }
        for kind, sequence in seeds.items():
            for iteration in range(len(ts_data.x_data) - num_time_steps):  # corrected: was `ts_data.x-data`
                # corrected: a list has no `reshape`
                X_batch = np.array(sequence[-num_time_steps:]).reshape(1, num_time_steps, 1)
                y_pred = sess.run(outputs, feed_dict={X: X_batch})
                sequence.append(y_pred[0, -1, 0])
            print("from", kind, np.array(sequence[num_time_steps : num_time_steps + 5], np.float32))
            plt.figure()
            plt.plot(ts_data.x_data, sequence, "b-")
            plt.plot(ts_data.x_data[:num_time_steps], sequence[:num_time_steps], "r", linewidth=3)
            plt.xlabel("Time")
            plt.ylabel("Value")

if options.show:
    plt.show()
