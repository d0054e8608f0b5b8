"""Shapes, slices, gathers, scatters, paddings, permutations, blocks, diagonals, sets of values, quantisation."""

from __future__ import annotations

import numpy as np

import tangraph as tf
from tangraph.framework.make_op import make_op
from tangraph.testing import OpCase, bools, given, integers, known, of
from tangraph.testing.basic_cases import FLOATS, NUMBERS, REALS

ANY = f"{NUMBERS} bool string bfloat16"
WIDE = "float32 float64"


def raw(op_type, **attrs):
    return lambda *inputs: make_op(op_type, *inputs, **attrs)


def same(x):
    return x


IDENTITIES = [
    OpCase("Identity", tf.identity, (of(0, 2),), same, ANY, "empty"),
    OpCase("IdentityN", lambda x, y: tf.identity_n([x, y]), (of(2, 3), of(3)), lambda x, y: [x, y], ANY),
    OpCase("StopGradient", tf.stop_gradient, (of(2, 3),), same, ANY),
    OpCase("PreventGradient", raw("PreventGradient", message="no"), (of(2, 3),), same, ANY, gradients=0),
    OpCase("GuaranteeConst", tf.guarantee_const, (of(2, 3),), same, ANY),
    OpCase("EnsureShape", lambda x: tf.ensure_shape(x, [None, 3]), (of(2, 3),), same, ANY),
    OpCase(
        "PlaceholderWithDefault",
        lambda x: tf.placeholder_with_default(x, [None, 3]),
        (of(2, 3),),
        same,
        "float32 float64 int32",
        known_shape=False,
    ),
    OpCase("Placeholder", tf.identity, (of(2, 3),), same, ANY),
    OpCase("Const", lambda x: x + tf.constant([1.0, 2.0]), (of(2, dtype="float32"),), lambda x: x + np.array([1, 2])),
    OpCase(
        "Bitcast",
        lambda x: tf.bitcast(x, tf.int32),
        (of(2, 3, dtype="float32"),),
        lambda x: x.astype(np.float32).view(np.int32),
    ),
    OpCase(
        "Bitcast",
        lambda x: tf.bitcast(x, tf.uint8),
        (of(2, 3, high=99),),
        lambda x: x[..., None].view(np.uint8),
        "int16 int32 int64",
        "to bytes",
    ),
    OpCase(
        "Bitcast",
        lambda x: tf.bitcast(x, tf.int32),
        (of(3, 4, dtype="uint8", high=99),),
        lambda x: x.view(np.int32)[:, 0],
        "int32",
        "of bytes",
    ),
    OpCase("CheckNumerics", lambda x: tf.check_numerics(x, "bad"), (of(2, 3),), same, FLOATS),
    OpCase("NoOp", lambda x: _after(tf.no_op(), x), (of(2, 3),), same, WIDE),
    OpCase("ZerosLike", raw("ZerosLike"), (of(2, 3),), np.zeros_like, f"{NUMBERS} bool bfloat16", "raw"),
    OpCase(
        "Fill",
        lambda n, x: tf.fill(n, x),
        (given([2, 3], "int32"), of()),
        lambda n, x: np.full(n, x),
        f"{NUMBERS} bool string",
        "fed dims",
        known_shape=False,
    ),
]


def _after(op, x):
    with tf.control_dependencies([op]):
        return tf.identity(x)


SHAPES = [
    OpCase("Shape", lambda x: tf.shape(x, out_type=tf.int64), (of(2, 0),), lambda x: np.array(x.shape), ANY, "int64"),
    OpCase(
        "ShapeN",
        lambda x, y: tf.shape_n([x, y]),
        (of(2, 3), of()),
        lambda x, y: [np.array(x.shape), np.array(y.shape)],
        ANY,
    ),
    OpCase("Size", tf.size, (of(2, 3),), np.size, ANY),
    OpCase("Rank", tf.rank, (of(2, 3),), np.ndim, ANY),
    OpCase(
        "Reshape",
        tf.reshape,
        (of(2, 6), given([3, -1, 2], "int32")),
        lambda x, s: x.reshape(s),
        ANY,
        "fed shape",
        known_shape=False,
        gradients=2,
    ),
    OpCase("Reshape", lambda x: tf.reshape(x, []), (of(1, 1),), lambda x: x[0, 0], ANY, "to a scalar"),
    OpCase("Reshape", lambda x: tf.reshape(x, [0, 5]), (of(5, 0),), lambda x: x.T, ANY, "empty"),
    OpCase("ExpandDims", lambda x: tf.expand_dims(x, -1), (of(2, 3),), lambda x: x[..., None], ANY, "at the end"),
    OpCase(
        "ExpandDims",
        tf.expand_dims,
        (of(2, 3), given(-2, "int32")),
        lambda x, a: x[:, None],
        WIDE,
        "fed axis",
        known_shape=False,
    ),
    OpCase("Squeeze", tf.squeeze, (of(1, 2, 1),), np.squeeze, ANY, "all"),
    OpCase("Squeeze", lambda x: tf.squeeze(x, [-1]), (of(1, 2, 1),), lambda x: x[..., 0], ANY, "the last"),
    OpCase(
        "BroadcastTo",
        lambda x: tf.broadcast_to(x, [4, 2, 3]),
        (of(2, 1),),
        lambda x: np.broadcast_to(x, (4, 2, 3)),
        f"{NUMBERS} bool",
    ),
    OpCase("Tile", tf.tile, (of(2, 3), given([2, 1], "int32")), np.tile, ANY, "fed", known_shape=False),
    OpCase("Transpose", tf.transpose, (of(2, 3, 4),), np.transpose, ANY, "reversed", unknown_rank=True),
    OpCase(
        "Transpose", tf.transpose, (of(2, 3, 4), given([1, 2, 0], "int32")), np.transpose, ANY, "fed", known_shape=False
    ),
    OpCase(
        "ConjugateTranspose",
        lambda x: tf.transpose(x, [1, 0], conjugate=True),
        (of(2, 3),),
        lambda x: x.conj().T,
        "complex64 complex128",
    ),
    OpCase(
        "ConjugateTranspose",
        lambda x, p: make_op("ConjugateTranspose", x, p),
        (of(2, 3), known([1, 0])),
        lambda x, p: x.T,
        WIDE,
        "real",
    ),
    OpCase("InvertPermutation", tf.invert_permutation, (given([2, 0, 3, 1]),), np.argsort, "int32 int64"),
]

JOINS = [
    OpCase(
        "ConcatV2",
        lambda *x: tf.concat(x, -1),
        (of(2, 3), of(2, 0), of(2, 1)),
        lambda *x: np.concatenate(x, -1),
        ANY,
        "one empty",
    ),
    OpCase(
        "ConcatV2",
        lambda x, y, a: tf.concat([x, y], a),
        (of(2, 3), of(2, 3), given(0, "int32")),
        lambda x, y, a: np.concatenate([x, y]),
        WIDE,
        "fed axis",
        known_shape=False,
    ),
    OpCase(
        "Concat",
        lambda x, y: make_op("Concat", 1, [x, y]),
        (of(2, 3), of(2, 1)),
        lambda x, y: np.concatenate([x, y], 1),
        ANY,
    ),
    OpCase(
        "ConcatOffset",
        lambda *s: make_op("ConcatOffset", 1, list(s)),
        (given([2, 3], "int32"), given([2, 5], "int32")),
        lambda a, b: [np.array([0, 0]), np.array([0, 3])],
        known_shape=False,
    ),
    OpCase("Pack", lambda *x: tf.stack(x, -1), (of(2, 3), of(2, 3)), lambda *x: np.stack(x, -1), ANY, "at the end"),
    OpCase("Pack", lambda *x: tf.stack(x), (of(), of(), of()), lambda *x: np.stack(x), ANY, "scalars"),
    OpCase(
        "ParallelConcat",
        lambda x, y: tf.parallel_stack([x, y]),
        (of(2, 3), of(2, 3)),
        lambda *x: np.stack(x),
        NUMBERS,
        unknown_sizes=False,
    ),
    OpCase("Unpack", lambda x: tf.unstack(x, 2, -1), (of(3, 2),), lambda x: [x[:, 0], x[:, 1]], ANY, "at the end"),
    OpCase("Split", lambda x: tf.split(x, 3), (of(3, 2),), lambda x: np.split(x, 3), ANY, "first axis"),
    OpCase("SplitV", lambda x: tf.split(x, [1, 0, 2], 1), (of(2, 3),), lambda x: np.split(x, [1, 1], 1), ANY),
    OpCase("SplitV", lambda x: tf.split(x, [1, -1], -1), (of(2, 4),), lambda x: np.split(x, [1], 1), ANY, "the rest"),
]

SLICES = [
    OpCase("Slice", lambda x: tf.slice(x, [1, 0], [-1, 2]), (of(3, 4),), lambda x: x[1:, :2], ANY, "to the end"),
    OpCase(
        "Slice",
        tf.slice,
        (of(3, 4), given([0, 1], "int32"), given([2, -1], "int32")),
        lambda x, b, n: x[:2, 1:],
        ANY,
        "fed",
        known_shape=False,
    ),
    OpCase(
        "StridedSlice",
        lambda x: x[..., tf.newaxis, ::-1],
        (of(2, 3, 4),),
        lambda x: x[..., None, ::-1],
        ANY,
        "ellipsis",
        unknown_rank=False,
        gradients=2,
    ),
    OpCase(
        "StridedSlice",
        lambda x: x[1, -3:-1],
        (of(2, 3, 4),),
        lambda x: x[1, -3:-1],
        ANY,
        "row",
        unknown_rank=False,
        gradients=2,
    ),
    OpCase(
        "StridedSlice",
        lambda x, i: x[i:, i],
        (of(3, 4), given(1, "int32")),
        lambda x, i: x[i:, i],
        ANY,
        "fed",
        known_shape=False,
    ),
    OpCase("StridedSlice", lambda x: x[5:, 2:1], (of(3, 4),), lambda x: x[5:, 2:1], ANY, "nothing"),
    OpCase(
        "StridedSliceGrad",
        lambda dy: make_op("StridedSliceGrad", [3, 4], [0, 1], [3, 4], [2, 2], dy),
        (of(2, 2),),
        lambda dy: _placed(dy, (3, 4), (slice(0, 3, 2), slice(1, 4, 2))),
        NUMBERS,
    ),
    OpCase(
        "TensorStridedSliceUpdate",
        lambda x, v: make_op("TensorStridedSliceUpdate", x, [0, 1], [2, 3], [1, 1], v),
        (of(3, 4), of(2, 2)),
        lambda x, v: _put(x, (slice(0, 2), slice(1, 3)), v),
        NUMBERS,
    ),
    OpCase(
        "Pad",
        lambda x, p: tf.pad(x, p),
        (of(2, 3), given([[1, 0], [0, 2]], "int32")),
        np.pad,
        REALS,
        "fed",
        known_shape=False,
    ),
    OpCase(
        "PadV2",
        lambda x: tf.pad(x, [[1, 1], [0, 2]], constant_values=3),
        (of(2, 3),),
        lambda x: np.pad(x, ((1, 1), (0, 2)), constant_values=3),
        REALS,
    ),
    OpCase(
        "MirrorPad",
        lambda x: tf.pad(x, [[1, 1], [0, 2]], "REFLECT"),
        (of(2, 3),),
        lambda x: np.pad(x, ((1, 1), (0, 2)), "reflect"),
        NUMBERS,
        gradients=2,
    ),
    OpCase(
        "MirrorPad",
        lambda x: tf.pad(x, [[2, 1], [0, 3]], "SYMMETRIC"),
        (of(2, 3),),
        lambda x: np.pad(x, ((2, 1), (0, 3)), "symmetric"),
        NUMBERS,
        "symmetric",
        gradients=2,
    ),
    OpCase(
        "MirrorPadGrad",
        lambda x: make_op("MirrorPadGrad", x, [[1, 1]], mode="REFLECT"),
        (of(5),),
        lambda x: np.array([x[1], x[0] + x[2] + x[4], x[3]]),
        REALS,
    ),
    OpCase("ReverseV2", lambda x: tf.reverse(x, [0, -1]), (of(2, 3, 2),), lambda x: x[::-1, :, ::-1], ANY),
    OpCase(
        "Reverse",
        lambda x: make_op("Reverse", x, [True, False]),
        (of(2, 3),),
        lambda x: x[::-1],
        ANY.replace("complex128", "").replace("bfloat16", ""),
    ),
    OpCase(
        "ReverseSequence",
        lambda x, n: tf.reverse_sequence(x, n, seq_axis=1, batch_axis=0),
        (of(3, 4), given([4, 0, 2], "int64")),
        lambda x, n: np.stack([np.r_[r[:k][::-1], r[k:]] for r, k in zip(x, n, strict=True)]),
        NUMBERS,
    ),
    OpCase("Roll", lambda x: tf.roll(x, [1, -2], [0, 1]), (of(3, 4),), lambda x: np.roll(x, (1, -2), (0, 1)), ANY),
]


def _placed(values, shape, key):
    return _put(np.zeros(shape, values.dtype), key, values)


def _put(x, key, values, how=None):
    x = x.copy()
    if how is None:
        x[key] = values
    else:
        how.at(x, key, values)
    return x


POINTS = given([[0, 1], [2, 0], [2, 0]], "int32")
APART = given([[0, 1], [2, 0], [1, 2]], "int32")
GATHERS = [
    OpCase(
        "GatherV2",
        lambda x, i: tf.gather(x, i, axis=1),
        (of(2, 4, 3), integers(2, 2, below=4)),
        lambda x, i: x[:, i],
        ANY,
        "axis 1",
        gradients=2,
    ),
    OpCase(
        "GatherV2",
        lambda x, i: tf.gather(x, i, axis=-1),
        (of(2, 4), integers(below=4)),
        lambda x, i: x[:, i],
        ANY,
        "one column",
    ),
    OpCase(
        "GatherV2",
        lambda x, i: tf.gather(x, i, batch_dims=1),
        (of(2, 4), integers(2, 3, below=4)),
        lambda x, i: np.take_along_axis(x, i, 1),
        NUMBERS,
        "batch",
        unknown_rank=False,
    ),
    OpCase("Gather", raw("Gather"), (of(4, 3), integers(2, 2, below=4)), lambda x, i: x[i], ANY),
    OpCase("GatherNd", tf.gather_nd, (of(3, 4), POINTS), lambda x, i: x[tuple(i.T)], ANY, gradients=2),
    OpCase("GatherNd", tf.gather_nd, (of(3, 4), given([[2], [0]], "int64")), lambda x, i: x[i[:, 0]], ANY, "rows"),
    OpCase(
        "ScatterNd",
        lambda i, u: tf.scatter_nd(i, u, [3, 4]),
        (POINTS, of(3)),
        lambda i, u: _put(np.zeros((3, 4), u.dtype), tuple(i.T), u, np.add),
        NUMBERS,
        gradients=2,
    ),
    OpCase(
        "ScatterNd",
        tf.scatter_nd,
        (given([[1], [3]], "int32"), of(2, 2), given([4, 2], "int32")),
        lambda i, u, s: _put(np.zeros(s, u.dtype), i[:, 0], u),
        NUMBERS,
        "rows",
        known_shape=False,
    ),
    OpCase(
        "ScatterNdNonAliasingAdd",
        raw("ScatterNdNonAliasingAdd"),
        (of(3, 4), POINTS, of(3)),
        lambda x, i, u: _put(x, tuple(i.T), u, np.add),
        NUMBERS,
        gradients=2,
    ),
    OpCase(
        "TensorScatterAdd",
        tf.tensor_scatter_add,
        (of(3, 4), POINTS, of(3)),
        lambda x, i, u: _put(x, tuple(i.T), u, np.add),
        NUMBERS,
        gradients=2,
    ),
    OpCase(
        "TensorScatterSub",
        tf.tensor_scatter_sub,
        (of(3, 4), POINTS, of(3)),
        lambda x, i, u: _put(x, tuple(i.T), u, np.subtract),
        NUMBERS,
        gradients=2,
    ),
    OpCase(
        "TensorScatterUpdate",
        tf.tensor_scatter_update,
        (of(3, 4), APART, of(3)),
        lambda x, i, u: _put(x, tuple(i.T), u),
        ANY,
        gradients=2,
    ),
    OpCase(
        "DynamicPartition",
        lambda x, p: tf.dynamic_partition(x, p, 3),
        (of(5, 2), given([0, 2, 0, 2, 0], "int32")),
        lambda x, p: [x[p == i] for i in range(3)],
        ANY,
        known_shape=False,
    ),
    OpCase(
        "DynamicStitch",
        lambda x, y: tf.dynamic_stitch([[0, 3], [1, 2, 3]], [x, y]),
        (of(2, 2), of(3, 2)),
        lambda x, y: np.stack([x[0], y[0], y[1], y[2]]),
        ANY,
        gradients=0,
    ),
    OpCase(
        "DynamicStitch",
        lambda x, y: tf.dynamic_stitch([[0, 3], [1, 2]], [x, y]),
        (of(2, 2), of(2, 2)),
        lambda x, y: np.stack([x[0], y[0], y[1], x[1]]),
        WIDE,
        "disjoint",
    ),
    OpCase(
        "ParallelDynamicStitch",
        lambda x, y: make_op("ParallelDynamicStitch", [tf.constant([0, 3]), tf.constant([1, 2])], [x, y]),
        (of(2, 2), of(2, 2)),
        lambda x, y: np.stack([x[0], y[0], y[1], x[1]]),
        ANY,
    ),
    OpCase(
        "OneHot",
        lambda x: tf.one_hot(x, 3, on_value=5.0, off_value=-1.0, axis=0),
        (given([0, 2, -1, 3], "int32"),),
        lambda x: np.where(np.arange(3)[:, None] == x, 5.0, -1.0),
        "float32",
        "values",
    ),
    OpCase(
        "Select",
        lambda x, y: tf.where(tf.constant([True, False]), x, y),
        (of(2, 3), of(2, 3)),
        lambda x, y: np.stack([x[0], y[1]]),
        ANY,
        "rows",
    ),
    OpCase("SelectV2", tf.where_v2, (bools(2, 1), of(3), of(2, 3)), np.where, ANY, gradients=2),
    OpCase("Where", tf.where, (bools(3, 4),), np.argwhere, "bool", known_shape=False),
    OpCase("Where", tf.where, (given([[0, 1], [2, 0]]),), np.argwhere, REALS, "numbers", known_shape=False),
    OpCase(
        "Unique",
        tf.unique,
        (given([3, 1, 3, 2, 1]),),
        lambda x: [np.array([3, 1, 2]), np.array([0, 1, 0, 2, 1])],
        REALS,
        known_shape=False,
    ),
    OpCase(
        "Unique",
        tf.unique,
        (given(["b", "a", "b"], "string"),),
        lambda x: [x[:2], np.array([0, 1, 0])],
        "string",
        "strings",
        known_shape=False,
    ),
    OpCase(
        "UniqueWithCounts",
        tf.unique_with_counts,
        (given([3, 1, 3, 2, 1]),),
        lambda x: [np.array([3, 1, 2]), np.array([0, 1, 0, 2, 1]), np.array([2, 2, 1])],
        REALS,
        known_shape=False,
    ),
    OpCase(
        "ListDiff",
        tf.setdiff1d,
        (given([1, 2, 3, 4, 2]), given([2, 4])),
        lambda x, y: [np.array([1, 3]), np.array([0, 2])],
        REALS,
        known_shape=False,
    ),
    OpCase(
        "LowerBound",
        raw("LowerBound"),
        (given([[1, 2, 2, 5], [0, 0, 1, 1]]), given([[2, 9], [0, 1]])),
        lambda s, v: np.array([[1, 4], [0, 2]]),
        REALS,
    ),
    OpCase(
        "UpperBound",
        raw("UpperBound"),
        (given([[1, 2, 2, 5], [0, 0, 1, 1]]), given([[2, 9], [0, 1]])),
        lambda s, v: np.array([[3, 4], [2, 4]]),
        REALS,
    ),
    OpCase(
        "UnravelIndex",
        tf.unravel_index,
        (given([5, 0, 11]), given([3, 4])),
        lambda i, d: np.stack(np.unravel_index(i, d)),
        "int32 int64",
        known_shape=False,
    ),
    OpCase(
        "EditDistance",
        lambda: tf.edit_distance(
            tf.SparseTensor([[0, 0], [0, 1], [1, 0]], ["a", "b", "c"], [2, 2]),
            tf.SparseTensor([[0, 0], [1, 0], [1, 1]], ["a", "c", "c"], [2, 2]),
        ),
        (),
        lambda: np.array([1.0, 0.5]),
        known_shape=False,
    ),
]

BLOCKS = [
    OpCase(
        "SpaceToBatchND",
        lambda x: tf.space_to_batch_nd(x, [2, 2], [[0, 0], [0, 1]]),
        (of(1, 2, 3, 2),),
        lambda x: _to_batch(np.pad(x, ((0, 0), (0, 0), (0, 1), (0, 0)))),
        NUMBERS,
    ),
    OpCase(
        "BatchToSpaceND",
        lambda x: tf.batch_to_space_nd(x, [2, 2], [[0, 0], [0, 1]]),
        (of(4, 1, 2, 2),),
        lambda x: _from_batch(x)[:, :, :-1],
        NUMBERS,
    ),
    OpCase(
        "SpaceToDepth",
        lambda x: tf.space_to_depth(x, 2),
        (of(1, 4, 2, 3),),
        lambda x: x.reshape(1, 2, 2, 1, 2, 3).transpose(0, 1, 3, 2, 4, 5).reshape(1, 2, 1, 12),
        NUMBERS,
        gradients=2,
    ),
    OpCase(
        "DepthToSpace",
        lambda x: tf.depth_to_space(x, 2),
        (of(1, 2, 1, 12),),
        lambda x: x.reshape(1, 2, 1, 2, 2, 3).transpose(0, 1, 3, 2, 4, 5).reshape(1, 4, 2, 3),
        NUMBERS,
        gradients=2,
    ),
    OpCase(
        "ExtractImagePatches",
        lambda x: tf.extract_image_patches(x, [1, 2, 2, 1], [1, 1, 1, 1], [1, 1, 1, 1], "VALID"),
        (of(2, 3, 4, 2),),
        lambda x: np.concatenate([x[:, i : i + 2, j : j + 3] for i in (0, 1) for j in (0, 1)], -1),
        REALS,
        unknown_rank=False,
    ),
]


def _to_batch(x):
    return np.concatenate([x[:, i::2, j::2] for i in (0, 1) for j in (0, 1)])


def _from_batch(x):
    out = np.zeros((1, 2, 4, 2), x.dtype)
    for n, (i, j) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
        out[:, i::2, j::2] = x[n : n + 1]
    return out


def _diagonals(x):
    return np.stack([np.diag(row) for row in x])


DIAGONALS = [
    OpCase("Diag", tf.diag, (of(3),), np.diag, NUMBERS, gradients=2),
    OpCase("DiagPart", tf.diag_part, (of(3, 3),), np.diag, NUMBERS, gradients=2),
    OpCase("MatrixDiag", tf.matrix_diag, (of(2, 3),), _diagonals, NUMBERS, gradients=2),
    OpCase(
        "MatrixDiagPart",
        tf.matrix_diag_part,
        (of(2, 3, 4),),
        lambda x: np.stack([np.diag(m) for m in x]),
        NUMBERS,
        gradients=2,
    ),
    OpCase(
        "MatrixSetDiag",
        tf.matrix_set_diag,
        (of(2, 3, 3), of(2, 3)),
        lambda x, d: x * (1 - np.eye(3, dtype=x.dtype)) + _diagonals(d),
        NUMBERS,
        gradients=2,
    ),
    OpCase(
        "MatrixBandPart",
        lambda x: tf.matrix_band_part(x, 1, 0),
        (of(2, 4, 4),),
        lambda x: np.triu(np.tril(x), -1),
        NUMBERS,
        gradients=2,
    ),
]


def _quantized(x, low, high, steps=255):
    scale = (high - low) / steps
    return np.round((np.clip(x, low, high) - low) / scale) * scale + low


#: These bounds hold zero exactly, so that TensorFlow does not nudge them.
LOW, HIGH = -128 / 64, 127 / 64
QUANTISATION = [
    OpCase(
        "FakeQuantWithMinMaxArgs",
        lambda x: tf.fake_quant_with_min_max_args(x, LOW, HIGH),
        (of(3, 4, low=-3, high=3),),
        lambda x: _quantized(x, LOW, HIGH),
    ),
    OpCase(
        "FakeQuantWithMinMaxArgsGradient",
        lambda dy, x: tf.fake_quant_with_min_max_args_gradient(dy, x, LOW, HIGH),
        (of(3, 4), of(3, 4, low=-3, high=3)),
        lambda dy, x: dy * ((x >= LOW) & (x <= HIGH)),
    ),
    OpCase(
        "FakeQuantWithMinMaxVars",
        tf.fake_quant_with_min_max_vars,
        (of(3, 4, low=-3, high=3), given(LOW), given(HIGH)),
        _quantized,
    ),
    OpCase(
        "FakeQuantWithMinMaxVarsGradient",
        tf.fake_quant_with_min_max_vars_gradient,
        (of(3, 4), of(3, 4, low=-3, high=3), given(LOW), given(HIGH)),
        lambda dy, x, a, b: [dy * ((x >= a) & (x <= b)), (dy * (x < a)).sum(), (dy * (x > b)).sum()],
    ),
    OpCase(
        "FakeQuantWithMinMaxVarsPerChannel",
        tf.fake_quant_with_min_max_vars_per_channel,
        (of(3, 2, low=-3, high=3), given([LOW, LOW / 2]), given([HIGH, HIGH / 2])),
        _quantized,
    ),
    OpCase(
        "FakeQuantWithMinMaxVarsPerChannelGradient",
        tf.fake_quant_with_min_max_vars_per_channel_gradient,
        (of(3, 2), of(3, 2, low=-3, high=3), given([LOW, LOW / 2]), given([HIGH, HIGH / 2])),
        lambda dy, x, a, b: [dy * ((x >= a) & (x <= b)), (dy * (x < a)).sum(0), (dy * (x > b)).sum(0)],
    ),
    OpCase(
        "QuantizeAndDequantizeV2",
        lambda x: make_op("QuantizeAndDequantizeV2", x, -2.0, 2.0, range_given=True),
        (of(3, 4),),
        lambda x: np.round(x * (127 / 2)) / (127 / 2),
        "float32 float64",
        gradients=0,
    ),
    OpCase(
        "QuantizeAndDequantizeV3",
        lambda x: make_op("QuantizeAndDequantizeV3", x, -2.0, 2.0, 8, range_given=True),
        (of(3, 4),),
        lambda x: np.round(x * (127 / 2)) / (127 / 2),
        "float32 float64",
        gradients=0,
    ),
    OpCase(
        "QuantizeV2",
        lambda x: tf.bitcast(tf.quantization.quantize(x, 0.0, 2.0, tf.quint8)[0], tf.uint8),
        (of(3, 4, low=0, high=2),),
        lambda x: np.floor(x * 127.5 + 0.5).astype(np.uint8),
    ),
    OpCase(
        "Dequantize",
        lambda x: tf.quantization.dequantize(tf.bitcast(x, tf.quint8), 0.0, 2.0),
        (integers(3, 4, below=256, dtype="uint8"),),
        lambda x: x * (2 / 255),
        tolerance=4,
    ),
]

CASES = [*IDENTITIES, *SHAPES, *JOINS, *SLICES, *GATHERS, *BLOCKS, *DIAGONALS, *QUANTISATION]
