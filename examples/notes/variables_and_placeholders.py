"""A variable must be initialised before it is read; a placeholder must be fed."""

import tangraph as tf

tf.set_random_seed(101)  # added: the same numbers in every run

sess = tf.InteractiveSession()  # corrected: was `ses s`
my_tensor = tf.random_uniform((4, 4), 0, 1)
my_var = tf.Variable(initial_value=my_tensor)
try:
    sess.run(my_var)
except tf.errors.FailedPreconditionError as error:
    print(type(error).__name__)

init = tf.global_variables_initializer()  # corrected: was `varialbes`
sess.run(init)
print(sess.run(my_var))

ph = tf.placeholder(tf.float32)
ph = tf.placeholder(tf.float32, shape=(None, 5))
print(ph)
print(sess.run(ph * 2, feed_dict={ph: [[1, 2, 3, 4, 5]]}))  # added: it is fed
sess.close()  # added
