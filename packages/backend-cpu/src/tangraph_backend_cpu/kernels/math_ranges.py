"""Sequences of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import errors
from tangraph.plugin import KernelSet

if TYPE_CHECKING:
    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


@kernel("Range")
def range_(k: KernelContext) -> Any:
    """start, start + delta, ... below limit."""
    from tangraph.ops.math.ranges import range_size

    dtype = k.output_dtypes[0].np

    def run(start: Any, limit: Any, delta: Any) -> Any:
        try:
            size = range_size(start, limit, delta)
        except ValueError as error:
            text = f"{error}: {delta}" if delta == 0 else str(error)
            raise errors.InvalidArgumentError(None, None, text) from None
        if dtype.kind in "iu":
            return np.arange(size, dtype=dtype) * dtype.type(delta) + dtype.type(start)
        steps = np.full(size, delta, dtype)
        if size:
            steps[0] = start
        # Added up one by one, as TensorFlow does: the rounding errors are the same.
        return np.add.accumulate(steps)

    return run


@kernel("LinSpace")
def lin_space(k: KernelContext) -> Any:
    """`num` numbers at equal distances from `start` to `stop`."""
    dtype = k.output_dtypes[0].np

    def run(start: Any, stop: Any, num: Any) -> Any:
        count = int(num)
        if count <= 0:
            raise errors.InvalidArgumentError(None, None, f"Requires num > 0: {count}")
        if count == 1:
            return np.full(1, start, dtype)
        step = (dtype.type(stop) - dtype.type(start)) / dtype.type(count - 1)
        return dtype.type(start) + step * np.arange(count).astype(dtype)

    return run
