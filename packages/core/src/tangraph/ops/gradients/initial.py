"""The gradients that a walk starts with: those given for the results, or ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import dtypes
from tangraph.framework.indexed_slices import IndexedSlices
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import internal_convert_n_to_tensor_or_indexed_slices
from tangraph.ops.array.constant import constant
from tangraph.ops.array.identity import identity
from tangraph.ops.gradients.aggregation import colocated

if TYPE_CHECKING:
    from collections.abc import Sequence


def initial_gradients(grad_ys: Sequence[Any], ys: Sequence[Any], colocate: bool) -> list[Any]:
    """Returns the gradients of the results.

    Args:
      grad_ys: one for each result: a tensor, an IndexedSlices, what converts to a tensor, or None for ones.
      ys: the results.
      colocate: whether the new nodes are placed with the results.

    Raises:
      ValueError: there are more or fewer of them than results.
      TypeError: the element type of one does not fit its result, or a complex result has none.
    """
    if len(grad_ys) != len(ys):
        raise ValueError(f"Passed {len(grad_ys)} grad_ys for {len(ys)} ys")
    converted = internal_convert_n_to_tensor_or_indexed_slices(grad_ys, name="grad_y")
    made = []
    for i, (y, grad_y) in enumerate(zip(ys, converted, strict=True)):
        with colocated(y.op, colocate):
            if grad_y is None:
                made.append(_ones(y, i))
            else:
                _check_type(y, grad_y)
                made.append(_named(grad_y, i))
    return made


def _ones(y: Any, index: int) -> Tensor:
    if y.dtype.is_complex:
        raise TypeError(f"Gradients of complex tensors must set grad_ys (y.dtype = {y.dtype!r})")
    from tangraph.ops.array.fill import fill
    from tangraph.ops.array.shape import shape

    filled: Tensor = fill(shape(y), constant(1, dtype=y.dtype, name=f"grad_ys_{index}"))
    return filled


def _check_type(y: Any, grad_y: Any) -> None:
    if y.dtype.is_floating or y.dtype.is_integer:
        if not grad_y.dtype.is_floating and not grad_y.dtype.is_integer:
            raise TypeError(
                f"Gradient type {grad_y.dtype.name} generated for real or integer-valued tensor {y} with type "
                f"{y.dtype.name} must be real or integer"
            )
    elif y.dtype.is_complex:
        if not grad_y.dtype.is_complex:
            raise TypeError(
                f"Gradient type {grad_y.dtype.name} generated for complex-valued tensor {y} with type {y.dtype.name} "
                "must be real"
            )
    elif y.dtype is dtypes.variant:
        if grad_y.dtype is not dtypes.variant:
            raise TypeError(
                f"Gradient type {grad_y.dtype.name} generated for variant tensor {y} with type {y.dtype.name} must be "
                "variant"
            )
    elif y.dtype is dtypes.resource:
        if grad_y.dtype is dtypes.resource:
            raise TypeError(f"Input gradient {grad_y} for resource tensor {y} should not be a resource")
    else:
        raise TypeError(f"Tensor {y} with type {y.dtype.name} must be numeric to obtain a default gradient")


def _named(grad_y: Any, index: int) -> Any:
    """Passes a given gradient through nodes of this call's own, by whose names TensorArrays tell the calls apart."""
    if isinstance(grad_y, IndexedSlices):
        parts = {"indices": grad_y.indices, "values": grad_y.values, "shape": grad_y.dense_shape}
        own = {
            part: identity(value, name=f"grad_ys_{index}_{part}") if isinstance(value, Tensor) else value
            for part, value in parts.items()
        }
        return IndexedSlices(own["values"], own["indices"], own["shape"])
    return identity(grad_y, name=f"grad_ys_{index}")
