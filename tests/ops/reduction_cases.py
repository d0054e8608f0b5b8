"""Sums and products over axes, segments, matrices; cumulative ops, counting, ranges, Fourier transforms."""

from __future__ import annotations

import numpy as np

import tangraph as tf
from tangraph.framework.make_op import make_op
from tangraph.testing import OpCase, bools, distinct, given, integers, known, of
from tangraph.testing.basic_cases import FLOATS, NUMBERS, REALS

WIDE = "float32 float64"
COMPLEX = "complex64 complex128"


def raw(op_type, **attrs):
    return lambda *inputs: make_op(op_type, *inputs, **attrs)


def reduction(op, name, reference, types=REALS, draw=of, gradients=2):
    """One reduction over none, one, several and all axes, with and without the axes kept."""
    call = getattr(tf, name)
    for axes, keep in [((1,), False), ((-1, 0), True), ((0, 1, 2), False), ((), False)]:
        yield OpCase(
            op,
            lambda x, a=list(axes), k=keep: call(x, a, keepdims=k),
            (draw(2, 3, 2),),
            lambda x, a=axes, k=keep: reference(x, axis=a, keepdims=k),
            types,
            f"{axes}{' kept' if keep else ''}",
            tolerance=8,
            gradients=gradients,
        )
    yield OpCase(
        op,
        lambda x: call(x, 0),
        (draw(0, 3),),
        lambda x: reference(x, axis=0) if name not in EMPTY else np.full(3, EMPTY[name]),
        types.split()[0],
        "of nothing",
        gradients=0,
    )


#: What TensorFlow gives where NumPy raises or warns.
EMPTY = {"reduce_max": -np.inf, "reduce_min": np.inf, "reduce_mean": np.nan}


def euclidean(x, axis, keepdims=False):
    return np.sqrt(np.sum(np.abs(x) ** 2, axis=axis, keepdims=keepdims))


REDUCTIONS = [
    *reduction("Sum", "reduce_sum", np.sum, f"{NUMBERS} bfloat16"),
    *reduction("Prod", "reduce_prod", np.prod, NUMBERS, gradients=1),
    *reduction("Mean", "reduce_mean", np.mean, f"{FLOATS} {COMPLEX}"),
    *reduction("Max", "reduce_max", np.max, REALS, distinct, gradients=1),
    *reduction("Min", "reduce_min", np.min, REALS, distinct, gradients=1),
    *reduction("All", "reduce_all", np.all, "bool", bools),
    *reduction("Any", "reduce_any", np.any, "bool", bools),
    OpCase(
        "Mean",
        lambda x: tf.reduce_mean(x, 1),
        (of(3, 4, low=0, high=9),),
        lambda x: x.sum(1) // 4,
        "int32 int64",
        "integers",
    ),
    OpCase(
        "EuclideanNorm",
        lambda x: tf.math.reduce_euclidean_norm(x, [1]),
        (of(3, 4),),
        lambda x: euclidean(x, 1),
        f"{FLOATS} {COMPLEX}",
        tolerance=4,
    ),
    OpCase("Sum", lambda x: tf.reduce_sum(x, [1]), (of(40, 3000),), lambda x: x.sum(1), WIDE, "long rows", tolerance=4),
    OpCase(
        "Sum",
        tf.reduce_logsumexp,
        (of(3, 4),),
        lambda x: np.log(np.exp(x).sum()),
        WIDE,
        "log of exps",
        unknown_rank=False,
        gradients=2,
    ),
    OpCase(
        "ArgMax",
        lambda x: tf.argmax(x, -1, output_type=tf.int32),
        (distinct(2, 3, 4),),
        lambda x: x.argmax(-1),
        REALS,
        "int32",
    ),
    OpCase(
        "ArgMax",
        lambda x: tf.argmax(x, 0),
        (given([[1, 2], [1, 3], [0, 3]]),),
        lambda x: x.argmax(0),
        REALS,
        "the first of equal ones",
    ),
    OpCase(
        "ArgMin",
        lambda x: tf.argmin(x, -2, output_type=tf.int32),
        (distinct(2, 3, 4),),
        lambda x: x.argmin(-2),
        REALS,
        "int32",
    ),
    OpCase("AddN", lambda *x: tf.add_n(x), (of(2, 3), of(2, 3)), np.add, "bfloat16 int8 uint8 complex64", "more types"),
    OpCase(
        "AccumulateNV2",
        lambda *x: tf.accumulate_n(x, shape=[2, 3]),
        (of(2, 3), of(2, 3), of(2, 3)),
        lambda a, b, c: a + b + c,
        REALS,
    ),
]


def cumulated(function, x, exclusive, reverse, start):
    if reverse:
        x = x[::-1]
    total = function(x, 0)
    if exclusive:
        total = np.concatenate([np.full_like(total[:1], start), total[:-1]])
    return total[::-1] if reverse else total


CUMULATIVE = [
    OpCase(
        op,
        lambda x, f=call, e=exclusive, r=reverse: f(x, 0, exclusive=e, reverse=r),
        (of(4, 3),),
        lambda x, f=function, s=start, e=exclusive, r=reverse: cumulated(f, x, e, r, s),
        types,
        f"{'exclusive ' if exclusive else ''}{'reversed' if reverse else 'forward'}",
        tolerance=8,
        gradients=0 if exclusive and op == "CumulativeLogsumexp" else gradients,
    )
    for op, call, function, start, types, gradients in [
        ("Cumsum", tf.cumsum, np.cumsum, 0, NUMBERS, 2),
        ("Cumprod", tf.cumprod, np.cumprod, 1, NUMBERS, 1),
        (
            "CumulativeLogsumexp",
            tf.math.cumulative_logsumexp,
            np.logaddexp.accumulate,
            np.finfo(np.float64).min,
            "float64",
            1,
        ),
    ]
    for exclusive in (False, True)
    for reverse in (False, True)
]


def segments(function, x, ids, count, empty=0):
    rows = [
        function(x[ids == i], 0) if np.any(ids == i) else np.full(x.shape[ids.ndim :], empty, x.dtype)
        for i in range(count)
    ]
    return np.stack(rows)


def sparse_mean(x, i, s, count, power=1):
    return np.stack([x[i[s == n]].sum(0) / max((s == n).sum(), 1) ** power for n in range(count)])


def sparse_gradient(x, i, s, count, power):
    out = np.zeros((count, *x.shape[1:]), x.dtype)
    for row, segment in zip(i, s, strict=True):
        out[row] += x[segment] / max((s == segment).sum(), 1) ** power
    return out


SORTED = given([0, 0, 1, 3, 3], "int32")
MIXED = given([2, 0, -1, 2, 4], "int32")
SEGMENTS = [
    OpCase(
        "SegmentSum",
        tf.segment_sum,
        (of(5, 2), SORTED),
        lambda x, i: segments(np.sum, x, i, 4),
        NUMBERS,
        known_shape=False,
    ),
    OpCase(
        "SegmentMean",
        tf.segment_mean,
        (of(5, 2), SORTED),
        lambda x, i: segments(np.mean, x, i, 4),
        WIDE,
        known_shape=False,
    ),
    OpCase(
        "SegmentProd",
        tf.segment_prod,
        (of(5, 2), SORTED),
        lambda x, i: segments(np.prod, x, i, 4, 1),
        REALS,
        known_shape=False,
    ),
    OpCase(
        "SegmentMax",
        tf.segment_max,
        (distinct(5, 2), SORTED),
        lambda x, i: segments(np.max, x, i, 4),
        REALS,
        known_shape=False,
    ),
    OpCase(
        "SegmentMin",
        tf.segment_min,
        (distinct(5, 2), SORTED),
        lambda x, i: segments(np.min, x, i, 4),
        REALS,
        known_shape=False,
    ),
    OpCase(
        "UnsortedSegmentSum",
        lambda x, i: tf.unsorted_segment_sum(x, i, 5),
        (of(5, 2), MIXED),
        lambda x, i: segments(np.sum, x, i, 5),
        NUMBERS,
        unknown_rank=False,
    ),
    OpCase(
        "UnsortedSegmentProd",
        lambda x, i: tf.unsorted_segment_prod(x, i, 5),
        (of(5, 2), MIXED),
        lambda x, i: segments(np.prod, x, i, 5, 1),
        REALS,
        unknown_rank=False,
    ),
    OpCase(
        "UnsortedSegmentMax",
        lambda x, i: tf.unsorted_segment_max(x, i, 5),
        (distinct(5, 2), MIXED),
        lambda x, i: segments(np.max, x, i, 5, np.finfo(np.float64).min),
        "float64",
        gradients=0,
    ),
    OpCase(
        "UnsortedSegmentMin",
        lambda x, i: tf.unsorted_segment_min(x, i, 5),
        (distinct(5, 2), MIXED),
        lambda x, i: segments(np.min, x, i, 5, np.finfo(np.float64).max),
        "float64",
        gradients=0,
    ),
    OpCase(
        "UnsortedSegmentMax",
        lambda x, i: tf.unsorted_segment_max(x, i, 3),
        (distinct(5, 2), given([2, 0, 1, 2, 0], "int32")),
        lambda x, i: segments(np.max, x, i, 3),
        REALS,
        unknown_rank=False,
        label="none empty",
    ),
    OpCase(
        "UnsortedSegmentMin",
        lambda x, i: tf.unsorted_segment_min(x, i, 3),
        (distinct(5, 2), given([2, 0, 1, 2, 0], "int32")),
        lambda x, i: segments(np.min, x, i, 3),
        REALS,
        unknown_rank=False,
        label="none empty",
    ),
    *[
        OpCase(
            f"SparseSegment{kind}",
            getattr(tf, f"sparse_segment_{kind.lower() if kind != 'SqrtN' else 'sqrt_n'}"),
            (of(4, 3), given([3, 0, 0, 1], "int32"), given([0, 0, 2, 2], "int32")),
            lambda x, i, s, p=power: sparse_mean(x, i, s, 3, p),
            WIDE,
            known_shape=False,
        )
        for kind, power in [("Sum", 0), ("Mean", 1), ("SqrtN", 0.5)]
    ],
    *[
        OpCase(
            f"SparseSegment{kind}WithNumSegments",
            lambda x, i, s, k=kind: make_op(f"SparseSegment{k}WithNumSegments", x, i, s, 4),
            (of(4, 3), given([3, 0, 0, 1], "int32"), given([0, 0, 2, 2], "int32")),
            lambda x, i, s, p=power: sparse_mean(x, i, s, 4, p),
            WIDE,
        )
        for kind, power in [("Sum", 0), ("Mean", 1), ("SqrtN", 0.5)]
    ],
    *[
        OpCase(
            f"SparseSegment{kind}Grad",
            lambda x, i, s, k=kind: make_op(f"SparseSegment{k}Grad", x, i, s, 4),
            (of(3, 2), given([3, 0, 0, 1], "int32"), given([0, 0, 2, 2], "int32")),
            lambda x, i, s, p=power: sparse_gradient(x, i, s, 4, p),
            WIDE,
        )
        for kind, power in [("Mean", 1), ("SqrtN", 0.5)]
    ],
]

PRODUCTS = [
    OpCase("MatMul", tf.matmul, (of(2, 0), of(0, 3)), np.matmul, NUMBERS, "empty", unknown_rank=False),
    OpCase(
        "MatMul",
        lambda a, b: tf.matmul(a, b, transpose_b=True),
        (of(2, 3), of(4, 3)),
        lambda a, b: a @ b.T,
        f"{NUMBERS} bfloat16",
        "b transposed",
        unknown_rank=False,
        tolerance=2,
        gradients=2,
    ),
    OpCase(
        "MatMul",
        lambda a, b: tf.matmul(a, b, transpose_a=True),
        (of(3, 2), of(3, 4)),
        lambda a, b: a.T @ b,
        NUMBERS,
        "a transposed",
        unknown_rank=False,
        gradients=2,
    ),
    OpCase(
        "MatMul",
        lambda a, b: tf.matmul(a, b, adjoint_a=True),
        (of(3, 2), of(3, 4)),
        lambda a, b: a.conj().T @ b,
        COMPLEX,
        "adjoint",
        unknown_rank=False,
    ),
    OpCase(
        "BatchMatMulV2", tf.matmul, (of(2, 1, 3, 4), of(3, 4, 2)), np.matmul, NUMBERS, unknown_rank=False, gradients=2
    ),
    OpCase(
        "BatchMatMulV2",
        lambda a, b: tf.matmul(a, b, adjoint_a=True, adjoint_b=True),
        (of(2, 4, 3), of(2, 2, 4)),
        lambda a, b: a.conj().swapaxes(1, 2) @ b.conj().swapaxes(1, 2),
        NUMBERS,
        "adjoint",
        unknown_rank=False,
    ),
    OpCase("BatchMatMul", raw("BatchMatMul"), (of(2, 3, 4), of(2, 4, 2)), np.matmul, NUMBERS, gradients=2),
    OpCase(
        "SparseMatMul",
        lambda a, b: tf.matmul(a, b, a_is_sparse=True),
        (of(3, 4), of(4, 2)),
        np.matmul,
        "float32",
        unknown_rank=False,
    ),
    OpCase("Cross", tf.linalg.cross, (of(4, 3), of(4, 3)), np.cross, REALS, gradients=2),
    OpCase(
        "MatMul",
        lambda a, b: tf.tensordot(a, b, [[0, 2], [2, 0]]),
        (of(3, 2, 4), of(4, 2, 3)),
        lambda a, b: np.tensordot(a, b, [[0, 2], [2, 0]]),
        WIDE,
        "tensordot",
        unknown_rank=False,
        known_shape=True,
    ),
    OpCase(
        "Sum", lambda a: tf.einsum("ijk->ik", a), (of(2, 3, 4),), lambda a: a.sum(1), WIDE, "einsum", unknown_rank=False
    ),
]

COUNTING = [
    OpCase(
        "Bincount",
        lambda x: tf.bincount(x, minlength=7, maxlength=7),
        (integers(20, below=6),),
        lambda x: np.bincount(x, minlength=7),
        "int32",
        known_shape=False,
    ),
    OpCase(
        "Bincount",
        lambda x, w: make_op("Bincount", x, 4, w),
        (integers(9, below=6), of(9)),
        lambda x, w: np.bincount(x, w, 6)[:4],
        WIDE,
        "weights",
    ),
    OpCase(
        "Bucketize",
        lambda x: make_op("Bucketize", x, boundaries=[-0.5, 0.5, 2.0]),
        (of(30, low=-1, high=3),),
        lambda x: np.digitize(x, [-0.5, 0.5, 2.0]).astype(np.int32),
        "float32 float64 int32 int64",
        known_shape=True,
    ),
    OpCase(
        "HistogramFixedWidth",
        lambda x: tf.histogram_fixed_width(x, [0.0, 2.0], 4),
        (of(30, low=-1, high=3, dtype="float32"),),
        lambda x: np.histogram(np.clip(x, 0, 1.9999), 4, (0, 2))[0],
        "float32",
    ),
]

RANGES = [
    OpCase("Range", tf.range, (known(-3), known(8), known(2)), np.arange, "int32"),
    OpCase(
        "Range", tf.range, (given(1), given(9), given(3)), np.arange, "int64 float32 float64", "fed", known_shape=False
    ),
    OpCase(
        "Range",
        tf.range,
        (given(5, "int32"), given(0, "int32"), given(-2, "int32")),
        np.arange,
        "int32",
        "falling",
        known_shape=False,
    ),
    OpCase(
        "LinSpace", lambda a, b: tf.linspace(a, b, 5), (given(-1), given(3)), lambda a, b: np.linspace(a, b, 5), WIDE
    ),
    OpCase(
        "LinSpace", lambda a, b: tf.linspace(a, b, 1), (given(-1), given(3)), lambda a, b: np.array([a]), WIDE, "of one"
    ),
]


def _fourier(op, call, reference, rank):
    shape = (2, 2, 3, 4)[: rank + 1]
    yield OpCase(op, call, (of(*shape),), reference, COMPLEX, tolerance=16)
    yield OpCase(
        op,
        lambda a, b: tf.math.imag(call(tf.complex(a, b))) + tf.math.real(call(tf.complex(b, a))),
        (of(*shape), of(*shape)),
        lambda a, b: reference(a + 1j * b).imag + reference(b + 1j * a).real,
        WIDE,
        "of parts",
        tolerance=16,
    )


def last(rank):
    return tuple(range(-rank, 0))


FOURIER = [
    *_fourier("FFT", tf.signal.fft, np.fft.fft, 1),
    *_fourier("FFT2D", tf.signal.fft2d, np.fft.fft2, 2),
    *_fourier("FFT3D", tf.signal.fft3d, lambda x: np.fft.fftn(x, axes=last(3)), 3),
    *_fourier("IFFT", tf.signal.ifft, np.fft.ifft, 1),
    *_fourier("IFFT2D", tf.signal.ifft2d, np.fft.ifft2, 2),
    *_fourier("IFFT3D", tf.signal.ifft3d, lambda x: np.fft.ifftn(x, axes=last(3)), 3),
    OpCase("RFFT", tf.signal.rfft, (of(2, 6),), np.fft.rfft, "float32", tolerance=16, unknown_rank=False),
    OpCase(
        "RFFT",
        lambda x: tf.signal.rfft(x, [4]),
        (of(2, 6),),
        lambda x: np.fft.rfft(x, 4),
        "float32",
        "cut",
        tolerance=16,
    ),
    OpCase("RFFT2D", tf.signal.rfft2d, (of(2, 4, 6),), np.fft.rfft2, "float32", tolerance=16, unknown_rank=False),
    OpCase(
        "RFFT3D",
        tf.signal.rfft3d,
        (of(2, 3, 4, 6),),
        lambda x: np.fft.rfftn(x, axes=last(3)),
        "float32",
        tolerance=16,
        unknown_rank=False,
    ),
    OpCase("IRFFT", tf.signal.irfft, (of(2, 4),), np.fft.irfft, "complex64", tolerance=16, unknown_rank=False),
    OpCase("IRFFT2D", tf.signal.irfft2d, (of(2, 3, 4),), np.fft.irfft2, "complex64", tolerance=16, unknown_rank=False),
    OpCase(
        "IRFFT3D",
        tf.signal.irfft3d,
        (of(2, 2, 3, 4),),
        lambda x: np.fft.irfftn(x, axes=last(3)),
        "complex64",
        tolerance=16,
        unknown_rank=False,
    ),
]

CASES = [*REDUCTIONS, *CUMULATIVE, *SEGMENTS, *PRODUCTS, *COUNTING, *RANGES, *FOURIER]
