"""`tensor[key]` for keys of every kind, against NumPy's; its gradient; assignment to slices of variables."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import tangraph as tf

SHAPES = st.lists(st.integers(0, 4), min_size=1, max_size=4).map(tuple)


@st.composite
def keys(draw, shape):
    """A key that NumPy and TensorFlow read alike: integers, slices, new axes and at most one ellipsis."""
    parts, axis, rank = [], 0, len(shape)
    ellipsis_at = draw(st.none() | st.integers(0, rank))
    while axis < rank:
        if axis == ellipsis_at:
            parts.append(...)
            axis += draw(st.integers(0, rank - axis))
            ellipsis_at = None
            continue
        if draw(st.integers(0, 5)) == 0:
            parts.append(None)
        size = shape[axis]
        bound = st.none() | st.integers(-size - 2, size + 2)
        if size and draw(st.booleans()):
            parts.append(draw(st.integers(-size, size - 1)))
        else:
            parts.append(slice(draw(bound), draw(bound), draw(st.sampled_from([None, 1, 2, 3, -1, -2]))))
        axis += 1
        if draw(st.integers(0, 4)) == 0:
            break
    return tuple(parts)


@st.composite
def arrays_and_keys(draw):
    shape = draw(SHAPES)
    return np.arange(np.prod(shape), dtype=np.float64).reshape(shape), draw(keys(shape))


@given(arrays_and_keys(), st.sampled_from(["known", "sizes", "rank"]))
def test_slices(case, unknown):
    array, key = case
    shape = {"known": array.shape, "sizes": [None] * array.ndim, "rank": None}[unknown]
    expected = array[key]
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float64, shape)
        y = x[key]
        (slope,) = tf.gradients(y * y, x)
        value, change = session.run([y, slope], {x: array})
    if unknown == "known":
        assert y.shape.as_list() == list(expected.shape)
    assert y.shape.is_compatible_with(expected.shape)
    np.testing.assert_array_equal(value, expected, strict=True)
    weights = np.zeros_like(array)
    weights[key] = 2 * expected
    np.testing.assert_array_equal(change, weights)


@given(arrays_and_keys())
def test_slices_by_tensors(case):
    """Bounds that only the run knows."""
    array, key = case
    fed = {}

    def tensor(number):
        if number is None:
            return None
        place = tf.placeholder(tf.int32, [])
        fed[place] = number
        return place

    with tf.Graph().as_default(), tf.Session() as session:
        parts = tuple(
            slice(tensor(k.start), tensor(k.stop), k.step)
            if isinstance(k, slice)
            else (tensor(k) if isinstance(k, int) else k)
            for k in key
        )
        x = tf.placeholder(tf.float64, array.shape)
        value = session.run(x[parts], {x: array, **fed})
    np.testing.assert_array_equal(value, array[key])


@given(arrays_and_keys(), st.booleans())
def test_assignment_to_slices(case, use_resource):
    array, key = case
    update = np.full(array[key].shape, -1.0)
    with tf.Graph().as_default(), tf.Session() as session:
        v = tf.Variable(array, use_resource=use_resource)
        write = v[key].assign(update)
        session.run(v.initializer)
        session.run(write.op)
        value = session.run(v)
    expected = array.copy()
    expected[key] = update
    np.testing.assert_array_equal(value, expected)
