"""The ops that nearly every program uses, as cases: what a backend must have."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

import tangraph as tf
from tangraph.framework.make_op import make_op
from tangraph.testing.cases import OpCase
from tangraph.testing.inputs import bools, distinct, given, integers, known, of, positive

FLOATS: Final = "float32 float64 float16"
REALS: Final = f"{FLOATS} int32 int64"
NUMBERS: Final = f"{REALS} complex64 complex128"


def _softmax(x: Any) -> Any:
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def _one_hot(x: Any, depth: int) -> Any:
    return np.eye(depth)[x]


ARITHMETIC: Final = (
    OpCase("Add", tf.add, (of(2, 3), of(3)), np.add, NUMBERS, gradients=2),
    OpCase("AddV2", lambda x, y: x + y, (of(2, 1), of(2, 3)), np.add, NUMBERS, gradients=2),
    OpCase("Sub", tf.subtract, (of(2, 3), of(2, 1)), np.subtract, NUMBERS, gradients=2),
    OpCase("Mul", tf.multiply, (of(2, 3), of(1, 3)), np.multiply, NUMBERS, gradients=2),
    OpCase("RealDiv", tf.divide, (of(2, 3), positive(3)), np.divide, f"{FLOATS} complex64 complex128", gradients=2),
    OpCase("FloorDiv", tf.floordiv, (of(2, 3, low=-9, high=9), given([2, -3, 4])), np.floor_divide, REALS, gradients=0),
    OpCase("Neg", tf.negative, (of(2, 3),), np.negative, NUMBERS, gradients=2),
    OpCase("Abs", tf.abs, (of(2, 3),), np.abs, REALS),
    OpCase("Square", tf.square, (of(2, 3),), np.square, NUMBERS, gradients=2),
    OpCase("Sqrt", tf.sqrt, (positive(2, 3),), np.sqrt, FLOATS, gradients=2),
    OpCase("Exp", tf.exp, (of(2, 3),), np.exp, FLOATS, gradients=2),
    OpCase("Log", tf.log, (positive(2, 3),), np.log, FLOATS, gradients=2),
    OpCase("Tanh", tf.tanh, (of(2, 3),), np.tanh, FLOATS, gradients=2),
    OpCase("Sigmoid", tf.sigmoid, (of(2, 3),), lambda x: 1 / (1 + np.exp(-x)), FLOATS, gradients=2),
    OpCase("Pow", tf.pow, (positive(2, 3), of(3, low=0)), np.power, REALS),
    OpCase("Maximum", tf.maximum, (of(2, 3), of(3)), np.maximum, REALS),
    OpCase("Minimum", tf.minimum, (of(2, 3), of(3)), np.minimum, REALS),
    OpCase("AddN", lambda *x: tf.add_n(x), (of(2, 3), of(2, 3), of(2, 3)), lambda a, b, c: a + b + c, NUMBERS),
)

COMPARISON: Final = (
    OpCase("Equal", tf.equal, (of(3, 4), of(4)), np.equal, "int32 int64 bool string"),
    OpCase("NotEqual", tf.not_equal, (of(3, 4), of(4)), np.not_equal, "int32 int64 bool string"),
    OpCase("Less", tf.less, (of(3, 4), of(4)), np.less, REALS),
    OpCase("LessEqual", tf.less_equal, (of(3, 4), of(4)), np.less_equal, REALS),
    OpCase("Greater", tf.greater, (of(3, 4), of(4)), np.greater, REALS),
    OpCase("GreaterEqual", tf.greater_equal, (of(3, 4), of(4)), np.greater_equal, REALS),
    OpCase("LogicalAnd", tf.logical_and, (bools(3, 4), bools(4)), np.logical_and, "bool"),
    OpCase("LogicalOr", tf.logical_or, (bools(3, 4), bools(4)), np.logical_or, "bool"),
    OpCase("LogicalNot", tf.logical_not, (bools(3, 4),), np.logical_not, "bool"),
    OpCase("Select", tf.where, (bools(3, 4), of(3, 4), of(3, 4)), np.where, f"{NUMBERS} string bool"),
)

REDUCTIONS: Final = (
    OpCase("Sum", tf.reduce_sum, (of(2, 3),), np.sum, NUMBERS, "all", unknown_rank=False, gradients=2),
    OpCase("Sum", lambda x: tf.reduce_sum(x, [0, -1]), (of(2, 3, 4),), lambda x: x.sum((0, 2)), NUMBERS, "axes"),
    OpCase("Mean", lambda x: tf.reduce_mean(x, 1, True), (of(2, 3),), lambda x: x.mean(1, keepdims=True), FLOATS),
    OpCase("Max", lambda x: tf.reduce_max(x, 0), (distinct(3, 4),), lambda x: x.max(0), REALS),
    OpCase("Min", lambda x: tf.reduce_min(x, 0), (distinct(3, 4),), lambda x: x.min(0), REALS),
    OpCase("Prod", lambda x: tf.reduce_prod(x, 1), (of(2, 3),), lambda x: x.prod(1), NUMBERS, gradients=2),
    OpCase("All", lambda x: tf.reduce_all(x, 1), (bools(5, 2),), lambda x: x.all(1), "bool"),
    OpCase("Any", lambda x: tf.reduce_any(x, 1), (bools(5, 2),), lambda x: x.any(1), "bool"),
    OpCase("ArgMax", lambda x: tf.argmax(x, 1), (distinct(3, 4),), lambda x: x.argmax(1), REALS),
    OpCase("ArgMin", lambda x: tf.argmin(x, 0), (distinct(3, 4),), lambda x: x.argmin(0), REALS),
)

ARRAYS: Final = (
    OpCase("Identity", tf.identity, (of(2, 3),), lambda x: x, f"{NUMBERS} bool string"),
    OpCase("Reshape", lambda x: tf.reshape(x, [3, -1]), (of(2, 6),), lambda x: x.reshape(3, 4), f"{NUMBERS} string"),
    OpCase("Transpose", lambda x: tf.transpose(x, [2, 0, 1]), (of(2, 3, 4),), lambda x: x.transpose(2, 0, 1), NUMBERS),
    OpCase("ExpandDims", lambda x: tf.expand_dims(x, 1), (of(2, 3),), lambda x: x[:, None], NUMBERS),
    OpCase("Squeeze", lambda x: tf.squeeze(x, [1]), (of(2, 1, 3),), lambda x: x[:, 0], NUMBERS),
    OpCase("ConcatV2", lambda *x: tf.concat(x, 1), (of(2, 3), of(2, 1)), lambda *x: np.concatenate(x, 1), NUMBERS),
    OpCase("Pack", lambda *x: tf.stack(x, 1), (of(2, 3), of(2, 3)), lambda *x: np.stack(x, 1), NUMBERS),
    OpCase("Unpack", lambda x: tf.unstack(x, 3, 1), (of(2, 3),), lambda x: list(x.T), NUMBERS),
    OpCase("Split", lambda x: tf.split(x, 2, 1), (of(2, 4),), lambda x: np.split(x, 2, 1), NUMBERS),
    OpCase("Slice", lambda x: tf.slice(x, [0, 1], [2, 2]), (of(3, 4),), lambda x: x[:2, 1:3], NUMBERS),
    OpCase("StridedSlice", lambda x: x[1:, ::-2], (of(3, 4),), lambda x: x[1:, ::-2], NUMBERS, unknown_rank=False),
    OpCase("Pad", lambda x: tf.pad(x, [[1, 0], [0, 2]]), (of(2, 3),), lambda x: np.pad(x, ((1, 0), (0, 2))), NUMBERS),
    OpCase("Tile", lambda x: tf.tile(x, [2, 3]), (of(2, 3),), lambda x: np.tile(x, (2, 3)), NUMBERS),
    OpCase("GatherV2", tf.gather, (of(4, 3), integers(2, 2, below=4)), lambda x, i: x[i], f"{NUMBERS} string"),
    OpCase("Fill", lambda x: tf.fill([2, 3], x), (of(),), lambda x: np.full((2, 3), x), f"{NUMBERS} bool string"),
    OpCase("ZerosLike", tf.zeros_like, (of(2, 3),), np.zeros_like, NUMBERS),
    OpCase("OnesLike", lambda x: make_op("OnesLike", x), (of(2, 3),), np.ones_like, NUMBERS),
    OpCase("Shape", tf.shape, (of(2, 3),), lambda x: np.array(x.shape), "float32 int32 string"),
    OpCase("Range", tf.range, (known(2), known(11), known(3)), np.arange, "int32"),
    OpCase("Cast", lambda x: tf.cast(x, tf.float32), (of(2, 3),), lambda x: x.astype(np.float32), "int32 int64 bool"),
    OpCase("Cast", lambda x: tf.cast(x, tf.int32), (of(2, 3),), lambda x: x.astype(np.int32), FLOATS, "to integers"),
    OpCase("OneHot", lambda x: tf.one_hot(x, 4), (integers(2, 3, below=4),), lambda x: _one_hot(x, 4)),
)

LEARNING: Final = (
    OpCase("MatMul", tf.matmul, (of(2, 3), of(3, 4)), np.matmul, NUMBERS, unknown_rank=False, gradients=2),
    OpCase(
        "MatMul",
        lambda a, b: tf.matmul(a, b, transpose_a=True, transpose_b=True),
        (of(3, 2), of(4, 3)),
        lambda a, b: a.T @ b.T,
        NUMBERS,
        "transposed",
        unknown_rank=False,
        gradients=2,
    ),
    OpCase("BiasAdd", tf.nn.bias_add, (of(2, 3), of(3)), np.add, FLOATS, gradients=2),
    OpCase("Relu", tf.nn.relu, (of(2, 3),), lambda x: np.maximum(x, 0), REALS, gradients=2),
    OpCase("Softmax", tf.nn.softmax, (of(2, 3),), _softmax, FLOATS, unknown_rank=False, gradients=2),
    OpCase("LogSoftmax", tf.nn.log_softmax, (of(2, 3),), lambda x: np.log(_softmax(x)), FLOATS, unknown_rank=False),
    OpCase(
        "SparseSoftmaxCrossEntropyWithLogits",
        lambda x, i: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=i, logits=x),
        (of(3, 4), integers(3, below=4)),
        lambda x, i: -np.log(_softmax(x))[np.arange(3), i],
        FLOATS,
        unknown_rank=False,
    ),
)

#: The basic op list.
BASIC: Final[tuple[OpCase, ...]] = ARITHMETIC + COMPARISON + REDUCTIONS + ARRAYS + LEARNING
