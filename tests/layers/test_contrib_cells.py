"""Cells of tf.contrib.rnn and monotonic attention: what they compute, and what they refuse."""

import numpy as np
import pytest

import tangraph as tf


@pytest.fixture
def sess():
    with tf.Graph().as_default(), tf.Session() as session:
        yield session


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def _run(sess, cell, x):
    outputs, _ = tf.nn.dynamic_rnn(cell, tf.constant(x), dtype=tf.float32)
    sess.run(tf.global_variables_initializer())
    return sess.run([outputs, {v.op.name.rpartition("/")[2]: v for v in tf.trainable_variables()}])


X = np.random.default_rng(0).normal(size=(2, 3, 4)).astype(np.float32)


def test_ind_rnn(sess):
    outputs, w = _run(sess, tf.contrib.rnn.IndRNNCell(3), X)
    h = np.zeros((2, 3))
    for step in range(3):
        h = np.tanh(X[:, step] @ w["kernel_w"] + h * w["kernel_u"] + w["bias"])
        np.testing.assert_allclose(outputs[:, step], h, rtol=1e-5, atol=1e-6)


def test_sru(sess):
    outputs, w = _run(sess, tf.contrib.rnn.SRUCell(3), X)
    c = np.zeros((2, 3))
    for step in range(3):
        candidate, f, r, bypass = np.split(X[:, step] @ w["kernel"], 4, 1)
        f, r = sigmoid(f + w["bias"][:3]), sigmoid(r + w["bias"][3:])
        c = f * c + (1 - f) * candidate
        np.testing.assert_allclose(outputs[:, step], r * np.tanh(c) + (1 - r) * bypass, rtol=1e-5, atol=1e-6)


def test_update_gate(sess):
    outputs, w = _run(sess, tf.contrib.rnn.UGRNNCell(3), X)
    h = np.zeros((2, 3))
    for step in range(3):
        g, c = np.split(np.concatenate([X[:, step], h], 1) @ w["kernel"] + w["bias"], 2, 1)
        h = sigmoid(g + 1) * h + (1 - sigmoid(g + 1)) * np.tanh(c)
        np.testing.assert_allclose(outputs[:, step], h, rtol=1e-5, atol=1e-6)


def test_coupled_gates_forget_what_they_take_in(sess):
    outputs, w = _run(sess, tf.contrib.rnn.CoupledInputForgetGateLSTMCell(3), X)
    c = h = np.zeros((2, 3))
    for step in range(3):
        j, f, o = np.split(np.concatenate([X[:, step], h], 1) @ w["W_0"] + w["B"], 3, 1)
        f = sigmoid(f + 1)
        c = f * c + (1 - f) * np.tanh(j)
        h = sigmoid(o) * np.tanh(c)
        np.testing.assert_allclose(outputs[:, step], h, rtol=1e-5, atol=1e-6)


def test_highway(sess):
    inner = tf.contrib.rnn.BasicRNNCell(4)
    x = tf.constant(X[:, 0])
    plain, _ = inner(x, tf.zeros([2, 4]))
    mixed, _ = tf.contrib.rnn.HighwayWrapper(inner)(x, tf.zeros([2, 4]))
    sess.run(tf.global_variables_initializer())
    weights = {v.op.name: v for v in tf.trainable_variables() if v.op.name.startswith("carry")}
    one, other, w = sess.run([plain, mixed, weights])
    carry = sigmoid(X[:, 0] @ w["carry_w"] + w["carry_b"])
    np.testing.assert_allclose(other, X[:, 0] * carry + one * (1 - carry), rtol=1e-5)


def test_a_fused_cell_backwards_in_time(sess):
    x = tf.constant(X.swapaxes(0, 1))
    adaptor = tf.contrib.rnn.FusedRNNCellAdaptor(tf.contrib.rnn.GRUCell(3), use_dynamic_rnn=True)
    forward, _ = adaptor(x[::-1], dtype=tf.float32, scope="a")
    backward, _ = tf.contrib.rnn.TimeReversedFusedRNN(adaptor)(x, dtype=tf.float32, scope="a")
    sess.run(tf.global_variables_initializer())
    one, other = sess.run([forward, backward])
    np.testing.assert_array_equal(one[::-1], other)


def test_a_convolutional_lstm_over_images(sess):
    cell = tf.contrib.rnn.Conv2DLSTMCell(input_shape=[4, 5, 2], output_channels=3, kernel_shape=[3, 3])
    outputs, state = tf.nn.dynamic_rnn(cell, tf.ones([2, 6, 4, 5, 2]), dtype=tf.float32)
    (slope,) = tf.gradients(outputs, [v for v in tf.trainable_variables() if "kernel" in v.name])
    sess.run(tf.global_variables_initializer())
    assert sess.run(outputs).shape == (2, 6, 4, 5, 3)
    assert sess.run(state.c).shape == (2, 4, 5, 3)
    assert np.abs(sess.run(slope)).max() > 0


def test_monotonic_attention_stops_once(sess):
    rng = np.random.default_rng(0)
    p, previous = rng.uniform(0.05, 0.9, (2, 5)).astype(np.float32), rng.dirichlet(np.ones(5), 2).astype(np.float32)
    expected = np.zeros((2, 5))
    for place in range(5):  # came from place k, passed all between, and stopped here
        for start in range(place + 1):
            expected[:, place] += previous[:, start] * np.prod(1 - p[:, start:place], 1) * p[:, place]
    exact, quick = sess.run([tf.contrib.seq2seq.monotonic_attention(p, previous, m) for m in ("recursive", "parallel")])
    np.testing.assert_allclose(exact, expected, rtol=1e-5)
    np.testing.assert_allclose(quick, expected, rtol=1e-5)
    hard = tf.contrib.seq2seq.monotonic_attention([[0.0, 1.0, 0.0, 1.0]], [[1.0, 0.0, 0.0, 0.0]], "hard")
    assert sess.run(hard).tolist() == [[0, 1, 0, 0]]


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (
            lambda r: r.AttentionCellWrapper(r.GRUCell(2), 0),
            ValueError,
            "attn_length should be greater than zero, got 0",
        ),
        (lambda r: r.AttentionCellWrapper(None, 1), TypeError, "is not an RNNCell"),
        (
            lambda r: r.AttentionCellWrapper(r.BasicLSTMCell(2), 1, state_is_tuple=False),
            ValueError,
            "Cell returns tuple of states, but the flag state_is_tuple is not set",
        ),
        (lambda r: r.ConvLSTMCell(2, [4, 2], 1, [3, 3]), ValueError, "Invalid input_shape"),
        (
            lambda r: r.IntersectionRNNCell(3)(tf.ones([2, 4]), tf.ones([2, 3])),
            ValueError,
            "Must have input size == output size for Intersection RNN",
        ),
        (
            lambda r: r.UGRNNCell(3)(tf.placeholder(tf.float32, [2, None]), tf.ones([2, 3])),
            ValueError,
            "Could not infer input size",
        ),
        (
            lambda _: tf.contrib.seq2seq.monotonic_attention([[0.5]], [[1.0]], "x"),
            ValueError,
            "mode must be 'recursive'",
        ),
    ],
)
def test_errors(make, error, text):
    with tf.Graph().as_default(), pytest.raises(error, match=text):
        make(tf.contrib.rnn)
