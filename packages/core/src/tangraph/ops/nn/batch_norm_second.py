"""Second derivatives of fused batch normalisation: those of its gradient, written out in plain ops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import dtypes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor


def partial_gradients(op: Operation, grads: Sequence[Tensor]) -> list[Tensor | None]:
    """Returns the gradients of the inputs of a FusedBatchNormGrad.

    Args:
      op: the operation.
      grads: the gradients of its outputs, of which the first three count.
    """
    from tangraph.ops.gradients.gradients import gradients

    grad_y, x, scale = op.inputs[:3]
    outputs = _written_out(op)
    # Only what happens in the operation counts here: its inputs may depend on each other.
    inputs = [grad_y, x, scale]
    result: list[Any] = gradients(outputs, inputs, list(grads[:3]), stop_gradients=inputs)
    return [*result, *[None] * (len(op.inputs) - 3)]


def _written_out(op: Operation) -> list[Tensor]:
    """Returns the gradients of the images, the scale and the offset as nodes that have gradients themselves."""
    from tangraph.ops.array.identity import stop_gradient
    from tangraph.ops.array.reshape import reshape, squeeze
    from tangraph.ops.array.shape import size
    from tangraph.ops.math.arithmetic import squared_difference
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.reductions import reduce_mean, reduce_sum
    from tangraph.ops.math.unary import reciprocal, rsqrt

    grad_y: Any
    x: Any
    grad_y, x, scale, mean, variance = op.inputs[:5]
    dtype, epsilon, first = x.dtype, op.attrs["epsilon"], op.attrs["data_format"] == "NCHW"
    if dtype == dtypes.float16:
        x, grad_y = cast(x, dtypes.float32), cast(grad_y, dtypes.float32)
    axes = [0, 2, 3] if first else [0, 1, 2]

    def wide(vector: Any) -> Any:
        return reshape(vector, [1, size(vector), 1, 1]) if first else vector

    def mean_of(value: Any) -> Any:
        return reduce_mean(value, axes, keepdims=first)

    if not op.attrs["is_training"]:
        offset = reduce_sum(grad_y, axis=axes)
        inverse: Any = rsqrt(wide(variance) + epsilon)
        to_scale = reduce_sum(grad_y * (x - wide(mean)) * inverse, axis=axes)
        return [cast(grad_y * wide(scale) * inverse, dtype), to_scale, offset]
    scale = wide(scale)
    mean_grad, mean_x = mean_of(grad_y), mean_of(x)
    var_x = mean_of(squared_difference(x, stop_gradient(mean_x)))
    grad_offset, x_offset = grad_y - mean_grad, x - mean_x
    product = mean_of(grad_y * x_offset)
    to_x = scale * rsqrt(var_x + epsilon) * (grad_offset - reciprocal(var_x + epsilon) * product * x_offset)
    inverse = rsqrt(var_x + epsilon)
    to_scale = inverse * reduce_sum(grad_y * x_offset, axis=axes, keepdims=first)
    if first:
        to_scale = squeeze(to_scale)
    return [cast(to_x, dtype), to_scale, reduce_sum(grad_y, axis=axes)]
