"""`tf.TensorArray`: an array of tensors that loops write to and read from."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, cast

from tangraph.export import export
from tangraph.framework import dtypes, stacks
from tangraph.framework.constant_value import constant_value
from tangraph.framework.make_op import make_op
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.framework.tensor_shape import TensorShape
from tangraph.ops.array.identity import identity
from tangraph.ops.control_flow import tensor_array_ops as array_ops
from tangraph.ops.control_flow.function_graphs import uses_functions
from tangraph.util import tf_logging

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

    from tangraph.framework.operation import Operation


#: The position of `flow` among the arguments of a TensorArray.
_FLOW: Final = 6


@export("TensorArray")
class TensorArray:
    """An array of tensors of one type, written once a place and read by index, also in the body of `tf.while_loop`.

    Every writing method returns a new object, which stands for the array after the write; use that one from then on.

    Args:
      dtype: the element type.
      size: the number of elements, an int32 scalar; needed unless `handle` is given.
      dynamic_size: whether writes behind the end make the array grow.
      clear_after_read: whether an element may be read only once and its memory is freed then; true by default.
      tensor_array_name: overrides the resource's name.
      handle: the handle of an existing array.
      flow: the flow of the existing array.
      infer_shape: whether all elements have to have one shape.
      element_shape: the static shape of the elements, as far as it is known.
      colocate_with_first_write_call: whether the array is placed where what is first written to it is.
      name: the operation's name.

    Raises:
      ValueError: neither a size nor a handle is given, or arguments contradict each other.
      TypeError: `handle` is no tensor.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     array = tf.TensorArray(tf.float32, size=2).write(0, 1.0).write(1, 2.0)
    ...     sess.run(array.stack()).tolist()
    [1.0, 2.0]
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """In the body of a function an array is a tensor list."""
        flow = kwargs.get("flow", args[_FLOW] if len(args) > _FLOW else None)
        made: type[Self] = cls
        if cls is TensorArray:
            is_list = isinstance(flow, Tensor) and flow.dtype is dtypes.variant
            if is_list or uses_functions(stacks.get_default_graph()):
                from tangraph.ops.control_flow.tensor_list_array import TensorListArray

                made = cast("type[Self]", TensorListArray)
        return super().__new__(made)

    def __init__(
        self,
        dtype: Any,
        size: Any = None,
        dynamic_size: bool | None = None,
        clear_after_read: bool | None = None,
        tensor_array_name: str | None = None,
        handle: Tensor | None = None,
        flow: Tensor | None = None,
        infer_shape: bool = True,
        element_shape: Any = None,
        colocate_with_first_write_call: bool = True,
        name: str | None = None,
    ) -> None:
        _check_arguments(handle, size, tensor_array_name, element_shape, dynamic_size, clear_after_read)
        self._dynamic_size = bool(dynamic_size)
        self._dtype = dtypes.as_dtype(dtype).base
        self._infer_shape = infer_shape
        # One list for all objects that stand for the array at different times: what one of them learns, all know.
        self._element_shape = [TensorShape(element_shape)]
        self._colocate_with_first_write_call = colocate_with_first_write_call
        self._colocate_with: list[Tensor] | None = [] if colocate_with_first_write_call else None
        graph = stacks.get_default_graph()
        with name_scope(name, "TensorArray", [handle, size, flow]) as scope:
            if handle is not None:
                if flow is None:
                    raise ValueError("flow must not be None if handle is not None.")
                self._handle, self._flow = handle, flow
                return
            attrs = {
                "dtype": dtype,
                "element_shape": element_shape,
                "identical_element_shapes": infer_shape,
                "dynamic_size": self._dynamic_size,
                "clear_after_read": True if clear_after_read is None else clear_after_read,
                "tensor_array_name": tensor_array_name or "",
            }
            if not colocate_with_first_write_call:
                self._handle, self._flow = make_op(array_ops.TENSOR_ARRAY_V3, size, name=scope, **attrs)
                return
            # The place is decided by the first write.
            with graph.device(None), graph.colocate_with(None, ignore_existing=True):
                self._handle, self._flow = make_op(array_ops.TENSOR_ARRAY_V3, size, name=scope, **attrs)

    @property
    def flow(self) -> Tensor:
        """The scalar that orders what is done to the array."""
        return self._flow

    @property
    def dtype(self) -> Any:
        """The element type."""
        return self._dtype

    @property
    def handle(self) -> Tensor:
        """The resource handle."""
        return self._handle

    @property
    def element_shape(self) -> TensorShape:
        """The static shape of the elements, as far as it is known."""
        return self._element_shape[0]

    @property
    def dynamic_size(self) -> bool:
        """Whether writes behind the end make the array grow."""
        return self._dynamic_size

    def identity(self) -> TensorArray:
        """Returns an object for the same array whose flow is an Identity, to hang control dependencies on."""
        return build_ta_with_new_flow(self, identity(self._flow))

    def grad(self, source: str, flow: Tensor | None = None, name: str | None = None) -> TensorArray:
        """Returns the array of gradients that belongs to this one.

        Args:
          source: tells apart the gradients of several calls of `tf.gradients`.
          flow: the flow after which it is made; this object's by default.
          name: the operation's name.
        """
        flow = self._flow if flow is None else flow
        graph = stacks.get_default_graph()
        with name_scope(name, "TensorArrayGrad", [self._handle]), graph.colocate_with(self._handle):
            handle, _ = make_op(array_ops.TENSOR_ARRAY_GRAD_V3, self._handle, flow, source=source, name=name)
            with graph.control_dependencies([handle]):
                flow = identity(flow, name="gradient_flow")
            result = TensorArray(
                dtype=self._dtype,
                handle=handle,
                flow=flow,
                infer_shape=self._infer_shape,
                colocate_with_first_write_call=False,
            )
            result._element_shape = self._element_shape
            return result

    # -- reading -----------------------------------------------------------------------------------------------------

    def read(self, index: Any, name: str | None = None) -> Tensor:
        """Returns the element at an index, an int32 scalar."""
        value: Tensor = make_op(
            array_ops.TENSOR_ARRAY_READ_V3, self._handle, index, self._flow, dtype=self._dtype, name=name
        )
        value.set_shape(self.element_shape)
        return value

    def stack(self, name: str | None = None) -> Tensor:
        """Returns all elements in one tensor of shape [size, ...]."""
        from tangraph.ops.math.ranges import range as range_

        graph = stacks.get_default_graph()
        with graph.colocate_with(self._handle), name_scope(name, "TensorArrayStack", [self._handle]):
            return self.gather(range_(0, self.size()), name=name)

    def gather(self, indices: Any, name: str | None = None) -> Tensor:
        """Returns the elements at `indices`, an int32 vector, in one tensor of shape [len(indices), ...]."""
        shape = self.element_shape
        value: Tensor = make_op(
            array_ops.TENSOR_ARRAY_GATHER_V3,
            self._handle,
            indices,
            self._flow,
            dtype=self._dtype,
            element_shape=shape,
            name=name,
        )
        if shape.raw is not None:
            value.set_shape([None, *shape.raw])
        return value

    def concat(self, name: str | None = None) -> Tensor:
        """Returns the elements one after the other along their first dimension."""
        shape = self.element_shape
        value: Tensor = make_op(
            array_ops.TENSOR_ARRAY_CONCAT_V3,
            self._handle,
            self._flow,
            dtype=self._dtype,
            element_shape_except0=shape[1:],
            name=name,
        )[0]
        if shape.raw is not None:
            value.set_shape([None, *shape.raw[1:]])
        return value

    def size(self, name: str | None = None) -> Tensor:
        """Returns the number of elements, an int32 scalar."""
        result: Tensor = make_op(array_ops.TENSOR_ARRAY_SIZE_V3, self._handle, self._flow, name=name)
        return result

    # -- writing -----------------------------------------------------------------------------------------------------

    def write(self, index: Any, value: Any, name: str | None = None) -> TensorArray:
        """Writes an element.

        Args:
          index: an int32 scalar.
          value: a tensor of the array's type.
          name: the operation's name.

        Returns:
          The array after the write.

        Raises:
          ValueError: the shape is known not to be that of the other elements.
        """
        with name_scope(name, "TensorArrayWrite", [self._handle, index, value]):
            value = convert_to_tensor(value, preferred_dtype=self._dtype, name="value")
            _check_dtype(value, self._dtype)
            self._check_element_shape(value.shape)
            with self._maybe_colocate_with(value):
                flow = make_op(array_ops.TENSOR_ARRAY_WRITE_V3, self._handle, index, value, self._flow, name=name)
            return build_ta_with_new_flow(self, flow)

    def unstack(self, value: Any, name: str | None = None) -> TensorArray:
        """Writes the rows of a tensor to the elements 0, 1, ...; returns the array after the writes."""
        from tangraph.ops.array.shape import shape as shape_of
        from tangraph.ops.math.ranges import range as range_

        with name_scope(name, "TensorArrayUnstack", [self._handle, value]):
            count = shape_of(value)[0]
            return self.scatter(indices=range_(0, count), value=value, name=name)

    def scatter(self, indices: Any, value: Any, name: str | None = None) -> TensorArray:
        """Writes the rows of a tensor to the elements at `indices`; returns the array after the writes."""
        with name_scope(name, "TensorArrayScatter", [self._handle, value, indices]):
            value = convert_to_tensor(value, preferred_dtype=self._dtype, name="value")
            _check_dtype(value, self._dtype)
            self._check_element_shape(value.shape[1:])
            with self._maybe_colocate_with(value):
                flow = make_op(array_ops.TENSOR_ARRAY_SCATTER_V3, self._handle, indices, value, self._flow, name=name)
            return build_ta_with_new_flow(self, flow)

    def split(self, value: Any, lengths: Any, name: str | None = None) -> TensorArray:
        """Cuts a tensor along its first dimension into the elements.

        Args:
          value: a tensor of rank 1 or more.
          lengths: how many rows each element gets.
          name: the operation's name.

        Returns:
          The array after the writes.
        """
        from tangraph.ops.math.cast import cast

        with name_scope(name, "TensorArraySplit", [self._handle, value, lengths]):
            value = convert_to_tensor(value, dtype=self._dtype, name="value")
            with self._maybe_colocate_with(value):
                lengths_64 = cast(lengths, dtypes.int64)
                known = constant_value(lengths_64)
                if value.raw_shape is not None and known is not None and known.shape and known.max() == known.min():
                    self._check_element_shape(TensorShape([int(known[0]), *value.raw_shape[1:]]))
                flow = make_op(array_ops.TENSOR_ARRAY_SPLIT_V3, self._handle, value, lengths_64, self._flow, name=name)
            return build_ta_with_new_flow(self, flow)

    def close(self, name: str | None = None) -> Operation:
        """Returns an operation that frees the elements."""
        result: Operation = make_op(array_ops.TENSOR_ARRAY_CLOSE_V3, self._handle, name=name)
        return result

    # -- helpers -----------------------------------------------------------------------------------------------------

    def _check_element_shape(self, shape: TensorShape) -> None:
        if not shape.is_compatible_with(self.element_shape):
            raise ValueError(f"Inconsistent shapes: saw {shape} but expected {self.element_shape} ")
        if self._infer_shape:
            self._element_shape[0] = self.element_shape.merge_with(shape)

    @contextmanager
    def _maybe_colocate_with(self, value: Tensor) -> Iterator[None]:
        if self._colocate_with is None:
            yield
            return
        if not self._colocate_with:
            self._colocate_with.append(value)
        with stacks.get_default_graph().colocate_with(self._colocate_with[0]):
            yield


def _check_arguments(
    handle: Any, size: Any, tensor_array_name: Any, element_shape: Any, dynamic_size: Any, clear_after_read: Any
) -> None:
    if handle is None:
        if size is None:
            raise ValueError("Size must be provided if handle is not provided")
        return
    if tensor_array_name:
        raise ValueError("Cannot construct with both handle and tensor_array_name")
    if not isinstance(handle, Tensor):
        raise TypeError("Handle must be a Tensor")
    if size is not None:
        raise ValueError("Cannot provide both a handle and size at the same time")
    if element_shape is not None:
        raise ValueError("Cannot provide both a handle and element_shape at the same time")
    if dynamic_size is not None:
        raise ValueError("Cannot provide both a handle and dynamic_size at the same time")
    if clear_after_read is not None:
        raise ValueError("Cannot provide both a handle and clear_after_read at the same time")


def _check_dtype(value: Tensor, dtype: Any) -> None:
    if value.dtype is not dtype:
        # TensorFlow says so and goes on; the write then fails when it runs.
        tf_logging.error(
            "Error: Input value %s has dtype %s, but expected dtype %s.  This leads to undefined behavior and will be an "
            "error in future versions of TensorFlow.",
            value,
            value.dtype,
            dtype,
        )


def build_ta_with_new_flow(old: TensorArray, flow: Tensor) -> TensorArray:
    """Returns an object for the same array at another time.

    Raises:
      NotImplementedError: the array was made outside of the function that is being built.
    """
    if not _is_list(old) and uses_functions(stacks.get_default_graph()):
        raise NotImplementedError(
            "Attempting to build a graph-mode TF2-style TensorArray from either an eager-mode TensorArray or a TF1-style "
            "TensorArray.  This is not currently supported.  You may be attempting to capture a TensorArray inside a "
            "tf.function or tf.data map function. Instead, construct a new TensorArray inside the function."
        )
    new = TensorArray(
        dtype=old.dtype,
        handle=old.handle,
        flow=flow,
        infer_shape=old._infer_shape,
        colocate_with_first_write_call=old._colocate_with_first_write_call,
    )
    new._dynamic_size = old._dynamic_size
    new._colocate_with = old._colocate_with
    new._element_shape = old._element_shape
    return new


def _is_list(array: TensorArray) -> bool:
    return array._flow.dtype is dtypes.variant


def flow_of(value: Any) -> Any:
    """Returns the flow of a TensorArray; any other value as it is."""
    return value.flow if isinstance(value, TensorArray) else value
