"""Running sums and products, and where the extremes are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import errors
from tangraph.plugin import KernelSet

if TYPE_CHECKING:
    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


def _axis(axis: Any, rank: int, text: str) -> int:
    place = int(axis)
    if not -rank <= place < rank:
        raise errors.InvalidArgumentError(None, None, text.format(axis=place, rank=rank, low=-rank))
    return place % rank


def _cumulative(k: KernelContext) -> Any:
    xp, exclusive, reverse = k.xp, k.attr("exclusive"), k.attr("reverse")
    dtype = k.input_dtypes[0].np
    least = k.input_dtypes[0].min if k.op_type == "CumulativeLogsumexp" else None
    accumulate, first = {
        "Cumsum": (xp.add.accumulate, 0),
        "Cumprod": (xp.multiply.accumulate, 1),
        "CumulativeLogsumexp": (xp.logaddexp.accumulate, -math.inf),
    }[k.op_type]

    def run(x: Any, axis: Any) -> Any:
        place = _axis(axis, x.ndim, "ScanOp: Expected scan axis in the range [{low}, {rank}), but got {axis}")
        if reverse:
            x = xp.flip(x, place)
        if not exclusive:
            result = accumulate(x, place, dtype)
        else:
            result = xp.empty_like(x)
            before = (slice(None),) * place
            result[(*before, slice(0, 1))] = first
            if x.shape[place] > 1:
                accumulate(x[(*before, slice(0, -1))], place, dtype, result[(*before, slice(1, None))])
        if least is not None:
            # TensorFlow starts from the least finite number.
            xp.maximum(result, least, out=result)
        return xp.ascontiguousarray(xp.flip(result, place)) if reverse else result

    return run


for _op_type in ("Cumsum", "Cumprod", "CumulativeLogsumexp"):
    kernel.add(_op_type, _cumulative)


def _arg(k: KernelContext) -> Any:
    find = k.xp.argmax if k.op_type == "ArgMax" else k.xp.argmin
    dtype = k.output_dtypes[0].np
    shape, constant = k.static_shapes[0], k.constant(1)
    same = dtype == np.intp
    if constant is not None and shape and None not in shape and 0 not in shape:
        axis = int(constant) % len(shape)
        return (lambda x, _: find(x, axis)) if same else (lambda x, _: find(x, axis).astype(dtype))

    def run(x: Any, axis: Any) -> Any:
        place = (
            _axis(axis, x.ndim, "Expected dimension in the range [{low}, {rank}), but got {axis}") if x.ndim else None
        )
        if place is not None and x.shape[place] == 0:
            sizes = ",".join(map(str, x.shape))
            raise errors.InvalidArgumentError(None, None, f"Reduction axis {place} is empty in shape [{sizes}]")
        return find(x, place).astype(dtype)

    return run


kernel.add("ArgMax", _arg)
kernel.add("ArgMin", _arg)
