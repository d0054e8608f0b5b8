"""Activation functions: values against NumPy, slopes against differences, and what inf, nan and integers give."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

import tangraph as tf

X = np.array([[-7.5, -1.0, -0.25], [0.125, 2.0, 7.0]])
SCALE, ALPHA = 1.0507009873554805, 1.6732632423543772

#: (name, function of tensors, function of arrays)
FUNCTIONS = [
    ("relu", tf.nn.relu, lambda x: np.maximum(x, 0)),
    ("relu6", tf.nn.relu6, lambda x: np.clip(x, 0, 6)),
    ("leaky_relu", tf.nn.leaky_relu, lambda x: np.where(x > 0, x, 0.2 * x)),
    ("leaky_relu steep", lambda x: tf.nn.leaky_relu(x, alpha=2.0), lambda x: np.where(x > 0, x, 2 * x)),
    ("leaky_relu falling", lambda x: tf.nn.leaky_relu(x, -0.5), lambda x: np.where(x > 0, x, -0.5 * x)),
    ("elu", tf.nn.elu, lambda x: np.where(x < 0, np.expm1(x), x)),
    ("selu", tf.nn.selu, lambda x: SCALE * np.where(x < 0, ALPHA * np.expm1(x), x)),
    ("softplus", tf.nn.softplus, lambda x: np.logaddexp(x, 0)),
    ("softsign", tf.nn.softsign, lambda x: x / (1 + np.abs(x))),
    ("crelu", tf.nn.crelu, lambda x: np.maximum(np.concatenate([x, -x], -1), 0)),
    ("swish", tf.nn.swish, lambda x: x / (1 + np.exp(-x))),
]
IDS = [f[0] for f in FUNCTIONS]
TOLERANCE = {np.float64: 1e-12, np.float32: 2e-6, np.float16: 4e-3, ml_dtypes.bfloat16: 3e-2}


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize(("name", "function", "reference"), FUNCTIONS, ids=IDS)
def test_values(name, function, reference, dtype):
    with tf.Graph().as_default(), tf.Session() as session:
        value = session.run(function(tf.constant(X.astype(dtype))))
    assert value.dtype == dtype
    np.testing.assert_allclose(
        value.astype(np.float64), reference(X.astype(dtype).astype(np.float64)), rtol=TOLERANCE[dtype], atol=1e-7
    )


@pytest.mark.parametrize("fed_shape", [None, (None, 3), (2, 3)])
@pytest.mark.parametrize(("name", "function", "reference"), FUNCTIONS, ids=IDS)
def test_gradients(name, function, reference, fed_shape):
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float64, fed_shape)
        y = function(x)
        (slope,) = tf.gradients(y * y, x)
        found = session.run(slope, {x: X})
    step = 1e-6
    expected = np.zeros_like(X)
    for index in np.ndindex(*X.shape):
        moved = np.zeros_like(X)
        moved[index] = step
        expected[index] = ((reference(X + moved) ** 2).sum() - (reference(X - moved) ** 2).sum()) / (2 * step)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["relu", "relu6", "leaky_relu", "elu", "selu", "softplus"])
def test_second_gradients(name):
    function = getattr(tf.nn, name)
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float64, [6])
        (slope,) = tf.gradients(function(x) ** 2, x)
        (curvature,) = tf.gradients(slope, x)
        points, step = X.reshape(-1), 1e-6
        found = session.run(curvature, {x: points})
        up, down = session.run(slope, {x: points + step}), session.run(slope, {x: points - step})
    np.testing.assert_allclose(found, (up - down) / (2 * step), rtol=1e-4, atol=1e-5)


def test_integers_and_special_values():
    inf, nan = np.inf, np.nan
    with tf.Graph().as_default(), tf.Session() as session:
        np.testing.assert_array_equal(session.run(tf.nn.relu([-1, 2])), np.array([0, 2], np.int32))
        np.testing.assert_array_equal(session.run(tf.nn.relu6([7, -1, 3])), np.array([6, 0, 3], np.int32))
        np.testing.assert_array_equal(session.run(tf.nn.leaky_relu([1, -2])), np.array([1, -0.4], np.float32))
        np.testing.assert_array_equal(session.run(tf.nn.relu([nan, inf, -inf])), [nan, inf, 0])
        np.testing.assert_array_equal(session.run(tf.nn.softplus([nan, inf, -inf, 100.0])), [nan, inf, 0, 100])
        np.testing.assert_array_equal(session.run(tf.nn.elu([nan, inf, -inf])), [nan, inf, -1])
        np.testing.assert_array_equal(session.run(tf.nn.softsign([inf])), [nan])


def test_gradient_in_place_leaves_the_input():
    """Gradient kernels may write into what dies, never into what is still used."""
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float32, [3])
        scaled = x * 2.0
        y = tf.nn.relu(scaled)
        (slope,) = tf.gradients(y, scaled, grad_ys=scaled)
        values = session.run([scaled, y, slope], {x: [-1.0, 1.0, 2.0]})
    np.testing.assert_array_equal(values, [[-2, 2, 4], [0, 2, 4], [0, 2, 4]])


def test_errors():
    with tf.Graph().as_default():
        with pytest.raises(TypeError, match="Value passed to parameter 'features' has DataType int32 not in list"):
            tf.nn.elu([1])
        with pytest.raises(TypeError, match="Expected float for argument 'alpha'"):
            tf.nn.leaky_relu([1.0], alpha=tf.constant(0.5))
