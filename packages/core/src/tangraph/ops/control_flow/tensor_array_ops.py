"""The ops behind TensorArray: schemas, shape functions, gradients.

A handle's value is a plain Python object made anew in every run. The `flow` scalars that go from one operation to the
next say in which order they run; their value means nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import raw_shape
from tangraph.framework.op_def import OpSet

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _element(c: ShapeContext) -> Raw:
    """The shape of the elements, as far as the handle tells."""
    known = c.handle(0)
    return None if known is None else known[1]


def _array_shape(c: ShapeContext) -> list[Raw]:
    raw_shape.with_rank(c.shapes[0], 0)
    return [(2,), ()]


def _grad_shape(_: ShapeContext) -> list[Raw]:
    return [(2,), ()]


def _read_shape(c: ShapeContext) -> Raw:
    raw_shape.with_rank(c.shapes[1], 0)
    return _element(c)


def _write_shape(c: ShapeContext) -> Raw:
    raw_shape.with_rank(c.shapes[1], 0)
    raw_shape.merge(_element(c), c.shapes[2])
    return ()


def _gather_shape(c: ShapeContext) -> Raw:
    indices = raw_shape.with_rank(c.shapes[1], 1)
    element = c.attr("element_shape") if c.handle(0) is None else _element(c)
    return raw_shape.concatenate(indices, element)


def _scatter_shape(c: ShapeContext) -> Raw:
    indices = raw_shape.with_rank(c.shapes[1], 1)
    value = raw_shape.with_rank_at_least(c.shapes[2], 1)
    if value is not None:
        raw_shape.merge_dim(value[0], indices[0])
        raw_shape.merge(_element(c), value[1:])
    return ()


def _concat_shape(_: ShapeContext) -> list[Raw]:
    return [None, (None,)]


def _scalar(_: ShapeContext) -> Raw:
    return ()


TENSOR_ARRAY_V3 = ops.define(
    "TensorArrayV3",
    ["size: int32"],
    ["handle: resource", "flow: float"],
    [
        "dtype: type",
        "element_shape: shape = { unknown_rank: true }",
        "dynamic_size: bool = false",
        "clear_after_read: bool = true",
        "identical_element_shapes: bool = false",
        "tensor_array_name: string = ''",
    ],
    shape=_array_shape,
    stateful=True,
)
TENSOR_ARRAY_GRAD_V3 = ops.define(
    "TensorArrayGradV3",
    ["handle: resource", "flow_in: float"],
    ["grad_handle: resource", "flow_out: float"],
    ["source: string"],
    shape=_grad_shape,
    stateful=True,
)
TENSOR_ARRAY_READ_V3 = ops.define(
    "TensorArrayReadV3",
    ["handle: resource", "index: int32", "flow_in: float"],
    ["value: dtype"],
    ["dtype: type"],
    shape=_read_shape,
    stateful=True,
    host_inputs=(1,),
)
TENSOR_ARRAY_WRITE_V3 = ops.define(
    "TensorArrayWriteV3",
    ["handle: resource", "index: int32", "value: T", "flow_in: float"],
    ["flow_out: float"],
    ["T: type"],
    shape=_write_shape,
    stateful=True,
    host_inputs=(1,),
)
TENSOR_ARRAY_GATHER_V3 = ops.define(
    "TensorArrayGatherV3",
    ["handle: resource", "indices: int32", "flow_in: float"],
    ["value: dtype"],
    ["dtype: type", "element_shape: shape = { unknown_rank: true }"],
    shape=_gather_shape,
    stateful=True,
    host_inputs=(1,),
)
TENSOR_ARRAY_SCATTER_V3 = ops.define(
    "TensorArrayScatterV3",
    ["handle: resource", "indices: int32", "value: T", "flow_in: float"],
    ["flow_out: float"],
    ["T: type"],
    shape=_scatter_shape,
    stateful=True,
    host_inputs=(1,),
)
TENSOR_ARRAY_CONCAT_V3 = ops.define(
    "TensorArrayConcatV3",
    ["handle: resource", "flow_in: float"],
    ["value: dtype", "lengths: int64"],
    ["dtype: type", "element_shape_except0: shape = { unknown_rank: true }"],
    shape=_concat_shape,
    stateful=True,
)
TENSOR_ARRAY_SPLIT_V3 = ops.define(
    "TensorArraySplitV3",
    ["handle: resource", "value: T", "lengths: int64", "flow_in: float"],
    ["flow_out: float"],
    ["T: type"],
    shape=_scalar,
    stateful=True,
    host_inputs=(2,),
)
TENSOR_ARRAY_SIZE_V3 = ops.define(
    "TensorArraySizeV3", ["handle: resource", "flow_in: float"], ["size: int32"], shape=_scalar, stateful=True
)
TENSOR_ARRAY_CLOSE_V3 = ops.define("TensorArrayCloseV3", ["handle: resource"], stateful=True)
ops.not_differentiable("TensorArrayV3", "TensorArrayGradV3", "TensorArraySizeV3", "TensorArrayCloseV3")


# -- gradients: what was written is read from an array of gradients, and the other way round -----------------------------


def _gradient_array(handle: Tensor, flow: Tensor, dtype: Any, named_after: Tensor) -> Any:
    """The array of gradients that belongs to a TensorArray and to one call of `tf.gradients`."""
    from tangraph.ops.control_flow.tensor_array import TensorArray

    source = gradient_source(named_after)
    array = TensorArray(dtype=dtype, handle=handle, flow=flow, colocate_with_first_write_call=False)
    return array.grad(source=source, flow=flow)


def gradient_source(tensor: Any) -> str:
    """Returns the name scope of the call of `tf.gradients` that made a tensor.

    Raises:
      ValueError: the scope's name does not begin with "gradients".
    """
    parts = tensor.name.split("/")
    last = max((i for i, part in enumerate(parts) if part.startswith("gradients")), default=None)
    if last is None:
        raise ValueError(
            "Expected op/tensor name to start with gradients (excluding scope), "
            f"got: {tensor.name}. This means that a tf.gradients op with this op in its dependency path has a custom name "
            "that does not start with 'gradients'. Please make sure all calls to tf.gradients that have non-empty 'name' "
            "arguments use names that start with 'gradients'."
        )
    return "/".join(parts[: last + 1])


@ops.gradient("TensorArrayReadV3")
def _read_grad(op: Operation, grad: Tensor) -> list[Any]:
    handle, index, flow = op.inputs
    array = _gradient_array(handle, flow, op.attrs["dtype"], grad)
    return [None, None, array.write(index, grad).flow]


@ops.gradient("TensorArrayWriteV3")
def _write_grad(op: Operation, flow: Tensor) -> list[Any]:
    array = _gradient_array(op.inputs[0], flow, op.attrs["T"], flow)
    return [None, None, array.read(op.inputs[1]), flow]


@ops.gradient("TensorArrayGatherV3")
def _gather_grad(op: Operation, grad: Tensor) -> list[Any]:
    handle, indices, flow = op.inputs
    array = _gradient_array(handle, flow, op.attrs["dtype"], grad)
    return [None, None, array.scatter(indices, grad).flow]


@ops.gradient("TensorArrayScatterV3")
def _scatter_grad(op: Operation, flow: Tensor) -> list[Any]:
    array = _gradient_array(op.inputs[0], flow, op.attrs["T"], flow)
    return [None, None, array.gather(op.inputs[1]), flow]


@ops.gradient("TensorArrayConcatV3")
def _concat_grad(op: Operation, grad: Tensor, _: Any) -> list[Any]:
    handle, flow = op.inputs
    array = _gradient_array(handle, flow, op.attrs["dtype"], grad)
    return [None, array.split(grad, lengths=op.outputs[1]).flow]


@ops.gradient("TensorArraySplitV3")
def _split_grad(op: Operation, flow: Tensor) -> list[Any]:
    array = _gradient_array(op.inputs[0], flow, op.attrs["T"], flow)
    return [None, array.concat(), None, flow]
