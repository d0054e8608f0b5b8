"""A while_loop of 10,000 steps of `i + 1`; one step is one run of the whole loop."""


def graph(tf):
    """The loop's own cost."""
    out = tf.while_loop(lambda i: tf.less(i, 10000), lambda i: tf.add(i, 1), [tf.constant(0)])
    sess = tf.Session()

    def run(n):
        for _ in range(n):
            result = sess.run(out)
        return result

    return [float(run(1))], run
