"""First steps: constants, a session, fills and random numbers, a matrix product."""

import tangraph as tf

tf.set_random_seed(101)  # added: the same numbers in every run

print(tf.__version__)

hello = tf.constant("Hello ")
world = tf.constant("World")
print(type(hello).__name__)
with tf.Session() as sess:
    result = sess.run(hello + world)
print(result)

a = tf.constant(10)
b = tf.constant(20)
print(a + b)
with tf.Session() as sess:
    result = sess.run(a + b)
print(result)

const = tf.constant(10)
fill_mat = tf.fill((4, 4), 10)
myzeros = tf.zeros((4, 4))
myones = tf.ones((4, 4))
myrandn = tf.random_normal((4, 4), mean=0, stddev=1.0)
myrandu = tf.random_uniform((4, 4), minval=0, maxval=1)
my_ops = [const, fill_mat, myzeros, myones, myrandn, myrandu]

sess = tf.InteractiveSession()
for op in my_ops:
    print(sess.run(op))
for op in my_ops:
    print(op.eval())

a = tf.constant([[1, 2], [3, 4]])
print(a.get_shape())
b = tf.constant([[10], [100]])
print(b.get_shape())
result = tf.matmul(a, b)
print(sess.run(result))
print(result.eval())
sess.close()  # added
