"""BiasAdd and its gradient, L2Loss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.plugin import KernelSet, errors
from tangraph_backend_cpu.kernels.random_state import shape_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


def _fits(k: KernelContext) -> bool:
    """Whether the shapes that arrive are known, and right."""
    if len(k.static_shapes) != 2:
        return False
    value, bias = k.static_shapes
    if not value or not bias or None in bias:
        return False
    return len(value) >= 2 and len(bias) == 1 and value[-1] == bias[0]


@kernel("BiasAdd", "BiasAddV1")
def bias_add(k: KernelContext) -> Callable[..., Any]:
    """The sum; the plain addition where the shapes are known to fit."""
    add = k.xp.add
    if k.attrs.get("data_format") != "NCHW":
        if _fits(k):
            return add  # type: ignore[no-any-return]

        def run(value: Any, bias: Any) -> Any:
            _check(value, bias, -1)
            return add(value, bias)

        return run

    def run_nchw(value: Any, bias: Any) -> Any:
        _check(value, bias, 1)
        return add(value, bias.reshape((-1,) + (1,) * (value.ndim - 2)))

    return run_nchw


def _check(value: Any, bias: Any, axis: int) -> None:
    if np.ndim(value) < 2:
        raise errors.InvalidArgumentError(
            None, None, f"Input tensor must be at least 2D: {shape_text(np.shape(value))}"
        )
    if np.ndim(bias) != 1:
        raise errors.InvalidArgumentError(None, None, f"Biases must be 1D: {shape_text(np.shape(bias))}")
    if value.shape[axis] != bias.shape[0]:
        place = "last dimension" if axis == -1 else "channel dimension"
        raise errors.InvalidArgumentError(
            None,
            None,
            f"Must provide as many biases as the {place} of the input tensor: {shape_text(bias.shape)} vs. "
            f"{shape_text(value.shape)}",
        )


@kernel("BiasAddGrad")
def bias_add_grad(k: KernelContext) -> Callable[..., Any]:
    """The sum over all axes but that of the channels."""
    dtype = k.output_dtypes[0].np
    # Sums of 16-bit floats need more than 16 bits on the way.
    wide = np.dtype(np.float32) if k.output_dtypes[0].is_floating and dtype.itemsize < 4 else dtype
    nchw = k.attr("data_format") == "NCHW"

    def run(gradient: Any) -> Any:
        if np.ndim(gradient) < 2:
            raise errors.InvalidArgumentError(
                None, None, f"Input tensor must be at least 2D: {shape_text(np.shape(gradient))}"
            )
        axes = (0, *range(2, gradient.ndim)) if nchw else tuple(range(gradient.ndim - 1))
        total = gradient.sum(axis=axes, dtype=wide)
        return total if wide is dtype else total.astype(dtype)

    return run


@kernel("L2Loss")
def l2_loss(k: KernelContext) -> Callable[..., Any]:
    """Half the sum of the squares."""
    dtype = k.output_dtypes[0].np
    half = dtype.type(0.5)

    def run(t: Any) -> Any:
        flat = t.reshape(-1)
        return flat.dot(flat) * half

    def run_short(t: Any) -> Any:
        flat = t.reshape(-1).astype(np.float32)
        return (flat.dot(flat) * np.float32(0.5)).astype(dtype)

    return run_short if dtype.itemsize < 4 else run
