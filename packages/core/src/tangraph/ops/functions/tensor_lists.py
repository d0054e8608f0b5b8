"""Tensor lists: immutable lists of tensors, which loops that are functions carry along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tangraph.framework import dtypes, raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.framework.tensor_shape import Dimension, TensorShape

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext

ops = OpSet()
_ELEMENT: Final = "element_dtype: type"
_SHAPE_TYPE: Final = "shape_type: {int32, int64}"


def _handle(_: ShapeContext) -> Raw:
    return ()


def _element(c: ShapeContext, shape_input: int | None = None) -> Raw:
    """What is known of the shape of the elements: by the list in the first input, and an input that gives it."""
    known = c.handle(0)
    shape = None if known is None else known[1]
    if shape_input is None or c.shapes[shape_input] == ():
        return shape
    return raw_shape.merge(shape, c.shape_value(shape_input))


def _item_shape(c: ShapeContext) -> Raw:
    return _element(c, 2)


def _popped(c: ShapeContext) -> list[Raw]:
    return [(), _element(c, 1)]


def _stacked(c: ShapeContext) -> Raw:
    element, count = _element(c, 1), c.attr("num_elements")
    return None if element is None else (None if count < 0 else count, *element)


def _gathered(c: ShapeContext) -> Raw:
    element, indices = _element(c, 2), c.shapes[1]
    return None if element is None else (None if indices is None else indices[0], *element)


def _concatenated(c: ShapeContext) -> list[Raw]:
    element = _element(c, 1 if len(c.shapes) > 1 else None)
    if "element_shape" in c.attrs:
        element = raw_shape.merge(element, c.attr("element_shape"))
    return [None if element is None else (None, *element[1:]), (None,)]


def _shape_of_element(c: ShapeContext) -> Raw:
    known = c.handle(0)
    return None if known is None or known[1] is None else (len(known[1]),)


ops.define(
    "EmptyTensorList",
    ["element_shape: shape_type", "max_num_elements: int32"],
    ["handle: variant"],
    [_ELEMENT, _SHAPE_TYPE],
    shape=_handle,
)
ops.define(
    "TensorListReserve",
    ["element_shape: shape_type", "num_elements: int32"],
    ["handle: variant"],
    [_ELEMENT, _SHAPE_TYPE],
    shape=_handle,
)
ops.define(
    "TensorListFromTensor",
    ["tensor: element_dtype", "element_shape: shape_type"],
    ["output_handle: variant"],
    [_ELEMENT, _SHAPE_TYPE],
    shape=_handle,
)
ops.define(
    "TensorListPushBack",
    ["input_handle: variant", "tensor: element_dtype"],
    ["output_handle: variant"],
    [_ELEMENT],
    shape=_handle,
)
ops.define(
    "TensorListPopBack",
    ["input_handle: variant", "element_shape: int32"],
    ["output_handle: variant", "tensor: element_dtype"],
    [_ELEMENT],
    shape=_popped,
)
ops.define(
    "TensorListGetItem",
    ["input_handle: variant", "index: int32", "element_shape: int32"],
    ["item: element_dtype"],
    [_ELEMENT],
    shape=_item_shape,
)
ops.define(
    "TensorListSetItem",
    ["input_handle: variant", "index: int32", "item: element_dtype"],
    ["output_handle: variant"],
    [_ELEMENT],
    shape=_handle,
)
ops.define(
    "TensorListStack",
    ["input_handle: variant", "element_shape: int32"],
    ["tensor: element_dtype"],
    [_ELEMENT, "num_elements: int = -1"],
    shape=_stacked,
)
ops.define(
    "TensorListGather",
    ["input_handle: variant", "indices: int32", "element_shape: int32"],
    ["values: element_dtype"],
    [_ELEMENT],
    shape=_gathered,
)
ops.define(
    "TensorListScatter",
    ["tensor: element_dtype", "indices: int32", "element_shape: shape_type"],
    ["output_handle: variant"],
    [_ELEMENT, _SHAPE_TYPE],
    shape=_handle,
)
ops.define(
    "TensorListScatterV2",
    ["tensor: element_dtype", "indices: int32", "element_shape: shape_type", "num_elements: int32"],
    ["output_handle: variant"],
    [_ELEMENT, _SHAPE_TYPE],
    shape=_handle,
)
ops.define(
    "TensorListScatterIntoExistingList",
    ["input_handle: variant", "tensor: element_dtype", "indices: int32"],
    ["output_handle: variant"],
    [_ELEMENT],
    shape=_handle,
)
ops.define(
    "TensorListConcat",
    ["input_handle: variant"],
    ["tensor: element_dtype", "lengths: int64"],
    [_ELEMENT, "element_shape: shape = unknown_rank"],
    shape=_concatenated,
)
ops.define(
    "TensorListConcatV2",
    ["input_handle: variant", "element_shape: shape_type", "leading_dims: int64"],
    ["tensor: element_dtype", "lengths: int64"],
    [_ELEMENT, _SHAPE_TYPE],
    shape=_concatenated,
)
ops.define(
    "TensorListSplit",
    ["tensor: element_dtype", "element_shape: shape_type", "lengths: int64"],
    ["output_handle: variant"],
    [_ELEMENT, _SHAPE_TYPE],
    shape=_handle,
)
ops.define("TensorListLength", ["input_handle: variant"], ["length: int32"], shape=_handle)
ops.define(
    "TensorListElementShape",
    ["input_handle: variant"],
    ["element_shape: shape_type"],
    [_SHAPE_TYPE],
    shape=_shape_of_element,
)
ops.define(
    "TensorListResize",
    ["input_handle: variant", "size: int32"],
    ["output_handle: variant"],
    shape=_handle,
    stateful=True,
)
ops.define(
    "TensorListConcatLists",
    ["input_a: variant", "input_b: variant"],
    ["output: variant"],
    [_ELEMENT],
    shape=lambda c: c.shapes[0],
)
ops.not_differentiable("TensorListConcatLists", "TensorListElementShape", "TensorListLength")
ops.without_gradient("EmptyTensorList", "TensorListReserve")


def element_shape_of(shape: Any) -> Any:
    """Returns a shape as these ops take it: -1 for one of unknown rank, -1 for unknown sizes."""
    if isinstance(shape, Tensor):
        return shape
    if isinstance(shape, TensorShape):
        shape = None if shape.raw is None else shape.as_list()
    if shape is None:
        return -1
    if not len(shape):
        return convert_to_tensor(shape, dtype=dtypes.int32)
    sizes = [size.value if isinstance(size, Dimension) else size for size in shape]
    return [-1 if size is None else size for size in sizes]


def empty_list(element_shape: Any, element_dtype: Any, max_num_elements: Any = None, name: str | None = None) -> Tensor:
    """Returns an empty list."""
    most = -1 if max_num_elements is None else max_num_elements
    made: Tensor = make_op(
        "EmptyTensorList", element_shape_of(element_shape), most, element_dtype=element_dtype, name=name
    )
    return made


def reserve(element_shape: Any, num_elements: Any, element_dtype: Any, name: str | None = None) -> Tensor:
    """Returns a list of elements that are not there yet."""
    made: Tensor = make_op(
        "TensorListReserve", element_shape_of(element_shape), num_elements, element_dtype=element_dtype, name=name
    )
    return made


def from_tensor(tensor: Any, element_shape: Any, name: str | None = None) -> Tensor:
    """Returns the list of the rows of a tensor."""
    made: Tensor = make_op("TensorListFromTensor", tensor, element_shape_of(element_shape), name=name)
    return made


def get_item(handle: Tensor, index: Any, element_dtype: Any, element_shape: Any = None, name: str | None = None) -> Any:
    """Returns an element."""
    shape = element_shape_of(element_shape)
    return make_op("TensorListGetItem", handle, index, shape, element_dtype=element_dtype, name=name)


def push_back(handle: Tensor, tensor: Any, name: str | None = None) -> Tensor:
    """Returns a list with one more element."""
    made: Tensor = make_op("TensorListPushBack", handle, tensor, name=name)
    return made


def pop_back(handle: Tensor, element_dtype: Any, element_shape: Any = -1, name: str | None = None) -> Any:
    """Returns a list with one element less, and that element."""
    return make_op("TensorListPopBack", handle, element_shape, element_dtype=element_dtype, name=name)


def stack(
    handle: Tensor,
    element_dtype: Any,
    num_elements: int | None = -1,
    element_shape: Any = None,
    name: str | None = None,
) -> Any:
    """Returns the elements as the rows of a tensor."""
    count = -1 if num_elements is None else num_elements
    shape = element_shape_of(element_shape)
    return make_op("TensorListStack", handle, shape, element_dtype=element_dtype, num_elements=count, name=name)


def gather(handle: Tensor, indices: Any, element_dtype: Any, element_shape: Any = None, name: str | None = None) -> Any:
    """Returns some elements as the rows of a tensor."""
    shape = element_shape_of(element_shape)
    return make_op("TensorListGather", handle, indices, shape, element_dtype=element_dtype, name=name)


def scatter(
    tensor: Any, indices: Any, element_shape: Any = None, handle: Tensor | None = None, name: str | None = None
) -> Any:
    """Returns a list whose elements at `indices` are the rows of a tensor: a new one, or one like `handle`."""
    if handle is not None:
        return make_op("TensorListScatterIntoExistingList", handle, tensor, indices, name=name)
    return make_op("TensorListScatterV2", tensor, indices, element_shape_of(element_shape), -1, name=name)


def concat(handle: Tensor, element_dtype: Any, element_shape: Any = None, name: str | None = None) -> Any:
    """Returns the elements one after another."""
    leading = convert_to_tensor([], dtype=dtypes.int64)
    shape = element_shape_of(element_shape)
    return make_op("TensorListConcatV2", handle, shape, leading, element_dtype=element_dtype, name=name)[0]


def split(tensor: Any, element_shape: Any, lengths: Any, name: str | None = None) -> Any:
    """Returns a list of pieces of a tensor."""
    return make_op("TensorListSplit", tensor, element_shape_of(element_shape), lengths, name=name)


def length(handle: Tensor, name: str | None = None) -> Any:
    """Returns the number of elements."""
    return make_op("TensorListLength", handle, name=name)


def set_item(handle: Tensor, index: Any, item: Any, resize: bool | None = False, name: str | None = None) -> Any:
    """Returns a list with another element at an index; with `resize`, one that grows for it where need be."""
    if resize:
        from tangraph.ops.control_flow.cond import cond

        size, smaller = length(handle), handle
        handle = cond(index >= size, lambda: make_op("TensorListResize", smaller, index + 1), lambda: smaller)
    return make_op("TensorListSetItem", handle, index, item, name=name)


def element_shape_tensor(handle: Tensor) -> Tensor:
    """Returns the shape of the elements as a tensor."""
    made: Tensor = make_op("TensorListElementShape", handle, shape_type=dtypes.int32)
    return made


# -- gradients -----------------------------------------------------------------------------------------------------


def _shape(tensor: Any) -> Any:
    from tangraph.ops.array.shape import shape

    return shape(tensor)


def _row_shape(tensor: Any) -> Any:
    from tangraph.ops.array.slicing import slice as slice_

    return slice_(_shape(tensor), [1], [-1])


def _zeros_like(tensor: Any) -> Any:
    from tangraph.ops.array.fill import zeros_like

    return zeros_like(tensor)


@ops.gradient("TensorListPushBack")
def _push_back_grad(op: Operation, grad: Any) -> Any:
    return pop_back(grad, op.attrs["element_dtype"], _shape(op._inputs[1]))


@ops.gradient("TensorListPopBack")
def _pop_back_grad(op: Operation, grad_list: Any, grad: Any) -> Any:
    if grad_list is None:
        grad_list = empty_list(element_shape_tensor(op.outputs[0]), grad.dtype)
    return push_back(grad_list, grad), None


@ops.gradient("TensorListStack")
def _stack_grad(_: Operation, grad: Any) -> Any:
    return from_tensor(grad, grad.shape[1:]), None


@ops.gradient("TensorListConcat", "TensorListConcatV2")
def _concat_grad(op: Operation, grad: Any, _: Any) -> Any:
    pieces = split(grad, element_shape_tensor(op._inputs[0]), op.outputs[1])
    return (pieces, None, None) if op.type == "TensorListConcatV2" else pieces


@ops.gradient("TensorListSplit")
def _split_grad(op: Operation, grad: Any) -> Any:
    from tangraph.ops.array.concat import concat as join

    tensor, _, lengths = op._inputs
    shape = join([[-1], _row_shape(tensor)], axis=0)
    joined = make_op("TensorListConcatV2", grad, shape, lengths, element_dtype=tensor.dtype.base)
    return joined[0], None, None


@ops.gradient("TensorListFromTensor")
def _from_tensor_grad(op: Operation, grad: Any) -> Any:
    tensor = op._inputs[0]
    count = tensor.raw_shape[0] if tensor.raw_shape else None
    if grad is None:
        grad = empty_list(element_shape_tensor(op.outputs[0]), tensor.dtype.base)
    return stack(grad, tensor.dtype.base, count, _row_shape(tensor)), None


@ops.gradient("TensorListGetItem")
def _get_item_grad(op: Operation, grad: Any) -> Any:
    handle, index, _ = op._inputs
    size = length(handle)
    return set_item(reserve(element_shape_tensor(handle), size, grad.dtype), index, grad), None, None


@ops.gradient("TensorListSetItem")
def _set_item_grad(op: Operation, grad: Any) -> Any:
    _, index, item = op._inputs
    without = set_item(grad, index, _zeros_like(item))
    return without, None, get_item(grad, index, item.dtype.base, _shape(item))


@ops.gradient("TensorListResize")
def _resize_grad(op: Operation, grad: Any) -> Any:
    return make_op("TensorListResize", grad, length(op._inputs[0])), None


@ops.gradient("TensorListGather")
def _gather_grad(op: Operation, grad: Any) -> Any:
    handle, indices, _ = op._inputs
    shape = element_shape_tensor(handle)
    made = reserve(shape, length(handle), grad.dtype)
    return scatter(grad, indices, handle=made), None, None


@ops.gradient("TensorListScatter", "TensorListScatterV2")
def _scatter_grad(op: Operation, grad: Any) -> Any:
    tensor, indices = op._inputs[:2]
    found = gather(grad, indices, tensor.dtype.base, _row_shape(tensor))
    return (found, None, None, None) if op.type == "TensorListScatterV2" else (found, None, None)


@ops.gradient("TensorListScatterIntoExistingList")
def _scatter_into_grad(op: Operation, grad: Any) -> Any:
    _, tensor, indices = op._inputs
    found = gather(grad, indices, tensor.dtype.base, _row_shape(tensor))
    return scatter(_zeros_like(tensor), indices, indices, handle=grad), found, None
