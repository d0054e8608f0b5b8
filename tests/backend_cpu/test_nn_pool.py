"""Pools against a direct look at every window, on random geometries."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tangraph as tf


def _run(fetches, feed=None):
    with tf.Session() as session:
        return session.run(fetches, feed)


def _numbers(*shape, seed=0, dtype=np.float32):
    # Few different numbers, so that maxima are often not alone.
    return np.random.default_rng(seed).integers(-3, 4, shape).astype(dtype)


def _windows(size, window, stride, padding):
    """For each window its places, padding left out: the definition."""
    if padding == "SAME":
        count = -(-size // stride)
        before = max((count - 1) * stride + window - size, 0) // 2
    else:
        count, before = (size - window) // stride + 1, 0
    starts = [i * stride - before for i in range(count)]
    return [[p for p in range(s, s + window) if 0 <= p < size] for s in starts]


def _each(x, window, strides, padding):
    """Yields the windows over space: their number and the places of their elements, in row-major order."""
    tables = [_windows(*args, padding) for args in zip(x.shape[1:-1], window, strides, strict=True)]
    for number in itertools.product(*[range(len(t)) for t in tables]):
        yield number, list(itertools.product(*[t[i] for t, i in zip(tables, number, strict=True)]))


def _direct(x, grad, window, strides, padding):
    """The maxima, their places, the means, and the gradients of both for a gradient of the outputs."""
    windows = list(_each(x, window, strides, padding))
    out = [n + 1 for n in windows[-1][0]]
    largest, mean = np.zeros((x.shape[0], *out, x.shape[-1])), np.zeros((x.shape[0], *out, x.shape[-1]))
    to_largest, to_mean = np.zeros(x.shape), np.zeros(x.shape)
    for number, places in windows:
        for b, c in itertools.product(range(x.shape[0]), range(x.shape[-1])):
            values = [x[(b, *p, c)] for p in places]
            largest[(b, *number, c)], mean[(b, *number, c)] = max(values), np.mean(values)
            first = places[values.index(max(values))]
            to_largest[(b, *first, c)] += grad[(b, *number, c)]
            for p in places:
                to_mean[(b, *p, c)] += grad[(b, *number, c)] / len(places)
    return largest, mean, to_largest, to_mean


@st.composite
def _case(draw, space):
    sizes = [draw(st.integers(1, 6)) for _ in range(space)]
    padding = draw(st.sampled_from(["SAME", "VALID"]))
    window = [draw(st.integers(1, s if padding == "VALID" else 4)) for s in sizes]
    strides = [draw(st.integers(1, 3)) for _ in range(space)]
    return [draw(st.integers(1, 2)), *sizes, draw(st.integers(1, 2))], window, strides, padding


def _check(case, max_pool, avg_pool):
    shape, window, strides, padding = case
    x = _numbers(*shape)
    with tf.Graph().as_default():
        t = tf.constant(x)
        outs = [pool(t, [1, *window, 1], [1, *strides, 1], padding) for pool in (max_pool, avg_pool)]
        weights = _numbers(*outs[0].shape.as_list(), seed=1)
        grads = [tf.gradients(y, t, weights)[0] for y in outs]
        found = _run([*outs, *grads])
    for ours, expected in zip(found, _direct(x, weights, window, strides, padding), strict=True):
        assert ours.dtype == np.float32
        np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-5)


@settings(max_examples=60, deadline=None)
@given(_case(2))
def test_images(case):
    _check(case, tf.nn.max_pool, tf.nn.avg_pool)


@settings(max_examples=25, deadline=None)
@given(_case(3))
def test_volumes(case):
    _check(case, tf.nn.max_pool3d, tf.nn.avg_pool3d)


@settings(max_examples=30, deadline=None)
@given(_case(2), st.booleans())
def test_argmax(case, from_batch):
    shape, window, strides, padding = case
    x = _numbers(*shape)
    with tf.Graph().as_default():
        t = tf.constant(x)
        y, places = tf.nn.max_pool_with_argmax(
            t, [1, *window, 1], [1, *strides, 1], padding, include_batch_in_index=from_batch
        )
        (grad,) = tf.gradients(y, t)
        values, index, dx = _run([y, places, grad])
    assert index.dtype == np.int64
    if not from_batch:
        index += (np.arange(shape[0]) * x[0].size).reshape(-1, 1, 1, 1)
    np.testing.assert_array_equal(x.ravel()[index], values)
    np.testing.assert_array_equal(dx, _direct(x, np.ones(values.shape), window, strides, padding)[2])


def test_blocks_of_images_do_not_mix(monkeypatch):
    from tangraph_backend_cpu.kernels import nn_pool

    def both():
        with tf.Graph().as_default():
            t = tf.constant(_numbers(5, 6, 7, 3))
            y, z = tf.nn.max_pool(t, 3, 2, "SAME"), tf.nn.avg_pool(t, 2, 2, "SAME")
            return _run([y, z, *tf.gradients([y, z], t)])

    whole = both()
    monkeypatch.setattr(nn_pool, "BLOCK", 200)
    for a, b in zip(whole, both(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("window", [2, 3])
def test_gradients_that_are_not_finite_go_to_one_element(window):
    x = np.arange(36.0, dtype=np.float32).reshape(1, 6, 6, 1)
    with tf.Graph().as_default():
        t = tf.constant(x)
        y = tf.nn.max_pool(t, window, window, "VALID")
        grad = np.ones(y.shape.as_list(), np.float32)
        grad[0, 0, 0, 0] = np.inf
        dx = _run(tf.gradients(y, t, grad)[0])
    assert np.isinf(dx).sum() == 1
    assert not np.isnan(dx).any()


@pytest.mark.parametrize(
    "name", ["int32", "int64", "uint8", "int8", "int16", "uint16", "float16", "float64", "bfloat16"]
)
def test_types_stay(name):
    x = np.random.default_rng(0).integers(0, 100, (1, 5, 4, 2))
    dtype = tf.as_dtype(name)
    with tf.Graph().as_default():
        y = tf.nn.max_pool(tf.cast(x, dtype), 2, 2, "SAME")
        value, wide = _run([y, tf.cast(y, tf.float64)])
    assert value.dtype == dtype.as_numpy_dtype
    np.testing.assert_array_equal(wide, _direct(x, np.zeros((1, 3, 2, 2)), [2, 2], [2, 2], "SAME")[0])


@pytest.mark.parametrize("pool", [tf.nn.max_pool, tf.nn.avg_pool])
def test_nchw_is_nhwc_transposed(pool):
    x = _numbers(2, 7, 6, 3)
    with tf.Graph().as_default():
        last, first = tf.constant(x), tf.constant(x.transpose(0, 3, 1, 2))
        pairs = [pool(last, 3, 2, "SAME"), pool(first, 3, 2, "SAME", data_format="NCHW")]
        grads = [tf.gradients(tf.square(y), t)[0] for y, t in zip(pairs, (last, first), strict=True)]
        a, b, da, db = _run([*pairs, *grads])
    np.testing.assert_array_equal(a, b.transpose(0, 2, 3, 1))
    np.testing.assert_array_equal(da, db.transpose(0, 2, 3, 1))


def test_second_gradients_stay_with_the_largest():
    x = np.random.default_rng(0).permutation(20).astype(np.float32).reshape(1, 4, 5, 1)
    with tf.Graph().as_default():
        t = tf.constant(x)
        (first,) = tf.gradients(tf.square(tf.nn.max_pool(t, 2, 2, "SAME")) / 2, t)
        (second,) = tf.gradients(first, t)
        a, b = _run([first, second])
    np.testing.assert_array_equal(a, np.where(a != 0, x, 0))
    np.testing.assert_array_equal(b, (a != 0).astype(np.float32))


def test_windows_over_channels():
    x = _numbers(2, 3, 2, 6)
    with tf.Graph().as_default():
        y = _run(tf.nn.max_pool(x, [1, 1, 1, 2], [1, 1, 1, 2], "SAME"))
    np.testing.assert_array_equal(y, x.reshape(2, 3, 2, 3, 2).max(-1))


def test_dilated_pools():
    x = _numbers(1, 7, 2)
    with tf.Graph().as_default():
        y = _run(tf.nn.pool(x, [3], "MAX", "VALID", dilation_rate=[2]))
    np.testing.assert_array_equal(y, np.maximum.reduce([x[:, 0:3], x[:, 2:5], x[:, 4:7]]))


def test_fractional_pools_draw_as_tensorflow():
    # Measured on TensorFlow 1.15.5.
    x = ((np.arange(30) * 7) % 13).astype(np.float32).reshape(1, 6, 5, 1)
    ratio = [1.0, 1.5, 1.4, 1.0]
    with tf.Graph().as_default():
        largest = tf.nn.fractional_max_pool(x, ratio, pseudo_random=True, deterministic=True, seed=3, seed2=4)
        mean = tf.nn.fractional_avg_pool(x, ratio, overlapping=True, deterministic=True, seed=3, seed2=4)
        (y, rows, columns), (z, rows2, columns2) = _run([largest, mean])
    assert y.ravel().tolist() == [9, 10, 11, 12, 6, 7, 10, 11, 12, 6, 7, 8]
    assert (rows.tolist(), columns.tolist()) == ([0, 2, 3, 5, 6], [0, 2, 3, 5])
    np.testing.assert_allclose(z.ravel()[:4], [5.888889, 5.4444447, 6.6666665, 5.6666665], rtol=1e-6)
    assert (rows2.tolist(), columns2.tolist()) == ([0, 2, 3, 4, 6], [0, 2, 4, 5])


@pytest.mark.parametrize("overlapping", [True, False])
def test_fractional_gradients_add_up(overlapping):
    x = np.random.default_rng(0).normal(size=(2, 10, 9, 2)).astype(np.float32)
    with tf.Graph().as_default():
        t = tf.constant(x)
        options = {"overlapping": overlapping, "deterministic": True, "seed": 5}
        pools = [p(t, [1, 1.3, 1.8, 1], **options)[0] for p in (tf.nn.fractional_max_pool, tf.nn.fractional_avg_pool)]
        for value, grad in _run([(y, tf.gradients(y, t)[0]) for y in pools]):
            assert grad.sum() == pytest.approx(value.size, rel=1e-5)


# The texts are TensorFlow's.
BUILD_ERRORS = [
    (lambda: tf.nn.max_pool(tf.zeros([1, 4, 4, 1]), [1, 0, 2, 1], 2, "SAME"), "ksize cannot be zero."),
    (lambda: tf.nn.max_pool(tf.zeros([1, 4, 4, 1]), [2, 2, 2], 2, "SAME"), "ksize should be of length 1, 2 or 4 but was 3"),
    (lambda: tf.nn.avg_pool(tf.zeros([1, 4, 4, 1]), [5, 2], 2, "VALID"), "caused by subtracting 5 from 4"),
    (lambda: tf.nn.avg_pool(tf.zeros([4, 4, 1]), 2, 2, "VALID"), "Shape must be rank 4 but is rank 3"),
    (lambda: tf.nn.pool(tf.zeros([1, 4, 4, 1]), [2, 2], "MED", "SAME"), "2-D MED pooling is not supported."),
    (lambda: tf.nn.pool(tf.zeros([1, 4, 4, 1]), [2, 2], "MAX", "SAME", [2, 2]), "not implemented for dilation_rate > 1"),
    (lambda: tf.nn.pool(tf.zeros([1, 4, 4, 1]), [2, 2], "MAX", "SAME", strides=[3, 2]), "strides > window_shape not"),
]  # fmt: skip


@pytest.mark.parametrize(("build", "text"), BUILD_ERRORS)
def test_errors_while_building(build, text):
    with tf.Graph().as_default(), pytest.raises(ValueError, match=re.escape(text)):
        build()


RUN_ERRORS = [
    (lambda x: tf.nn.max_pool(x, [2, 2, 2, 1], [1, 2, 2, 1], "SAME"), (2, 4, 4, 1), "on the batch dimension."),
    (lambda x: tf.nn.max_pool(x, [1, 2, 2, 2], [1, 2, 2, 2], "SAME"), (2, 4, 4, 2), "exactly one of pooling across"),
    (lambda x: tf.nn.avg_pool(x, 2, 2, "SAME"), (2, 4, 4), "must have 2 spatial dimensions. 3 0"),
    (lambda x: tf.nn.max_pool3d(x, 2, 2, "SAME"), (2, 4, 4), "tensor_in must be 5-dimensional"),
]


@pytest.mark.parametrize(("build", "shape", "text"), RUN_ERRORS)
def test_errors_while_running(build, shape, text):
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32)
        y = build(x)
        with pytest.raises((tf.errors.InvalidArgumentError, tf.errors.UnimplementedError)) as caught:
            _run(y, {x: np.zeros(shape)})
    assert text in str(caught.value)
