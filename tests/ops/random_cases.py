"""Random ops: types, shapes and how they are reached. Their numbers are in backend_cpu/test_random_ops.py."""

from __future__ import annotations

import numpy as np

import tangraph as tf
from tangraph.framework.make_op import make_op
from tangraph.testing import OpCase, given, known, of, positive

FLOATS = "float16 bfloat16 float32 float64"
SHAPE = known([2, 3])
FED = given([2, 3], "int32")
SEED = given([3, 7], "int32")


def stateful(op, call, *inputs, types="float32", label="", known_shape=True):
    return OpCase(op, call, inputs, None, types, label, gradients=0, repeatable=False, known_shape=known_shape)


def stateless(op, call, *inputs, types="float32", label="", known_shape=True):
    return OpCase(op, call, inputs, None, types, label, gradients=0, known_shape=known_shape)


def typed(op):
    """Calls an op whose type is an attr, and no input's: the input of rank 0 has it."""
    return lambda shape, x: make_op(op, shape, dtype=x.dtype.base)


CASES = [
    *[
        stateful(op, typed(op), SHAPE, of(), types=FLOATS)
        for op in ("RandomUniform", "RandomStandardNormal", "TruncatedNormal")
    ],
    *[
        stateful(op, typed(op), FED, of(), types=FLOATS, label="fed", known_shape=False)
        for op in ("RandomUniform", "RandomStandardNormal", "TruncatedNormal")
    ],
    stateful(
        "RandomUniformInt",
        lambda s, a, b: make_op("RandomUniformInt", s, a, b),
        SHAPE,
        given(-2),
        given(9),
        types="int32 int64",
    ),
    stateful(
        "ParameterizedTruncatedNormal",
        lambda s, *x: make_op("ParameterizedTruncatedNormal", s, *x),
        SHAPE,
        given(0),
        given(1),
        given(-2),
        given(2),
        types=FLOATS,
    ),
    stateful(
        "RandomGamma", lambda a: tf.random_gamma([4], a, dtype=a.dtype), positive(2, 3), types="float16 float32 float64"
    ),
    stateful(
        "RandomPoissonV2",
        lambda r: tf.random_poisson(r, [4], dtype=r.dtype),
        positive(2, 3),
        types="float16 float32 float64",
    ),
    stateful("RandomShuffle", tf.random_shuffle, of(5, 2), types=f"{FLOATS} int32 string"),
    stateful("Multinomial", lambda x: tf.multinomial(x, 4), of(3, 5), types="float16 float32 float64"),
    stateless(
        "StatelessRandomUniform",
        lambda s, x: make_op("StatelessRandomUniform", [2, 3], s, dtype=x.dtype.base),
        SEED,
        of(),
        types=FLOATS,
    ),
    stateless(
        "StatelessRandomNormal",
        lambda s, x: make_op("StatelessRandomNormal", [2, 3], s, dtype=x.dtype.base),
        SEED,
        of(),
        types=FLOATS,
    ),
    stateless(
        "StatelessTruncatedNormal",
        lambda s, x: make_op("StatelessTruncatedNormal", [2, 3], s, dtype=x.dtype.base),
        SEED,
        of(),
        types=FLOATS,
    ),
    stateless(
        "StatelessRandomUniformInt",
        lambda s, a, b: make_op("StatelessRandomUniformInt", [2, 3], s, a, b),
        SEED,
        given(-2),
        given(9),
        types="int32 int64",
    ),
    stateless(
        "StatelessMultinomial",
        lambda x, s: tf.random.stateless_categorical(x, 4, s),
        of(3, 5),
        SEED,
        types="float32 float64",
    ),
    OpCase(
        "RandomGammaGrad",
        lambda a, x: make_op("RandomGammaGrad", a, x),
        (given([1.0, 1.0, 1.0]), given([0.5, 1.0, 2.0])),
        # For alpha = 1 the sample is x with 1 - exp(-x) = u fixed: dx/da = -(dP/da) / p, with dP/da measured by SciPy.
        lambda a, x: -_igamma_slope(a, x) / np.exp(-x),
        "float32 float64",
        tolerance=1e4,
    ),
]


def _igamma_slope(a, x, step=1e-5):
    from scipy.special import gammainc

    return (gammainc(a + step, x) - gammainc(a - step, x)) / (2 * step)
