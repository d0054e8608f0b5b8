"""The order in which the iterations of a loop draw random numbers: that of TensorFlow 1.15.5's executor on one thread."""

from __future__ import annotations

import numpy as np
import pytest

import tangraph as tf
from tangraph.plan import draws, rehearsal
from tangraph.plan.course import read
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


CONDITIONS = {
    "not equal": lambda i: tf.not_equal(i, 5),
    "any of several": lambda i: tf.reduce_any(i < tf.constant([2, 5, 3])),
    "computed from the counter": lambda i: tf.cast(i, tf.float32) * 0.5 < 2.4,
}


@pytest.mark.parametrize("summed", [False, True])
@pytest.mark.parametrize("condition", CONDITIONS)
def test_whatever_the_condition_the_last_iteration_comes_first(condition, summed):
    """Recorded from TensorFlow 1.15.5, as the cases of tests/recorded/loop_draws.json are."""
    found, stream = drawn(CONDITIONS[condition], summed=summed)
    np.testing.assert_allclose(found, stream[::-1])


def test_a_condition_that_asks_python_draws_in_turn():
    """Its calls are the program's own, and are not made twice; TensorFlow draws the last iteration first here."""
    calls = []

    def more(i):
        calls.append(int(i))
        return np.bool_(i < 5)

    found, stream = drawn(lambda i: tf.py_func(more, [i], tf.bool), summed=True)
    np.testing.assert_allclose(found, stream)
    assert calls == [0, 1, 2, 3, 4, 5]


def test_a_condition_on_what_the_loop_writes_draws_in_turn():
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(5)
        count = tf.Variable(0)

        def body(i, numbers):
            with tf.control_dependencies([tf.assign_add(count, 1)]):
                return i + 1, numbers.write(i, tf.random_uniform([], seed=7))

        start = [0, tf.TensorArray(tf.float32, 0, dynamic_size=True)]
        numbers = tf.while_loop(lambda i, _: count.read_value() + 0 * i < 4, body, start)[1].stack()
        single = tf.random_uniform([], seed=7)
        sess.run(tf.global_variables_initializer())
        found = sess.run(numbers)
        np.testing.assert_allclose(found, [sess.run(single) for _ in range(4)])
        assert sess.run(count) == 4


def test_an_error_in_the_condition_comes_after_the_effects_before_it():
    with tf.Graph().as_default(), tf.Session() as sess:
        count = tf.Variable(0)
        limits = tf.placeholder(tf.int32, [3])

        def body(i, total):
            with tf.control_dependencies([tf.assign_add(count, 1)]):
                return i + 1, total + tf.random_uniform([])

        condition = lambda i, _: tf.gather(limits, i, name="limit") > 0  # noqa: E731
        _, total = tf.while_loop(condition, body, [0, 0.0], parallel_iterations=1)
        sess.run(tf.global_variables_initializer())
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"indices = 3 is not in \[0, 3\)") as caught:
            sess.run(total, {limits: [1, 1, 1]})
        assert caught.value.op.name == "while/limit"
        assert sess.run(count) == 3
        assert 0 < sess.run(total, {limits: [1, 1, 0]}) < 2


def test_a_loop_without_an_end_ends_by_its_error(monkeypatch):
    monkeypatch.setattr(rehearsal, "MAX_EVENTS", 50)
    with tf.Graph().as_default(), tf.Session() as sess:
        queue = tf.FIFOQueue(100, [tf.float32], [[]])
        fill, close = queue.enqueue_many([np.ones(60, np.float32)]), queue.close()

        def body(n, total):
            return n * 2 % 7 + 1, total + queue.dequeue() * tf.random_uniform([])

        _, total = tf.while_loop(lambda n, _: tf.not_equal(n, 0), body, [1, 0.0])
        sess.run(fill)
        sess.run(close)
        with pytest.raises(tf.errors.OutOfRangeError):
            sess.run(total)
        assert sess.run(queue.size()) == 0


def test_a_longer_loop_than_is_rehearsed_draws_in_turn(monkeypatch):
    monkeypatch.setattr(rehearsal, "MAX_EVENTS", 4)
    found, stream = drawn(lambda i: tf.not_equal(i, 5), summed=True)
    np.testing.assert_allclose(found, stream)


def test_courses_that_always_differ_draw_in_turn(monkeypatch):
    monkeypatch.setattr(draws, "_MAX_KNOWN", 2)
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(5)
        limit = tf.placeholder(tf.int32, [])

        def body(i, numbers):
            draw = tf.random_uniform([], seed=7)
            return i + 1, numbers.write(i, draw)

        start = [0, tf.TensorArray(tf.float32, 0, dynamic_size=True)]
        numbers = tf.while_loop(lambda i, _: tf.not_equal(i, limit), body, start)[1].stack()
        single = tf.random_uniform([], seed=7)
        found = [sess.run(numbers, {limit: n}) for n in (2, 3, 4, 2)]
    with tf.Session(graph=single.graph) as sess:
        stream = np.array([sess.run(single) for _ in range(11)])
    expected = [stream[1::-1], stream[4:1:-1], stream[5:9], stream[:8:-1]]
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other)


def test_only_loops_that_draw_and_do_not_just_count_are_rehearsed(monkeypatch):
    monkeypatch.setattr(draws, "rehearse", lambda *_: pytest.fail("a loop was rehearsed"))
    drawn(lambda i: i < 5, summed=True)
    with tf.Graph().as_default(), tf.Session() as sess:
        total = tf.while_loop(lambda i: tf.not_equal(i, 5), lambda i: i + 1, [0])
        assert sess.run(total) == 5


def test_a_course_is_read_from_its_journal():
    """An outer loop of two iterations; the inner one makes none, then two, and a predicate is decided before it."""
    journal = [0, (0, True), 1, 0, (0, False), 1, 1, 1, 0]
    switch = object()
    course = read(journal, [("outer", 0), ("inner", 1)], {switch: 0}, [1])
    assert course.trips == {("outer", ()): 2, ("inner", (0,)): 0, ("inner", (1,)): 2}
    assert [course.goes_on("outer", (), i) for i in range(3)] == [True, True, False]
    assert [course.branch(switch, path) for path in [(0,), (1,), (1, 5)]] == [1, 0, 0]
    assert course.runs() == {"outer": 2, "inner": 2}
    assert course.shortened("outer", 1).trips["outer", ()] == 1
    assert course.goes_on("unknown", (), 1), "what is not known runs as often as the longest of them"


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
