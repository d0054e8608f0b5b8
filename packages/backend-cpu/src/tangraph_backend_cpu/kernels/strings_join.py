"""The kernel of StringJoin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import errors, raw_shape
from tangraph.plugin import KernelSet
from tangraph_backend_cpu.kernels.string_arrays import encoded, flat, made, shape_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


@kernel("StringJoin")
def string_join(k: KernelContext) -> Callable[..., Any]:
    """Joins strings elementwise; scalars go with any shape."""
    separator = encoded(k.attr("separator"))

    def run(*inputs: Any) -> Any:
        shape: tuple[int, ...] = ()
        for one in map(shape_of, inputs):
            if shape and one and one != shape:
                raise errors.InvalidArgumentError(
                    None, None, f"Input shapes do not match: {raw_shape.to_str(shape)} vs. {raw_shape.to_str(one)}"
                )
            shape = shape or one
        columns = [flat(np.broadcast_to(np.asarray(x, object), shape)) for x in inputs]
        return made(map(separator.join, zip(*columns, strict=True)), shape)

    return run
