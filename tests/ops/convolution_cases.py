"""Convolutions, dilations and pooling, against sums over windows written out."""

from __future__ import annotations

import itertools

import numpy as np

import tangraph as tf
from tangraph.framework.make_op import make_op
from tangraph.testing import OpCase, distinct, of

FLOATS = "float32 float64 float16"
WIDE = "float32 float64"
PADDINGS = ("VALID", "SAME")


def windows(x, sizes, strides, padding, rates=None, fill=0.0):
    """Returns [*sizes, batch, *out, channels]: for each place in the window what stands there."""
    rates = rates or [1] * len(sizes)
    if padding == "SAME":
        pads = [(0, 0)]
        for n, k, s, r in zip(x.shape[1:-1], sizes, strides, rates, strict=True):
            total = max((-(-n // s) - 1) * s + (k - 1) * r + 1 - n, 0)
            pads.append((total // 2, total - total // 2))
        x = np.pad(x, [*pads, (0, 0)], constant_values=fill)
    outs = [(n - (k - 1) * r - 1) // s + 1 for n, k, s, r in zip(x.shape[1:-1], sizes, strides, rates, strict=True)]
    found = []
    for place in itertools.product(*map(range, sizes)):
        cut = [slice(p * r, p * r + (o - 1) * s + 1, s) for p, r, o, s in zip(place, rates, outs, strides, strict=True)]
        found.append(x[(slice(None), *cut)])
    return np.stack(found).reshape(*sizes, *found[0].shape)


def convolved(x, w, strides, padding, rates=None):
    rank = w.ndim - 2
    seen = windows(x, w.shape[:-2], strides, padding, rates).reshape(
        -1, x.shape[0], *_out(x, w, strides, padding, rates)
    )
    return sum(part @ tap for part, tap in zip(seen, w.reshape(-1, *w.shape[rank:]), strict=True))


def _out(x, w, strides, padding, rates):
    return windows(x, w.shape[:-2], strides, padding, rates).shape[len(w.shape[:-2]) + 1 :]


def depthwise(x, w, strides, padding):
    seen = windows(x, w.shape[:2], strides, padding)
    products = np.einsum("hwbijc,hwcm->bijcm", seen, w)
    return products.reshape(*products.shape[:3], -1)


def dilated(x, w, strides, padding):
    seen = windows(x, w.shape[:2], strides, padding, fill=-np.inf)
    return (seen + w[:, :, None, None, None]).max((0, 1))


def largest(x, sizes, strides, padding):
    return windows(x, sizes, strides, padding, fill=-np.inf).max(tuple(range(len(sizes))))


def averaged(x, sizes, strides, padding):
    axes = tuple(range(len(sizes)))
    return windows(x, sizes, strides, padding).sum(axes) / windows(np.ones_like(x), sizes, strides, padding).sum(axes)


def slopes(function, at, weights, step=1e-6):
    """The gradient of the sum of weights times function, element by element."""
    out = np.zeros_like(at)
    for index in np.ndindex(*at.shape):
        moved = np.zeros_like(at)
        moved[index] = step
        out[index] = ((function(at + moved) - function(at - moved)) * weights).sum() / (2 * step)
    return out


def case(op, call, inputs, reference, types=FLOATS, label="", **more):
    return OpCase(op, call, inputs, reference, types, label, **{"tolerance": 8, "unknown_rank": False, **more})


def both(*strides):
    return [1, *strides, 1]


CONVOLUTIONS = [
    made
    for p in PADDINGS
    for made in (
        case(
            "Conv2D",
            lambda x, w, p=p: tf.nn.conv2d(x, w, both(1, 1), p),
            (of(2, 5, 4, 3), of(3, 2, 3, 2)),
            lambda x, w, p=p: convolved(x, w, (1, 1), p),
            label=p,
            gradients=2,
        ),
        case(
            "Conv2D",
            lambda x, w, p=p: tf.nn.conv2d(x, w, both(2, 2), p),
            (of(1, 6, 5, 2), of(3, 3, 2, 2)),
            lambda x, w, p=p: convolved(x, w, (2, 2), p),
            label=f"{p} strides",
            gradients=2,
        ),
        case(
            "Conv2D",
            lambda x, w, p=p: tf.nn.conv2d(x, w, both(1, 1), p, dilations=both(2, 1)),
            (of(1, 7, 5, 2), of(3, 2, 2, 2)),
            lambda x, w, p=p: convolved(x, w, (1, 1), p, (2, 1)),
            label=f"{p} dilations",
        ),
        case(
            "Conv3D",
            lambda x, w, p=p: tf.nn.conv3d(x, w, both(1, 2, 1), p),
            (of(1, 3, 4, 3, 2), of(2, 2, 2, 2, 2)),
            lambda x, w, p=p: convolved(x, w, (1, 2, 1), p),
            label=p,
            gradients=2,
        ),
        case(
            "DepthwiseConv2dNative",
            lambda x, w, p=p: tf.nn.depthwise_conv2d(x, w, both(2, 2), p),
            (of(2, 5, 4, 3), of(3, 2, 3, 2)),
            lambda x, w, p=p: depthwise(x, w, (2, 2), p),
            label=p,
            gradients=2,
        ),
        case(
            "Dilation2D",
            lambda x, w, p=p: tf.nn.dilation2d(x, w, both(1, 1), both(1, 1), p),
            (distinct(1, 4, 4, 2), distinct(2, 2, 2, low=-0.01, high=0.01)),
            lambda x, w, p=p: dilated(x, w, (1, 1), p),
            WIDE,
            label=p,
        ),
    )
] + [
    case(
        "Conv2D",
        lambda x, w: tf.nn.conv2d(x, w, [1, 1, 2, 2], "SAME", data_format="NCHW"),
        (of(1, 2, 6, 5), of(3, 3, 2, 2)),
        lambda x, w: convolved(x.transpose(0, 2, 3, 1), w, (2, 2), "SAME").transpose(0, 3, 1, 2),
        WIDE,
        "NCHW",
    ),
    case(
        "Conv2D",
        lambda x, w: tf.nn.conv2d(x, w, both(1, 1), [[0, 0], [1, 0], [0, 2], [0, 0]]),
        (of(1, 4, 4, 2), of(2, 3, 2, 2)),
        lambda x, w: convolved(np.pad(x, ((0, 0), (1, 0), (0, 2), (0, 0))), w, (1, 1), "VALID"),
        WIDE,
        "explicit padding",
    ),
]

X2, W2, DY2 = of(1, 5, 4, 2), of(3, 2, 2, 3), of(1, 3, 2, 3)
X3, W3, DY3 = of(1, 3, 4, 3, 2), of(2, 2, 2, 2, 2), of(1, 3, 2, 3, 2)
ATTRS2 = {"strides": both(2, 2), "padding": "SAME"}
ATTRS3 = {"strides": both(1, 2, 1), "padding": "SAME"}
CONVOLUTION_GRADIENTS = [
    case(
        "Conv2DBackpropInput",
        lambda w, dy: make_op("Conv2DBackpropInput", [1, 5, 4, 2], w, dy, **ATTRS2),
        (W2, DY2),
        lambda w, dy: slopes(lambda x: convolved(x, w, (2, 2), "SAME"), np.zeros((1, 5, 4, 2)), dy),
        WIDE,
        gradients=2,
        tolerance=1e3,
    ),
    case(
        "Conv2DBackpropFilter",
        lambda x, dy: make_op("Conv2DBackpropFilter", x, [3, 2, 2, 3], dy, **ATTRS2),
        (X2, DY2),
        lambda x, dy: slopes(lambda w: convolved(x, w, (2, 2), "SAME"), np.zeros((3, 2, 2, 3)), dy),
        WIDE,
        gradients=2,
        tolerance=1e3,
    ),
    case(
        "Conv3DBackpropInputV2",
        lambda w, dy: make_op("Conv3DBackpropInputV2", [1, 3, 4, 3, 2], w, dy, **ATTRS3),
        (W3, DY3),
        lambda w, dy: slopes(lambda x: convolved(x, w, (1, 2, 1), "SAME"), np.zeros((1, 3, 4, 3, 2)), dy),
        WIDE,
        gradients=2,
        tolerance=1e3,
    ),
    case(
        "Conv3DBackpropFilterV2",
        lambda x, dy: make_op("Conv3DBackpropFilterV2", x, [2, 2, 2, 2, 2], dy, **ATTRS3),
        (X3, DY3),
        lambda x, dy: slopes(lambda w: convolved(x, w, (1, 2, 1), "SAME"), np.zeros((2, 2, 2, 2, 2)), dy),
        WIDE,
        gradients=2,
        tolerance=1e3,
    ),
    case(
        "Conv3DBackpropInput",
        lambda x, w, dy: make_op("Conv3DBackpropInput", x, w, dy, **ATTRS3),
        (X3, W3, DY3),
        lambda x, w, dy: slopes(lambda v: convolved(v, w, (1, 2, 1), "SAME"), x, dy),
        WIDE,
        tolerance=1e3,
    ),
    case(
        "Conv3DBackpropFilter",
        lambda x, w, dy: make_op("Conv3DBackpropFilter", x, w, dy, **ATTRS3),
        (X3, W3, DY3),
        lambda x, w, dy: slopes(lambda v: convolved(x, v, (1, 2, 1), "SAME"), w, dy),
        WIDE,
        tolerance=1e3,
    ),
    case(
        "DepthwiseConv2dNativeBackpropInput",
        lambda w, dy: make_op("DepthwiseConv2dNativeBackpropInput", [1, 5, 4, 2], w, dy, **ATTRS2),
        (W2, of(1, 3, 2, 6)),
        lambda w, dy: slopes(lambda x: depthwise(x, w, (2, 2), "SAME"), np.zeros((1, 5, 4, 2)), dy),
        WIDE,
        gradients=2,
        tolerance=1e3,
    ),
    case(
        "DepthwiseConv2dNativeBackpropFilter",
        lambda x, dy: make_op("DepthwiseConv2dNativeBackpropFilter", x, [3, 2, 2, 3], dy, **ATTRS2),
        (X2, of(1, 3, 2, 6)),
        lambda x, dy: slopes(lambda w: depthwise(x, w, (2, 2), "SAME"), np.zeros((3, 2, 2, 3)), dy),
        WIDE,
        gradients=2,
        tolerance=1e3,
    ),
    case(
        "Dilation2DBackpropInput",
        lambda x, w, dy: make_op(
            "Dilation2DBackpropInput", x, w, dy, strides=both(1, 1), rates=both(1, 1), padding="SAME"
        ),
        (distinct(1, 4, 4, 2), of(2, 2, 2, low=-0.01, high=0.01), of(1, 4, 4, 2)),
        lambda x, w, dy: slopes(lambda v: dilated(v, w, (1, 1), "SAME"), x, dy),
        "float64",
        tolerance=1e3,
    ),
    case(
        "Dilation2DBackpropFilter",
        lambda x, w, dy: make_op(
            "Dilation2DBackpropFilter", x, w, dy, strides=both(1, 1), rates=both(1, 1), padding="SAME"
        ),
        (distinct(1, 4, 4, 2), of(2, 2, 2, low=-0.01, high=0.01), of(1, 4, 4, 2)),
        lambda x, w, dy: slopes(lambda v: dilated(x, v, (1, 1), "SAME"), w, dy),
        "float64",
        tolerance=1e3,
    ),
]

CASES = [*CONVOLUTIONS, *CONVOLUTION_GRADIENTS]
