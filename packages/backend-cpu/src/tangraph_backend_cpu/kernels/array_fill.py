"""Tensors of one value: Fill, ZerosLike, OnesLike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.client import variants
from tangraph.framework import errors, raw_shape
from tangraph.plugin import KernelSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


@kernel("Fill")
def fill(k: KernelContext) -> Callable[..., Any]:
    """An array of one value."""
    xp, dtype, known = k.xp, k.output_dtypes[0].np, k.output_shapes[0]
    if raw_shape.is_fully_defined(known) and not dtype.hasobject:
        constant = k.constant(1)
        if constant is not None and not constant.any() and not np.signbit(constant.real).any():
            return lambda _dims, _value: xp.zeros(known, dtype)
        return lambda _, value: xp.full(known, value, dtype)

    def checked(dims: Any, value: Any) -> Any:
        if dims.ndim != 1:
            raise errors.InvalidArgumentError(
                None, None, f"dims must be a vector, got shape {raw_shape.to_str(dims.shape)}"
            )
        for size in dims.tolist():
            if size < 0:
                raise errors.InvalidArgumentError(None, None, f"Dimension {size} must be >= 0")
        if dtype.hasobject:
            result = np.empty(tuple(dims.tolist()), object)
            result[...] = value if isinstance(value, bytes) else value.item()
            return result if dims.size else value
        return xp.full(tuple(dims.tolist()), value, dtype)

    return checked


@kernel("ZerosLike")
def zeros_like(k: KernelContext) -> Callable[..., Any]:
    """Zeros in the input's shape."""
    if k.input_dtypes[0].name == "string":
        return lambda x: b"" if isinstance(x, bytes) else np.full(x.shape, b"", object)
    if k.input_dtypes[0].name == "variant":
        return variants.zeros_like
    xp, dtype, known = k.xp, k.output_dtypes[0].np, k.output_shapes[0]
    if raw_shape.is_fully_defined(known):
        return lambda _: xp.zeros(known, dtype)
    return lambda x: xp.zeros(x.shape, dtype)


@kernel("OnesLike")
def ones_like(k: KernelContext) -> Callable[..., Any]:
    """Ones in the input's shape."""
    xp, dtype = k.xp, k.output_dtypes[0].np
    return lambda x: xp.ones(x.shape, dtype)


@kernel("FakeParam")
def fake_param(k: KernelContext) -> Callable[..., Any]:
    """What stands for a value that nobody looks at."""
    shape = tuple([size or 0 for size in k.attr("shape") or ()])
    value = k.xp.zeros(shape, k.attr("dtype").np)
    return lambda: value
