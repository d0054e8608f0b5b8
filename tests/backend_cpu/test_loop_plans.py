"""What the plan makes of loops and their gradients: fewer steps, the same numbers."""

import numpy as np
import pytest

import tangraph as tf
from tangraph.plan import compile as compiling

UNITS, STEPS, BATCH, INPUTS = 3, 5, 2, 4


@pytest.fixture
def sources(monkeypatch):
    """The sources of the plans that a test compiles."""
    found = []
    plan = compiling.compile_plan

    def keep(*args, **kwargs):
        result = plan(*args, **kwargs)
        found.append(result.source)
        return result

    monkeypatch.setattr("tangraph.client.session.compile_plan", keep)
    return found


CELLS = {
    "basic": lambda: tf.nn.rnn_cell.BasicRNNCell(UNITS),
    "gru": lambda: tf.nn.rnn_cell.GRUCell(UNITS),
    "basic_lstm": lambda: tf.nn.rnn_cell.BasicLSTMCell(UNITS),
    "lstm": lambda: tf.nn.rnn_cell.LSTMCell(UNITS, forget_bias=0.5),
    "peepholes": lambda: tf.nn.rnn_cell.LSTMCell(UNITS, use_peepholes=True, num_proj=2, cell_clip=0.3),
    "two layers": lambda: tf.nn.rnn_cell.MultiRNNCell([tf.nn.rnn_cell.LSTMCell(UNITS), tf.nn.rnn_cell.GRUCell(UNITS)]),
}


def _loss(cell, x, **kwargs):
    outputs, state = tf.nn.dynamic_rnn(cell, x, dtype=x.dtype, **kwargs)
    return tf.reduce_sum(tf.square(outputs)) + tf.add_n([tf.reduce_sum(s) for s in tf.nest.flatten(state)])


@pytest.mark.parametrize("lengths", [None, [5, 2]])
@pytest.mark.parametrize("name", CELLS)
def test_gradients_agree_with_differences(name, lengths):
    x = tf.placeholder(tf.float64, [None, None, INPUTS])
    with tf.variable_scope("rnn", initializer=tf.random_uniform_initializer(-0.8, 0.8, seed=1, dtype=tf.float64)):
        loss = _loss(CELLS[name](), x, sequence_length=lengths)
    variables = tf.trainable_variables()
    gradients = tf.gradients(loss, [x, *variables])
    rng = np.random.default_rng(0)
    data = rng.normal(size=(BATCH, STEPS, INPUTS))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        found = sess.run(gradients, {x: data})
        values = sess.run(variables)
        directions = [rng.normal(size=v.shape) for v in values]
        slope = sum((g * d).sum() for g, d in zip(found[1:], directions, strict=True))
        ends = []
        for sign in (1e-6, -1e-6):
            for variable, value, direction in zip(variables, values, directions, strict=True):
                variable.load(value + sign * direction, sess)
            ends.append(sess.run(loss, {x: data}))
        np.testing.assert_allclose((ends[0] - ends[1]) / 2e-6, slope, rtol=1e-5)


def test_an_lstm_has_few_steps_and_the_numbers_of_the_plan_for_any_shape(sources):
    x = tf.placeholder(tf.float32, [None, None, INPUTS])
    with tf.variable_scope("rnn", initializer=tf.random_uniform_initializer(-0.8, 0.8, seed=1)):
        loss = _loss(CELLS["basic_lstm"](), x)
    gradients = tf.gradients(loss, tf.trainable_variables())
    data = np.random.default_rng(0).normal(size=(BATCH, STEPS, INPUTS)).astype(np.float32)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        known = sess.run(gradients, {x: data})
        body = sources[-1]
        for expected in ("_Gates_1(", "_LiftedFactor_2(", "_Factored_2(", "_LoopSumAdd_1(", "_SlicedMatMul_1("):
            assert expected in body
        for absent in ("Shape_", "ConcatOffset", "_SumToShape", "Split_1", "_GatesGrad_", "SigmoidGrad"):
            assert absent not in body
        for rows in range(3, 9):
            sess.run(gradients, {x: data[:1].repeat(rows, 0)})
        general = sess.run(gradients, {x: data})
        assert "_Gates_1(" not in sources[-1]
    for one, other in zip(known, general, strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-6, atol=1e-6)


def test_unrolled_gates_are_fused_too(sources):
    x = tf.placeholder(tf.float32, [BATCH, INPUTS])
    cell = CELLS["basic_lstm"]()
    outputs, _ = tf.nn.static_rnn(cell, [x, x], dtype=tf.float32)
    loss = tf.reduce_sum(outputs[-1])
    gradients = tf.gradients(loss, [*tf.trainable_variables(), x])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        first = sess.run(gradients, {x: np.ones((BATCH, INPUTS))})
        second = sess.run(gradients, {x: np.ones((BATCH, INPUTS))})
    assert "_GatesGrad_2(" in sources[-1]
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)


def test_gates_do_not_change_when_what_is_made_of_them_is_added_to():
    x = tf.placeholder(tf.float32, [64, 4 * 64])
    i, j = tf.split(x, 2, 1)
    i, j = tf.sigmoid(i), tf.tanh(j)
    twice, square = i + i, tf.square(j)
    data = np.linspace(-3, 3, 64 * 256, dtype=np.float32).reshape(64, 256)
    with tf.Session() as sess:
        found = sess.run([i, j, twice, square], {x: data})
    sigmoid, tanh = 1 / (1 + np.exp(-data[:, :128])), np.tanh(data[:, 128:])
    for value, expected in zip(found, [sigmoid, tanh, 2 * sigmoid, tanh**2], strict=True):
        np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-6)


def test_a_variable_that_grows_has_no_one_shape():
    n = tf.placeholder(tf.int32, [])
    x = tf.placeholder(tf.float32, [None])
    shapes = [tf.TensorShape([]), tf.TensorShape([None])]
    _, longer = tf.while_loop(lambda i, _: i < n, lambda i, v: [i + 1, tf.concat([v, v * 2], 0)], [0, x], shapes)
    (slope,) = tf.gradients(longer, x)
    size = tf.shape(longer)
    with tf.Session() as sess:
        values = sess.run([longer, slope, size], {n: 2, x: [1.0, 3.0]})
        none = sess.run([longer, slope, size], {n: 0, x: [1.0, 3.0]})
    assert values[0].tolist() == [1, 3, 2, 6, 2, 6, 4, 12]
    assert values[1].tolist() == [9, 9]
    assert values[2].tolist() == [8]
    assert [v.tolist() for v in none] == [[1, 3], [1, 1], [2]]


def test_shapes_that_take_turns_are_not_known():
    def body(i, a, b):
        return [i + 1, b, a]

    shapes = [tf.TensorShape([]), tf.TensorShape([None]), tf.TensorShape([None])]
    _, a, b = tf.while_loop(lambda i, *_: i < 3, body, [0, tf.ones([2]), tf.ones([5])], shapes)
    with tf.Session() as sess:
        assert sess.run([tf.shape(a), tf.shape(b), tf.reduce_sum(a)])[2] == 5


def test_elements_of_several_shapes():
    array = tf.TensorArray(tf.float32, 3, infer_shape=False, element_shape=None)
    x = tf.constant([1.0, 2.0, 3.0])
    _, array = tf.while_loop(lambda i, _: i < 3, lambda i, a: [i + 1, a.write(i, x[: i + 1])], [0, array])
    joined = array.concat()
    (slope,) = tf.gradients(joined, x)
    with tf.Session() as sess:
        values, slopes = sess.run([joined, slope])
    assert values.tolist() == [1, 1, 2, 1, 2, 3]
    assert slopes.tolist() == [3, 2, 1]


@pytest.mark.parametrize("steps", [0, 1, 40])
def test_sums_that_a_loop_collects(steps):
    w = tf.Variable(np.linspace(-1, 1, 9).reshape(3, 3))
    b = tf.Variable(np.zeros(3))
    x = tf.placeholder(tf.float64, [2, 3])
    n = tf.placeholder(tf.int32, [])
    _, y = tf.while_loop(lambda i, _: i < n, lambda i, v: [i + 1, tf.matmul(v, w) * 0.5 + b], [0, x])
    gradients = tf.gradients(y, [w, b])
    data = np.arange(6.0).reshape(2, 3)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        found = sess.run(gradients, {x: data, n: steps})
        matrix = sess.run(w)
    values = [data]
    for _ in range(steps):
        values.append(values[-1] @ matrix * 0.5)
    gradient, of_matrix, of_bias = np.ones((2, 3)), np.zeros((3, 3)), np.zeros(3)
    for value in reversed(values[:-1]):
        of_bias = of_bias + gradient.sum(0)
        of_matrix = of_matrix + value.T @ (gradient * 0.5)
        gradient = gradient * 0.5 @ matrix.T
    np.testing.assert_allclose(found[0], of_matrix, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(found[1], of_bias, rtol=1e-12, atol=1e-15)


def test_a_gradient_of_another_shape_than_its_element_is_an_error():
    @tf.custom_gradient
    def wrong(x):
        return tf.identity(x), lambda g: tf.py_func(lambda _: np.ones(3, np.float32), [g], tf.float32)

    x = tf.placeholder(tf.float32, [4, 2])
    array = tf.TensorArray(tf.float32, 4).unstack(x)
    total = tf.add_n([tf.reduce_sum(wrong(array.read(i))) for i in range(4)])
    (slope,) = tf.gradients(total, x)
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match=r"value shape is \[3\]"):
        sess.run(slope, {x: np.ones((4, 2))})


def _chain(x, w, n):
    """n times v = tanh(v w) sigmoid(v): slopes, and products of slopes with other values, of both activations."""

    def body(i, v):
        return [i + 1, tf.tanh(tf.matmul(v, w)) * tf.sigmoid(v)]

    return tf.while_loop(lambda i, _: i < n, body, [0, x])[1]


@pytest.mark.parametrize(("rows", "lifted"), [(2, True), (700, False)])
def test_factors_that_are_known_before_a_loop_are_made_before_it(sources, rows, lifted):
    x = tf.placeholder(tf.float64, [rows, 3])
    w = tf.Variable(np.linspace(-1, 1, 9).reshape(3, 3))
    n = tf.placeholder(tf.int32, [])
    gradients = tf.gradients(_chain(x, w, n), [x, w])
    unrolled = x
    for _ in range(4):
        unrolled = tf.tanh(tf.matmul(unrolled, w)) * tf.sigmoid(unrolled)
    expected = tf.gradients(unrolled, [x, w])
    data = np.random.default_rng(0).normal(size=(rows, 3))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        found = sess.run(gradients, {x: data, n: 4})
        assert ("_LiftedFactor_1(" in sources[-1]) is lifted
        assert ("TanhGrad_1(" in sources[-1]) is not lifted
        for one, other in zip(found, sess.run(expected, {x: data}), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12)
        none = sess.run(gradients, {x: data, n: 0})
        np.testing.assert_array_equal(none[0], np.ones((rows, 3)))
        np.testing.assert_array_equal(none[1], np.zeros((3, 3)))


def test_factors_of_two_gradients_of_one_loop():
    x = tf.placeholder(tf.float64, [2, 3])
    w = tf.Variable(np.linspace(-1, 1, 9).reshape(3, 3))
    y = _chain(x, w, 3)
    (first,), (second,) = tf.gradients(y, x), tf.gradients(tf.square(y), x)
    data = np.random.default_rng(0).normal(size=(2, 3))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        alone = sess.run(first, {x: data}), sess.run(second, {x: data})
        together = sess.run([first, second], {x: data})
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_variables_that_count_the_same_are_one(sources):
    def body(i, j, k, total):
        return [i + 1, j + 1, k + 1, total + i * j + k]

    start = [0, tf.constant(0), tf.constant(2), 0]
    i, j, k, total = tf.while_loop(lambda i, *_: i < 4, body, start)
    with tf.Session() as sess:
        assert sess.run([i, j, k, total]) == [4, 4, 6, 0 + 1 + 4 + 9 + 2 + 3 + 4 + 5]
    assert sources[-1].count("  # Add") == 4  # i and j together, k, and two for the total


@pytest.mark.parametrize(
    "second",
    [
        lambda j: j + 2,
        lambda j: j - 1,
        lambda j: tf.where(tf.equal(j, 2), j + 3, j + 1),
        lambda j: j * 1 + 1,
    ],
)
def test_variables_that_count_otherwise_stay(second):
    i, j = tf.while_loop(lambda i, _: i < 4, lambda i, j: [i + 1, second(j)], [0, 0])
    expected = 0
    with tf.Session() as sess:
        for _ in range(4):
            expected = sess.run(second(tf.constant(expected)))
        assert sess.run([i, j]) == [4, expected]


def test_counters_that_begin_with_what_is_fed_stay():
    first, second = tf.constant(0), tf.constant(0)
    i, j = tf.while_loop(lambda i, _: i < 4, lambda i, j: [i + 1, j + 1], [first, second])
    with tf.Session() as sess:
        assert sess.run([i, j], {second: 10}) == [4, 14]
        assert sess.run([i, j]) == [4, 4]
