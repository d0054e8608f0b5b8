"""Binary ops on any two shapes: NumPy's result, or TensorFlow's error; and gradients that are sums over what was repeated."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tangraph as tf

SHAPES = st.lists(st.sampled_from([0, 1, 2, 3]), max_size=4).map(tuple)
OPS = {"add": np.add, "multiply": np.multiply, "subtract": np.subtract, "maximum": np.maximum}


@st.composite
def partners(draw):
    """Two shapes that broadcast together."""
    whole = draw(SHAPES)
    one, other = ([1 if draw(st.booleans()) else n for n in whole] for _ in range(2))
    return tuple(one[draw(st.integers(0, len(one))) :]), tuple(other[draw(st.integers(0, len(other))) :])


def filled(shape, start):
    return (np.arange(np.prod(shape), dtype=np.float64) * 0.5 + start).reshape(shape)


def summed_to(array, shape):
    """What an array of a result's shape is for an operand that was repeated."""
    array = array.sum(tuple(range(array.ndim - len(shape))))
    repeated = tuple(axis for axis, n in enumerate(shape) if n == 1 and array.shape[axis] != 1)
    return array.sum(repeated, keepdims=True)


@given(partners(), st.sampled_from(sorted(OPS)), st.sampled_from(["known", "sizes", "rank"]))
def test_results(shapes, name, unknown):
    a, b = filled(shapes[0], -1.0), filled(shapes[1], 0.25)
    expected = OPS[name](a, b)
    with tf.Graph().as_default(), tf.Session() as session:
        x, y = (
            tf.placeholder(tf.float64, {"known": v.shape, "sizes": [None] * v.ndim, "rank": None}[unknown])
            for v in (a, b)
        )
        z = getattr(tf, name)(x, y)
        value = session.run(z, {x: a, y: b})
    if unknown == "known":
        assert z.shape.as_list() == list(expected.shape)
    assert z.shape.is_compatible_with(expected.shape)
    np.testing.assert_array_equal(value, expected, strict=True)


@given(partners(), st.sampled_from(["known", "sizes", "rank"]))
def test_gradients(shapes, unknown):
    a, b = filled(shapes[0], -1.0), filled(shapes[1], 0.25)
    with tf.Graph().as_default(), tf.Session() as session:
        x, y = (
            tf.placeholder(tf.float64, {"known": v.shape, "sizes": [None] * v.ndim, "rank": None}[unknown])
            for v in (a, b)
        )
        slopes = session.run(tf.gradients(x * y - x, [x, y]), {x: a, y: b})
    whole = np.broadcast(a, b).shape
    np.testing.assert_allclose(slopes[0], summed_to(np.broadcast_to(b, whole) - 1.0, a.shape), strict=True)
    np.testing.assert_allclose(slopes[1], summed_to(np.broadcast_to(a, whole), b.shape), strict=True)


@given(SHAPES, SHAPES)
def test_shapes_that_do_not_fit(one, other):
    a, b = filled(one, 0.0), filled(other, 0.0)
    try:
        expected = list(np.broadcast_shapes(one, other))
    except ValueError:
        expected = None
    with tf.Graph().as_default(), tf.Session() as session:
        x, y = tf.placeholder(tf.float64), tf.placeholder(tf.float64)
        fetch = x + y
        if expected is not None:
            assert list(session.run(fetch, {x: a, y: b}).shape) == expected
            assert (tf.placeholder(tf.float64, one) + tf.placeholder(tf.float64, other)).shape.as_list() == expected
            return
        with pytest.raises(tf.errors.InvalidArgumentError, match="Incompatible shapes: "):
            session.run(fetch, {x: a, y: b})
        with pytest.raises(ValueError, match="Dimensions must be equal, but are"):
            tf.placeholder(tf.float64, one) + tf.placeholder(tf.float64, other)


@given(partners())
def test_broadcast_to_and_dynamic_shape(shapes):
    whole = np.broadcast_shapes(*shapes)
    with tf.Graph().as_default(), tf.Session() as session:
        x, s, t = tf.placeholder(tf.float64), tf.placeholder(tf.int32, [None]), tf.placeholder(tf.int32, [None])
        shape = tf.broadcast_dynamic_shape(s, t)
        found, value = session.run(
            [shape, tf.broadcast_to(x, shape)], {x: filled(shapes[0], 1.0), s: shapes[0], t: shapes[1]}
        )
        assert tf.broadcast_static_shape(tf.TensorShape(shapes[0]), tf.TensorShape(shapes[1])).as_list() == list(whole)
    assert tuple(found.tolist()) == whole
    np.testing.assert_array_equal(value, np.broadcast_to(filled(shapes[0], 1.0), whole))
