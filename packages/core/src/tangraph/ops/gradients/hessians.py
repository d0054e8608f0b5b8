"""`tf.hessians`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.ops.array.constant import constant
from tangraph.ops.gradients.gradients import gradients

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor


@export("hessians")
def hessians(
    ys: Any,
    xs: Any,
    name: str = "hessians",
    colocate_gradients_with_ops: bool = False,
    gate_gradients: bool = False,
    aggregation_method: int | None = None,
) -> list[Tensor]:
    """Builds the second derivatives of the sum of `ys` with respect to each of `xs`.

    Args:
      ys: a tensor or list of tensors to be differentiated.
      xs: a tensor or list of tensors to differentiate by.
      name: accepted for TensorFlow's signature.
      colocate_gradients_with_ops, gate_gradients, aggregation_method: see `tf.gradients`.

    Returns:
      A list as long as `xs`; the Hessian of an x has the shape of that x twice.

    Raises:
      LookupError: an operation on the way has no gradient, or its gradient has none.
      ValueError: an x that no y depends on.
    """
    del name
    xs = list(xs) if isinstance(xs, (list, tuple)) else [xs]
    options: dict[str, Any] = {
        "colocate_gradients_with_ops": colocate_gradients_with_ops,
        "gate_gradients": gate_gradients,
        "aggregation_method": aggregation_method,
    }
    return [_hessian(g, x) for g, x in zip(gradients(ys, xs, **options), xs, strict=True)]


def _hessian(gradient: Any, x: Any) -> Tensor:
    """Differentiates each element of a gradient by `x` once more, in a loop."""
    from tangraph.ops.array.concat import concat
    from tangraph.ops.array.reshape import reshape
    from tangraph.ops.array.shape import shape, size
    from tangraph.ops.control_flow.tensor_array import TensorArray
    from tangraph.ops.control_flow.while_loop import while_loop

    flat = reshape(gradient, [-1])
    count = size(x)

    def differentiate(i: Tensor, rows: Any) -> tuple[Any, Any]:
        return i + 1, rows.write(i, gradients(flat[i], x)[0])

    start = [constant(0, dtypes.int32), TensorArray(x.dtype, count)]
    _, rows = while_loop(lambda i, _: i < count, differentiate, start)
    sizes = shape(x)
    result: Tensor = reshape(rows.stack(), concat((sizes, sizes), 0))
    return result
