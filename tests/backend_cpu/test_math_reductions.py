"""Reductions, running sums, argmax."""

from __future__ import annotations

import numpy as np
import pytest

import tangraph as tf

_VALUE = np.array([[[1.0, 5.0, 3.0], [4.0, 2.0, 6.0]], [[7.0, 0.5, 1.0], [3.0, 8.0, 2.0]]])
_AXES = [None, 0, 1, -1, [0, 1], [1, 2], [0, 2], [0, 1, 2], [], [2, 0, -1]]
_REDUCTIONS = {
    tf.reduce_sum: np.sum,
    tf.reduce_mean: np.mean,
    tf.reduce_max: np.max,
    tf.reduce_min: np.min,
    tf.reduce_prod: np.prod,
    tf.math.reduce_euclidean_norm: lambda x, axis, keepdims: np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims)),
}


def _run(fetches, feed=None):
    with tf.Session() as session:
        return session.run(fetches, feed)


def _name(value):
    return getattr(value, "__name__", None)


def _numpy_axis(axis, rank):
    return axis if axis is None or isinstance(axis, int) else tuple({a % rank for a in axis})


@pytest.mark.parametrize("repeats", [1, 20])
@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("axis", _AXES, ids=str)
@pytest.mark.parametrize("op", _REDUCTIONS, ids=_name)
def test_values(op, axis, keep, repeats):
    # Repeated, the sums are long enough to go through BLAS.
    value = np.concatenate([_VALUE] * repeats)
    expected = _REDUCTIONS[op](value, axis=_numpy_axis(axis, 3), keepdims=keep)
    with tf.Graph().as_default():
        static, unknown = tf.constant(value), tf.placeholder_with_default(value, None)
        axes = tf.placeholder_with_default(np.array([] if axis is None else axis, np.int32), None)
        tensors = [op(static, axis, keepdims=keep), op(unknown, axis, keepdims=keep)]
        if axis is not None:
            tensors.append(op(static, axes, keepdims=keep))
        assert tensors[0].shape.as_list() == list(np.shape(expected))
        for found in _run(tensors):
            np.testing.assert_allclose(found, expected, rtol=1e-10)


@pytest.mark.parametrize("static", [True, False])
@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("axis", _AXES[:-1], ids=str)
@pytest.mark.parametrize("op", [tf.reduce_sum, tf.reduce_mean, tf.reduce_max, tf.reduce_prod], ids=_name)
def test_gradients(op, axis, keep, static):
    with tf.Graph().as_default():
        x = tf.placeholder_with_default(_VALUE, _VALUE.shape if static else None)
        y = op(x, axis, keepdims=keep)
        found = _run(tf.gradients(y * y, x)[0])
    step = 1e-5
    expected = np.zeros_like(_VALUE)
    for place in np.ndindex(_VALUE.shape):
        sums = []
        for sign in (1, -1):
            moved = _VALUE.copy()
            moved[place] += sign * step
            sums.append(np.sum(np.square(_REDUCTIONS[op](moved, axis=_numpy_axis(axis, 3), keepdims=keep))))
        expected[place] = (sums[0] - sums[1]) / (2 * step)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int32", "int64", "float16", "float32", "complex64"])
def test_types_are_kept(dtype):
    value = np.array([[3, 5], [7, 4]], dtype)
    with tf.Graph().as_default():
        x = tf.constant(value)
        found = _run([tf.reduce_sum(x), tf.reduce_mean(x, 0), tf.reduce_prod(x, 1)])
    assert [f.dtype for f in found] == [value.dtype] * 3
    np.testing.assert_allclose(found[0], 19)
    np.testing.assert_allclose(found[1], [5, 4.5 if value.dtype.kind in "fc" else 4])


def test_nothing_to_reduce():
    with tf.Graph().as_default():
        x, whole = tf.zeros([0, 3]), tf.zeros([0, 3], tf.int32)
        found = _run(
            [tf.reduce_sum(x, 0), tf.reduce_max(x, 0), tf.reduce_min(x), tf.reduce_prod(x), tf.reduce_max(whole, 0)]
        )
        assert np.isnan(_run(tf.reduce_mean(x, 0))).all()
    assert found[0].tolist() == [0.0] * 3
    assert found[1].tolist() == [-np.inf] * 3
    assert found[2] == np.inf
    assert found[3] == 1.0
    assert found[4].tolist() == [-(2**31)] * 3


def test_old_names_of_arguments():
    with tf.Graph().as_default():
        x = tf.constant(_VALUE)
        old = tf.reduce_mean(x, reduction_indices=[1], keep_dims=True)
        assert old.shape.as_list() == [2, 1, 3]
        with pytest.raises(ValueError, match="Cannot specify both 'reduction_indices' and 'axis'"):
            tf.reduce_sum(x, axis=0, reduction_indices=0)
        with pytest.raises(ValueError, match="Cannot specify both 'keep_dims' and 'keepdims'"):
            tf.reduce_sum(x, keepdims=True, keep_dims=True)
        with pytest.raises(ValueError, match="Invalid reduction dimension 5 for input with 3 dimensions"):
            tf.reduce_sum(x, 5)
        axis = tf.placeholder(tf.int32, [])
        with pytest.raises(tf.errors.InvalidArgumentError, match="Invalid reduction dimension"):
            _run(tf.reduce_sum(x, axis), {axis: 3})


def test_bools():
    value = np.array([[True, False], [True, True]])
    with tf.Graph().as_default():
        x = tf.constant(value)
        found = _run([tf.reduce_all(x), tf.reduce_all(x, 0), tf.reduce_any(x, 1, True), tf.reduce_any(x[:0], 0)])
    assert found[0] == np.False_
    assert found[1].tolist() == [True, False]
    assert found[2].tolist() == [[True], [True]]
    assert found[3].tolist() == [False, False]


def test_logsumexp():
    value = np.array([[1.0, 2.0], [1000.0, 1000.0], [-np.inf, -np.inf]])
    with tf.Graph().as_default():
        x = tf.constant(value)
        rows, kept = _run([tf.reduce_logsumexp(x, 1), tf.reduce_logsumexp(x, 1, keepdims=True)])
        gradient = _run(tf.gradients(tf.reduce_logsumexp(x[:2]), x)[0])
    np.testing.assert_allclose(rows, [np.logaddexp(1, 2), 1000 + np.log(2), -np.inf])
    np.testing.assert_allclose(kept[:, 0], rows)
    np.testing.assert_allclose(gradient, [[0, 0], [0.5, 0.5], [0, 0]], atol=1e-12)


def test_moments_and_counts():
    value = np.array([[1.0, 2.0], [3.0, 0.0]])
    with tf.Graph().as_default():
        x = tf.constant(value)
        variance, deviation, count, rows = _run(
            [tf.math.reduce_variance(x, 0), tf.math.reduce_std(x), tf.count_nonzero(x), tf.count_nonzero(x, 1)]
        )
        strings = _run(tf.count_nonzero(tf.constant(["a", ""]), dtype=tf.int32))
    np.testing.assert_allclose(variance, value.var(0))
    np.testing.assert_allclose(deviation, value.std())
    assert (count, count.dtype, rows.tolist()) == (3, np.int64, [2, 1])
    assert (strings, strings.dtype) == (1, np.int32)


@pytest.mark.parametrize("reverse", [True, False])
@pytest.mark.parametrize("exclusive", [True, False])
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_running_sums(axis, exclusive, reverse):
    value = _VALUE[0]
    ordered = np.flip(value, axis) if reverse else value

    def running(accumulate, start):
        result = accumulate(ordered, axis=axis)
        if exclusive:
            result = np.roll(result, 1, axis)
            np.moveaxis(result, axis, 0)[0] = start
        return np.flip(result, axis) if reverse else result

    with tf.Graph().as_default():
        x = tf.constant(value)
        sums, products, logs = (
            op(x, axis, exclusive=exclusive, reverse=reverse)
            for op in (tf.cumsum, tf.cumprod, tf.math.cumulative_logsumexp)
        )
        found = _run([sums, products, logs])
        weights = tf.constant(np.arange(6.0).reshape(2, 3))
        gradient = _run(tf.gradients(sums * weights, x)[0])
    np.testing.assert_allclose(found[0], running(np.cumsum, 0))
    np.testing.assert_allclose(found[1], running(np.cumprod, 1))
    np.testing.assert_allclose(found[2], running(np.logaddexp.accumulate, np.finfo(float).min))
    jacobian = [
        np.sum(np.arange(6.0).reshape(2, 3) * (_running_of_unit(i, axis, exclusive, reverse))) for i in range(6)
    ]
    np.testing.assert_allclose(gradient.ravel(), jacobian)


def _running_of_unit(place, axis, exclusive, reverse):
    unit = np.zeros((2, 3))
    unit.flat[place] = 1
    ordered = np.flip(unit, axis) if reverse else unit
    result = np.cumsum(ordered, axis) - (ordered if exclusive else 0)
    return np.flip(result, axis) if reverse else result


def test_argmax_and_argmin():
    value = np.array([[1.0, 5.0, 5.0], [4.0, 2.0, 0.0]])
    with tf.Graph().as_default():
        x = tf.constant(value)
        found = _run(
            [
                tf.argmax(x),
                tf.argmax(x, 1),
                tf.argmin(x, axis=-1, output_type=tf.int32),
                tf.argmax(x, dimension=1),
                tf.arg_max(x, 0),
                tf.arg_min(tf.placeholder_with_default(value, None), 1),
            ]
        )
        assert tf.argmax(tf.placeholder(tf.float32, [2, None, 3]), -1).shape.as_list() == [2, None]
        assert tf.gradients(tf.cast(tf.argmax(x, 1), tf.float64), x) == [None]
        with pytest.raises(ValueError, match=r"Dimension \(2\) must be in the range \[-2, 2\)"):
            tf.argmax(x, 2)
        with pytest.raises(ValueError, match="Cannot specify both 'dimension' and 'axis'"):
            tf.argmax(x, 0, dimension=0)
        empty = tf.placeholder(tf.float32, [None])
        with pytest.raises(tf.errors.InvalidArgumentError, match="Reduction axis 0 is empty"):
            _run(tf.argmax(empty), {empty: []})
    expected = [[1, 0, 0], [1, 0], [0, 2], [1, 0], [1, 0, 0], [0, 2]]
    assert [f.tolist() for f in found] == expected
    assert [f.dtype for f in found] == [np.int64, np.int64, np.int32, np.int64, np.int64, np.int64]


def test_sum_to_shape_gives_its_input_back():
    from tangraph.framework import dtypes
    from tangraph.plan.kernel import KernelContext
    from tangraph_backend_cpu.kernels.math_reductions import kernel

    def bound(shape, goal, known):
        return kernel["_SumToShape"](
            KernelContext(
                "_SumToShape",
                xp=np,
                input_dtypes=(dtypes.float32, dtypes.int32),
                output_dtypes=(dtypes.float32,),
                static_shapes=(shape if known else None, (len(goal),)),
                constants=(None, np.array(goal, np.int32) if known else None),
            )
        )

    value = np.arange(240, dtype=np.float32).reshape(2, 30, 4)
    for known in (True, False):
        assert bound(value.shape, value.shape, known)(value, np.array(value.shape)) is value
        for goal in ((4,), (1, 4), (30, 1), (2, 1, 1), (), (1, 1, 1), (30, 4)):
            found = bound(value.shape, goal, known)(value, np.array(goal, np.int32))
            padded = (1,) * (3 - len(goal)) + goal
            axes = tuple(i for i, d in enumerate(padded) if d == 1)
            np.testing.assert_allclose(found, value.sum(axes, keepdims=True).reshape(goal), rtol=1e-6)


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("shape", [(40, 3), (3, 40), (41, 41)])
def test_the_mean_of_equal_numbers_is_that_number(shape, axis):
    x = tf.placeholder(tf.float32, shape)
    mean, (center, variance) = tf.reduce_mean(x, axis), tf.nn.moments(x, [axis])
    for found, expected in zip(
        _run([mean, center, variance], {x: np.full(shape, 7, np.float32)}), (7, 7, 0), strict=True
    ):
        assert (found == expected).all()
