"""Shared variables: a function that makes some, called twice, in two scopes or in one that is used again."""

import tangraph as tf

tf.set_random_seed(777)  # added: the same numbers in every run


# The notes have a convolution here; a matrix product shows the same.
def dense_relu(inputs, kernel_shape, bias_shape):
    # Create variable named "weights".
    weights = tf.get_variable("weights", kernel_shape, initializer=tf.random_normal_initializer())
    # Create variable named "biases".
    biases = tf.get_variable("biases", bias_shape, initializer=tf.constant_initializer(0.0))
    return tf.nn.relu(tf.matmul(inputs, weights) + biases)


input1 = tf.random_normal([2, 3])
input2 = tf.random_normal([4, 3])
x = dense_relu(input1, kernel_shape=[3, 3], bias_shape=[3])
try:
    x = dense_relu(x, kernel_shape=[3, 3], bias_shape=[3])  # This fails: are they to be shared, or new ones?
except ValueError as error:
    print(str(error).split("Originally")[0].strip())


def my_filter(inputs):
    with tf.variable_scope("dense1"):
        # Variables created here will be named "dense1/weights", "dense1/biases".
        relu1 = dense_relu(inputs, [3, 3], [3])
    with tf.variable_scope("dense2"):
        # Variables created here will be named "dense2/weights", "dense2/biases".
        return dense_relu(relu1, [3, 3], [3])


with tf.variable_scope("model"):
    output1 = my_filter(input1)
with tf.variable_scope("model", reuse=True):
    output2 = my_filter(input2)

print([v.name for v in tf.trainable_variables()])
print(output1.name, output2.name)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    print(sess.run(output1))
    print(sess.run(output2))
