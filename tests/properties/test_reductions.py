"""Reductions over any axes, kept or not, against NumPy."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import tangraph as tf

OPS = {
    "reduce_sum": np.sum,
    "reduce_prod": np.prod,
    "reduce_mean": np.mean,
    "reduce_max": np.max,
    "reduce_min": np.min,
}


@st.composite
def arrays_and_axes(draw, smallest=1):
    """An array and some of its axes, negative ones too, in any order; None for all of them."""
    shape = draw(st.lists(st.integers(smallest, 4), max_size=4).map(tuple))
    mixed = np.random.default_rng(draw(st.integers(0, 9))).permutation(int(np.prod(shape)))
    array = np.asarray(mixed.reshape(shape) / 4 - 1)
    if draw(st.integers(0, 3)) == 0:
        return array, None
    axes = draw(st.permutations(range(array.ndim)).flatmap(lambda p: st.integers(0, len(p)).map(lambda n: p[:n])))
    return array, [a - array.ndim if draw(st.booleans()) else a for a in axes]


def static(array, unknown):
    return {"known": array.shape, "sizes": [None] * array.ndim, "rank": None}[unknown]


UNKNOWN = st.sampled_from(["known", "sizes", "rank"])


@given(arrays_and_axes(), st.sampled_from(sorted(OPS)), st.booleans(), UNKNOWN)
def test_values_and_shapes(case, name, keep, unknown):
    array, axes = case
    axis = None if axes is None else tuple(axes)
    expected = np.asarray(OPS[name](array, axis=axis, keepdims=keep))
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float64, static(array, unknown))
        y = getattr(tf, name)(x, axes, keepdims=keep)
        value = session.run(y, {x: array})
    if unknown == "known":
        assert y.shape.as_list() == list(expected.shape)
    assert y.shape.is_compatible_with(expected.shape)
    assert np.shape(value) == expected.shape
    np.testing.assert_allclose(value, expected, rtol=1e-12)


@given(arrays_and_axes(smallest=0), st.booleans())
def test_axes_that_only_the_run_knows(case, keep):
    array, axes = case
    with tf.Graph().as_default(), tf.Session() as session:
        x, a = tf.placeholder(tf.float64), tf.placeholder(tf.int32, [None])
        fed = list(range(array.ndim)) if axes is None else axes
        value = session.run(tf.reduce_sum(x, a, keepdims=keep), {x: array, a: fed})
    np.testing.assert_allclose(value, np.sum(array, tuple(fed), keepdims=keep), rtol=1e-12)


@given(arrays_and_axes(), st.sampled_from(["reduce_sum", "reduce_mean", "reduce_max", "reduce_prod"]), UNKNOWN)
def test_gradients(case, name, unknown):
    array, axes = case
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float64, static(array, unknown))
        (slope,) = tf.gradients(getattr(tf, name)(x, axes), x)
        value = session.run(slope, {x: array})
    axis = None if axes is None else tuple(axes)
    result = OPS[name](array, axis=axis, keepdims=True)
    if name == "reduce_sum":
        expected = np.ones_like(array)
    elif name == "reduce_mean":
        expected = np.full_like(array, result.size / max(array.size, 1))
    elif name == "reduce_max":
        expected = (array == result).astype(float)
    else:
        expected = _product_slopes(array, axis)
    np.testing.assert_allclose(value, expected, rtol=1e-9, atol=1e-9)


def _product_slopes(array, axis):
    """For each element the product of the others that are multiplied with it."""
    out = np.empty_like(array)
    for index in np.ndindex(*array.shape):
        without = array.copy()
        without[index] = 1.0
        product = np.prod(without, axis=axis, keepdims=True)
        out[index] = np.broadcast_to(product, array.shape)[index]
    return out


@given(arrays_and_axes(), st.sampled_from(["reduce_any", "reduce_all"]), st.booleans())
def test_truth_values(case, name, keep):
    array, axes = case
    truth = array > 0
    function = np.any if name == "reduce_any" else np.all
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.bool, truth.shape)
        value = session.run(getattr(tf, name)(x, axes, keepdims=keep), {x: truth})
    assert type(value) is np.bool_ or value.dtype == bool
    np.testing.assert_array_equal(value, function(truth, None if axes is None else tuple(axes), keepdims=keep))
