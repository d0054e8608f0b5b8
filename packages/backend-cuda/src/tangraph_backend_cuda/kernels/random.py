"""Random numbers made on the device: the same as on the host, but for the last bit of a logarithm or sine."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.plugin import KernelSet
from tangraph_backend_cpu.kernels.philox_distributions import CUT, NORMAL, RESERVED, UNIFORM, uniform_double
from tangraph_backend_cpu.kernels.random_discrete import check_multinomial
from tangraph_backend_cpu.kernels.random_fill import int_transform, stateless_stream
from tangraph_backend_cpu.kernels.random_state import generator, shape_reader
from tangraph_backend_cuda.kernels import philox

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.draws import Draws
    from tangraph.plan.kernel import KernelContext
    from tangraph_backend_cpu.kernels.philox import Stream

kernel = KernelSet()

#: Blocks from which a group of truncated normals is taken. That one has too few that are small enough happens once in
#: 10**19 groups; to look whether it did would make the host wait.
_CANDIDATES: Final = {4: 5, 2: 8}


def _floats(k: KernelContext) -> Callable[[int, Stream], Any]:
    """Returns the function that makes so many floats of a stream."""
    xp, dtype = k.xp, k.output_dtypes[0].np
    if "Uniform" in k.op_type:
        group, transform = UNIFORM[dtype]
    else:
        group, normal = NORMAL[dtype]
        transform = partial(normal, xp=xp)

    def consecutive(count: int, at: Stream) -> Any:
        values = transform(philox.words(xp, at, -(-count // group)))
        return values.reshape(-1)[:count].astype(dtype, copy=False)

    def truncated(count: int, at: Stream) -> Any:
        groups, blocks = -(-count // group), _CANDIDATES[group]
        starts = xp.arange(groups, dtype=np.uint64) * np.uint64(group * RESERVED // 4)
        ahead = starts[:, None] + xp.arange(blocks, dtype=np.uint64)
        values = transform(philox.blocks(xp, at, ahead.reshape(-1))).reshape(groups, -1)
        rank = xp.cumsum(xp.abs(values) < CUT, axis=1)
        places = [xp.argmax(rank == number, axis=1) for number in range(1, group + 1)]
        taken = xp.take_along_axis(values, xp.stack(places, axis=1), axis=1)
        return taken.reshape(-1)[:count].astype(dtype, copy=False)

    return truncated if "TruncatedNormal" in k.op_type else consecutive


@kernel("RandomUniform", "RandomStandardNormal", "TruncatedNormal")
def random_floats(k: KernelContext) -> Callable[..., Any]:
    """Uniform, normal and truncated normal floats from the node's own generator."""
    source, read, floats = generator(k), shape_reader(k), _floats(k)
    k.takes_draws = True

    def run(shape: Any, draws: Draws | None = None) -> Any:
        sizes, count = read(shape)
        return floats(count, source.reserve(count * RESERVED, draws)).reshape(sizes)

    return run


@kernel("StatelessRandomUniform", "StatelessRandomNormal", "StatelessTruncatedNormal")
def stateless_floats(k: KernelContext) -> Callable[..., Any]:
    """The same from a seed input."""
    read, floats = shape_reader(k), _floats(k)

    def run(shape: Any, seed: Any) -> Any:
        sizes, count = read(shape)
        return floats(count, stateless_stream(seed)).reshape(sizes)

    return run


def _integers(xp: Any, count: int, at: Stream, transform: Callable[[Any], Any], dtype: np.dtype[Any]) -> Any:
    group = 16 // dtype.itemsize
    return transform(philox.words(xp, at, -(-count // group))).reshape(-1)[:count]


@kernel("RandomUniformInt")
def random_integers(k: KernelContext) -> Callable[..., Any]:
    """Uniform integers from the node's own generator."""
    xp, source, read, dtype = k.xp, generator(k), shape_reader(k), k.output_dtypes[0].np
    k.takes_draws = True

    def run(shape: Any, minval: Any, maxval: Any, draws: Draws | None = None) -> Any:
        sizes, count = read(shape)
        if not count:
            return xp.empty(sizes, dtype)
        transform = int_transform(minval, maxval, dtype)
        return _integers(xp, count, source.reserve(count * RESERVED, draws), transform, dtype).reshape(sizes)

    return run


@kernel("StatelessRandomUniformInt")
def stateless_integers(k: KernelContext) -> Callable[..., Any]:
    """Uniform integers from a seed input."""
    xp, read, dtype = k.xp, shape_reader(k), k.output_dtypes[0].np

    def run(shape: Any, seed: Any, minval: Any, maxval: Any) -> Any:
        transform = int_transform(minval, maxval, dtype)
        sizes, count = read(shape)
        return _integers(xp, count, stateless_stream(seed), transform, dtype).reshape(sizes)

    return run


@kernel("Multinomial")
def multinomial(k: KernelContext) -> Callable[..., Any]:
    """Draws of classes from the node's own generator."""
    xp, source, dtype = k.xp, generator(k), k.output_dtypes[0].np

    def run(logits: Any, num_samples: Any) -> Any:
        samples, rows = check_multinomial(logits, num_samples), logits.shape[0]
        if not rows * samples:
            return xp.empty((rows, samples), dtype)
        at = source.reserve(rows * (-(-samples // 4) * 4) * 2 * RESERVED)
        return _draw(xp, logits, samples, at, dtype)

    return run


@kernel("StatelessMultinomial")
def stateless_multinomial(k: KernelContext) -> Callable[..., Any]:
    """Draws of classes from a seed input."""
    xp, dtype = k.xp, k.output_dtypes[0].np

    def run(logits: Any, num_samples: Any, seed: Any) -> Any:
        samples = check_multinomial(logits, num_samples)
        return _draw(xp, logits, samples, stateless_stream(seed), dtype)

    return run


def _draw(xp: Any, logits: Any, samples: int, at: Stream, dtype: np.dtype[Any]) -> Any:
    """Inverts each row's cumulated probabilities."""
    values = logits.astype(np.float64)
    finite = xp.isfinite(values)
    largest = xp.max(xp.where(finite, values, np.finfo(np.float64).min), axis=1, keepdims=True)
    cumulated = xp.cumsum(xp.where(finite, xp.exp(values - largest), 0.0), axis=1)
    count = values.shape[0] * samples
    drawn = uniform_double(philox.words(xp, at, -(-count // 2))).reshape(-1)[:count].reshape(-1, samples)
    drawn = drawn * cumulated[:, -1:]
    # How many classes end before the number that was drawn: a binary search for each row would be a launch for each.
    return xp.sum(cumulated[:, None, :] <= drawn[:, :, None], axis=2, dtype=dtype)
