"""The kernel of StringJoin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.plan.kernel import KernelSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


@kernel("StringJoin")
def string_join(k: KernelContext) -> Callable[..., Any]:
    """Joins strings elementwise; scalars go with any shape."""
    separator = k.attr("separator")
    between = separator if isinstance(separator, bytes) else separator.encode()

    def run(*inputs: Any) -> Any:
        arrays: Any = np.broadcast_arrays(*[np.asarray(value, object) for value in inputs])
        result = np.empty(arrays[0].shape, object)
        for index in np.ndindex(result.shape):
            result[index] = between.join([array[index] for array in arrays])
        return result[()] if result.ndim == 0 else result

    return run
