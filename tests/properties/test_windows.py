"""Convolutions and pools of any geometry, and their gradients, against the definition: one window, one element at a time."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import tangraph as tf


class Axis(NamedTuple):
    """How windows slide along one dimension."""

    size: int
    window: int
    stride: int
    dilation: int


def places(axis, padding, pads=(0, 0)):
    """For each window where its elements lie; None is padding."""
    reach = (axis.window - 1) * axis.dilation + 1
    if padding == "SAME":
        count = -(-axis.size // axis.stride)
        before = max((count - 1) * axis.stride + reach - axis.size, 0) // 2
    else:
        before = pads[0]
        count = (axis.size + sum(pads) - reach) // axis.stride + 1
    starts = [i * axis.stride - before for i in range(count)]
    elements = [[start + i * axis.dilation for i in range(axis.window)] for start in starts]
    return [[place if 0 <= place < axis.size else None for place in row] for row in elements]


def pairs(tables):
    """Yields (window, element, place) for every element of every window that lies in no padding."""
    for window in itertools.product(*[range(len(table)) for table in tables]):
        rows = [table[i] for table, i in zip(tables, window, strict=True)]
        for element in itertools.product(*[range(len(row)) for row in rows]):
            place = tuple(row[i] for row, i in zip(rows, element, strict=True))
            if None not in place:
                yield window, element, place


@st.composite
def geometries(draw, explicit=False, most=9):
    """Two dimensions and a padding that leaves at least one window."""
    padding = draw(st.sampled_from(["SAME", "VALID", "EXPLICIT"] if explicit else ["SAME", "VALID"]))
    axes, pads = [], []
    for _ in range(2):
        window, dilation = draw(st.integers(1, 4)), draw(st.sampled_from([1, 1, 2, 3]))
        pad = draw(st.tuples(st.integers(0, 3), st.integers(0, 3))) if padding == "EXPLICIT" else (0, 0)
        least = 1 if padding == "SAME" else max(1, (window - 1) * dilation + 1 - sum(pad))
        axes.append(Axis(draw(st.integers(least, max(least, most))), window, draw(st.integers(1, 4)), dilation))
        pads.append(pad)
    return axes, padding, pads


def whole(rng, *shape):
    """Small whole numbers: sums of their products are exact."""
    return rng.integers(-3, 4, shape).astype(np.float32)


def given_as(array, data_format):
    return array.transpose(0, 3, 1, 2) if data_format == "NCHW" else array


def back(array, data_format):
    return array.transpose(0, 2, 3, 1) if data_format == "NCHW" else array


def in_format(data_format, first, second, fill=1):
    """[fill, first, second, fill] in the order of a format."""
    return [fill, fill, first, second] if data_format == "NCHW" else [fill, first, second, fill]


def explicit_pads(padding, pads, data_format):
    return in_format(data_format, *map(list, pads), fill=[0, 0]) if padding == "EXPLICIT" else padding


def results(build, arrays, grad, data_format, known):
    """Returns the output and the gradients of what `build` makes of the arrays; the first one is an image."""
    with tf.Graph().as_default(), tf.Session() as session:
        fed = [given_as(arrays[0], data_format), *arrays[1:]]
        tensors = [tf.placeholder(tf.float32, a.shape if known else [None] * a.ndim) for a in fed]
        y = build(*tensors)
        slopes = tf.gradients(y, tensors, given_as(grad, data_format))
        out, first, *rest = session.run([y, *slopes], dict(zip(tensors, fed, strict=True)))
    assert y.shape.is_compatible_with(out.shape)
    assert not known or y.shape.as_list() == list(out.shape)
    return back(out, data_format), back(first, data_format), *rest


FORMATS = st.sampled_from(["NHWC", "NCHW"])
CHANNELS = st.sampled_from([1, 2, 3, 5])
SEEDS = st.integers(0, 99)


@given(geometries(explicit=True), CHANNELS, CHANNELS, FORMATS, st.booleans(), SEEDS)
def test_convolution(geometry, channels, depth, data_format, known, seed):
    (axes, padding, pads), rng = geometry, np.random.default_rng(seed)
    tables = [places(axis, padding, pad) for axis, pad in zip(axes, pads, strict=True)]
    x = whole(rng, 2, axes[0].size, axes[1].size, channels)
    filters = whole(rng, axes[0].window, axes[1].window, channels, depth)
    grad = whole(rng, 2, len(tables[0]), len(tables[1]), depth)

    expected, to_x, to_filters = np.zeros_like(grad), np.zeros_like(x), np.zeros_like(filters)
    for (i, j), element, (row, column) in pairs(tables):
        expected[:, i, j] += x[:, row, column] @ filters[element]
        to_x[:, row, column] += grad[:, i, j] @ filters[element].T
        to_filters[element] += x[:, row, column].T @ grad[:, i, j]

    def build(images, weights):
        return tf.nn.conv2d(
            images,
            weights,
            strides=in_format(data_format, axes[0].stride, axes[1].stride),
            padding=explicit_pads(padding, pads, data_format),
            data_format=data_format,
            dilations=in_format(data_format, axes[0].dilation, axes[1].dilation),
        )

    found = results(build, [x, filters], grad, data_format, known)
    for value, exact in zip(found, (expected, to_x, to_filters), strict=True):
        np.testing.assert_array_equal(value, exact)


@given(geometries(), CHANNELS, st.integers(1, 3), FORMATS, st.booleans(), SEEDS)
def test_depthwise_convolution(geometry, channels, multiplier, data_format, known, seed):
    (axes, padding, _), rng = geometry, np.random.default_rng(seed)
    stride = axes[0].stride
    axes = [axis._replace(stride=stride, dilation=1) for axis in axes]
    tables = [places(axis, padding) for axis in axes]
    x = whole(rng, 2, axes[0].size, axes[1].size, channels)
    filters = whole(rng, axes[0].window, axes[1].window, channels, multiplier)
    grad = whole(rng, 2, len(tables[0]), len(tables[1]), channels, multiplier)

    expected, to_x, to_filters = np.zeros_like(grad), np.zeros_like(x), np.zeros_like(filters)
    for (i, j), element, (row, column) in pairs(tables):
        expected[:, i, j] += x[:, row, column, :, None] * filters[element]
        to_x[:, row, column] += (grad[:, i, j] * filters[element]).sum(-1)
        to_filters[element] += (x[:, row, column, :, None] * grad[:, i, j]).sum(0)

    def build(images, weights):
        strides = in_format(data_format, stride, stride)
        return tf.nn.depthwise_conv2d(images, weights, strides, padding, data_format=data_format)

    flat = (*grad.shape[:3], channels * multiplier)
    found = results(build, [x, filters], grad.reshape(flat), data_format, known)
    for value, exact in zip(found, (expected.reshape(flat), to_x, to_filters), strict=True):
        np.testing.assert_array_equal(value, exact)


@given(geometries(), CHANNELS, FORMATS, st.booleans(), SEEDS)
def test_maxima(geometry, channels, data_format, known, seed):
    """The gradient goes to the first of the largest."""
    (axes, padding, _), rng = geometry, np.random.default_rng(seed)
    axes = [axis._replace(dilation=1) for axis in axes]
    tables = [places(axis, padding) for axis in axes]
    x = whole(rng, 2, axes[0].size, axes[1].size, channels)
    grad = whole(rng, 2, len(tables[0]), len(tables[1]), channels)

    expected, to_x = np.full_like(grad, -np.inf), np.zeros_like(x)
    for (i, j), _, (row, column) in pairs(tables):
        expected[:, i, j] = np.maximum(expected[:, i, j], x[:, row, column])
    given_away = np.zeros(grad.shape, bool)
    for (i, j), _, (row, column) in pairs(tables):
        takes = (x[:, row, column] == expected[:, i, j]) & ~given_away[:, i, j]
        to_x[:, row, column] += grad[:, i, j] * takes
        given_away[:, i, j] |= takes

    def build(images):
        sizes = in_format(data_format, axes[0].window, axes[1].window)
        strides = in_format(data_format, axes[0].stride, axes[1].stride)
        return tf.nn.max_pool(images, sizes, strides, padding, data_format=data_format)

    value, slope = results(build, [x], grad, data_format, known)
    np.testing.assert_array_equal(value, expected)
    np.testing.assert_array_equal(slope, to_x)


@given(geometries(), CHANNELS, FORMATS, st.booleans(), SEEDS)
def test_means(geometry, channels, data_format, known, seed):
    """Padding does not count."""
    (axes, padding, _), rng = geometry, np.random.default_rng(seed)
    axes = [axis._replace(dilation=1) for axis in axes]
    tables = [places(axis, padding) for axis in axes]
    x = whole(rng, 2, axes[0].size, axes[1].size, channels)
    grad = whole(rng, 2, len(tables[0]), len(tables[1]), channels)

    total, counts, to_x = np.zeros_like(grad), np.zeros(grad.shape[1:3]), np.zeros(x.shape)
    for (i, j), _, (row, column) in pairs(tables):
        total[:, i, j] += x[:, row, column]
        counts[i, j] += 1
    for (i, j), _, (row, column) in pairs(tables):
        to_x[:, row, column] += grad[:, i, j] / counts[i, j]

    def build(images):
        sizes = in_format(data_format, axes[0].window, axes[1].window)
        strides = in_format(data_format, axes[0].stride, axes[1].stride)
        return tf.nn.avg_pool(images, sizes, strides, padding, data_format=data_format)

    value, slope = results(build, [x], grad, data_format, known)
    np.testing.assert_allclose(value, total / counts[:, :, None], rtol=1e-6)
    np.testing.assert_allclose(slope, to_x, rtol=1e-5, atol=1e-6)
