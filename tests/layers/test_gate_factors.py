"""Gradients of recurrent cells whose factors are computed before the loop, against the plain ones."""

from __future__ import annotations

import numpy as np
import pytest

import tangraph as tf
from tangraph.plan import compile as compiler
from tangraph_backend_cpu.passes import gate_factors

CELLS = {
    "basic": lambda: tf.nn.rnn_cell.BasicLSTMCell(6),
    "forget bias": lambda: tf.nn.rnn_cell.BasicLSTMCell(6, forget_bias=0.25),
    "lstm": lambda: tf.nn.rnn_cell.LSTMCell(6),
    "peepholes": lambda: tf.nn.rnn_cell.LSTMCell(6, use_peepholes=True),
    "projection": lambda: tf.nn.rnn_cell.LSTMCell(6, num_proj=4, cell_clip=2.0),
    "relu": lambda: tf.nn.rnn_cell.BasicLSTMCell(6, activation=tf.nn.relu),
    "layers": lambda: tf.nn.rnn_cell.MultiRNNCell([tf.nn.rnn_cell.BasicLSTMCell(n) for n in (6, 5)]),
    "gru": lambda: tf.nn.rnn_cell.GRUCell(6),
}
JOINED = {"basic", "forget bias", "lstm", "projection", "layers"}


@pytest.fixture
def plans(monkeypatch):
    """The sources of the plans that are compiled."""
    sources, emit = [], compiler.emit

    def remember(*args):
        emitted = emit(*args)
        sources.append(emitted.source)
        return emitted

    monkeypatch.setattr(compiler, "emit", remember)
    return sources


def _gradients(cell, batch=2, *, steps=7, lengths=None, dtype=tf.float32, last=False):
    """The outputs, and the gradients of inputs, states and weights."""
    rng = np.random.RandomState(0)
    values = rng.randn(batch, steps, 3)
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(1)
        x = tf.placeholder(dtype, [batch, None, 3])
        outputs, state = tf.nn.dynamic_rnn(CELLS[cell](), x, lengths, dtype=dtype)
        target = tf.reduce_sum(outputs[:, -1] if last else tf.sin(outputs))
        target += sum(tf.reduce_sum(tf.square(s)) for s in tf.contrib.framework.nest.flatten(state))
        wanted = tf.gradients(target, [x, *tf.trainable_variables()])
        session.run(tf.global_variables_initializer())
        return session.run([outputs, *wanted], {x: values})


@pytest.mark.parametrize(("batch", "dtype", "last"), [(1, tf.float32, True), (3, tf.float64, False)])
@pytest.mark.parametrize("cell", CELLS)
def test_gradients(monkeypatch, plans, cell, last, batch, dtype):
    found = _gradients(cell, batch, dtype=dtype, last=last)
    assert any("_GateFactors" in p for p in plans) is (cell in JOINED)
    monkeypatch.setattr(gate_factors, "MAX_BYTES", 0)
    plans.clear()
    expected = _gradients(cell, batch, dtype=dtype, last=last)
    assert not any("_GateFactors" in p for p in plans)
    exact = 1e-12 if dtype is tf.float64 else 2e-5
    for value, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(value, other, rtol=exact, atol=exact)


@pytest.mark.parametrize("lengths", [[7, 3], [1, 2], [0, 7]])
def test_sequences_of_different_lengths(monkeypatch, lengths):
    found = _gradients("basic", lengths=lengths)
    monkeypatch.setattr(gate_factors, "MAX_BYTES", 0)
    for value, other in zip(found, _gradients("basic", lengths=lengths), strict=True):
        np.testing.assert_allclose(value, other, rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("steps", [1, 30])
def test_numbers_of_steps(monkeypatch, steps):
    found = _gradients("basic", steps=steps)
    monkeypatch.setattr(gate_factors, "MAX_BYTES", 0)
    for value, other in zip(found, _gradients("basic", steps=steps), strict=True):
        np.testing.assert_allclose(value, other, rtol=1e-4, atol=1e-4)


def test_no_steps():
    """The loop makes none: all gradients of the weights are 0."""
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float32, [2, None, 3])
        outputs, state = tf.nn.dynamic_rnn(CELLS["basic"](), x, dtype=tf.float32)
        weights = tf.gradients(tf.reduce_sum(outputs) + tf.reduce_sum(state.c * state.h), tf.trainable_variables())
        session.run(tf.global_variables_initializer())
        found = session.run(weights, {x: np.zeros((2, 0, 3))})
    assert all((value == 0).all() for value in found)


def test_large_gates_stay_as_they_are(plans):
    size = 1 + gate_factors.MAX_BYTES // (4 * 4 * 6)
    _gradients("basic", batch=size, steps=2)
    assert not any("_GateFactors" in p for p in plans)


def test_gradients_agree_with_differences():
    """Along one direction, in float64."""
    rng = np.random.RandomState(0)
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.constant(rng.randn(1, 5, 3))
        cell = tf.nn.rnn_cell.BasicLSTMCell(4, dtype=tf.float64)
        outputs, _ = tf.nn.dynamic_rnn(cell, x, dtype=tf.float64)
        target = tf.reduce_sum(tf.sin(outputs))
        kernel = cell.weights[0]
        gradient = tf.gradients(target, kernel)[0]
        session.run(tf.global_variables_initializer())
        start, direction = session.run(kernel), rng.randn(7, 16)
        slope = (session.run(gradient) * direction).sum()
        ends = []
        for step in (1e-5, -1e-5):
            kernel.load(start + step * direction, session)
            ends.append(session.run(target))
    np.testing.assert_allclose(slope, (ends[0] - ends[1]) / 2e-5, rtol=1e-7)
