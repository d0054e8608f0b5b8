"""Sums of lists of tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import internal_convert_n_to_tensor_or_indexed_slices
from tangraph.framework.tensor_shape import TensorShape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext

ops = OpSet()
_NUMBERS = (
    "float, double, int32, uint8, int16, int8, complex64, int64, qint8, quint8, qint32, bfloat16, uint16, complex128, "
    "half, uint32, uint64"
)


def _add_n_shape(c: ShapeContext) -> Raw:
    # From the last to the first: the position in the error is that of TensorFlow.
    merged = c.shapes[-1]
    for index in range(len(c.shapes) - 2, -1, -1):
        try:
            merged = raw_shape.merge(c.shapes[index], merged)
        except ValueError as error:
            raise ValueError(f"{error}\n\tFrom merging shape {index} with other shapes.") from None
    return merged


def _accumulate_shape(c: ShapeContext) -> Raw:
    shape: Raw = c.attr("shape")
    return shape


ADD_N = ops.define(
    "AddN", ["inputs: N * T"], ["sum: T"], ["N: int >= 1", f"T: {{{_NUMBERS}, variant}}"], shape=_add_n_shape
)
ACCUMULATE_N = ops.define(
    "AccumulateNV2",
    ["inputs: N * T"],
    ["sum: T"],
    ["N: int >= 1", f"T: {{{_NUMBERS}}}", "shape: shape"],
    shape=_accumulate_shape,
)


@ops.gradient("AddN", "AccumulateNV2")
def _add_n_grad(op: Operation, grad: Tensor) -> list[Tensor]:
    return [grad] * len(op.inputs)


@export("add_n", "math.add_n")
def add_n(inputs: Any, name: str | None = None) -> Tensor:
    """Returns the sum of a list of tensors of one shape and type; IndexedSlices among them are made dense.

    Args:
      inputs: a list of tensors or IndexedSlices, at least one.
      name: the operation's name.

    Returns:
      The sum; for a list of one tensor and no name, that tensor itself.

    Raises:
      ValueError: an empty list, something that is no list, or shapes or types that differ.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.add_n([tf.constant(1), tf.constant(2), tf.constant(4)])).item()
    7
    """
    from tangraph.ops.array.identity import identity

    tensors = _as_tensors(inputs)
    if len(tensors) == 1:
        values = tensors[0] if isinstance(tensors[0], Tensor) else _dense(tensors[0])
        return identity(values, name=name) if name else values
    result: Tensor = make_op(ADD_N, tensors, name=name)
    return result


def _as_tensors(inputs: Any) -> list[Any]:
    message = "inputs must be a list of at least one Tensor/IndexedSlices with the same dtype and shape"
    if isinstance(inputs, Tensor):
        iter(inputs)
    if not inputs or not isinstance(inputs, (list, tuple)):
        raise ValueError(message)
    tensors = internal_convert_n_to_tensor_or_indexed_slices(inputs)
    if not all(isinstance(t, Tensor) or hasattr(t, "indices") for t in tensors):
        raise ValueError(message)
    return tensors


def _dense(slices: Any) -> Tensor:
    from tangraph.framework.tensor_conversion import convert_to_tensor

    return convert_to_tensor(slices)


@export("accumulate_n", "math.accumulate_n")
def accumulate_n(inputs: Sequence[Any], shape: Any = None, tensor_dtype: Any = None, name: str | None = None) -> Tensor:
    """Returns the sum of a list of tensors of one shape and type.

    Args:
      inputs: a list of tensors, at least one.
      shape: the shape of the elements, inferred when None.
      tensor_dtype: the type of the elements, inferred when None.
      name: the operation's name.

    Raises:
      TypeError: `tensor_dtype` is not the inputs' type.
      ValueError: an empty list, or shapes or types that differ.
    """
    from tangraph.ops.array.identity import identity

    message = "inputs must be a list of at least one Tensor with the same dtype and shape"
    if not inputs or not isinstance(inputs, (list, tuple)):
        raise ValueError(message)
    tensors = internal_convert_n_to_tensor_or_indexed_slices(inputs)
    if not all(isinstance(t, Tensor) and t.dtype is tensors[0].dtype for t in tensors):
        raise ValueError(message)
    known = TensorShape(shape)
    for tensor in tensors:
        known = known.merge_with(tensor.shape)
    wanted = None if tensor_dtype is None else dtypes.as_dtype(tensor_dtype)
    if wanted is not None and wanted is not tensors[0].dtype:
        raise TypeError(f"tensor_dtype is {wanted}, but input is of type {tensors[0].dtype}")
    if len(tensors) == 1 and name is None:
        return tensors[0]  # type: ignore[no-any-return]
    if len(tensors) == 1:
        return identity(tensors[0], name=name)
    if not known.is_fully_defined():
        # AccumulateNV2 wants its shape as an attr.
        return add_n(tensors, name=name)
    result: Tensor = make_op(ACCUMULATE_N, tensors, shape=known, name=name)
    return result
