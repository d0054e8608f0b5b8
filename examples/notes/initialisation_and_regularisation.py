"""What the first weights do to what goes through a deep network, and what a penalty on weights does to them.

The notes say it in words; this is their program.
"""

import numpy as np
import tensorflow as tf

tf.set_random_seed(101)
np.random.seed(101)

n_in, n_out, layers = 64, 64, 6
inputs = np.random.randn(200, n_in).astype(np.float32)

# Var(Y) = n Var(W) Var(X): with a variance of 1 / n[in] what comes out varies as what goes in. The paper's formula is
# 2 / (n[in] + n[out]).
initializers = [
    ("zeros", tf.zeros_initializer()),
    ("near zero", tf.random_normal_initializer(stddev=0.01)),
    ("too large", tf.random_normal_initializer(stddev=1.0)),
    ("1 / n[in]", tf.random_normal_initializer(stddev=np.sqrt(1.0 / n_in))),
    ("Xavier, uniform", tf.glorot_uniform_initializer()),
    ("Xavier, normal", tf.glorot_normal_initializer()),
    ("contrib's Xavier", tf.contrib.layers.xavier_initializer()),
]
x = tf.placeholder(tf.float32, [None, n_in])
last = []
for number, (name, initializer) in enumerate(initializers):
    with tf.variable_scope("net_{}".format(number)):
        linear, layer = x, x
        for depth in range(layers):
            W = tf.get_variable("W_{}".format(depth), [n_in, n_out], initializer=initializer)
            linear = tf.matmul(linear, W)
            layer = tf.tanh(tf.matmul(layer, W))
        first = tf.get_collection(tf.GraphKeys.GLOBAL_VARIABLES, "net_{}/W_0".format(number))[0]
        slope = tf.gradients(layer, first)[0]
        last.append([tf.reduce_mean(tf.square(t)) for t in (first, linear, layer, slope)])

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for (name, _), values in zip(initializers, sess.run(last, feed_dict={x: inputs})):
        print("{:16} W {:.3e} linear {:.3e} tanh {:.3e} slope of the first layer {:.3e}".format(name, *values))

# L1 and L2: few examples, many features of which three count. A penalty keeps the others from being learned by heart.
features = np.random.randn(24, 20).astype(np.float32)
truth = np.zeros([20, 1], np.float32)
truth[:3, 0] = [2.0, -3.0, 1.5]
labels = features.dot(truth) + 2.0 * np.random.randn(24, 1).astype(np.float32)
test_features = np.random.randn(200, 20).astype(np.float32)
test_labels = test_features.dot(truth)

X = tf.placeholder(tf.float32, [None, 20])
Y = tf.placeholder(tf.float32, [None, 1])
W = tf.get_variable("W", [20, 1], initializer=tf.glorot_uniform_initializer())
error = tf.reduce_mean(tf.square(tf.matmul(X, W) - Y))
penalties = [
    ("none", tf.constant(0.0)),
    ("L1", 0.5 * tf.reduce_sum(tf.abs(W))),
    ("L2", 0.5 * tf.nn.l2_loss(W)),
]
trains = [tf.train.GradientDescentOptimizer(0.05).minimize(error + penalty) for _, penalty in penalties]
for (name, _), train in zip(penalties, trains):
    with tf.Session() as sess:
        sess.run(tf.variables_initializer([W]))
        for _ in range(200):
            sess.run(train, feed_dict={X: features, Y: labels})
        weights = sess.run(W)
        print("{:4} error {:.4f} in training".format(name, sess.run(error, feed_dict={X: features, Y: labels})))
        print("     error {:.4f} on new data".format(sess.run(error, feed_dict={X: test_features, Y: test_labels})))
        print("     sum of |W| {:.4f}, of W^2 {:.4f}".format(np.abs(weights).sum(), np.square(weights).sum()))
