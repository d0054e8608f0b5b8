"""RandomGamma and its gradient, RandomPoissonV2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy import special

from tangraph.plugin import KernelSet
from tangraph_backend_cpu.kernels.philox_distributions import NORMAL, RESERVED, UNIFORM
from tangraph_backend_cpu.kernels.random_lanes import Buffer, Lanes
from tangraph_backend_cpu.kernels.random_state import generator, shape_reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext
    from tangraph_backend_cpu.kernels.philox import Stream

kernel = KernelSet()
Array = Any
_DOUBLE: Final = np.dtype(np.float64)
_MAX_TERMS: Final = 2000


@kernel("RandomGamma", "RandomPoissonV2")
def random_samples(k: KernelContext) -> Callable[..., Any]:
    """Samples of one distribution for each element of the parameter."""
    source, read, asarray = generator(k), shape_reader(k), k.xp.asarray
    dtype = k.output_dtypes[0].np
    sample = _gamma if k.op_type == "RandomGamma" else _poisson

    def run(shape: Any, parameter: Any) -> Any:
        sizes, samples = read(shape)
        parameter = np.asarray(parameter)
        count = samples * parameter.size
        if not count:
            return asarray(np.empty(sizes + parameter.shape, dtype))
        at = source.reserve(count * RESERVED)
        with np.errstate(all="ignore"):
            # The samples of one distribution follow each other in the stream, but stand apart in the result.
            drawn = sample(np.repeat(parameter.reshape(-1), samples), at).astype(dtype, copy=False)
        return asarray(np.ascontiguousarray(drawn.reshape(parameter.size, samples).T).reshape(sizes + parameter.shape))

    return run


def _gamma(alpha: Array, at: Stream) -> Array:
    """Marsaglia and Tsang, "A simple method for generating gamma variables" (TOMS 26.3), in double precision."""
    alpha = alpha.astype(np.float64)
    lanes = Lanes(at, len(alpha))
    normal, uniform = Buffer(lanes, NORMAL[_DOUBLE], _DOUBLE), Buffer(lanes, UNIFORM[_DOUBLE], _DOUBLE)
    result = np.empty_like(alpha)
    exponential = np.flatnonzero(alpha == 1)
    if len(exponential):
        result[exponential] = -np.log1p(-uniform.take(exponential))
    small = alpha < 1
    d = alpha + np.where(small, 2 / 3, -1 / 3)
    c = 1 / 3 / np.sqrt(d)
    todo = np.flatnonzero(alpha != 1)
    while len(todo):
        x = normal.take(todo)
        v = 1 + c[todo] * x
        possible = ~(v <= 0)
        tried, x, v = todo[possible], x[possible], v[possible]
        v = v * v * v
        u = uniform.take(tried)
        accepted = (u < 1 - 0.0331 * (x * x) * (x * x)) | (np.log(u) < 0.5 * x * x + d[tried] * (1 - v + np.log(v)))
        done = tried[accepted]
        result[done] = d[done] * v[accepted]
        below = done[small[done]]
        if len(below):
            # A sample for alpha + 1, brought down to alpha.
            result[below] *= np.power(uniform.take(below), 1 / alpha[below])
        todo = np.setdiff1d(todo, done, assume_unique=True)
    return result


def _poisson(rate: Array, at: Stream) -> Array:
    """Knuth's products of uniforms for rates below 10, else Hormann's transformed rejection, in double precision."""
    rate = rate.astype(np.float64)
    uniform = Buffer(Lanes(at, len(rate)), UNIFORM[_DOUBLE], _DOUBLE)
    result = np.full_like(rate, np.nan)
    few = rate < 10
    _poisson_by_products(rate, np.flatnonzero(few), uniform, result)
    _poisson_by_rejection(rate, np.flatnonzero(rate >= 10), uniform, result)
    return result


def _poisson_by_products(rate: Array, todo: Array, uniform: Buffer, result: Array) -> None:
    limit = np.exp(-rate)
    product = np.ones_like(rate)
    events = 0
    while len(todo):
        product[todo] *= uniform.take(todo)
        done = product[todo] <= limit[todo]
        result[todo[done]] = events
        todo = todo[~done]
        events += 1


def _poisson_by_rejection(rate: Array, todo: Array, uniform: Buffer, result: Array) -> None:
    """W. Hormann, "The transformed rejection method for generating Poisson random variables" (1993)."""
    log_rate = np.log(rate)
    b = 0.931 + 2.53 * np.sqrt(rate)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    squeeze = 0.9277 - 3.6224 / (b - 2)
    while len(todo):
        u = uniform.take(todo) - 0.5
        v = uniform.take(todo)
        r, bt, at = rate[todo], b[todo], a[todo]
        shifted = 0.5 - np.abs(u)
        k = np.floor((2 * at / shifted + bt) * u + r + 0.43)
        quick = (shifted >= 0.07) & (v <= squeeze[todo])
        hopeless = (k < 0) | ((shifted < 0.013) & (v > shifted))
        s = np.log(v * inverse_alpha[todo] / (at / (shifted * shifted) + bt))
        t = -r + k * log_rate[todo] - special.gammaln(k + 1)
        accepted = quick | (~hopeless & (s <= t))
        result[todo[accepted]] = k[accepted]
        todo = todo[~accepted]


@kernel("RandomGammaGrad")
def random_gamma_grad(k: KernelContext) -> Callable[..., Any]:
    """The derivative of gamma samples with respect to alpha."""
    dtype, asarray = k.output_dtypes[0].np, k.xp.asarray

    def run(alpha: Any, sample: Any) -> Any:
        a, x = np.broadcast_arrays(np.asarray(alpha, np.float64), np.asarray(sample, np.float64))
        with np.errstate(all="ignore"):
            slope = _gamma_slope(a.reshape(-1), x.reshape(-1)).reshape(a.shape)
        return asarray(slope.astype(dtype))

    return run


def _gamma_slope(a: Array, x: Array) -> Array:
    """How a gamma sample at a fixed quantile moves with alpha: -(dP/da) / (dP/dx) of the incomplete gamma function P."""
    result = np.full_like(a, np.nan)
    result[x == 0] = 0
    valid = (x > 0) & (a > 0)
    fraction = valid & (x > 1) & (x > a)
    series = valid & ~fraction
    result[series] = _slope_by_series(a[series], x[series])
    result[fraction] = _slope_by_fraction(a[fraction], x[fraction])
    return result


def _slope_by_series(a: Array, x: Array) -> Array:
    """P(a, x) = x^a e^-x / Gamma(a + 1) * sum of x^n / ((a+1)...(a+n)), with the derivative of every term."""
    term, total = np.ones_like(a), np.ones_like(a)
    term_da, total_da = np.zeros_like(a), np.zeros_like(a)
    r = a.copy()
    for _ in range(_MAX_TERMS):
        r += 1
        term_da = term_da * (x / r) - term * x / (r * r)
        term = term * (x / r)
        total += term
        total_da += term_da
        if (np.abs(term_da) <= 1e-17 * np.abs(total_da)).all():
            break
    return -(total_da + total * (np.log(x) - special.digamma(a + 1))) * x / a


def _slope_by_fraction(a: Array, x: Array) -> Array:
    """1 - P(a, x) = x^a e^-x / Gamma(a) times a continued fraction, whose convergents carry their derivatives."""
    zero = np.zeros_like(a)
    y, z = 1 - a, x + 1 - a + 1
    p2, q2, p1, q1 = np.ones_like(a), x, x + 1, z * x
    dp2, dq2, dp1, dq1 = zero, zero, zero, -x
    value = p1 / q1
    value_da = (dp1 - value * dq1) / q1
    for c in range(1, _MAX_TERMS):
        y, z = y + 1, z + 2
        yc = y * c
        p, q = p1 * z - p2 * yc, q1 * z - q2 * yc
        dp = dp1 * z - p1 - dp2 * yc + p2 * c
        dq = dq1 * z - q1 - dq2 * yc + q2 * c
        new = p / q
        new_da = (dp - new * dq) / q
        settled = bool((np.abs(new_da - value_da) <= 1e-15 * np.abs(new_da)).all())
        value, value_da = new, new_da
        # Convergents grow without bound; only their quotients matter.
        scale = np.where(np.abs(p) > 1e15, 1e-15, 1.0)
        p2, p1, q2, q1 = p1 * scale, p * scale, q1 * scale, q * scale
        dp2, dp1, dq2, dq1 = dp1 * scale, dp * scale, dq1 * scale, dq * scale
        if settled:
            break
    return (value_da + value * (np.log(x) - special.digamma(a))) * x
