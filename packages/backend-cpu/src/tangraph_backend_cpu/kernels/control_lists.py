"""Tensor lists: Python objects that share their elements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.client.variants import TensorListValue
from tangraph.framework import raw_shape
from tangraph.framework.errors import InvalidArgumentError
from tangraph.plan.kernel import KernelSet

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tangraph.framework.dtypes import DType
    from tangraph.framework.raw_shape import Raw
    from tangraph.plan.kernel import KernelContext

    Kernel = Callable[..., Any]

kernel = KernelSet()


def _fail(text: str) -> InvalidArgumentError:
    return InvalidArgumentError(None, None, text)


def _given_shape(sizes: Any) -> Raw:
    """The shape that an input says: -1 for any."""
    if np.ndim(sizes) == 0:
        return None
    return tuple([None if size < 0 else size for size in np.asarray(sizes).tolist()])


def _shape_of(value: Any) -> tuple[int, ...]:
    return () if isinstance(value, bytes) else np.shape(value)


def _check_element(values: TensorListValue, item: Any) -> None:
    shape = values.element_shape
    if shape is not None and not raw_shape.compatible(shape, _shape_of(item)):
        raise _fail(
            "Tried to set a tensor with incompatible shape at a list index. Item element shape: "
            f"{raw_shape.to_str(_shape_of(item))} list shape: {raw_shape.to_str(shape)}"
        )


def _empty(dtype: DType, shape: Raw) -> Any:
    """What an element that was never written is: zeros."""
    if not raw_shape.is_fully_defined(shape):
        raise _fail(
            "Trying to read an uninitialized tensor but element_shape is not fully defined: "
            f"{raw_shape.to_str(shape)}. Possible reasons: no element was written."
        )
    if dtype.name == "string":
        return np.full(shape, b"", object) if shape else b""
    return np.zeros(shape, dtype.np)[()] if shape == () else np.zeros(shape, dtype.np)


def _elements(values: TensorListValue, items: Sequence[Any], wanted: Raw) -> tuple[list[Any], Raw]:
    """The elements, zeros for those that are missing; and their shape."""
    try:
        shape = raw_shape.merge(values.element_shape, wanted)
        for item in items:
            if item is not None:
                shape = raw_shape.merge(shape, _shape_of(item))
    except ValueError:
        raise _fail(
            f"Incompatible shapes of the elements of a list: {raw_shape.to_str(values.element_shape)}, asked for as "
            f"{raw_shape.to_str(wanted)}"
        ) from None
    return [_empty(values.dtype, shape) if item is None else item for item in items], shape


def _stacked(values: TensorListValue, items: Sequence[Any], wanted: Raw) -> Any:
    found, shape = _elements(values, items, wanted)
    if not found:
        if not raw_shape.is_fully_defined(shape):
            raise _fail(
                "Tried to stack elements of an empty list with non-fully-defined element_shape: "
                f"{raw_shape.to_str(shape)}"
            )
        assert shape is not None
        return np.empty((0, *shape), values.dtype.np)
    if values.dtype.name == "string":
        made = np.empty((len(found), *_shape_of(found[0])), object)
        for index, item in enumerate(found):
            made[index] = item
        return made
    return np.stack([np.asarray(item) for item in found])


def _rows(tensor: Any) -> list[Any]:
    return [tensor[index] for index in range(len(tensor))]


@kernel("EmptyTensorList")
def empty_tensor_list(k: KernelContext) -> Kernel:
    """A list of nothing."""
    dtype = k.attr("element_dtype")
    return lambda shape, most: TensorListValue(dtype, _given_shape(shape), [], int(most))


@kernel("TensorListReserve")
def reserve(k: KernelContext) -> Kernel:
    """A list of elements that are not there yet."""
    dtype = k.attr("element_dtype")

    def make(shape: Any, count: Any) -> TensorListValue:
        if count < 0:
            raise _fail(f"The num_elements of a list must be non-negative. Received: {count}")
        return TensorListValue(dtype, _given_shape(shape), [None] * int(count))

    return make


@kernel("TensorListFromTensor")
def from_tensor(k: KernelContext) -> Kernel:
    """The rows of a tensor."""
    dtype = k.attr("element_dtype")

    def make(tensor: Any, shape: Any) -> TensorListValue:
        if np.ndim(tensor) == 0:
            raise _fail("Tensor must be at least a vector, but saw shape: []")
        wanted = _given_shape(shape)
        if not raw_shape.compatible(wanted, tensor.shape[1:]):
            raise _fail(
                f"Specified a list with shape {raw_shape.to_str(wanted)} from a tensor with shape "
                f"{raw_shape.to_str(tensor.shape[1:])}"
            )
        return TensorListValue(dtype, wanted, _rows(tensor))

    return make


@kernel("TensorListPushBack")
def push_back(_: KernelContext) -> Kernel:
    """One more element."""

    def push(values: TensorListValue, item: Any) -> TensorListValue:
        if values.element_shape is not None:
            _check_element(values, item)
        if 0 <= values.max_elements <= len(values):
            raise _fail(
                f"Tried to push item into a full list list size: {len(values)} max_num_elements: {values.max_elements}"
            )
        return values.pushed(item)

    return push


@kernel("TensorListPopBack")
def pop_back(_: KernelContext) -> Kernel:
    """One element less, and that element."""

    def pop(values: TensorListValue, shape: Any) -> Any:
        if not len(values):
            raise _fail("Trying to pop from an empty list.")
        rest, item = values.popped()
        if item is None:
            item = _elements(values, [None], _given_shape(shape))[0][0]
        return rest, item

    return pop


@kernel("TensorListGetItem")
def get_item(_: KernelContext) -> Kernel:
    """An element."""

    def get(values: TensorListValue, index: Any, shape: Any) -> Any:
        items = values.items
        if not 0 <= index < len(items):
            raise _fail(f"Trying to access element {index} in a list with {len(items)} elements.")
        item = items[index]
        return _elements(values, [None], _given_shape(shape))[0][0] if item is None else item

    return get


@kernel("TensorListSetItem")
def set_item(_: KernelContext) -> Kernel:
    """Another element at an index."""

    def put(values: TensorListValue, index: Any, item: Any) -> TensorListValue:
        if not 0 <= index < len(values):
            raise _fail(f"Trying to modify element {index} in a list with {len(values)} elements.")
        if values.element_shape is not None:
            _check_element(values, item)
        return values.with_item(int(index), item)

    return put


@kernel("TensorListStack")
def stack(k: KernelContext) -> Kernel:
    """The elements as the rows of a tensor."""
    wanted = k.attr("num_elements")

    def make(values: TensorListValue, shape: Any) -> Any:
        if 0 <= wanted != len(values):
            raise _fail(f"Operation expected a list with {wanted} elements but got a list with {len(values)} elements.")
        return _stacked(values, values.items, _given_shape(shape))

    return make


@kernel("TensorListGather")
def gather(_: KernelContext) -> Kernel:
    """Some elements as the rows of a tensor."""

    def make(values: TensorListValue, indices: Any, shape: Any) -> Any:
        items = values.items
        for index in indices.tolist():
            if not 0 <= index < len(items):
                raise _fail(f"Trying to gather element {index} in a list with {len(items)} elements.")
        return _stacked(values, [items[index] for index in indices.tolist()], _given_shape(shape))

    return make


def _scattered(items: list[Any], indices: Any, tensor: Any) -> list[Any]:
    """The elements with the rows of a tensor at some indices; as many as the largest index needs."""
    places = indices.tolist()
    if len(places) != len(tensor):
        raise _fail(f"Specified {len(places)} indices for a tensor of {len(tensor)} rows")
    if any(place < 0 for place in places):
        raise _fail("Indices in TensorListScatter must all be non-negative.")
    items.extend([None] * (max(places, default=-1) + 1 - len(items)))
    for place, row in zip(places, _rows(tensor), strict=True):
        items[place] = row
    return items


@kernel("TensorListScatter", "TensorListScatterV2")
def scatter(k: KernelContext) -> Kernel:
    """A list whose elements at some indices are the rows of a tensor."""
    dtype = k.attr("element_dtype")

    def make(tensor: Any, indices: Any, shape: Any, count: Any = -1) -> TensorListValue:
        if 0 <= count <= indices.max(initial=-1):
            raise _fail(f"TensorListScatter: Trying to scatter at index {indices.max()} in list with size {count}")
        items = _scattered([None] * max(int(count), 0), indices, tensor)
        return TensorListValue(dtype, _given_shape(shape), items)

    return make


@kernel("TensorListScatterIntoExistingList")
def scatter_into(_: KernelContext) -> Kernel:
    """A list with the rows of a tensor at some indices, the other elements as before."""
    return lambda values, tensor, indices: values.like(_scattered(list(values.items), indices, tensor))


@kernel("TensorListConcat", "TensorListConcatV2")
def concat(k: KernelContext) -> Kernel:
    """The elements one after another, and how long each is."""
    dtype = k.attr("element_dtype")

    def make(values: TensorListValue, shape: Any = -1, leading: Any = ()) -> Any:
        items = values.items
        wanted = _given_shape(shape)
        rest = None if wanted is None else wanted[1:]
        found = []
        for index, item in enumerate(items):
            if item is None:
                size = leading[index] if index < len(leading) else None
                known = raw_shape.merge(values.element_shape, None if rest is None else (size, *rest))
                item = _empty(dtype, known)
            if np.ndim(item) == 0:
                raise _fail(f"Concat saw a scalar shape at index {index} but requires at least vectors.")
            found.append(item)
        lengths = np.array([len(item) for item in found], np.int64)
        if not found:
            inner = raw_shape.merge(rest, None if values.element_shape is None else values.element_shape[1:])
            if not raw_shape.is_fully_defined(inner):
                raise _fail(
                    "All except the first dimension must be fully defined when concating an empty tensor list. "
                    f"element_shape: {raw_shape.to_str(wanted)}"
                )
            return np.empty((0, *(size or 0 for size in inner or ())), dtype.np), lengths
        return np.concatenate(found), lengths

    return make


@kernel("TensorListSplit")
def split(k: KernelContext) -> Kernel:
    """Pieces of a tensor."""
    dtype = k.attr("element_dtype")

    def make(tensor: Any, shape: Any, lengths: Any) -> TensorListValue:
        sizes = lengths.tolist()
        if sum(sizes) != len(tensor):
            raise _fail(f"Attempting to split {len(tensor)} rows into pieces of {sum(sizes)}")
        ends = np.cumsum(lengths).tolist()
        pieces = [tensor[end - size : end] for size, end in zip(sizes, ends, strict=True)]
        return TensorListValue(dtype, _given_shape(shape), pieces)

    return make


@kernel("TensorListLength")
def length(_: KernelContext) -> Kernel:
    """The number of elements."""
    return lambda values: np.int32(len(values))


@kernel("TensorListElementShape")
def element_shape(k: KernelContext) -> Kernel:
    """The shape of the elements, -1 where it is not given."""
    dtype = k.attr("shape_type").np

    def make(values: TensorListValue) -> Any:
        shape = values.element_shape
        return dtype.type(-1) if shape is None else np.array([-1 if s is None else s for s in shape], dtype)

    return make


@kernel("TensorListResize")
def resize(_: KernelContext) -> Kernel:
    """A list of another length."""

    def make(values: TensorListValue, size: Any) -> TensorListValue:
        if size < 0:
            raise _fail(f"TensorListSlice expects size to be non-negative. Got: {size}")
        items = values.items[: int(size)]
        return values.like(items + [None] * (int(size) - len(items)))

    return make


@kernel("TensorListConcatLists")
def concat_lists(_: KernelContext) -> Kernel:
    """One list after another."""
    return lambda first, second: first.like(first.items + second.items)
