"""Pooling and its gradients, against windows written out."""

from __future__ import annotations

import itertools

import numpy as np

import tangraph as tf
from tangraph.framework.make_op import make_op
from tangraph.testing import OpCase, distinct, given, of

FLOATS = "float32 float64 float16"
WIDE = "float32 float64"
IMAGE, VOLUME = distinct(2, 5, 4, 3), distinct(1, 3, 4, 3, 2)
FLAT = {"ksize": [1, 3, 2, 1], "strides": [1, 2, 2, 1]}
DEEP = {"ksize": [1, 2, 2, 2, 1], "strides": [1, 1, 2, 1, 1]}


def places(x, attrs, padding):
    """Yields (place of the output, slices of the input that its window covers) for one batch entry and channel."""
    sizes, strides = attrs["ksize"][1:-1], attrs["strides"][1:-1]
    axes = []
    for n, k, s in zip(x.shape[1:-1], sizes, strides, strict=True):
        out = -(-n // s) if padding == "SAME" else (n - k) // s + 1
        before = max((out - 1) * s + k - n, 0) // 2 if padding == "SAME" else 0
        axes.append([slice(max(o * s - before, 0), min(o * s - before + k, n)) for o in range(out)])
    for place in itertools.product(*[range(len(axis)) for axis in axes]):
        yield place, tuple(axis[p] for axis, p in zip(axes, place, strict=True))


def pooled(x, attrs, padding, function):
    parts = dict(places(x, attrs, padding))
    shape = [1 + max(p[i] for p in parts) for i in range(x.ndim - 2)]
    out = np.zeros((x.shape[0], *shape, x.shape[-1]))
    axes = tuple(range(1, x.ndim - 1))
    for place, window in parts.items():
        out[(slice(None), *place)] = function(x[(slice(None), *window)], axes)
    return out


def winners(x, attrs, padding):
    """Yields (index of an output element, index of the input element that is its maximum)."""
    for place, window in places(x, attrs, padding):
        for batch, channel in itertools.product(range(x.shape[0]), range(x.shape[-1])):
            part = x[(batch, *window, channel)]
            inside = np.unravel_index(part.argmax(), part.shape)
            found = [w.start + int(i) for w, i in zip(window, inside, strict=True)]
            yield (batch, *place, channel), (batch, *found, channel)


def routed(x, dy, attrs, padding):
    out = np.zeros_like(x)
    for there, here in winners(x, attrs, padding):
        out[here] += dy[there]
    return out


def gathered(x, g, attrs, padding):
    out = pooled(x, attrs, padding, np.max)
    for there, here in winners(x, attrs, padding):
        out[there] = g[here]
    return out


def spread(shape, dy, attrs, padding):
    out = np.zeros(shape)
    for place, window in places(out, attrs, padding):
        part = out[(slice(None), *window)]
        part += (dy[(slice(None), *place)] / np.prod(part.shape[1:-1])).reshape(
            dy.shape[0], *[1] * len(place), dy.shape[-1]
        )
    return out


def positions(x, attrs, padding):
    """The argmax of MaxPoolWithArgmax: places in one image, flattened."""
    out = pooled(x, attrs, padding, np.max).astype(np.int64)
    for there, here in winners(x, attrs, padding):
        out[there] = np.ravel_multi_index(here[1:], x.shape[1:])
    return out


def case(op, call, inputs, reference, types=FLOATS, label="", **more):
    return OpCase(op, call, inputs, reference, types, label, **{"tolerance": 4, "unknown_rank": False, **more})


def of_two(op, attrs, padding):
    """Calls a gradient op with (x, max_pool(x), third input)."""
    forward = "MaxPool3D" if "3D" in op else "MaxPool"
    return lambda x, g: make_op(op, x, make_op(forward, x, padding=padding, **attrs), g, padding=padding, **attrs)


def second_version(op, padding):
    """Calls an op that takes ksize and strides as inputs, with (x, max_pool(x), third input)."""
    return lambda x, g: make_op(
        op, x, make_op("MaxPool", x, padding=padding, **FLAT), g, FLAT["ksize"], FLAT["strides"], padding=padding
    )


def with_argmax(op, padding):
    return lambda x, g: make_op(
        op, x, g, make_op("MaxPoolWithArgmax", x, padding=padding, **FLAT)[1], padding=padding, **FLAT
    )


CASES = [
    made
    for p in ("VALID", "SAME")
    for dy, dy3 in [(of(2, 2, 2, 3), of(1, 2, 2, 2, 2)) if p == "VALID" else (of(2, 3, 2, 3), of(1, 3, 2, 3, 2))]
    for made in (
        case(
            "MaxPool",
            lambda x, p=p: tf.nn.max_pool(x, **FLAT, padding=p),
            (IMAGE,),
            lambda x, p=p: pooled(x, FLAT, p, np.max),
            label=p,
            gradients=2,
        ),
        case(
            "MaxPoolV2",
            lambda x, p=p: make_op("MaxPoolV2", x, FLAT["ksize"], FLAT["strides"], padding=p),
            (IMAGE,),
            lambda x, p=p: pooled(x, FLAT, p, np.max),
            label=p,
            gradients=2,
        ),
        case(
            "MaxPool3D",
            lambda x, p=p: tf.nn.max_pool3d(x, **DEEP, padding=p),
            (VOLUME,),
            lambda x, p=p: pooled(x, DEEP, p, np.max),
            "float32",
            label=p,
            gradients=2,
        ),
        case(
            "AvgPool",
            lambda x, p=p: tf.nn.avg_pool(x, **FLAT, padding=p),
            (IMAGE,),
            lambda x, p=p: pooled(x, FLAT, p, np.mean),
            label=p,
            gradients=2,
        ),
        case(
            "AvgPool3D",
            lambda x, p=p: tf.nn.avg_pool3d(x, **DEEP, padding=p),
            (VOLUME,),
            lambda x, p=p: pooled(x, DEEP, p, np.mean),
            WIDE,
            label=p,
            gradients=2,
        ),
        case(
            "MaxPoolWithArgmax",
            lambda x, p=p: tf.nn.max_pool_with_argmax(x, **FLAT, padding=p),
            (IMAGE,),
            lambda x, p=p: [pooled(x, FLAT, p, np.max), positions(x, FLAT, p)],
            label=p,
        ),
        case(
            "MaxPoolGrad",
            of_two("MaxPoolGrad", FLAT, p),
            (IMAGE, dy),
            lambda x, g, p=p: routed(x, g, FLAT, p),
            label=p,
            gradients=2,
        ),
        case(
            "MaxPoolGradV2",
            second_version("MaxPoolGradV2", p),
            (IMAGE, dy),
            lambda x, g, p=p: routed(x, g, FLAT, p),
            label=p,
        ),
        case(
            "MaxPool3DGrad",
            of_two("MaxPool3DGrad", DEEP, p),
            (VOLUME, dy3),
            lambda x, g, p=p: routed(x, g, DEEP, p),
            "float32",
            label=p,
        ),
        case(
            "MaxPoolGradGrad",
            of_two("MaxPoolGradGrad", FLAT, p),
            (IMAGE, of(2, 5, 4, 3)),
            lambda x, g, p=p: gathered(x, g, FLAT, p),
            WIDE,
            label=p,
        ),
        case(
            "MaxPoolGradGradV2",
            second_version("MaxPoolGradGradV2", p),
            (IMAGE, of(2, 5, 4, 3)),
            lambda x, g, p=p: gathered(x, g, FLAT, p),
            WIDE,
            label=p,
        ),
        case(
            "MaxPool3DGradGrad",
            of_two("MaxPool3DGradGrad", DEEP, p),
            (VOLUME, of(1, 3, 4, 3, 2)),
            lambda x, g, p=p: gathered(x, g, DEEP, p),
            "float32",
            label=p,
        ),
        case(
            "MaxPoolGradWithArgmax",
            with_argmax("MaxPoolGradWithArgmax", p),
            (IMAGE, dy),
            lambda x, g, p=p: routed(x, g, FLAT, p),
            WIDE,
            label=p,
        ),
        case(
            "MaxPoolGradGradWithArgmax",
            with_argmax("MaxPoolGradGradWithArgmax", p),
            (IMAGE, of(2, 5, 4, 3)),
            lambda x, g, p=p: gathered(x, g, FLAT, p),
            WIDE,
            label=p,
        ),
        case(
            "AvgPoolGrad",
            lambda g, p=p: make_op("AvgPoolGrad", [2, 5, 4, 3], g, padding=p, **FLAT),
            (dy,),
            lambda g, p=p: spread((2, 5, 4, 3), g, FLAT, p),
            label=p,
            gradients=2,
        ),
        case(
            "AvgPool3DGrad",
            lambda g, p=p: make_op("AvgPool3DGrad", [1, 3, 4, 3, 2], g, padding=p, **DEEP),
            (dy3,),
            lambda g, p=p: spread((1, 3, 4, 3, 2), g, DEEP, p),
            WIDE,
            label=p,
        ),
    )
]

#: Where the rows and columns of a fractional pooling of 5 x 4 begin.
ROWS, COLUMNS = given([0, 2, 3, 5], "int64"), given([0, 1, 4], "int64")


def fractions(x, rows, columns, function):
    parts = [
        [function(x[:, a:b, c:d], (1, 2)) for c, d in itertools.pairwise(columns)] for a, b in itertools.pairwise(rows)
    ]
    return np.stack([np.stack(row, 1) for row in parts], 1)


def fractional_gradient(function):
    """The gradient op on given sequences, and what differences of the pooling give."""

    def reference(x, dy, rows, columns, step=1e-6):
        out = np.zeros_like(x)
        for index in np.ndindex(*x.shape):
            moved = np.zeros_like(x)
            moved[index] = step
            change = fractions(x + moved, rows, columns, function) - fractions(x - moved, rows, columns, function)
            out[index] = (change * dy).sum() / (2 * step)
        return out

    return reference


def max_pool_gradient(x, dy, rows, columns):
    y = tf.stack(
        [
            tf.stack([tf.reduce_max(x[:, a:b, c:d], [1, 2]) for c, d in ((0, 1), (1, 4))], 1)
            for a, b in ((0, 2), (2, 3), (3, 5))
        ],
        1,
    )
    return make_op("FractionalMaxPoolGrad", x, y, dy, rows, columns)


def largest_ratio(function):
    return lambda x: function(x, [1.0, 1.5, 1.6, 1.0], deterministic=True, seed=3, seed2=5)


CASES += [
    case("FractionalMaxPool", largest_ratio(tf.nn.fractional_max_pool), (of(2, 6, 8, 3),), None, WIDE, tolerance=1),
    case("FractionalAvgPool", largest_ratio(tf.nn.fractional_avg_pool), (of(2, 6, 8, 3),), None, WIDE, tolerance=1),
    case(
        "FractionalMaxPoolGrad",
        max_pool_gradient,
        (distinct(2, 5, 4, 3), of(2, 3, 2, 3), ROWS, COLUMNS),
        fractional_gradient(np.max),
        WIDE,
        tolerance=1e3,
        known_shape=False,
    ),
    case(
        "FractionalAvgPoolGrad",
        lambda x, dy, r, c: make_op("FractionalAvgPoolGrad", [2, 5, 4, 3], dy, r, c),
        (of(2, 5, 4, 3), of(2, 3, 2, 3), ROWS, COLUMNS),
        fractional_gradient(np.mean),
        WIDE,
        tolerance=1e3,
        known_shape=False,
    ),
]
