"""Convolutions against a direct sum over windows, on random geometries."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tangraph as tf
from tangraph_backend_cpu import products
from tangraph_backend_cpu.kernels import geometry
from tangraph_backend_cpu.kernels.nn_conv import convolve, filter_gradient, input_gradient

product = products.product("float32")


def _run(fetches, feed=None):
    with tf.Session() as session:
        return session.run(fetches, feed)


def _numbers(*shape, seed=0, dtype=np.float32):
    return np.random.default_rng(seed).integers(-4, 5, shape).astype(dtype)


def _places(axis):
    """For each window the places of its elements, None in padding: the definition, element by element."""
    rows = []
    for window in range(axis.out):
        start = window * axis.stride - axis.before
        row = [start + i * axis.dilation for i in range(axis.window)]
        rows.append([place if 0 <= place < axis.size else None for place in row])
    return rows


def _direct(x, filters, axes):
    """The convolution, one product at a time."""
    out = np.zeros((x.shape[0], *[a.out for a in axes], filters.shape[-1]), np.float64)
    tables = [_places(a) for a in axes]
    for window in itertools.product(*[range(a.out) for a in axes]):
        for element in itertools.product(*[range(a.window) for a in axes]):
            place = tuple(t[w][e] for t, w, e in zip(tables, window, element, strict=True))
            if None not in place:
                out[(slice(None), *window)] += x[(slice(None), *place)] @ filters[element].astype(np.float64)
    return out


@st.composite
def _axis(draw):
    size, window, dilation = draw(st.integers(1, 9)), draw(st.integers(1, 4)), draw(st.integers(1, 3))
    stride, padding = draw(st.integers(1, 4)), draw(st.sampled_from(["SAME", "VALID", "EXPLICIT"]))
    pads = (draw(st.integers(0, 3)), draw(st.integers(0, 3))) if padding == "EXPLICIT" else (0, 0)
    reach = (window - 1) * dilation + 1
    if padding != "SAME" and reach > size + sum(pads):
        padding = "SAME"
    return geometry.slide(size, window, stride, padding, dilation, pads)


@given(_axis())
def test_inside_names_every_element_that_is_in_no_padding(axis):
    table = _places(axis)
    for offset in range(axis.window):
        windows, elements = axis.inside(offset)
        found = dict(zip(range(axis.out)[windows], range(axis.size)[elements], strict=True))
        assert found == {w: row[offset] for w, row in enumerate(table) if row[offset] is not None}


@given(_axis())
def test_every_window_fits_into_the_padded_size(axis):
    (size,) = geometry.padded_sizes([axis])
    assert (axis.out - 1) * axis.stride + axis.reach() <= max(size, axis.reach())
    assert size >= axis.before + axis.size


@given(st.integers(1, 30), st.integers(1, 7), st.integers(1, 5), st.integers(1, 3))
def test_same_gives_one_window_a_stride_and_pads_evenly(size, window, stride, dilation):
    axis = geometry.slide(size, window, stride, "SAME", dilation)
    assert axis.out == -(-size // stride)
    assert axis.before <= axis.after <= axis.before + 1


@pytest.mark.parametrize(("size", "stride", "out"), [(4, 1, 0), (3, 2, 0), (2, 4, 0)])
def test_a_window_that_is_slightly_too_large_gives_nothing(size, stride, out):
    assert geometry.slide(size, 5, stride, "VALID").out == out


def test_a_window_that_is_much_too_large_is_an_error():
    text = r"would be negative: -1 \[input_size: 1, effective_filter_size: 5, stride: 2\]"
    with pytest.raises(tf.errors.InvalidArgumentError, match=text):
        geometry.slide(1, 5, 2, "VALID")


@settings(max_examples=60, deadline=None)
@given(st.lists(_axis(), min_size=1, max_size=3), st.integers(0, 3), st.integers(1, 5), st.integers(1, 3))
def test_products_are_the_sums_over_windows(axes, batch, channels, depth):
    x = _numbers(batch, *[a.size for a in axes], channels)
    filters = _numbers(*[a.window for a in axes], channels, depth, seed=1)
    out = convolve(np, x, filters, axes, product)
    assert out.dtype == np.float32
    np.testing.assert_array_equal(out, _direct(x, filters, axes))
    # Both gradients are the transposes of the same linear map: <grad, conv(x, f)> is linear in each of x and f.
    grad = _numbers(*out.shape, seed=2)
    dx, df = input_gradient(np, filters, grad, axes, product), filter_gradient(np, x, grad, axes, product)
    assert dx.shape == x.shape
    assert df.shape == filters.shape
    other_x, other_f = _numbers(*x.shape, seed=3), _numbers(*filters.shape, seed=4)
    assert (dx * other_x).sum() == pytest.approx((grad * _direct(other_x, filters, axes)).sum())
    assert (df * other_f).sum() == pytest.approx((grad * _direct(x, other_f, axes)).sum())


def test_blocks_of_images_do_not_mix(monkeypatch):
    from tangraph_backend_cpu.kernels import nn_conv

    axes = [geometry.slide(7, 3, 1, "SAME"), geometry.slide(6, 3, 2, "SAME")]
    x, filters, grad = _numbers(7, 7, 6, 8), _numbers(3, 3, 8, 4, seed=1), _numbers(7, 7, 3, 4, seed=2)
    whole = [
        convolve(np, x, filters, axes, product),
        filter_gradient(np, x, grad, axes, product),
        input_gradient(np, filters, grad, axes, product),
    ]
    monkeypatch.setattr(nn_conv, "BLOCK", 4000)
    parts = [
        convolve(np, x, filters, axes, product),
        filter_gradient(np, x, grad, axes, product),
        input_gradient(np, filters, grad, axes, product),
    ]
    for a, b in zip(whole, parts, strict=True):
        np.testing.assert_array_equal(a, b)


def _numeric(build, values, step=2.0**-6):
    """The gradients of sum(build(*values) * weights) by differences, in float64."""
    with tf.Graph().as_default():
        inputs = [tf.placeholder(tf.float64, v.shape) for v in values]
        y = build(*inputs)
        loss = tf.reduce_sum(y * tf.constant(_numbers(*y.shape.as_list(), seed=9, dtype=np.float64)))
        analytic = tf.gradients(loss, inputs)
        with tf.Session() as session:
            found = session.run(analytic, dict(zip(inputs, values, strict=True)))
            for which, value in enumerate(values):
                direction = _numbers(*value.shape, seed=10 + which, dtype=np.float64)
                both = []
                for sign in (1, -1):
                    moved = [v + sign * step * direction if i == which else v for i, v in enumerate(values)]
                    both.append(session.run(loss, dict(zip(inputs, moved, strict=True))))
                assert (both[0] - both[1]) / (2 * step) == pytest.approx((found[which] * direction).sum(), rel=1e-6)


GRADIENTS = {
    "conv2d": (lambda x, f: tf.nn.conv2d(x, f, [1, 2, 1, 1], "SAME"), (2, 5, 4, 3), (3, 2, 3, 2)),
    "explicit": (
        lambda x, f: tf.nn.conv2d(x, f, 1, [[0, 0], [3, 0], [1, 2], [0, 0]]),
        (1, 4, 5, 2),
        (2, 3, 2, 2),
    ),
    "NCHW": (lambda x, f: tf.nn.conv2d(x, f, 2, "VALID", data_format="NCHW"), (2, 3, 5, 6), (2, 3, 3, 2)),
    "conv1d": (lambda x, f: tf.nn.conv1d(x, f, 2, "SAME"), (2, 7, 3), (3, 3, 2)),
    "conv3d": (lambda x, f: tf.nn.conv3d(x, f, [1, 1, 2, 1, 1], "SAME"), (1, 3, 4, 3, 2), (2, 2, 2, 2, 2)),
    "transpose": (lambda x, f: tf.nn.conv2d_transpose(x, f, [2, 6, 8, 3], 2), (2, 3, 4, 2), (3, 3, 3, 2)),
    "transpose 3d": (
        lambda x, f: tf.nn.conv3d_transpose(x, f, [1, 4, 4, 2, 2], 2),
        (1, 2, 2, 1, 3),
        (2, 2, 2, 2, 3),
    ),
    "depthwise": (
        lambda x, f: tf.nn.depthwise_conv2d(x, f, [1, 1, 1, 1], "SAME", rate=[2, 1]),
        (2, 5, 4, 3),
        (3, 2, 3, 2),
    ),
    "atrous": (lambda x, f: tf.nn.atrous_conv2d(x, f, 2, "SAME"), (1, 6, 5, 2), (2, 3, 2, 2)),
    "separable": (
        lambda x, f: tf.nn.separable_conv2d(x, f, tf.ones([1, 1, 4, 3], tf.float64), [1, 2, 2, 1], "VALID"),
        (2, 6, 5, 2),
        (2, 2, 2, 2),
    ),
}


@pytest.mark.parametrize("name", GRADIENTS)
def test_gradients(name):
    build, *shapes = GRADIENTS[name]
    _numeric(build, [_numbers(*s, seed=i, dtype=np.float64) for i, s in enumerate(shapes)])


@pytest.mark.parametrize("name", ["conv2d", "conv3d", "depthwise", "transpose"])
def test_second_gradients(name):
    build, *shapes = GRADIENTS[name]
    values = [_numbers(*s, seed=i, dtype=np.float64) for i, s in enumerate(shapes)]

    def first(x, f):
        dx, df = tf.gradients(tf.square(build(x, f)), [x, f])
        return tf.concat([tf.reshape(dx, [-1]), tf.reshape(df, [-1])], 0) / 64.0

    _numeric(first, values, step=2.0**-12)


@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize(("padding", "stride"), [("SAME", 1), ("VALID", 2), ("SAME", 3)])
def test_nchw_is_nhwc_transposed(padding, stride, dilation):
    x, f = _numbers(2, 7, 8, 3), _numbers(3, 2, 3, 4, seed=1)
    with tf.Graph().as_default():
        last = tf.nn.conv2d(x, f, stride, padding, dilations=dilation)
        first = tf.nn.conv2d(x.transpose(0, 3, 1, 2), f, stride, padding, data_format="NCHW", dilations=dilation)
        assert first.shape.as_list() == [2, 4, *last.shape.as_list()[1:3]]
        a, b = _run([last, first])
    np.testing.assert_array_equal(a, b.transpose(0, 2, 3, 1))


def test_dilation_by_space_to_batch_is_dilation():
    x, f = _numbers(2, 9, 7, 2), _numbers(3, 2, 2, 3, seed=1)
    with tf.Graph().as_default():
        pairs = [
            (tf.nn.convolution(x, f, p, dilation_rate=[2, 3]), tf.nn.conv2d(x, f, 1, p, dilations=[2, 3]))
            for p in ("VALID", "SAME")
        ]
        for a, b in _run(pairs):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("dtype", [tf.float16, tf.bfloat16, tf.float32, tf.float64])
def test_types_stay(dtype):
    x, f = _numbers(1, 4, 4, 2), _numbers(2, 2, 2, 3, seed=1)
    with tf.Graph().as_default():
        inputs = [tf.cast(x, dtype), tf.cast(f, dtype)]
        y = tf.nn.conv2d(*inputs, 1, "VALID")
        # Gradients do not flow through bfloat16, as in TensorFlow 1.
        for value in _run([t for t in [y, *tf.gradients(y, inputs)] if t is not None]):
            assert value.dtype == dtype.as_numpy_dtype
        axes = [geometry.slide(4, 2, 1, "VALID")] * 2
        np.testing.assert_array_equal(_run(tf.cast(y, tf.float64)), _direct(x, f, axes))


def test_no_images():
    with tf.Graph().as_default():
        x, f = tf.placeholder(tf.float32, [None, 4, 4, 3]), tf.ones([2, 2, 3, 5])
        y = tf.nn.conv2d(x, f, 1, "SAME")
        out, dx, df = _run([y, *tf.gradients(y, [x, f])], {x: np.zeros((0, 4, 4, 3))})
    assert out.shape == (0, 4, 4, 5)
    assert dx.shape == (0, 4, 4, 3)
    assert not df.any()


def test_morphology_by_its_definition():
    x, f = _numbers(2, 5, 6, 2), _numbers(2, 3, 2, seed=1)
    windows = np.lib.stride_tricks.sliding_window_view(x, (2, 3), (1, 2)).transpose(0, 1, 2, 4, 5, 3)
    with tf.Graph().as_default():
        args = ([1, 1, 1, 1], [1, 1, 1, 1], "VALID")
        inputs = [tf.constant(x), tf.constant(f)]
        dilated = tf.nn.dilation2d(*inputs, *args)
        up, down, dx, df = _run([dilated, tf.nn.erosion2d(*inputs, *args), *tf.gradients(dilated, inputs)])
    np.testing.assert_array_equal(up, (windows + f).max((3, 4)))
    np.testing.assert_array_equal(down, (windows - f[::-1, ::-1]).min((3, 4)))
    # Each output gives 1 to one pixel and to one element of the filter.
    assert dx.sum() == df.sum() == up.size


STATIC = [
    (lambda x: tf.nn.conv2d(x, tf.zeros([5, 5, 1, 4]), 2, "SAME"), [None, 28, 28, 1], [None, 14, 14, 4]),
    (lambda x: tf.nn.conv2d(x, tf.zeros([5, 5, 1, 4]), 1, "VALID"), [None, None, 9, 1], [None, None, 5, 4]),
    (lambda x: tf.nn.conv2d(x, tf.zeros([5, 5, 1, 4]), 1, "VALID"), None, [None, None, None, 4]),
    (lambda x: tf.nn.conv1d(x, tf.zeros([5, 1, 4]), 3, "SAME"), [2, 10, 1], [2, 4, 4]),
    (
        lambda x: tf.nn.conv3d(x, tf.zeros([2, 2, 2, 1, 4]), [1, 2, 2, 2, 1], "VALID"),
        [2, 5, 4, None, 1],
        [2, 2, 2, None, 4],
    ),
    (
        lambda x: tf.nn.depthwise_conv2d_native(x, tf.zeros([2, 2, 3, 2]), [1, 1, 1, 1], "SAME"),
        [2, 5, 4, None],
        [2, 5, 4, 6],
    ),
    (lambda x: tf.nn.conv2d_transpose(x, tf.zeros([2, 2, 3, 4]), [2, 8, 8, 3], 2), [2, 4, 4, 4], [2, 8, 8, 3]),
    (lambda x: tf.nn.convolution(x, tf.zeros([3, 3, 2, 4]), "SAME", dilation_rate=[2, 2]), [1, 7, 7, 2], [1, 7, 7, 4]),
    (
        lambda x: tf.nn.dilation2d(x, tf.zeros([2, 2, 2]), [1, 1, 1, 1], [1, 1, 1, 1], "VALID"),
        [1, 4, 5, 2],
        [1, 3, 4, 2],
    ),
]


@pytest.mark.parametrize(("build", "given_shape", "expected"), STATIC)
def test_static_shapes(build, given_shape, expected):
    with tf.Graph().as_default():
        assert build(tf.placeholder(tf.float32, given_shape)).shape.as_list() == expected


# The texts are TensorFlow's.
BUILD_ERRORS = [
    (
        lambda: tf.nn.conv2d(tf.zeros([1, 4, 4, 3]), tf.zeros([5, 2, 3, 1]), 1, "VALID"),
        "caused by subtracting 5 from 4",
    ),
    (
        lambda: tf.nn.conv2d(tf.zeros([4, 4, 3]), tf.zeros([2, 2, 3, 1]), 1, "VALID"),
        "Shape must be rank 4 but is rank 3",
    ),
    (
        lambda: tf.nn.conv2d(tf.zeros([1, 4, 4, 3]), tf.zeros([2, 2, 2, 1]), 1, "SAME"),
        "Depth of input (3) is not a multiple of",
    ),
    (
        lambda: tf.nn.conv2d(tf.zeros([1, 4, 4, 3]), tf.zeros([2, 2, 3, 1]), [1, 0, 1, 1], "SAME"),
        "Stride must be > 0, but got 0",
    ),
    (
        lambda: tf.nn.conv2d(tf.zeros([1, 4, 4, 3]), tf.zeros([2, 2, 3, 1]), [1, 2, 3], "SAME"),
        "strides should be of length 1, 2 or 4 but was 3",
    ),
    (
        lambda: tf.nn.conv2d(tf.zeros([1, 4, 4, 3]), tf.zeros([2, 2, 3, 1]), 1, "EXPLICIT"),
        '"EXPLICIT" is not a valid value',
    ),
    (
        lambda: tf.nn.conv2d(tf.zeros([1, 4, 4, 3]), tf.zeros([2, 2, 3, 1]), 1, [[0, 0], [1, 1]]),
        "it must be of size 4. Got padding of size: 2",
    ),
    (
        lambda: tf.nn.conv2d(tf.zeros([1, 4, 4, 3]), tf.zeros([2, 2, 3, 1]), 1, "same"),
        'not in: "SAME", "VALID", "EXPLICIT"',
    ),
    (
        lambda: tf.nn.conv1d(tf.zeros([1, 4, 3]), tf.zeros([2, 3, 1]), 1, "SAME", data_format="X"),
        'data_format must be "NWC" or "NCW".',
    ),
    (
        lambda: tf.nn.conv3d(tf.zeros([1, 4, 4, 4, 3]), tf.zeros([2, 2, 2, 3, 1]), [1] * 4, "SAME"),
        "length 4 less than minimum 5",
    ),
    (
        lambda: tf.nn.depthwise_conv2d(tf.zeros([1, 4, 4, 3]), tf.zeros([2, 2, 2, 1]), [1] * 4, "SAME"),
        "Dimensions must be equal, but are 3 and 2",
    ),
    (
        lambda: tf.nn.convolution(tf.zeros([2, 9, 3]), tf.zeros([3, 3, 4]), "SAME", [2], [2]),
        "not supported in conjunction",
    ),
    (lambda: tf.nn.convolution(tf.zeros([2, 9]), tf.zeros([3, 2]), "SAME"), "must be of rank 3, 4 or 5 but was 2"),
]


@pytest.mark.parametrize(("build", "text"), BUILD_ERRORS)
def test_errors_while_building(build, text):
    with tf.Graph().as_default(), pytest.raises(ValueError, match=re.escape(text)):
        build()


RUN_ERRORS = [
    (lambda x: tf.nn.conv2d(x, tf.zeros([2, 2, 3, 1]), 1, "SAME"), np.zeros((1, 4, 4, 2)), "by filter depth: 2 vs 3"),
    (lambda x: tf.nn.conv2d(x, tf.zeros([2, 2, 3, 1]), 1, "SAME"), np.zeros((1, 4, 4)), "input must be 4-dimensional[1,4,4]"),
    (lambda x: tf.nn.conv2d(x, tf.zeros([2, 2, 3, 1]), [2, 1, 1, 1], "SAME"), np.zeros((1, 4, 4, 3)), "strides in the batch and depth"),
    (
        lambda x: tf.nn.conv2d_transpose(tf.zeros([1, 3, 3, 2]), tf.zeros([2, 2, 3, 2]), tf.cast(x, tf.int32), 2, "VALID"),
        [1, 5, 6, 3],
        "doesn't match computed: actual = 3, computed = 2 spatial_dim: 1 input: 5 filter: 2 output: 3 stride: 2",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("build", "value", "text"), RUN_ERRORS)
def test_errors_while_running(build, value, text):
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32)
        y = build(x)
        with pytest.raises(tf.errors.InvalidArgumentError) as caught:
            _run(y, {x: value})
    assert text in str(caught.value)
