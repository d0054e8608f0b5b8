"""Variables: how they are made, collected, initialised and assigned."""

import tangraph as tf

my_int_variable = tf.get_variable("my_int_variable", [1, 2, 3], dtype=tf.int32, initializer=tf.zeros_initializer)
other = tf.get_variable("other", dtype=tf.int32, initializer=tf.constant([23, 42]))  # a tensor brings its shape along

non_trained_local_var = tf.get_variable("local", shape=(), collections=[tf.GraphKeys.LOCAL_VARIABLES])
# corrected: both were called "local"
non_trained_var = tf.get_variable("non_trained", shape=(), trainable=False, initializer=tf.ones_initializer())

tf.add_to_collection("my_collection", non_trained_local_var)
print([v.name for v in tf.get_collection("my_collection")])
print([v.name for v in tf.get_collection(tf.GraphKeys.GLOBAL_VARIABLES)])
print([v.name for v in tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES)])
print([v.name for v in tf.get_collection(tf.GraphKeys.LOCAL_VARIABLES)])

# The initial value of one variable may be that of another.
v = tf.get_variable("v", shape=(), initializer=tf.zeros_initializer())
w = tf.get_variable("w", initializer=v.initialized_value() + 1)
assignment = v.assign_add(1)

with tf.Session() as sess:
    print(sess.run(tf.report_uninitialized_variables()))
    sess.run(my_int_variable.initializer)
    print(sess.run(my_int_variable))
    sess.run(tf.global_variables_initializer())
    print(sess.run(tf.report_uninitialized_variables(tf.global_variables())))
    print(sess.run([v, w]))
    sess.run(assignment)
    print(sess.run(v))
    print(sess.run(other))
