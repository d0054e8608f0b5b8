"""Building a graph of 1,000 additions; one step is one graph."""


def graph(tf):
    """Additions in a chain; the "losses" are the number of operations."""

    def run(n):
        count = 0
        for _ in range(n):
            g = tf.Graph()
            with g.as_default():
                x = tf.placeholder(tf.float32, [None, 4])
                y = x
                for _ in range(1000):
                    y = tf.add(y, x)
            count = len(g.get_operations())
        return count

    return [run(1)], run
