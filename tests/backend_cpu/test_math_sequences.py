"""Casts, ranges, clipping, segments, counts, special functions, Fourier transforms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

import tangraph as tf


def _run(fetches, feed=None):
    with tf.Session() as session:
        return session.run(fetches, feed)


# -- casts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["uint8", "int8", "int32", "int64", "float16", "float64", "bool", "complex64"])
@pytest.mark.parametrize("source", ["bool", "int32", "float32", "complex64"])
def test_cast(source, target):
    value = np.array([0, 1, 2]).astype(source)
    expected = (value.real if np.dtype(target).kind not in "cb" else value).astype(target)
    with tf.Graph().as_default():
        found = _run(tf.cast(tf.constant(value), target))
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


def test_cast_drops_fractions_and_wraps_around():
    with tf.Graph().as_default():
        x = tf.constant([-1.7, 0.2, 2.9])
        assert tf.cast(x, tf.float32) is x
        whole, wrapped, saturated = _run(
            [
                tf.cast(x, tf.int32),
                tf.cast(tf.constant([300, -1]), tf.uint8),
                tf.saturate_cast(tf.constant([300, -1]), tf.uint8),
            ]
        )
        gradient = tf.gradients(tf.cast(x, tf.float64) * 2.0, x)[0]
        assert gradient.dtype is tf.float32
        assert tf.gradients(tf.cast(tf.cast(x, tf.int32), tf.float32), x) == [None]
        with pytest.raises(tf.errors.UnimplementedError, match="Cast int32 to string is not supported"):
            _run(tf.cast(tf.constant([1]), tf.string))
    assert whole.tolist() == [-1, 0, 2]
    assert wrapped.tolist() == [44, 255]
    assert saturated.tolist() == [255, 0]


def test_cast_of_sparse_and_slices():
    with tf.Graph().as_default():
        sparse = tf.to_float(tf.SparseTensor([[0, 1]], [3], [2, 2]))
        assert sparse.values.dtype is tf.float32
        slices = tf.cast(tf.IndexedSlices(tf.ones([1, 2]), tf.constant([0])), tf.int64)
        assert slices.values.dtype is tf.int64
        names = [f(tf.constant([1], tf.int16)).dtype.name for f in (tf.to_double, tf.to_int32, tf.to_int64)]
    assert names == ["float64", "int32", "int64"]


# -- ranges ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments", [(5,), (2, 10, 3), (0.0, 1.0, 0.25), (10, 0, -4), (5.0, 0.0, -0.5), (0, 0), (0.0, 1.0, 0.1)], ids=str
)
def test_range(arguments):
    with tf.Graph().as_default():
        tensor = tf.range(*arguments)
        found = _run(tensor)
    expected = np.arange(*arguments)
    assert tensor.shape.as_list() == [len(found)] == [len(expected)]
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert found.dtype == (np.float32 if expected.dtype.kind == "f" else np.int32)


def test_range_types_and_checks():
    with tf.Graph().as_default():
        assert tf.range(0, tf.constant(5, tf.int64)).dtype is tf.int64
        assert tf.range(3, dtype=tf.float64).dtype is tf.float64
        with pytest.raises(ValueError, match="Requires start <= limit when delta > 0: 5/0"):
            tf.range(5, 0)
        with pytest.raises(ValueError, match="Requires delta != 0"):
            tf.range(0, 5, 0)
        with pytest.raises(ValueError, match="Shape must be rank 0 but is rank 1\n\t for 'limit'"):
            tf.range([1, 2])
        with pytest.raises(AssertionError):
            tf.range(tf.constant(1.0, tf.float16))
        limit = tf.placeholder(tf.int32, [])
        assert _run(tf.range(limit), {limit: 3}).tolist() == [0, 1, 2]
        with pytest.raises(tf.errors.InvalidArgumentError, match="Requires start <= limit"):
            _run(tf.range(5, limit), {limit: 3})


def test_linspace():
    with tf.Graph().as_default():
        num = tf.placeholder(tf.int32, [])
        found = _run([tf.linspace(0.0, 1.0, 5), tf.lin_space(10.0, 12.0, 3), tf.linspace(5.0, 1.0, 1)])
        with pytest.raises(tf.errors.InvalidArgumentError, match="Requires num > 0: 0"):
            _run(tf.linspace(0.0, 1.0, num), {num: 0})
        with pytest.raises(ValueError, match="Requires num > 0"):
            tf.linspace(0.0, 1.0, 0)
    for result, wanted in zip(found, ([0, 0.25, 0.5, 0.75, 1], [10, 11, 12], [5]), strict=True):
        np.testing.assert_allclose(result, wanted)


# -- clipping ----------------------------------------------------------------------------------------------------


def test_clip_by_value():
    with tf.Graph().as_default():
        x = tf.constant([-2.0, 0.5, 3.0])
        y = tf.clip_by_value(x, -1.0, 1.0)
        found, gradient = _run([y, tf.gradients(y, x, grad_ys=tf.ones_like(y))[0]])
        slices = tf.clip_by_value(tf.IndexedSlices(x, tf.constant([0, 1, 2])), 0.0, 1.0)
        assert _run(slices.values).tolist() == [0.0, 0.5, 1.0]
        with pytest.raises(ValueError, match=r"Shapes \(3,\) and \(2, 3\) are not compatible"):
            tf.clip_by_value(x, tf.zeros([2, 3]), 1.0)
    assert found.tolist() == [-1.0, 0.5, 1.0]
    assert gradient.tolist() == [0.0, 1.0, 0.0]


def test_clip_by_norms():
    with tf.Graph().as_default():
        x, y = tf.constant([3.0, 4.0]), tf.constant([[12.0]])
        clipped, norm = tf.clip_by_global_norm([x, None, y], 6.5)
        assert clipped[1] is None
        found = _run(
            [
                tf.clip_by_norm(x, 1.0),
                tf.clip_by_norm(x, 10.0),
                tf.clip_by_norm(tf.stack([x, x * 0.0]), 1.0, axes=[1]),
                tf.clip_by_average_norm(x, 1.0),
                clipped[0],
                clipped[2],
                norm,
                tf.global_norm([x, y]),
            ]
        )
        infinite = _run(tf.clip_by_global_norm([tf.constant([np.inf])], 1.0)[0])
        with pytest.raises(TypeError, match="t_list should be a sequence"):
            tf.global_norm(x)
    expected = [[0.6, 0.8], [3, 4], [[0.6, 0.8], [0, 0]], [1.2, 1.6], [1.5, 2.0], [[6.0]], 13.0, 13.0]
    for result, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(result, wanted, rtol=1e-6)
    assert np.isnan(infinite[0]).all()


# -- segments ----------------------------------------------------------------------------------------------------

_ROWS = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 7.0], [2.0, 2.0]])


@pytest.mark.parametrize(
    ("sorted_op", "unsorted_op", "reduce", "empty"),
    [
        (tf.segment_sum, tf.unsorted_segment_sum, np.sum, (0, 0)),
        (tf.segment_prod, tf.unsorted_segment_prod, np.prod, (1, 1)),
        (tf.segment_max, tf.unsorted_segment_max, np.max, (0, np.finfo(float).min)),
        (tf.segment_min, tf.unsorted_segment_min, np.min, (0, np.finfo(float).max)),
        (tf.segment_mean, tf.unsorted_segment_mean, np.mean, (0, 0)),
    ],
)
def test_segments(sorted_op, unsorted_op, reduce, empty):
    with tf.Graph().as_default():
        x = tf.constant(_ROWS)
        ordered = sorted_op(x, tf.constant([0, 0, 2, 2]))
        shuffled = unsorted_op(x, tf.constant([2, 0, -1, 2]), 4)
        assert ordered.shape.as_list() == [None, 2]
        assert shuffled.shape.as_list() == [4, 2]
        first, second = _run([ordered, shuffled])
        for tensor in (shuffled,) if sorted_op is tf.segment_prod else (ordered, shuffled):
            assert _run(tf.gradients(tensor, x)[0]).shape == _ROWS.shape
    np.testing.assert_allclose(first, [reduce(_ROWS[:2], 0), [empty[0]] * 2, reduce(_ROWS[2:], 0)])
    np.testing.assert_allclose(second, [_ROWS[1], [empty[1]] * 2, reduce(_ROWS[[0, 3]], 0), [empty[1]] * 2])


def test_gradients_of_segments():
    with tf.Graph().as_default():
        x = tf.constant([[1.0, 0.0], [3.0, 4.0], [3.0, 2.0]])
        ids = tf.constant([1, 1, 1])
        product, shared, left_out = (
            tf.gradients(tf.unsorted_segment_prod(x, ids, 2), x)[0],
            tf.gradients(tf.unsorted_segment_max(x, ids, 2), x)[0],
            tf.gradients(tf.unsorted_segment_sum(x, tf.constant([0, -1, 0]), 2), x)[0],
        )
        found = _run([product, shared, left_out])
    np.testing.assert_allclose(found[0], [[9, 8], [3, 0], [3, 0]])
    np.testing.assert_allclose(found[1], [[0, 0], [0.5, 1], [0.5, 0]])
    np.testing.assert_allclose(found[2], [[1, 1], [0, 0], [1, 1]])


def test_sparse_segments():
    with tf.Graph().as_default():
        x = tf.constant(_ROWS)
        ops = (tf.sparse_segment_sum, tf.sparse_segment_mean, tf.sparse_segment_sqrt_n)
        tensors = [op(x, [2, 0, 1], [0, 0, 2]) for op in ops]
        counted = tf.sparse_segment_mean(x, [2, 0], [1, 1], num_segments=4)
        assert counted.shape.as_list() == [4, 2]
        found = _run([*tensors, counted, *(tf.gradients(t, x)[0] for t in tensors)])
    total = _ROWS[[2, 0]].sum(0)
    for result, scale in zip(found, (1, 2, np.sqrt(2)), strict=False):
        np.testing.assert_allclose(result, [total / scale, [0, 0], _ROWS[1]])
    np.testing.assert_allclose(found[3], [[0, 0], total / 2, [0, 0], [0, 0]])
    for result, scale in zip(found[4:], (1, 2, np.sqrt(2)), strict=True):
        np.testing.assert_allclose(result, [[1 / scale] * 2, [1, 1], [1 / scale] * 2, [0, 0]])


@pytest.mark.parametrize(
    ("make", "ids", "text"),
    [
        (lambda i: tf.segment_sum(tf.ones([3]), i), [1, 0, 1], "segment ids are not increasing"),
        (lambda i: tf.segment_sum(tf.ones([3]), i), [0, 1], "should be the same size as dimension 0"),
        (lambda i: tf.segment_sum(tf.ones([2]), i), [-1, 1], "Segment id -1 out of range"),
        (
            lambda i: tf.unsorted_segment_sum(tf.ones([2]), i, 2),
            [0, 5],
            r"segment_ids\[1\] = 5 is out of range \[0, 2\)",
        ),
        (lambda i: tf.sparse_segment_sum(tf.ones([2]), i, [0, 0]), [0, 5], r"indices\[1\] == 5 out of range \[0, 2\)"),
        (lambda i: tf.sparse_segment_sum(tf.ones([2]), [0, 1], i), [1, 0], "segment ids are not increasing"),
    ],
)
def test_bad_segments(make, ids, text):
    with tf.Graph().as_default():
        given = tf.placeholder(tf.int32, [None])
        with pytest.raises(tf.errors.InvalidArgumentError, match=text):
            _run(make(given), {given: ids})


# -- counts ------------------------------------------------------------------------------------------------------


def test_bincount():
    with tf.Graph().as_default():
        found = _run(
            [
                tf.bincount([1, 1, 3]),
                tf.bincount([0, 2], minlength=5, dtype=tf.float64),
                tf.bincount([1, 1, 7], maxlength=3),
                tf.bincount([1, 2], weights=[0.5, 1.5]),
                tf.bincount(tf.zeros([0], tf.int32)),
            ]
        )
        negative = tf.placeholder(tf.int32, [None])
        with pytest.raises(tf.errors.InvalidArgumentError, match="must be non-negative"):
            _run(tf.bincount(negative), {negative: [-1, 2]})
    assert [f.tolist() for f in found] == [[0, 2, 0, 1], [1, 0, 1, 0, 0], [0, 2, 0], [0, 0.5, 1.5], []]


def test_histograms():
    values, ends = [-1.0, 0.0, 1.5, 2.0, 5.0, 15.0], [0.0, 5.0]
    with tf.Graph().as_default():
        counts, places = _run(
            [tf.histogram_fixed_width(values, ends, 5), tf.histogram_fixed_width_bins(values, ends, 5)]
        )
        given = tf.placeholder(tf.float32, [2])
        with pytest.raises(tf.errors.InvalidArgumentError, match="value_range should satisfy"):
            _run(tf.histogram_fixed_width(values, given), {given: [5.0, 1.0]})
    assert counts.tolist() == [2, 1, 1, 0, 2]
    assert places.tolist() == [0, 0, 1, 2, 4, 4]


def test_confusion_matrix():
    with tf.Graph().as_default():
        labels = tf.placeholder(tf.int64, [None, 1])
        matrix = tf.confusion_matrix(labels, [1, 0, 2], num_classes=3, weights=[1.0, 2.0, 4.0], dtype=tf.float32)
        found = _run(matrix, {labels: [[1], [2], [2]]})
        with pytest.raises(tf.errors.InvalidArgumentError, match="`labels` out of bound"):
            _run(matrix, {labels: [[1], [2], [3]]})
    assert found.tolist() == [[0, 0, 0], [0, 1, 0], [2, 0, 4]]


# -- special functions and transforms ----------------------------------------------------------------------------


def test_special_functions():
    with tf.Graph().as_default():
        found = _run(
            [
                tf.zeta([2.0, 3.5], [1.0, 2.0]),
                tf.polygamma([0.0, 1.0, 2.0, 1.5], [2.0, 2.0, 0.5, 1.0]),
                tf.betainc(1.0, 2.0, [0.3, 0.6]),
                tf.lbeta([[1.0, 2.0], [3.0, 0.5]]),
                tf.digamma([0.0, -1.0]),
                tf.igamma([0.0, 1.0], [1.0, -1.0]),
                tf.math.polyval([1.0, 2.0, 3.0], 2.0),
            ]
        )
    np.testing.assert_allclose(found[0], special.zeta([2.0, 3.5], [1.0, 2.0]), rtol=1e-6)
    np.testing.assert_allclose(found[1], [special.digamma(2), *special.polygamma([1, 2], [2, 0.5]), np.nan], rtol=1e-6)
    np.testing.assert_allclose(found[2], special.betainc(1.0, 2.0, [0.3, 0.6]), rtol=1e-6)
    np.testing.assert_allclose(found[3], [special.betaln(1, 2), special.betaln(3, 0.5)], rtol=1e-5)
    assert found[4].tolist() == [np.inf, np.inf]
    assert np.isnan(found[5]).all()
    assert found[6] == 11.0


@pytest.mark.parametrize("a", [0.1, 0.5, 2.0, 20.0, 50.0])
@pytest.mark.parametrize("x", [0.001, 0.3, 2.0, 30.0, 100.0])
def test_gradient_of_igamma_by_its_parameter(a, x):
    step = 1e-4 * a
    outer = special.gammainc(a + 2 * step, x) - special.gammainc(a - 2 * step, x)
    expected = (8 * (special.gammainc(a + step, x) - special.gammainc(a - step, x)) - outer) / (12 * step)
    with tf.Graph().as_default():
        parameter = tf.constant(a, tf.float64)
        found = _run(tf.gradients(tf.igamma(parameter, tf.constant(x, tf.float64)), parameter)[0])
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-10)


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
def test_complex_transforms(dtype):
    value = (np.arange(24).reshape(2, 3, 4) + 1j).astype(dtype)
    pairs = [
        (tf.fft, np.fft.fft),
        (tf.ifft, np.fft.ifft),
        (tf.fft2d, np.fft.fft2),
        (tf.ifft2d, np.fft.ifft2),
        (tf.fft3d, np.fft.fftn),
        (tf.ifft3d, np.fft.ifftn),
    ]
    with tf.Graph().as_default():
        x = tf.constant(value)
        for op, reference in pairs:
            y = op(x)
            found, gradient = _run([y, tf.gradients(y, x, grad_ys=tf.ones_like(y))[0]])
            np.testing.assert_allclose(found, reference(value), rtol=1e-4, atol=1e-4)
            assert (found.dtype, gradient.dtype, gradient.shape) == (dtype, dtype, value.shape)


@pytest.mark.parametrize("static", [True, False])
def test_real_transforms(static):
    value = (np.arange(24).reshape(2, 3, 4) % 7).astype(np.float32)
    signal = tf.signal
    with tf.Graph().as_default():
        x = tf.placeholder_with_default(value, value.shape if static else [None, None, None])
        half = signal.rfft(x)
        found = _run(
            [
                half,
                signal.irfft(half),
                signal.rfft(x, [3]),
                signal.rfft(x, [7]),
                signal.irfft(half, [5]),
                signal.rfft2d(x),
                signal.irfft2d(signal.rfft2d(x)),
                signal.rfft3d(x),
            ]
        )
        gradients = _run(tf.gradients([signal.irfft(half), signal.irfft2d(signal.rfft2d(x))], x)[0])
    expected = [
        np.fft.rfft(value),
        value,
        np.fft.rfft(value, 3),
        np.fft.rfft(value, 7),
        np.fft.irfft(np.fft.rfft(value), 5),
        np.fft.rfft2(value),
        value,
        np.fft.rfftn(value),
    ]
    for result, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(result, wanted, rtol=1e-4, atol=1e-4)
    # There and back is the identity, twice.
    np.testing.assert_allclose(gradients, np.full(value.shape, 2.0), rtol=1e-4)


def test_shifts_of_spectra():
    value = np.arange(10).reshape(2, 5)
    with tf.Graph().as_default():
        x = tf.constant(value)
        found = _run([tf.signal.fftshift(x), tf.signal.ifftshift(x, 1), tf.signal.ifftshift(tf.signal.fftshift(x))])
    for result, wanted in zip(found, (np.fft.fftshift(value), np.fft.ifftshift(value, 1), value), strict=True):
        np.testing.assert_array_equal(result, wanted)


def test_sparse_by_dense():
    with tf.Graph().as_default():
        dense = tf.constant([[2.0], [4.0]])
        values = tf.constant([3.0, 8.0])
        sparse = tf.SparseTensor([[0, 0], [1, 2]], values, [2, 3])
        product, quotient, left = sparse * dense, sparse / dense, dense * sparse
        assert product.op.type == "SparseDenseCwiseMul"
        gradients = tf.gradients(product.values, [values, dense]) + tf.gradients(quotient.values, [values, dense])
        found = _run([product.values, quotient.values, left.values, *gradients])
    assert [f.tolist() for f in found[:3]] == [[6.0, 32.0], [1.5, 2.0], [6.0, 32.0]]
    expected = ([2, 4], [[3], [8]], [0.5, 0.25], [[-0.75], [-0.5]])
    for result, wanted in zip(found[3:], expected, strict=True):
        np.testing.assert_allclose(result, wanted)
