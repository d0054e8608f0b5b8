"""A softmax classifier of handwritten digits with its cross entropy written out, by gradient descent.

It reads MNIST from the folder MNIST_data, and downloads it where it is not there. --steps says how long to train.
"""

import argparse

import tensorflow as tf
from tensorflow.examples.tutorials.mnist import input_data

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=1000)
options = parser.parse_args()

tf.set_random_seed(777)  # added: the same batches in every run

# Reduced sums: of everything, down the columns, along the rows.
a = tf.constant([[1, 3], [2, 0], [0, 1]])
b = tf.reduce_sum(a)
c = tf.reduce_sum(a, 0)
d = tf.reduce_sum(a, 1)
tensors = [b, c, d]
for tensor in tensors:
    result = tf.Session().run(tensor)
    print(result)

mnist = input_data.read_data_sets("MNIST_data/", one_hot=True)  # added: the notes begin after it

x = tf.placeholder(tf.float32, [None, 784])
W = tf.Variable(tf.zeros([784, 10]))
b = tf.Variable(tf.zeros([10]))
y = tf.nn.softmax(tf.matmul(x, W) + b)  # corrected: was `w`
y_ = tf.placeholder(tf.float32, [None, 10])  # corrected: was `tf.float`

cross_entropy = tf.reduce_mean(-tf.reduce_sum(y_ * tf.log(y), reduction_indices=[1]))
train_step = tf.train.GradientDescentOptimizer(0.05).minimize(cross_entropy)

sess = tf.InteractiveSession()
tf.global_variables_initializer().run()  # corrected: was `tf.global_variable_initializer`
for step in range(options.steps):
    batch_xs, batch_ys = mnist.train.next_batch(100)
    _, cost = sess.run([train_step, cross_entropy], feed_dict={x: batch_xs, y_: batch_ys})  # corrected: was `y:`
    if step % 10 == 0:  # added: how it goes
        print("step {}: {}".format(step, cost))

correct_prediction = tf.equal(tf.argmax(y, 1), tf.argmax(y_, 1))
accuracy = tf.reduce_mean(tf.cast(correct_prediction, tf.float32))
print(sess.run(accuracy, feed_dict={x: mnist.test.images, y_: mnist.test.labels}))  # corrected: was `y:`
sess.close()  # added
