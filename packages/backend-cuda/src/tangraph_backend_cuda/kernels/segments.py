"""Sums over segments, without a look at the ids but for the last one, which is the size of the result; products."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.plugin import KernelSet, errors
from tangraph_backend_cpu.kernels.math_segments import one_row_an_id
from tangraph_backend_cpu.kernels.unbuffered import unbuffered

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


@kernel("SegmentSum")
def segment_sum(k: KernelContext) -> Callable[..., Any]:
    """The sum of the rows of each segment; the ids are taken to be sorted."""
    xp, add = k.xp, unbuffered(k.xp, "add")

    def run(data: Any, ids: Any) -> Any:
        if data.ndim == 0 or data.shape[0] != ids.shape[0]:
            raise errors.InvalidArgumentError(
                None, None, "segment_ids should be the same size as dimension 0 of input."
            )
        count = int(ids[-1]) + 1 if len(ids) else 0
        total = xp.zeros((count, *data.shape[1:]), data.dtype)
        add(total, ids, data)
        return total

    return run


@kernel("UnsortedSegmentProd")
def unsorted_segment_prod(k: KernelContext) -> Callable[..., Any]:
    """The product of the rows of each segment, which CuPy cannot multiply where they stand.

    The rows are sorted by segment, and running products taken in as many steps as their number has binary digits.
    """
    xp = k.xp

    def run(data: Any, ids: Any, num_segments: Any) -> Any:
        rows, flat = one_row_an_id(data, ids)
        segments = xp.arange(int(num_segments), dtype=flat.dtype)
        if not len(flat):
            return xp.ones((len(segments), *rows.shape[1:]), data.dtype)
        order = xp.argsort(flat, kind="stable")
        product, sorted_ids = rows[order], flat[order]
        reach = 1
        while reach < len(product):
            joined = _column(sorted_ids[reach:] == sorted_ids[:-reach], product)
            running = xp.where(joined, product[reach:] * product[:-reach], product[reach:])
            product = xp.concatenate([product[:reach], running])
            reach *= 2
        # A segment's last row has the product of all of them.
        last = xp.maximum(xp.searchsorted(sorted_ids, segments, side="right") - 1, 0)
        return xp.where(_column(sorted_ids[last] == segments, product), product[last], data.dtype.type(1))

    return run


def _column(mask: Any, rows: Any) -> Any:
    """Returns a mask of rows that broadcasts with them."""
    return mask.reshape(-1, *[1] * (rows.ndim - 1))
