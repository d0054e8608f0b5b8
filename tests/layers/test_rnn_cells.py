"""Recurrent cells and the functions that run them, against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tangraph as tf


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def _basic(w: list[np.ndarray], x: np.ndarray, s: Any) -> Any:
    out = np.tanh(np.concatenate([x, s], 1) @ w[0] + w[1])
    return out, out


def _gru(w: list[np.ndarray], x: np.ndarray, s: Any) -> Any:
    r, u = np.split(_sigmoid(np.concatenate([x, s], 1) @ w[0] + w[1]), 2, 1)
    out = u * s + (1 - u) * np.tanh(np.concatenate([x, r * s], 1) @ w[2] + w[3])
    return out, out


def _lstm(w: list[np.ndarray], x: np.ndarray, s: Any) -> Any:
    i, j, f, o = np.split(np.concatenate([x, s[1]], 1) @ w[0] + w[1], 4, 1)
    c = s[0] * _sigmoid(f + 1) + _sigmoid(i) * np.tanh(j)
    h = _sigmoid(o) * np.tanh(c)
    return h, (c, h)


CELLS = [
    ("BasicRNNCell", "nn.rnn_cell", _basic),
    ("GRUCell", "nn.rnn_cell", _gru),
    ("BasicLSTMCell", "nn.rnn_cell", _lstm),
    ("LSTMCell", "nn.rnn_cell", _lstm),
    ("LSTMBlockCell", "contrib.rnn", _lstm),
    ("GRUBlockCellV2", "contrib.rnn", _gru),
]


def _make(name: str, space: str, units: int) -> Any:
    module = tf.nn.rnn_cell if space == "nn.rnn_cell" else tf.contrib.rnn
    return getattr(module, name)(units)


@pytest.mark.parametrize(("name", "space", "reference"), CELLS)
def test_dynamic_rnn_runs_the_cell(name: str, space: str, reference: Any) -> None:
    inputs = np.random.RandomState(0).randn(2, 4, 3).astype(np.float32)
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float32, [None, None, 3])
        cell = _make(name, space, 5)
        outputs, state = tf.nn.dynamic_rnn(cell, x, sequence_length=[4, 2], dtype=tf.float32)
        gradient = tf.gradients(outputs, x)[0]
        session.run(tf.global_variables_initializer())
        weights, got, final, slope = session.run([cell.weights, outputs, state, gradient], {x: inputs})
    s: Any = np.zeros((2, 5), np.float32)
    s = (s, s) if reference is _lstm else s
    for t in range(4):
        out, new = reference(weights, inputs[:, t], s)
        if t >= 2:
            out[1] = 0
            keep = lambda old, now: np.stack([now[0], old[1]])  # noqa: E731
            s = tuple(map(keep, s, new)) if isinstance(s, tuple) else keep(s, new)
        else:
            s = new
        np.testing.assert_allclose(got[:, t], out if t < 2 else out * [[1], [0]], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(np.array(final), np.array(s), rtol=1e-5, atol=1e-6)
    assert not slope[1, 2:].any()
    assert slope[0].any()


def test_static_and_dynamic_agree() -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.constant(np.random.RandomState(1).randn(2, 3, 4).astype(np.float32))
        cell = tf.nn.rnn_cell.LSTMCell(4, use_peepholes=True, num_proj=2, cell_clip=0.5)
        dynamic, _ = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32, sequence_length=[3, 1])
        static, _ = tf.nn.static_rnn(cell, tf.unstack(x, axis=1), dtype=tf.float32, sequence_length=[3, 1])
        session.run(tf.global_variables_initializer())
        got = session.run([dynamic, tf.stack(static, 1)])
    np.testing.assert_allclose(*got, rtol=1e-5, atol=1e-6)


def test_names_and_structure() -> None:
    with tf.Graph().as_default():
        cell = tf.nn.rnn_cell.MultiRNNCell([tf.nn.rnn_cell.GRUCell(2), tf.nn.rnn_cell.BasicLSTMCell(3)])
        _, state = tf.nn.dynamic_rnn(cell, tf.ones([1, 2, 4]), dtype=tf.float32)
        assert isinstance(state[1], tf.nn.rnn_cell.LSTMStateTuple)
        assert [v.name for v in cell.trainable_variables][4] == "rnn/multi_rnn_cell/cell_1/basic_lstm_cell/kernel:0"


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: tf.nn.rnn_cell.MultiRNNCell([]), ValueError, "at least one cell"),
        (lambda: tf.nn.rnn_cell.MultiRNNCell(tf.nn.rnn_cell.GRUCell(2)), TypeError, "cells must be a list"),
        (lambda: tf.nn.dynamic_rnn(3, tf.ones([1, 2, 3])), TypeError, "is not an RNNCell"),
        (lambda: tf.nn.dynamic_rnn(tf.nn.rnn_cell.GRUCell(2), tf.ones([1, 2, 3])), ValueError, "must give a dtype"),
        (lambda: tf.nn.static_rnn(tf.nn.rnn_cell.GRUCell(2), []), ValueError, "inputs must not be empty"),
        (lambda: tf.nn.rnn_cell.DropoutWrapper(tf.nn.rnn_cell.GRUCell(2), 1.5), ValueError, "between 0 and 1"),
    ],
)
def test_errors(call: Any, error: type[Exception], text: str) -> None:
    with tf.Graph().as_default(), pytest.raises(error, match=text):
        call()
