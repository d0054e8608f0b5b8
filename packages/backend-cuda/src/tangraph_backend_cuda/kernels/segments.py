"""Sums over segments, without a look at the ids but for the last one, which is the size of the result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.plugin import KernelSet, errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


@kernel("SegmentSum")
def segment_sum(k: KernelContext) -> Callable[..., Any]:
    """The sum of the rows of each segment; the ids are taken to be sorted."""
    xp = k.xp

    def run(data: Any, ids: Any) -> Any:
        if data.ndim == 0 or data.shape[0] != ids.shape[0]:
            raise errors.InvalidArgumentError(
                None, None, "segment_ids should be the same size as dimension 0 of input."
            )
        count = int(ids[-1]) + 1 if len(ids) else 0
        total = xp.zeros((count, *data.shape[1:]), data.dtype)
        xp.add.at(total, ids, data)
        return total

    return run
