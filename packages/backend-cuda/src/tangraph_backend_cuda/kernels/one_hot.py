"""OneHot as one comparison: no look for the indices that are in range."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.plugin import KernelSet, errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


@kernel("OneHot")
def one_hot(k: KernelContext) -> Callable[..., Any]:
    """Vectors with one other element."""
    xp, axis, dtype = k.xp, k.attr("axis"), k.output_dtypes[0].np

    def made(indices: Any, depth: Any, on: Any, off: Any) -> Any:
        if np.ndim(depth):
            raise errors.InvalidArgumentError(None, None, f"depth must be a scalar, but got: {list(depth.shape)}")
        count = int(depth)
        if count < 0:
            raise errors.InvalidArgumentError(None, None, f"depth must be non-negative, got: {count}")
        result = xp.where(indices[..., None] == xp.arange(count, dtype=indices.dtype), on, off).astype(
            dtype, copy=False
        )
        return result if axis in (-1, result.ndim - 1) else xp.ascontiguousarray(xp.moveaxis(result, -1, axis))

    return made
