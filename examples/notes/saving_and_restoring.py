"""A line fitted in one session, saved, and restored in others: by its graph, and without it. --show draws the fit."""

import os
import sys

import matplotlib.pyplot as plt
import numpy as np

import tangraph as tf

np.random.seed(101)
tf.set_random_seed(101)

x_data = np.linspace(0, 10, 10) + np.random.uniform(-1.5, 1.5, 10)
y_label = np.linspace(0, 10, 10) + np.random.uniform(-1.5, 1.5, 10)
x_test = np.linspace(-1, 11, 10)

x = tf.placeholder(tf.float32, [None], name="x")
y_true = tf.placeholder(tf.float32, [None], name="y_true")
m = tf.Variable(tf.random_normal([]), name="m")
b = tf.Variable(tf.random_normal([]), name="b")
y = tf.add(m * x, b, name="y")
error = tf.reduce_mean(tf.square(y_true - y))
train = tf.train.GradientDescentOptimizer(learning_rate=0.01).minimize(error)

saver = tf.train.Saver(max_to_keep=2)
init = tf.global_variables_initializer()

# The session that trains, on the training data. The model is saved as it goes, and at the end.
with tf.Session() as sess:
    sess.run(init)
    for step in range(1, 301):
        sess.run(train, feed_dict={x: x_data, y_true: y_label})
        if step % 100 == 0:
            path = saver.save(sess, "./models/my_model.ckpt", global_step=step)
            print(path, sess.run(error, feed_dict={x: x_data, y_true: y_label}))
    trained = sess.run([m, b])
print("trained:", trained)
print(sorted(os.listdir("models")))

# A session with the same graph: nothing is initialised, everything comes from the checkpoint.
with tf.Session() as sess:
    saver.restore(sess, "./models/my_model.ckpt-300")
    print("restored:", sess.run([m, b]))
    print(sess.run(y, feed_dict={x: x_test}))
    saver.restore(sess, "./models/my_model.ckpt-200")
    print("a hundred steps before:", sess.run([m, b]))

# A program that does not know the graph: it is in the file beside the checkpoint.
latest = tf.train.latest_checkpoint("models")
print("latest:", latest, tf.train.list_variables(latest))
with tf.Graph().as_default(), tf.Session() as sess:
    restorer = tf.train.import_meta_graph(latest + ".meta")
    restorer.restore(sess, latest)
    y_pred_plot = sess.run("y:0", feed_dict={"x:0": x_test})
print(y_pred_plot)

if "--show" in sys.argv:
    plt.plot(x_test, y_pred_plot, "r")
    plt.plot(x_data, y_label, "*")
    plt.show()
