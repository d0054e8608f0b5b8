"""Cells in one op, connectionist temporal classification, sampled candidates, beams, joined strings."""

from __future__ import annotations

import itertools

import numpy as np

import tangraph as tf
from tangraph.framework.make_op import make_op
from tangraph.testing import OpCase, given, of, texts

WIDE = "float32 float64"


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def lstm(x, c, h, w, b):
    """What LSTMBlockCell gives without peepholes: i, cs, f, o, ci, co, h."""
    i, ci, f, o = np.split(np.concatenate([x, h], 1) @ w + b, 4, 1)
    i, ci, f, o = sigmoid(i), np.tanh(ci), sigmoid(f + 1), sigmoid(o)
    cs = np.clip(ci * i + c * f, -3, 3)
    return [i, cs, f, o, ci, np.tanh(cs), np.tanh(cs) * o]


def gru(x, h, w_ru, w_c, b_ru, b_c):
    """What GRUBlockCell gives: r, u, c, h."""
    r, u = np.split(sigmoid(np.concatenate([x, h], 1) @ w_ru + b_ru), 2, 1)
    c = np.tanh(np.concatenate([x, h * r], 1) @ w_c + b_c)
    return [r, u, c, u * h + (1 - u) * c]


def lstm_cell(x, c, h, w, b):
    none = tf.zeros([3], x.dtype.base)
    return make_op("LSTMBlockCell", x, c, h, w, none, none, none, b)


def whole_lstm(x, c, h, w, b):
    """What BlockLSTM gives for all steps, of which the last one is not to be computed."""
    steps = [[np.zeros((len(c), c.shape[1]))] * 7 for _ in x]
    for t in range(len(x) - 1):
        steps[t] = lstm(x[t], c, h, w, b)
        c, h = steps[t][1], steps[t][6]
    return [np.stack(values) for values in zip(*steps, strict=True)]


def block_lstm(x, c, h, w, b):
    none = tf.zeros([3], x.dtype.base)
    return make_op("BlockLSTM", tf.constant(2, tf.int64), x, c, h, w, none, none, none, b)


def gru_cell(*inputs):
    return make_op("GRUBlockCell", *inputs)


LSTM_INPUTS = (of(2, 4), of(2, 3), of(2, 3), of(7, 12, low=-1, high=1), of(12))
BLOCK_INPUTS = (of(3, 2, 4), *LSTM_INPUTS[1:])
GRU_INPUTS = (of(2, 4), of(2, 3), of(7, 6, low=-1, high=1), of(7, 3, low=-1, high=1), of(6), of(3))


def slopes(function, arrays, step=1e-6):
    """The gradients of the sum of a function of arrays."""
    found = []
    for place, array in enumerate(arrays):
        out = np.zeros_like(array)
        for index in np.ndindex(*array.shape):
            total = 0.0
            for sign in (1, -1):
                moved = [a.copy() for a in arrays]
                moved[place][index] += sign * step
                total += sign * function(*moved).sum()
            out[index] = total / (2 * step)
        found.append(out)
    return found


def ctc_loss(x, labels, lengths, widths):
    """By the sum over all paths, written out."""
    losses = []
    classes = x.shape[2]
    for n, (length, width) in enumerate(zip(lengths, widths, strict=True)):
        p = np.exp(x[:length, n]) / np.exp(x[:length, n]).sum(-1, keepdims=True)
        total = 0.0
        for path in itertools.product(range(classes), repeat=int(length)):
            merged = [k for k, _ in itertools.groupby(path) if k != classes - 1]
            if merged == list(labels[n][:width]):
                total += np.prod([p[t, k] for t, k in enumerate(path)])
        losses.append(-np.log(total))
    return np.array(losses)


LABELS = [[0, 1], [1, 1]]
LABEL_INDICES = given([[0, 0], [0, 1], [1, 0]], "int64")
LENGTHS = given([4, 3], "int32")
BEST = np.array([[0, 1, 2, 2], [1, 1, 2, 1]])
PEAKED = given(np.eye(3)[BEST].transpose(1, 0, 2) * 5.0)


def sampler(op, **attrs):
    return OpCase(
        op,
        lambda x: make_op(op, x, num_true=2, num_sampled=4, unique=True, **attrs),
        (given([[1, 2], [3, 1], [0, 0]], "int64"),),
        gradients=0,
        repeatable=False,
        known_shape=True,
    )


CASES = [
    OpCase("LSTMBlockCell", lstm_cell, LSTM_INPUTS, lstm, "float32", tolerance=8, unknown_rank=False),
    OpCase("BlockLSTM", block_lstm, BLOCK_INPUTS, whole_lstm, "float32", tolerance=8, unknown_rank=False, gradients=0),
    OpCase(
        "BlockLSTMGrad",
        lambda *x: tf.gradients(block_lstm(*x)[6], x),
        BLOCK_INPUTS,
        lambda *x: slopes(lambda *v: whole_lstm(*v)[6], x),
        "float32",
        tolerance=100,
        unknown_sizes=False,
    ),
    OpCase("GRUBlockCell", gru_cell, GRU_INPUTS, gru, "float32", tolerance=8, unknown_rank=False),
    OpCase(
        "GRUBlockCellGrad",
        lambda *x: tf.gradients(gru_cell(*x)[3], x),
        GRU_INPUTS,
        lambda *x: slopes(lambda *v: gru(*v)[3], x),
        "float32",
        tolerance=100,
        unknown_rank=False,
    ),
    OpCase(
        "LSTMBlockCellGrad",
        lambda *x: tf.gradients(lstm_cell(*x)[6], x),
        LSTM_INPUTS,
        lambda *x: slopes(lambda *v: lstm(*v)[6], x),
        "float32",
        tolerance=100,
        unknown_sizes=False,
    ),
    OpCase(
        "CTCLoss",
        lambda x, i, v, n: make_op("CTCLoss", x, i, v, n)[0],
        (of(4, 2, 3), LABEL_INDICES, given([0, 1, 1], "int32"), LENGTHS),
        lambda x, i, v, n: ctc_loss(x, LABELS, n, [2, 1]),
        "float32",
        tolerance=16,
    ),
    OpCase(
        "CTCGreedyDecoder",
        lambda x, n: make_op("CTCGreedyDecoder", x, n, merge_repeated=True),
        (PEAKED, given([4, 4], "int32")),
        lambda x, n: [
            np.array([[0, 0], [0, 1], [1, 0], [1, 1]]),
            np.array([0, 1, 1, 1]),
            np.array([2, 2]),
            np.full((2, 1), -20.0),
        ],
        "float32",
        known_shape=False,
    ),
    OpCase(
        "CTCBeamSearchDecoder",
        lambda x, n: [
            t
            for part in make_op("CTCBeamSearchDecoder", x, n, beam_width=9, top_paths=1, merge_repeated=False)[:3]
            for t in part
        ],
        (PEAKED, given([4, 4], "int32")),
        lambda x, n: [np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 1]), np.array([2, 2])],
        "float32",
        known_shape=False,
    ),
    OpCase(
        "GatherTree",
        lambda s, p: make_op("GatherTree", s, p, [3], 9),
        (given([[[1, 2]], [[3, 4]], [[5, 6]]], "int32"), given([[[0, 0]], [[0, 0]], [[1, 0]]], "int32")),
        lambda s, p: np.array([[[1, 1]], [[4, 3]], [[5, 6]]]),
        "int32",
    ),
    OpCase(
        "StringJoin",
        lambda x, y: tf.strings.join([x, y], "-"),
        (texts(2, 3), texts(2, 3)),
        lambda x, y: x + b"-" + y,
        "string",
    ),
    OpCase(
        "ComputeAccidentalHits",
        lambda t, s: make_op("ComputeAccidentalHits", t, s, num_true=2),
        (given([[1, 2], [3, 1]], "int64"), given([1, 5, 3], "int64")),
        lambda t, s: [np.array([0, 1, 1]), np.array([0, 2, 0]), np.full(3, -np.finfo(np.float32).max)],
        known_shape=False,
    ),
    *[
        sampler(op, range_max=9)
        for op in (
            "UniformCandidateSampler",
            "LogUniformCandidateSampler",
            "LearnedUnigramCandidateSampler",
            "ThreadUnsafeUnigramCandidateSampler",
        )
    ],
    sampler("FixedUnigramCandidateSampler", range_max=5, unigrams=[1.0, 2.0, 3.0, 1.0, 1.0]),
    sampler("AllCandidateSampler"),
]
