"""RandomGamma and RandomPoissonV2."""

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
