"""ParameterizedTruncatedNormal: normals between bounds, by one of three rejection samplers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from tangraph.plugin import KernelSet, errors
from tangraph_backend_cpu.kernels import philox
from tangraph_backend_cpu.kernels.philox_distributions import NORMAL, UNIFORM
from tangraph_backend_cpu.kernels.random_state import generator, read_shape, shape_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext
    from tangraph_backend_cpu.kernels.philox import Stream

kernel = KernelSet()
Array = Any
#: So many proposals in a row may be refused.
MAX_ITERATIONS: Final = 1000
#: Outputs a batch when all have the same parameters.
_BATCH: Final = 100
_NAMES: Final = ("means", "stddevs", "minvals", "maxvals")


class Bounds(NamedTuple):
    """One batch in units of its deviation, turned so that the lower bound is the one that counts."""

    mean: Any
    stddev: Any
    low: Any
    high: Any


@kernel("ParameterizedTruncatedNormal")
def parameterized_truncated_normal(k: KernelContext) -> Callable[..., Any]:
    """Normals between bounds, a batch at a time."""
    source, asarray = generator(k), k.xp.asarray
    dtype = k.output_dtypes[0].np

    def run(shape: Any, *parameters: Any) -> Any:
        sizes, count = read_shape(shape)
        batches = sizes[0] if sizes else 1
        parameters = tuple(np.asarray(p) for p in parameters)
        batches, size = batching(parameters, batches, count)
        at = source.reserve(batches * 2 * MAX_ITERATIONS * (size + 3) // 4)
        out = np.empty(count, dtype)
        for batch in range(batches):
            piece = out[batch * size : (batch + 1) * size]
            at = _fill(piece, bounds_of(parameters, batch), at)
        return asarray(out.reshape(sizes))

    return run


def batching(parameters: tuple[Array, ...], batches: int, count: int) -> tuple[int, int]:
    """Returns the number of batches and the outputs in each.

    Raises:
      InvalidArgumentError: a parameter is no scalar and has not one element a batch.
    """
    for name, parameter in zip(_NAMES, parameters, strict=True):
        if parameter.ndim > 1:
            raise errors.InvalidArgumentError(
                None, None, f"Input {name} should be a scalar or vector, got shape: {shape_text(parameter.shape)}"
            )
    means, stddevs, minvals, maxvals = parameters
    if means.size == stddevs.size == 1 and not minvals.ndim and not maxvals.ndim:
        return -(-count // _BATCH), _BATCH
    for name, parameter in zip(_NAMES, parameters, strict=True):
        if parameter.ndim and parameter.size not in {1, batches}:
            raise errors.InvalidArgumentError(
                None, None, f"Input {name} should have length 1 or shape[0], got shape: {shape_text(parameter.shape)}"
            )
    return batches, count // batches if batches else 0


def bounds_of(parameters: tuple[Array, ...], batch: int) -> Bounds:
    """Returns the bounds of a batch.

    Raises:
      InvalidArgumentError: there is nothing between them.
    """
    mean, stddev, low, high = (p.reshape(-1)[batch if p.size > 1 else 0] for p in parameters)
    if not (stddev > 0 and low < high and (np.isfinite(low) or np.isfinite(high))):
        raise errors.InvalidArgumentError(None, None, "Invalid parameters")
    if (np.isinf(low) and low < 0) or high < mean:
        low, high, stddev = high, low, -stddev
    return Bounds(mean, stddev, (low - mean) / stddev, (high - mean) / stddev)


def proposals(bounds: Bounds, dtype: np.dtype[Any], xp: Any = np) -> tuple[int, Callable[[Array], tuple[Array, Array]]]:
    """Returns how many blocks a round takes, and the function from the words of rounds to proposals.

    Args:
      bounds: of the batch.
      dtype: of the numbers.
      xp: the library of the words, uint32 of shape (rounds, blocks, 4), and of what comes of them: two arrays of shape
        (rounds, proposals a round), the numbers and whether they are accepted.
    """
    real, low, high = dtype.type, bounds.low, bounds.high
    root = np.sqrt(low * low + real(4))
    cutoff = real(2) * np.exp(real(0.5) + (low * (low - root)) / real(4)) / (low + root)
    if (low < real(-1.3) and high >= 0) or (high > real(1.3) and low <= 0):
        return 1, _from_normals(bounds, dtype, xp)
    if high - low < cutoff:
        return 2, _from_uniforms(bounds, dtype, xp)
    return 1, _from_exponentials(bounds, dtype, xp)


def _fill(out: Array, bounds: Bounds, at: Stream) -> Stream:
    """Fills one batch; returns where the stream stands after it."""
    blocks, propose = proposals(bounds, out.dtype)
    filled, rejected = 0, 0
    while filled < len(out):
        rounds = max(4, math.ceil((len(out) - filled) / 2))
        words = philox.words(at, rounds * blocks).reshape(rounds, blocks, 4)
        values, accepted = propose(words)
        places = np.flatnonzero(accepted)
        _check_progress(places, accepted.size, rejected)
        taken = places[: len(out) - filled]
        out[filled : filled + len(taken)] = values.reshape(-1)[taken] * bounds.stddev + bounds.mean
        filled += len(taken)
        rejected = accepted.size - 1 - int(taken[-1]) if len(taken) else rejected + accepted.size
        used = rounds if filled < len(out) else int(taken[-1]) // accepted.shape[1] + 1
        at = philox.Stream(at.key, at.counter + used * blocks)
    return at


def _check_progress(places: Array, size: int, rejected: int) -> None:
    gaps = np.diff(places, prepend=-1 - rejected, append=size)
    if gaps.max() > MAX_ITERATIONS:
        raise no_progress()


def no_progress() -> errors.InternalError:
    """Returns the error for too many proposals that were refused."""
    return errors.InternalError(None, None, "TruncatedNormal rejection sampler failed to accept a sample.")


def _from_normals(bounds: Bounds, dtype: np.dtype[Any], xp: Any) -> Callable[[Array], tuple[Array, Array]]:
    _, transform = NORMAL[dtype]

    def propose(words: Array) -> tuple[Array, Array]:
        z = transform(words[:, 0].copy(), xp=xp).astype(dtype, copy=False)
        return z, (z >= bounds.low) & (z <= bounds.high)

    return propose


def _from_uniforms(bounds: Bounds, dtype: np.dtype[Any], xp: Any) -> Callable[[Array], tuple[Array, Array]]:
    real, (_, transform) = dtype.type, UNIFORM[dtype]
    span = bounds.high - bounds.low
    most = real(0) if bounds.low < 0 else bounds.low * bounds.low

    def propose(words: Array) -> tuple[Array, Array]:
        z = transform(words[:, 0].copy()) * span + bounds.low
        return z, transform(words[:, 1].copy()) <= xp.exp((most - z * z) / real(2))

    return propose


def _from_exponentials(bounds: Bounds, dtype: np.dtype[Any], xp: Any) -> Callable[[Array], tuple[Array, Array]]:
    real, (_, transform) = dtype.type, UNIFORM[dtype]
    low, high = bounds.low, bounds.high
    alpha = (low + np.sqrt(low * low + real(4))) / real(2)

    def propose(words: Array) -> tuple[Array, Array]:
        uniform = transform(words[:, 0].copy())
        with np.errstate(divide="ignore"):
            z = -xp.log(uniform[:, 0::2]) / alpha + low
        x = alpha - z if low < alpha else low - alpha
        return z, (uniform[:, 1::2] <= xp.exp(-x * x / real(2))) & (z < high)

    return propose
