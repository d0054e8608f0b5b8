"""Kinds of tensors, and what one asks of them: rank, shape, type."""

import tangraph as tf

# The second argument of tf.Variable is `trainable`, so the types here do nothing: the value decides.
var1 = tf.Variable(61.3, tf.float64)
var2 = tf.Variable([6, 4], tf.int32)
var3 = tf.Variable(4.7 - 3.7j, tf.complex64)
for var in (var1, var2, var3):
    print(var.name, var.dtype.base_dtype.name, var.shape)

r = tf.rank(var2)
zero_t = tf.zeros([2, 3])  # corrected: the shape was left open
one_t = tf.ones([3])  # corrected: the shape was left open
var4 = tf.reshape(var2, [2, -1])  # -1: as many as there are
var5 = tf.cast(var2, dtype=tf.float32)
for tensor in (r, zero_t, one_t, var4, var5):
    print(tensor)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for value in sess.run([var1, var2, var3, r, zero_t, one_t, var4, var5]):
        print(value)

# What is to be computed is fed or built, and a session runs no more than it takes.
x = tf.placeholder(tf.float32)
y = tf.placeholder(tf.float32)
z = x + y
with tf.Session() as sess:
    print(sess.run(z, feed_dict={x: 3, y: 4.5}))
    print(sess.run(z, feed_dict={x: [1, 3], y: [2, 4]}))
