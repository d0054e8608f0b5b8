"""ParameterizedTruncatedNormal on the device: the numbers of the host's kernel.

A batch begins in the stream where the one before it ended, which depends on what was refused. Where all batches have
the same bounds, the places of all are found at once; the host reads only whether enough was proposed, and where it ends.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.plugin import KernelSet
from tangraph_backend_cpu.kernels.philox import Stream
from tangraph_backend_cpu.kernels.random_state import generator, read_shape
from tangraph_backend_cpu.kernels.random_truncated import MAX_ITERATIONS, batching, bounds_of, no_progress, proposals
from tangraph_backend_cuda.kernels import philox

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext
    from tangraph_backend_cpu.kernels.random_truncated import Bounds

kernel = KernelSet()
Array = Any
#: How many times as many rounds are proposed first as it would take if none were refused.
_SURPLUS: Final = 2


@kernel("ParameterizedTruncatedNormal")
def parameterized_truncated_normal(k: KernelContext) -> Callable[..., Any]:
    """Normals between bounds, a batch at a time."""
    xp, source, dtype = k.xp, generator(k), k.output_dtypes[0].np

    def run(shape: Any, *inputs: Any) -> Any:
        sizes, count = read_shape(shape)
        # The method is chosen by the bounds, so the host has to know them.
        parameters = tuple([np.array(p.tolist(), dtype) for p in inputs])
        batches, size = batching(parameters, sizes[0] if sizes else 1, count)
        at = source.reserve(batches * 2 * MAX_ITERATIONS * (size + 3) // 4)
        if not count:
            return xp.empty(sizes, dtype)
        alike = all(p.size == 1 for p in parameters)
        pieces, together = [], batches if alike else 1
        for batch in range(0, batches, together):
            last = count - (batches - 1) * size if alike else size
            piece, at = _filled(xp, bounds_of(parameters, batch), dtype, (together, size, last), at)
            pieces.append(piece)
        return (pieces[0] if len(pieces) == 1 else xp.concatenate(pieces)).reshape(sizes)

    return run


def _filled(
    xp: Any, bounds: Bounds, dtype: np.dtype[Any], sizes: tuple[int, int, int], at: Stream
) -> tuple[Array, Stream]:
    """Returns the numbers of batches with the same bounds, and where the stream stands after them.

    Args:
      xp: the array module.
      bounds: of all of them.
      dtype: of the numbers.
      sizes: how many batches, how many numbers in each, and how many in the last.
      at: where the first begins.
    """
    batches, size, last = sizes
    blocks, propose = proposals(bounds, dtype, xp)
    rounds = _SURPLUS * batches * max(4, math.ceil(size / 2))
    while True:
        values, accepted = propose(philox.words(xp, at, rounds * blocks).reshape(rounds, blocks, 4))
        before = xp.concatenate([xp.zeros(1, np.int64), xp.cumsum(xp.sum(accepted, axis=1, dtype=np.int64))])
        starts = _starts(xp, before, batches, size)
        ends = xp.searchsorted(before, before[starts[-1:]] + last)
        end, stalled = xp.concatenate([ends, _stalled(xp, accepted)]).tolist()
        if end <= rounds:
            break
        if stalled:
            raise no_progress()
        rounds *= 2
    ranks = (before[starts][:, None] + xp.arange(1, size + 1)).reshape(-1)[: (batches - 1) * size + last]
    places = xp.searchsorted(xp.cumsum(accepted.reshape(-1)), ranks)
    return values.reshape(-1)[places] * bounds.stddev + bounds.mean, Stream(at.key, at.counter + end * blocks)


def _starts(xp: Any, before: Array, batches: int, size: int) -> Array:
    """Returns the round in which each batch begins: the one after that in which the batch before it is full.

    Args:
      xp: the array module.
      before: how many proposals were accepted before each round, and after the last.
      batches: how many batches there are.
      size: numbers in each.
    """
    rounds = len(before) - 1
    # From where a batch begins to where the next one does, and, while it is doubled, to where the 2nd, 4th, ... do.
    jump = xp.minimum(xp.searchsorted(before, before + size), rounds)
    starts = xp.zeros(1, np.int64)
    while len(starts) < batches:
        starts = xp.concatenate([starts, jump[starts]])
        jump = jump[jump]
    return starts[:batches]


def _stalled(xp: Any, accepted: Array) -> Array:
    """Returns whether somewhere too many proposals in a row were refused: a vector of one number."""
    total = xp.cumsum(accepted.reshape(-1))
    window = MAX_ITERATIONS + 1
    stalled = (total[window:] == total[:-window]).any() if total.size > window else xp.zeros((), bool)
    return stalled.astype(np.int64).reshape(1)
