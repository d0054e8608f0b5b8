"""Learning rate schedules: values and names measured on TensorFlow 1.15."""

from __future__ import annotations

import numpy as np
import pytest

import tangraph as tf

STEPS = (0, 7, 25, 130)
# (call, name, rates at STEPS)
MEASURED = [
    ("exponential_decay(0.1, s, 10, 0.96)", "ExponentialDecay:0", [0.1, 0.0971829, 0.09029799, 0.05882012]),
    ("exponential_decay(0.1, s, 10, 0.96, staircase=True)", "ExponentialDecay:0", [0.1, 0.1, 0.09216, 0.05882012]),
    ("natural_exp_decay(0.1, s, 10, 0.5)", "ExponentialDecay:0", [0.1, 0.07046881, 0.02865048, 0.0001503439]),
    ("natural_exp_decay(0.1, s, 10, 0.5, staircase=True)", "ExponentialDecay:0", [0.1, 0.1, 0.03678795, 0.0001503439]),
    ("inverse_time_decay(0.1, s, 10, 0.5)", "InverseTimeDecay:0", [0.1, 0.07407407, 0.04444445, 0.01333333]),
    ("inverse_time_decay(0.1, s, 10, 0.5, staircase=True)", "InverseTimeDecay:0", [0.1, 0.1, 0.05, 0.01333333]),
    ("polynomial_decay(0.1, s, 100, 0.01, power=2.0)", "PolynomialDecay:0", [0.1, 0.087841, 0.060625, 0.01]),
    ("polynomial_decay(0.1, s, 20)", "PolynomialDecay:0", [0.1, 0.065035, 0.0001, 0.0001]),
    ("polynomial_decay(0.1, s, 10, 0.01, cycle=True)", "PolynomialDecay:0", [0.1, 0.037, 0.025, 0.01]),
    ("cosine_decay(0.1, s, 100)", "CosineDecay/Mul_3:0", [0.1, 0.09879584, 0.08535534, 0.0]),
    ("cosine_decay(0.1, s, 100, alpha=0.3)", "CosineDecay/Mul_3:0", [0.1, 0.09915709, 0.08974874, 0.03]),
    ("cosine_decay_restarts(0.1, s, 10)", "SGDRDecay:0", [0.1, 0.02061074, 0.01464466, 0.01464466]),
    (
        "cosine_decay_restarts(0.1, s, 10, t_mul=1.0, m_mul=0.9, alpha=0.1)",
        "SGDRDecay:0",
        [0.1, 0.02854967, 0.04644999, 0.03287679],
    ),
    ("linear_cosine_decay(0.1, s, 100)", "LinearCosineDecay:0", [0.1001, 0.09198013, 0.06411651, 0.0001]),
    (
        "linear_cosine_decay(0.1, s, 100, num_periods=0.7, alpha=0.2, beta=0.3)",
        "LinearCosineDecay:0",
        [0.15, 0.1403433, 0.09906455, 0.03690983],
    ),
    ("piecewise_constant(s, [10, 20], [1.0, 0.5, 0.1])", "PiecewiseConstant/case/cond/Merge:0", [1.0, 1.0, 0.1, 0.1]),
]


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default() as g:
        yield g


@pytest.mark.parametrize("dtype", [tf.int32, tf.int64])
@pytest.mark.parametrize(("call", "name", "rates"), MEASURED)
def test_rates(call, name, rates, dtype):
    s = tf.placeholder(dtype, [])
    rate = eval(f"tf.train.{call}", {"tf": tf, "s": s})
    assert rate.name == name
    with tf.Session() as session:
        found = [session.run(rate, {s: step}) for step in STEPS]
    np.testing.assert_allclose(found, rates, rtol=2e-5, atol=1e-9)


@pytest.mark.parametrize(
    ("call", "names"),
    [
        (
            lambda s: tf.train.exponential_decay(0.1, s, 10, 0.96, staircase=True, name="lr"),
            "initial_learning_rate Cast/x Cast Cast_1/x Cast_2 truediv Floor Pow",
        ),
        (
            lambda s: tf.train.inverse_time_decay(0.1, s, 10, 0.5, name="lr"),
            "initial_learning_rate Cast/x Cast Cast_1/x Cast_2 truediv Const Cast_3 Mul Add",
        ),
        (
            lambda s: tf.train.polynomial_decay(0.1, s, 100, name="lr"),
            "initial_learning_rate Cast/x Cast_1/x Cast_2 Cast_3/x Cast_3 Minimum/y Minimum truediv sub sub_1/x sub_1 Pow Mul",
        ),
        (
            lambda s: tf.train.linear_cosine_decay(0.1, s, 100, name="lr"),
            (
                "initial_learning_rate Cast/x Cast Cast_1/x Cast_2/x Cast_3/x Cast_4 Minimum sub truediv truediv_1 mul/x mul "
                "mul_1 Const mul_2 Cos add/x add mul_3/x mul_3 add_1 mul_4 add_2"
            ),
        ),
    ],
)
def test_nodes(graph, call, names):
    rate = call(tf.placeholder(tf.int32, [], name="s"))
    assert rate.name == "lr:0"
    assert [op.name for op in graph.get_operations()] == ["s", *(f"lr/{n}" for n in names.split()), "lr"]


def test_noise_shrinks_with_the_steps(graph):
    s = tf.placeholder(tf.int32, [])
    tf.set_random_seed(1234)
    noisy = tf.train.noisy_linear_cosine_decay(0.1, s, 1000, initial_variance=1.0)
    smooth = tf.train.linear_cosine_decay(0.1, s, 1000)
    with tf.Session() as session:
        noise = [np.std([np.subtract(*session.run([noisy, smooth], {s: n})) for _ in range(200)]) for n in (0, 500)]
    assert 0.05 < noise[0] < 0.15
    assert noise[1] < noise[0] / 5


def test_variables_as_steps():
    step = tf.train.get_or_create_global_step()
    w = tf.Variable(1.0)
    rate = tf.train.exponential_decay(0.1, step, 2, 0.5)
    train = tf.train.GradientDescentOptimizer(rate).minimize(w * w, global_step=step)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(train)
        session.run(train)
        np.testing.assert_allclose(session.run(rate), 0.05)
        np.testing.assert_allclose(session.run(w), 0.8 * (1 - 0.2 * 0.5**0.5), rtol=1e-6)


def test_the_type_is_that_of_the_rate():
    rate = tf.train.exponential_decay(tf.constant(0.1, tf.float64), 5, 10, 0.96)
    assert rate.dtype is tf.float64
    assert tf.train.piecewise_constant(tf.constant(3), [10], [1, 2]).dtype is tf.int32


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: tf.train.exponential_decay(0.1, None, 10, 0.5), ValueError, "None values not supported."),
        (
            lambda: tf.train.piecewise_constant(1, [10, 20], [1.0, 2.0]),
            ValueError,
            "The length of boundaries should be 1 less than the length of values",
        ),
        (
            lambda: tf.train.piecewise_constant(tf.constant(1), [10.0], [1, 2]),
            ValueError,
            "Boundaries (<dtype: 'float32'>) must have the same dtype as x (<dtype: 'int32'>).",
        ),
        (
            lambda: tf.train.piecewise_constant(tf.constant(1), [10], [1.0, 2]),
            ValueError,
            "Values must have elements all with the same dtype (<dtype: 'float32'> vs <dtype: 'int32'>).",
        ),
    ],
)
def test_what_is_refused(call, error, text):
    with pytest.raises(error) as raised:
        call()
    assert text in str(raised.value)
