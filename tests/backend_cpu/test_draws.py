"""The order in which the iterations of a loop draw random numbers: that of TensorFlow 1.15.5's executor on one thread."""

from __future__ import annotations

import numpy as np
import pytest

import tangraph as tf
from tangraph.plan.draws import SETTLED_AFTER, _continued

UNITS = 16


class Echo(tf.nn.rnn_cell.RNNCell):
    """A cell that gives back its input, so that a mask on the input shows."""

    def __init__(self, cell):
        super().__init__()
        self.cell = cell

    state_size = property(lambda self: self.cell.state_size)
    output_size = property(lambda self: UNITS)

    def call(self, inputs, state):
        return inputs, self.cell(inputs, state)[1]


def dropout_places(
    runs, *, on, batch, steps, known=False, parallel=None, lengths=None, cell=tf.nn.rnn_cell.BasicLSTMCell
):
    """Returns for each run and iteration of a `dynamic_rnn` which mask of the stream it had, counted from the run's first."""
    tf.set_random_seed(5)
    x = tf.placeholder(tf.float32, [batch if known else None, steps, UNITS])
    if on == "input":
        wrapped = tf.nn.rnn_cell.DropoutWrapper(Echo(cell(UNITS)), input_keep_prob=0.5)
    else:
        wrapped = tf.nn.rnn_cell.DropoutWrapper(cell(UNITS), output_keep_prob=0.5)
    outputs, _ = tf.nn.dynamic_rnn(
        wrapped, x, dtype=tf.float32, parallel_iterations=parallel, sequence_length=lengths and [lengths] * batch
    )
    random = next(
        op for op in tf.get_default_graph().get_operations() if op.type == "RandomUniform" and "while" in op.name
    )
    feed = {x: np.random.RandomState(0).rand(batch, steps, UNITS) + 0.1}
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        results = [sess.run(outputs, feed) != 0 for _ in range(runs)]
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(random.get_attr("seed"))
        draw = tf.random_uniform([batch, UNITS], seed=random.get_attr("seed2"))
        stream = {(sess.run(draw) >= 0.5).tobytes(): i for i in range(runs * steps)}
    return [[stream[result[:, t].tobytes()] - run * steps for t in range(steps)] for run, result in enumerate(results)]


def windows(steps, size):
    """Last iteration first, in each window of iterations."""
    return [i for start in range(0, steps, size) for i in reversed(range(start, min(start + size, steps)))]


FORWARD = list(range(6))
YOUNG = {
    "input, known batch": ({"on": "input", "known": True, "steps": 6}, FORWARD),
    "input, unknown batch": ({"on": "input", "steps": 6}, FORWARD[::-1]),
    "output, known batch": ({"on": "output", "known": True, "steps": 6}, FORWARD),
    "output, unknown batch": ({"on": "output", "steps": 6}, FORWARD[::-1]),
    "more steps than run in parallel": ({"on": "output", "steps": 40}, windows(40, 32)),
    "eight in parallel": ({"on": "input", "steps": 20, "parallel": 8}, windows(20, 8)),
    "one at a time": ({"on": "output", "steps": 6, "parallel": 1}, FORWARD),
    "input, lengths": ({"on": "input", "steps": 6, "lengths": 6}, FORWARD[::-1]),
    "output, lengths": ({"on": "output", "steps": 6, "lengths": 6}, FORWARD),
    "GRU": ({"on": "output", "known": True, "steps": 6, "cell": tf.nn.rnn_cell.GRUCell}, FORWARD),
    "basic cell": ({"on": "output", "known": True, "steps": 6, "cell": tf.nn.rnn_cell.BasicRNNCell}, FORWARD),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", YOUNG)
def test_first_runs(case):
    arguments, expected = YOUNG[case]
    with tf.Graph().as_default():
        assert dropout_places(2, batch=4, **arguments) == [expected, expected]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("batch", "known", "first", "last"),
    [
        (4, True, FORWARD, FORWARD),
        (4, False, FORWARD[::-1], FORWARD),
        (64, True, FORWARD, FORWARD[::-1]),
        (64, False, FORWARD[::-1], FORWARD[::-1]),
    ],
)
def test_later_runs(batch, known, first, last):
    """Small kernels count as cheap when they have run often; random kernels of many elements never do."""
    runs = SETTLED_AFTER // 6 + 3
    with tf.Graph().as_default():
        found = dropout_places(runs, on="output", known=known, batch=batch, steps=6)
    assert found[0] == first
    assert found[-1] == last


# Losses of four steps of Adam, from one process of TensorFlow 1.15.5 with one thread.
PROGRAMS = {
    "input": (lambda cell: dropped(cell(16), input_keep_prob=0.5), [1.2312, 0.8174, 0.8614, 0.6861]),
    "output": (lambda cell: dropped(cell(16), output_keep_prob=0.5), [1.0771, 0.9175, 0.7611, 0.4503]),
    "state": (lambda cell: dropped(cell(16), state_keep_prob=0.5), [0.9499, 0.8064, 0.5842, 0.3336]),
    "both, from a placeholder": (
        lambda cell: dropped(cell(16), input_keep_prob=keep(), output_keep_prob=keep()),
        [0.7297, 0.7430, 0.5541, 0.4579],
    ),
    "variational": (
        lambda cell: dropped(
            cell(16), output_keep_prob=0.5, state_keep_prob=0.6, variational_recurrent=True, dtype=tf.float32
        ),
        [0.8441, 0.6707, 0.8386, 0.3720],
    ),
    "two layers": (
        lambda _: tf.nn.rnn_cell.MultiRNNCell(
            [dropped(tf.nn.rnn_cell.GRUCell(16), input_keep_prob=0.7, output_keep_prob=0.5) for _ in range(2)]
        ),
        [1.0368, 0.9475, 0.4197, 0.5473],
    ),
}
dropped = tf.nn.rnn_cell.DropoutWrapper


def keep():
    """Returns the placeholder of the probability, made once a graph."""
    found = tf.get_collection("keep")
    if not found:
        tf.add_to_collection("keep", tf.placeholder(tf.float32))
    return tf.get_collection("keep")[0]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", PROGRAMS)
def test_training(case):
    build, expected = PROGRAMS[case]
    with tf.Graph().as_default():
        tf.set_random_seed(42)
        x = tf.placeholder(tf.float32, [None, 10, 5])
        outputs, _ = tf.nn.dynamic_rnn(build(tf.nn.rnn_cell.BasicLSTMCell), x, dtype=tf.float32)
        loss = tf.reduce_mean(tf.square(tf.layers.dense(outputs[:, -1], 1) - 1.0))
        train = tf.train.AdamOptimizer(0.01).minimize(loss)
        feed = {
            x: np.random.RandomState(0).randn(8, 10, 5).astype("f4"),
            **dict.fromkeys(tf.get_collection("keep"), 0.5),
        }
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            losses = [sess.run([loss, train], feed)[0] for _ in range(len(expected))]
    np.testing.assert_allclose(losses, expected, atol=1e-4)


def test_numbers_that_feed_the_next_iteration():
    """Several random operations in one body, on a state that waits for them."""
    with tf.Graph().as_default():
        tf.set_random_seed(42)
        x = tf.placeholder(tf.float32, [8, 10, 5])
        w, u = tf.get_variable("w", [16, 16]), tf.get_variable("u", [5, 16])
        rows = tf.transpose(x, [1, 0, 2])

        def body(i, h):
            after = i + 1
            moved = tf.matmul(h + tf.random_normal([8, 16]), w)
            return after, tf.tanh(moved + tf.matmul(rows[i] * tf.random_uniform([8, 5]), u))

        _, h = tf.while_loop(lambda i, h: i < 10, body, [0, tf.zeros([8, 16])])
        loss = tf.reduce_mean(tf.square(tf.layers.dense(h, 1) - 1.0))
        train = tf.train.AdamOptimizer(0.01).minimize(loss)
        feed = {x: np.random.RandomState(0).randn(8, 10, 5).astype("f4")}
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            losses = [sess.run([loss, train], feed)[0] for _ in range(4)]
    np.testing.assert_allclose(losses, [2.5054, 1.4725, 2.1779, 0.9379], atol=1e-4)


def drawn(condition, *, summed, steps=5):
    """Returns what the iterations of a loop drew, and the numbers of the same stream in turn."""
    with tf.Graph().as_default():
        tf.set_random_seed(5)

        def body(i, total, numbers):
            draw = tf.random_uniform([2], seed=7)
            return i + 1, total * 0.5 + draw if summed else total, numbers.write(i, tf.reduce_sum(draw))

        start = [0, tf.zeros([2]), tf.TensorArray(tf.float32, steps)]
        numbers = tf.while_loop(lambda i, *_: condition(i), body, start)[2].stack()
        single = tf.reduce_sum(tf.random_uniform([2], seed=7))
        with tf.Session() as sess:
            found = sess.run(numbers)
        with tf.Session() as sess:
            return found, np.array([sess.run(single) for _ in range(steps)])


@pytest.mark.parametrize("summed", [False, True])
def test_the_last_iteration_comes_first_in_a_loop(summed):
    found, stream = drawn(lambda i: i < 5, summed=summed)
    np.testing.assert_allclose(found, stream[::-1])


def test_map_fn_draws_in_turn():
    with tf.Graph().as_default():
        tf.set_random_seed(5)
        numbers = tf.map_fn(lambda x: x * 0.0 + tf.reduce_sum(tf.random_uniform([2], seed=7)), tf.zeros([5]))
        single = tf.reduce_sum(tf.random_uniform([2], seed=7))
        with tf.Session() as sess:
            found = sess.run(numbers)
        with tf.Session() as sess:
            np.testing.assert_allclose(found, [sess.run(single) for _ in range(5)])


def test_a_loop_of_unknown_length_draws_in_turn():
    """Here TensorFlow's draws differ: the last iteration comes first."""
    found, stream = drawn(lambda i: tf.not_equal(i, 5), summed=True)
    np.testing.assert_allclose(found, stream)


def test_scan():
    with tf.Graph().as_default():
        tf.set_random_seed(5)
        draw = lambda a, x: a * 0 + x + tf.reduce_sum(tf.random_uniform([2], seed=7))  # noqa: E731
        numbers = tf.scan(draw, tf.zeros([5]))
        single = tf.reduce_sum(tf.random_uniform([2], seed=7))
        with tf.Session() as sess:
            found = sess.run(numbers)
        with tf.Session() as sess:
            stream = [sess.run(single) for _ in range(4)]
    np.testing.assert_allclose(found[1:], stream, rtol=1e-6)


def test_the_numbers_of_one_run_do_not_overlap_with_the_next():
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(5)
        numbers = tf.map_fn(lambda x: x * 0.0 + tf.random_uniform([], seed=7), tf.zeros([4]))
        single = tf.random_uniform([], seed=7)
        found = np.concatenate([sess.run(numbers) for _ in range(3)])
        stream = np.array([sess.run(single) for _ in range(12)])
    assert sorted(found) == sorted(stream)


def test_draws_of_different_sizes():
    """Whatever the order, no number is drawn twice."""
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(5)

        def body(i, total):
            return i + 1, tf.concat([total, tf.random_uniform(tf.stack([i + 1]), seed=7)], 0)

        invariants = [tf.TensorShape([]), tf.TensorShape([None])]
        _, numbers = tf.while_loop(lambda i, _: i < 4, body, [0, tf.zeros([0])], shape_invariants=invariants)
        found = sess.run(numbers)
    assert len(found) == len(set(found)) == 10


def test_what_follows_the_iterations_that_were_run_on_paper():
    assert _continued([3, 2, 1, 0, 7, 6, 5, 4], 11, 4) == [3, 2, 1, 0, 7, 6, 5, 4, 10, 9, 8]
    assert _continued([0, 1, 2], 3, 4) == [0, 1, 2]
    assert _continued([1, 0], 4, 4) == [1, 0, 2, 3]
