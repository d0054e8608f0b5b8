"""RandomUniform, RandomUniformInt, RandomStandardNormal, TruncatedNormal and their stateless twins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.plugin import KernelSet, errors
from tangraph_backend_cpu.kernels.philox import Stream, scrambled_stream
from tangraph_backend_cpu.kernels.philox_distributions import (
    NORMAL,
    RESERVED,
    UNIFORM,
    fill,
    fill_truncated_normal,
    uniform_int,
)
from tangraph_backend_cpu.kernels.random_state import generator, shape_reader, shape_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.draws import Draws
    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()
Fill = "Callable[[Any, Stream], None]"


def _filler(k: KernelContext) -> Callable[[Any, Stream], None]:
    """Returns the function that fills a flat array from a stream, for a floating output."""
    if "TruncatedNormal" in k.op_type:
        return fill_truncated_normal
    table = UNIFORM if "Uniform" in k.op_type else NORMAL
    group, transform = table[k.output_dtypes[0].np]
    return lambda out, at: fill(out, at, group, transform)


@kernel("RandomUniform", "RandomStandardNormal", "TruncatedNormal")
def random_floats(k: KernelContext) -> Callable[..., Any]:
    """Uniform, normal and truncated normal floats from the node's own generator."""
    source, read, fill_with = generator(k), shape_reader(k), _filler(k)
    dtype, asarray = k.output_dtypes[0].np, k.xp.asarray
    k.takes_draws = True

    def run(shape: Any, draws: Draws | None = None) -> Any:
        sizes, count = read(shape)
        out = np.empty(count, dtype)
        fill_with(out, source.reserve(count * RESERVED, draws))
        return asarray(out.reshape(sizes))

    return run


@kernel("StatelessRandomUniform", "StatelessRandomNormal", "StatelessTruncatedNormal")
def stateless_floats(k: KernelContext) -> Callable[..., Any]:
    """The same from a seed input."""
    read, fill_with = shape_reader(k), _filler(k)
    dtype, asarray = k.output_dtypes[0].np, k.xp.asarray

    def run(shape: Any, seed: Any) -> Any:
        sizes, count = read(shape)
        out = np.empty(count, dtype)
        fill_with(out, stateless_stream(seed))
        return asarray(out.reshape(sizes))

    return run


@kernel("RandomUniformInt")
def random_ints(k: KernelContext) -> Callable[..., Any]:
    """Uniform integers from the node's own generator."""
    source, read = generator(k), shape_reader(k)
    dtype, asarray = k.output_dtypes[0].np, k.xp.asarray
    k.takes_draws = True

    def run(shape: Any, minval: Any, maxval: Any, draws: Draws | None = None) -> Any:
        sizes, count = read(shape)
        out = np.empty(count, dtype)
        if count:
            transform = int_transform(minval, maxval, dtype)
            fill(out, source.reserve(count * RESERVED, draws), 16 // dtype.itemsize, transform)
        return asarray(out.reshape(sizes))

    return run


@kernel("StatelessRandomUniformInt")
def stateless_ints(k: KernelContext) -> Callable[..., Any]:
    """Uniform integers from a seed input."""
    read = shape_reader(k)
    dtype, asarray = k.output_dtypes[0].np, k.xp.asarray

    def run(shape: Any, seed: Any, minval: Any, maxval: Any) -> Any:
        transform = int_transform(minval, maxval, dtype)
        sizes, count = read(shape)
        out = np.empty(count, dtype)
        fill(out, stateless_stream(seed), 16 // dtype.itemsize, transform)
        return asarray(out.reshape(sizes))

    return run


def int_transform(minval: Any, maxval: Any, dtype: np.dtype[Any]) -> Callable[[Any], Any]:
    """Returns the transform to integers in [minval, maxval).

    Raises:
      InvalidArgumentError: a bound is no number, or there is nothing between them.
    """
    for name, value in (("minval", minval), ("maxval", maxval)):
        if np.ndim(value):
            raise errors.InvalidArgumentError(
                None, None, f"{name} must be 0-D, got shape {shape_text(np.shape(value))}"
            )
    low, high = int(minval), int(maxval)
    if low >= high:
        raise errors.InvalidArgumentError(None, None, f"Need minval < maxval, got {low} >= {high}")
    return uniform_int(low, high, dtype)


def stateless_stream(seed: Any) -> Stream:
    """Returns the stream of a stateless op.

    Raises:
      InvalidArgumentError: `seed` does not have shape [2].
    """
    if np.shape(seed) != (2,):
        raise errors.InvalidArgumentError(None, None, f"seed must have shape [2], not {shape_text(np.shape(seed))}")
    return scrambled_stream(int(seed[0]), int(seed[1]))
