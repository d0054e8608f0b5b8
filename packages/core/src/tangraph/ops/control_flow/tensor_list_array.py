"""`tf.TensorArray` in the bodies of functions: its flow is a tensor list, and there is no handle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import dtypes
from tangraph.framework.constant_value import constant_value
from tangraph.framework.make_op import make_op
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.framework.tensor_shape import TensorShape
from tangraph.ops.control_flow.tensor_array import TensorArray, _check_dtype, build_ta_with_new_flow
from tangraph.ops.functions import tensor_lists as lists

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation


class TensorListArray(TensorArray):
    """See `tf.TensorArray`."""

    def __init__(
        self,
        dtype: Any,
        size: Any = None,
        dynamic_size: bool | None = None,
        clear_after_read: bool | None = None,
        tensor_array_name: str | None = None,
        handle: Any = None,
        flow: Any = None,
        infer_shape: bool = True,
        element_shape: Any = None,
        colocate_with_first_write_call: bool = True,
        name: str | None = None,
    ) -> None:
        del clear_after_read, tensor_array_name, colocate_with_first_write_call, handle
        if flow is not None and not (isinstance(flow, Tensor) and flow.dtype is dtypes.variant):
            raise TypeError("flow must be a variant tensor")
        if flow is None and size is None:
            raise ValueError("Size must be provided if flow is not provided")
        if flow is not None and size is not None:
            raise ValueError("Cannot provide both a flow and size at the same time")
        if flow is not None and element_shape is not None:
            raise ValueError("Cannot provide both a flow and element_shape at the same time")
        self._dynamic_size = bool(dynamic_size)
        self._dtype = dtypes.as_dtype(dtype).base
        self._infer_shape = infer_shape
        self._element_shape = [TensorShape(element_shape)]
        self._colocate_with_first_write_call = False
        self._colocate_with = None
        with name_scope(name, "TensorArrayV2", [size, flow]) as scope:
            self._flow = lists.reserve(element_shape, size, dtype, scope) if flow is None else flow

    @property
    def handle(self) -> Any:
        """None: there is no resource behind the array."""
        return None

    def grad(self, source: str, flow: Tensor | None = None, name: str | None = None) -> TensorArray:
        """Not available: the gradient of a tensor list is a tensor list."""
        raise NotImplementedError

    def read(self, index: Any, name: str | None = None) -> Tensor:
        """Returns an element."""
        with name_scope(name, "TensorArrayV2Read", [self._flow, index]):
            item: Tensor = lists.get_item(self._flow, index, self._dtype, self.element_shape, name)
            return item

    def write(self, index: Any, value: Any, name: str | None = None) -> TensorArray:
        """Writes an element; returns the array after the write."""
        with name_scope(name, "TensorArrayV2Write", [self._flow, index, value]):
            value = self._converted(value)
            self._check_element_shape(value.shape)
            return build_ta_with_new_flow(self, lists.set_item(self._flow, index, value, self._dynamic_size, name))

    def stack(self, name: str | None = None) -> Tensor:
        """Returns the elements as the rows of a tensor."""
        with name_scope(name, "TensorArrayV2Stack", [self._flow]):
            stacked: Tensor = lists.stack(self._flow, self._dtype, element_shape=self.element_shape)
            return stacked

    def gather(self, indices: Any, name: str | None = None) -> Tensor:
        """Returns some elements as the rows of a tensor."""
        gathered: Tensor = lists.gather(self._flow, indices, self._dtype, self.element_shape, name)
        return gathered

    def concat(self, name: str | None = None) -> Tensor:
        """Returns the elements one after another."""
        known = self.element_shape.raw
        shape = [None, *known[1:]] if known is not None else None
        joined: Tensor = lists.concat(self._flow, self._dtype, shape, name)
        return joined

    def unstack(self, value: Any, name: str | None = None) -> TensorArray:
        """Writes the rows of a tensor to the elements 0, 1, ...; returns the array after the writes."""
        with name_scope(name, "TensorArrayUnstack", [self._flow, value]):
            value = self._converted(value)
            self._check_element_shape(value.shape[1:])
            return build_ta_with_new_flow(self, lists.from_tensor(value, value.shape[1:]))

    def scatter(self, indices: Any, value: Any, name: str | None = None) -> TensorArray:
        """Writes the rows of a tensor to the elements at `indices`; returns the array after the writes."""
        with name_scope(name, "TensorArrayScatter", [self._flow, value, indices]):
            value = self._converted(value)
            self._check_element_shape(value.shape[1:])
            return build_ta_with_new_flow(self, lists.scatter(value, indices, self.element_shape, self._flow))

    def split(self, value: Any, lengths: Any, name: str | None = None) -> TensorArray:
        """Cuts a tensor along its first dimension into the elements."""
        from tangraph.ops.math.cast import cast

        with name_scope(name, "TensorArraySplit", [self._flow, value, lengths]):
            value = self._converted(value)
            sizes = cast(lengths, dtypes.int64)
            known = constant_value(sizes)
            if value.raw_shape is not None and known is not None and known.shape and known.max() == known.min():
                self._check_element_shape(TensorShape([int(known[0]), *value.raw_shape[1:]]))
            return build_ta_with_new_flow(self, lists.split(value, self.element_shape, sizes, name))

    def size(self, name: str | None = None) -> Tensor:
        """Returns the number of elements, an int32 scalar."""
        count: Tensor = lists.length(self._flow, name)
        return count

    def close(self, name: str | None = None) -> Operation:
        """Returns an operation that does nothing."""
        nothing: Operation = make_op("NoOp", name=name)
        return nothing

    def _converted(self, value: Any) -> Tensor:
        tensor = convert_to_tensor(value, preferred_dtype=self._dtype, name="value")
        _check_dtype(tensor, self._dtype)
        return tensor
