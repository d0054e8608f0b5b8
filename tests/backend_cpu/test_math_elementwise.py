"""Elementwise ops: values against NumPy and SciPy, gradients against differences, edge cases as TensorFlow has them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

import tangraph as tf

_MIXED = np.array([[-1.5, -0.25, 0.0], [0.5, 1.25, 3.0]])
_POSITIVE = np.array([[0.1, 0.5, 0.9], [1.5, 2.0, 7.25]])
_UNIT = np.array([[-0.9, -0.5, 0.0], [0.25, 0.5, 0.95]])

#: function, NumPy's, inputs, whether the gradient is compared
_UNARY = [
    (tf.abs, np.abs, _MIXED + 0.1, True),
    (tf.negative, np.negative, _MIXED, True),
    (tf.sign, np.sign, _MIXED + 0.1, True),
    (tf.square, np.square, _MIXED, True),
    (tf.sqrt, np.sqrt, _POSITIVE, True),
    (tf.rsqrt, lambda x: 1 / np.sqrt(x), _POSITIVE, True),
    (tf.reciprocal, np.reciprocal, _POSITIVE, True),
    (tf.exp, np.exp, _MIXED, True),
    (tf.expm1, np.expm1, _MIXED, True),
    (tf.log, np.log, _POSITIVE, True),
    (tf.log1p, np.log1p, _POSITIVE, True),
    (tf.tanh, np.tanh, _MIXED, True),
    (tf.sigmoid, special.expit, _MIXED, True),
    (tf.sin, np.sin, _MIXED, True),
    (tf.cos, np.cos, _MIXED, True),
    (tf.tan, np.tan, _UNIT, True),
    (tf.asin, np.arcsin, _UNIT, True),
    (tf.acos, np.arccos, _UNIT, True),
    (tf.atan, np.arctan, _MIXED, True),
    (tf.sinh, np.sinh, _MIXED, True),
    (tf.cosh, np.cosh, _MIXED, True),
    (tf.asinh, np.arcsinh, _MIXED, True),
    (tf.acosh, np.arccosh, _POSITIVE + 1, True),
    (tf.atanh, np.arctanh, _UNIT, True),
    (tf.floor, np.floor, _MIXED, False),
    (tf.ceil, np.ceil, _MIXED, False),
    (tf.rint, np.rint, _MIXED, False),
    (tf.round, np.rint, _MIXED, False),
    (tf.is_nan, np.isnan, _MIXED, False),
    (tf.is_inf, np.isinf, _MIXED, False),
    (tf.is_finite, np.isfinite, _MIXED, False),
    (tf.erf, special.erf, _MIXED, True),
    (tf.erfc, special.erfc, _MIXED, True),
    (tf.lgamma, special.gammaln, _POSITIVE, True),
    (tf.digamma, special.digamma, _POSITIVE, True),
    (tf.math.bessel_i0e, special.i0e, _MIXED, True),
    (tf.math.bessel_i1e, special.i1e, _MIXED, True),
    (tf.math.bessel_i0, special.i0, _MIXED, True),
    (tf.log_sigmoid, lambda x: -np.log1p(np.exp(-x)), _MIXED, True),
]

_A = np.array([[1.0, -2.0, 3.5], [4.0, 0.5, -6.0]])
_B = np.array([2.0, -1.0, 0.5])
_BINARY = [
    (tf.add, np.add, _A, _B, True),
    (tf.subtract, np.subtract, _A, _B, True),
    (tf.multiply, np.multiply, _A, _B, True),
    (tf.div, np.divide, _A, _B, True),
    (tf.truediv, np.divide, _A, _B, True),
    (tf.realdiv, np.divide, _A, _B, True),
    (tf.floordiv, np.floor_divide, _A, _B, False),
    (tf.mod, np.mod, _A + 0.1, _B, True),
    (tf.truncatemod, np.fmod, _A, _B, False),
    (tf.maximum, np.maximum, _A, _B, True),
    (tf.minimum, np.minimum, _A, _B, True),
    (tf.squared_difference, lambda x, y: (x - y) ** 2, _A, _B, True),
    (tf.pow, np.power, np.abs(_A), _B, True),
    (tf.div_no_nan, np.divide, _A, _B, True),
    (tf.math.multiply_no_nan, np.multiply, _A, _B, True),
    (tf.math.xlogy, special.xlogy, _A, np.abs(_B), True),
    (tf.math.xdivy, np.divide, _A, _B, True),
    (tf.atan2, np.arctan2, _A, _A[::-1].copy(), True),
    (tf.igamma, special.gammainc, np.abs(_A), np.abs(_B), True),
    (tf.igammac, special.gammaincc, np.abs(_A), np.abs(_B), True),
    (tf.equal, np.equal, _A, _A[:, :1], False),
    (tf.not_equal, np.not_equal, _A, _A[:, :1], False),
    (tf.less, np.less, _A, _B, False),
    (tf.less_equal, np.less_equal, _A, _B, False),
    (tf.greater, np.greater, _A, _B, False),
    (tf.greater_equal, np.greater_equal, _A, _B, False),
]


def _run(fetches, feed=None):
    with tf.Session() as session:
        return session.run(fetches, feed)


def _name(value):
    return getattr(value, "__name__", None)


def _numeric_gradient(function, inputs, index, step=1e-5):
    """The derivative of the sum of a NumPy function's results by one of its inputs, element by element."""
    result = np.zeros_like(inputs[index])
    for place in np.ndindex(result.shape):
        sums = []
        for sign in (1, -1):
            moved = [x.copy() for x in inputs]
            moved[index][place] += sign * step
            sums.append(np.sum(function(*moved)))
        result[place] = (sums[0] - sums[1]) / (2 * step)
    return result


@pytest.mark.parametrize("static", [True, False])
@pytest.mark.parametrize(("op", "reference", "value", "smooth"), _UNARY, ids=_name)
def test_unary(op, reference, value, smooth, static):
    with tf.Graph().as_default():
        x = tf.placeholder_with_default(value, value.shape if static else None)
        y = op(x)
        np.testing.assert_allclose(_run(y), reference(value), rtol=1e-6, atol=1e-10)
        if smooth:
            found = _run(tf.gradients(y, x)[0])
            np.testing.assert_allclose(found, _numeric_gradient(reference, [value], 0), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize(("op", "reference", "value", "smooth"), _UNARY, ids=_name)
def test_unary_keeps_the_type_and_takes_numbers_and_nothing(op, reference, value, smooth, dtype):
    del reference, smooth
    with tf.Graph().as_default():
        whole, number, empty = (op(tf.constant(v.astype(dtype))) for v in (value, value[0, 1], value[:0]))
        results = _run([whole, number, empty])
    for result, tensor in zip(results, (whole, number, empty), strict=True):
        assert result.dtype == tensor.dtype.as_numpy_dtype
        assert result.shape == tuple(tensor.shape.as_list())


@pytest.mark.parametrize("static", [True, False])
@pytest.mark.parametrize(("op", "reference", "a", "b", "smooth"), _BINARY, ids=_name)
def test_binary(op, reference, a, b, smooth, static):
    with tf.Graph().as_default():
        x, y = (tf.placeholder_with_default(v, v.shape if static else None) for v in (a, b))
        z = op(x, y)
        np.testing.assert_allclose(_run(z), reference(a, b), rtol=1e-6)
        if smooth:
            for index, found in enumerate(tf.gradients(z, [x, y])):
                np.testing.assert_allclose(
                    _run(found), _numeric_gradient(reference, [a, b], index), rtol=1e-4, atol=1e-6
                )


def test_atan2_has_no_gradient_with_broadcasting():
    with tf.Graph().as_default():
        y, x = tf.constant([[1.0], [2.0]]), tf.constant([3.0, 4.0])
        with pytest.raises(ValueError, match="Incompatible shapes between op input and calculated input gradient"):
            tf.gradients(tf.atan2(y, x), [y, x])


@pytest.mark.parametrize(
    ("op", "expected"),
    [
        (tf.floordiv, [3, -4, -4, 3]),
        (tf.div, [3, -4, -4, 3]),
        (tf.truncatediv, [3, -3, -3, 3]),
        (tf.mod, [1, 1, -1, -1]),
        (tf.truncatemod, [1, -1, 1, -1]),
        (tf.truediv, [3.5, -3.5, -3.5, 3.5]),
    ],
    ids=_name,
)
def test_division_of_integers(op, expected):
    with tf.Graph().as_default():
        result = _run(op(tf.constant([7, -7, 7, -7]), tf.constant([2, 2, -2, -2])))
    np.testing.assert_array_equal(result, expected)
    assert result.dtype == (np.float64 if op is tf.truediv else np.int32)


@pytest.mark.parametrize("constant", [True, False])
@pytest.mark.parametrize("op", [tf.floordiv, tf.mod], ids=_name)
def test_integers_are_not_divided_by_zero(op, constant):
    with tf.Graph().as_default():
        x = tf.placeholder(tf.int32, [2])
        y = tf.constant([1, 0]) if constant else tf.placeholder_with_default([1, 0], [2])
        with pytest.raises(tf.errors.InvalidArgumentError, match="Integer division by zero"):
            _run(op(x, y), {x: [1, 1]})


def test_integer_powers_have_no_negative_exponents():
    with tf.Graph().as_default():
        x = tf.placeholder(tf.int32, [2])
        with pytest.raises(tf.errors.InvalidArgumentError, match="Integers to negative integer powers"):
            _run(tf.pow(x, [-1, 1]), {x: [2, 2]})


def test_integers_wrap_around():
    with tf.Graph().as_default():
        x = tf.constant([200, 100], tf.uint8)
        np.testing.assert_array_equal(_run(x + x), np.array([144, 200], np.uint8))


def test_a_nan_counts_in_maximum_only_where_it_is_first():
    nan = float("nan")
    with tf.Graph().as_default():
        x, y = (tf.placeholder_with_default(np.array(v), [3]) for v in ([1.0, nan, 2.0], [nan, 1.0, 3.0]))
        highest, lowest, against_constant = _run([tf.maximum(x, y), tf.minimum(x, y), tf.maximum(x, 1.5)])
    np.testing.assert_array_equal(highest, [1.0, nan, 3.0])
    np.testing.assert_array_equal(lowest, [1.0, nan, 2.0])
    np.testing.assert_array_equal(against_constant, [1.5, nan, 2.0])


def test_no_nan_ops_give_zero():
    with tf.Graph().as_default():
        zero, infinity = tf.constant(0.0), tf.constant(np.inf)
        results = _run(
            [
                tf.div_no_nan(1.0, zero),
                tf.math.multiply_no_nan(infinity, zero),
                tf.math.xlogy(zero, zero),
                tf.math.xdivy(zero, zero),
                tf.math.reciprocal_no_nan(zero),
            ]
        )
    assert results == [0.0] * 5


def test_strings_add_and_compare():
    with tf.Graph().as_default():
        joined, both, same = _run([tf.constant(["a", "b\0"]) + "c", tf.add("x\0", "y"), tf.equal(["a", "b"], "a")])
    assert joined.tolist() == [b"ac", b"b\0c"]
    assert both == b"x\0y"
    assert same.tolist() == [True, False]


def test_equal_with_incompatible_shapes():
    from tangraph.framework.make_op import make_op

    with tf.Graph().as_default():
        x = tf.placeholder_with_default(np.ones(2), None)
        y = tf.placeholder_with_default(np.ones(3), None)
        lenient = [make_op(op, x, y, incompatible_shape_error=False) for op in ("Equal", "NotEqual")]
        assert _run(lenient) == [False, True]
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"Incompatible shapes: \[2\] vs\. \[3\]"):
            _run(tf.equal(x, y))


def test_logic():
    a, b = np.array([True, True, False, False]), np.array([True, False, True, False])
    with tf.Graph().as_default():
        found = _run([tf.logical_and(a, b), tf.logical_or(a, b), tf.logical_xor(a, b), tf.logical_not(a)])
    for result, expected in zip(found, (a & b, a | b, a ^ b, ~a), strict=True):
        np.testing.assert_array_equal(result, expected)


def test_bits():
    a, b = np.array([5, -3], np.int16), np.array([3, 20], np.int16)
    with tf.Graph().as_default():
        x, y = tf.constant(a), tf.constant(b)
        bits = tf.bitwise
        found = _run(
            [
                bits.bitwise_and(x, y),
                bits.bitwise_or(x, y),
                bits.bitwise_xor(x, y),
                bits.invert(x),
                bits.left_shift(x, tf.constant(2, tf.int16)),
                bits.right_shift(x, y),
            ]
        )
    expected = [a & b, a | b, a ^ b, ~a, a << 2, np.array([0, -1], np.int16)]
    for result, wanted in zip(found, expected, strict=True):
        np.testing.assert_array_equal(result, wanted)
        assert result.dtype == np.int16


def test_complex_numbers():
    value = np.array([1 + 2j, -3 - 4j, 2j])
    with tf.Graph().as_default():
        c = tf.constant(value)
        found = _run([tf.real(c), tf.imag(c), tf.angle(c), tf.abs(c), tf.conj(c), tf.complex(tf.real(c), tf.imag(c))])
        plain = _run([tf.real([1.0]), tf.imag(tf.constant([1.0])), tf.angle(tf.constant([1.0]))])
    expected = [value.real, value.imag, np.angle(value), np.abs(value), value.conj(), value]
    for result, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(result, wanted)
        assert result.dtype == wanted.dtype
    assert [p.tolist() for p in plain] == [[1.0], [0.0], [0.0]]
    with pytest.raises(TypeError, match="real and imag have incorrect types: float32 float64"):
        tf.complex(1.0, tf.constant(1.0, tf.float64))
    with pytest.raises(TypeError, match="Expected numeric or variant tensor"):
        tf.conj("a")


def test_gradient_of_complex_magnitude_is_zero_at_zero():
    with tf.Graph().as_default():
        c = tf.constant([3 + 4j, 0j])
        found = _run(tf.gradients(tf.abs(c), c)[0])
    np.testing.assert_allclose(found, [0.6 + 0.8j, 0])


@pytest.mark.parametrize(
    "op", [tf.tanh, tf.sigmoid, tf.sqrt, tf.rsqrt, tf.reciprocal, tf.exp, tf.square, tf.pow], ids=_name
)
def test_second_derivatives(op):
    def function(x):
        return op(x, 3.0) if op is tf.pow else op(x)

    with tf.Graph().as_default():
        x = tf.constant(_POSITIVE)
        first = tf.gradients(function(x), x)[0]
        second = tf.gradients(first, x)[0]
        moved = [tf.gradients(function(y), y)[0] for y in (x + 1e-6, x - 1e-6)]
        found, high, low = _run([second, *moved])
    np.testing.assert_allclose(found, (high - low) / 2e-6, rtol=1e-4, atol=1e-7)


def test_add_n_and_accumulate_n():
    parts = [np.array([1.0, 2.0]) * 10**i for i in range(4)]
    with tf.Graph().as_default():
        tensors = [tf.constant(p) for p in parts]
        numbers = [tf.constant(float(i)) for i in range(3)]
        assert tf.add_n(tensors[:1]) is tensors[0]
        assert tf.add_n(tensors[:1], name="one").op.type == "Identity"
        assert tf.accumulate_n(tensors).op.type == "AccumulateNV2"
        assert tf.accumulate_n([tf.placeholder(tf.float32)] * 2).op.type == "AddN"
        found = _run([tf.add_n(tensors), tf.add_n(tensors[:2]), tf.accumulate_n(tensors), tf.add_n(numbers)])
        gradients = tf.gradients(tf.add_n(tensors), tensors)
        assert [g.tolist() for g in _run(gradients)] == [[1.0, 1.0]] * 4
    np.testing.assert_allclose(found[0], sum(parts))
    np.testing.assert_allclose(found[1], parts[0] + parts[1])
    np.testing.assert_allclose(found[2], sum(parts))
    assert found[3] == 3.0


@pytest.mark.parametrize("op", [tf.add_n, tf.accumulate_n], ids=_name)
def test_sums_of_lists_check_their_inputs(op):
    with pytest.raises(ValueError, match="inputs must be a list of at least one"):
        op([])
    with pytest.raises(ValueError, match=r"must be|not compatible"):
        op([tf.zeros([2]), tf.zeros([3])])


def test_inputs_stay_as_they_are():
    value = np.arange(1.0, 4.0)
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float64, [3])
        y = x
        for op in (tf.sigmoid, tf.tanh, tf.rsqrt, tf.sqrt, lambda v: tf.maximum(v, x), lambda v: v // 2.0):
            y = op(y)
        _run(y, {x: value})
    np.testing.assert_array_equal(value, [1.0, 2.0, 3.0])
