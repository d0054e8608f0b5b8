"""Reference variables: a VariableV2 node, whose buffer is read and written through references."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from tangraph.framework import stacks
from tangraph.framework.graph_keys import GraphKeys
from tangraph.framework.init_scope import init_scope
from tangraph.framework.scopes import colocate_with, device, name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor, register_tensor_conversion_function
from tangraph.ops.array.identity import identity
from tangraph.ops.state.initial_values import guard_against_uninitialized
from tangraph.ops.state.save_slice_info import SaveSliceInfo
from tangraph.ops.state.scoped_names import prepend_name_scope, strip_name_scope
from tangraph.ops.state.variable_base import (
    MUTUALLY_EXCLUSIVE,
    Variable,
    check_arguments,
    raise_from_control_flow,
    validate_modes,
)
from tangraph.ops.state.variable_ops import assign, assign_add, assign_sub, count_up_to, variable_op_v2

if TYPE_CHECKING:
    from tangraph.framework.dtypes import DType
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor
    from tangraph.framework.tensor_shape import TensorShape


class RefVariable(Variable):
    """What `tf.Variable` makes unless resource variables are asked for; see there."""

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool | None = None,
        collections: Any = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        expected_shape: Any = None,
        import_scope: str | None = None,
        constraint: Any = None,
        synchronization: Any = None,
        aggregation: Any = None,
        shape: Any = None,
    ) -> None:
        del expected_shape
        self._constraint = None
        self._save_slice_info = None
        self._caching_device = None
        if variable_def is not None:
            if initial_value is not None:
                raise ValueError(MUTUALLY_EXCLUSIVE)
            self._from_message(variable_def, import_scope)
            return
        collections = check_arguments(initial_value, collections, constraint)
        self._synchronization, self._aggregation, self._trainable = validate_modes(
            synchronization, aggregation, trainable, name
        )
        if self._trainable and GraphKeys.TRAINABLE_VARIABLES not in collections:
            collections.append(GraphKeys.TRAINABLE_VARIABLES)
        self._constraint = constraint
        self._caching_device = caching_device
        with init_scope():
            values = [] if callable(initial_value) else [initial_value]
            with name_scope(name, "Variable", values) as scope:
                self._build(scope, initial_value, dtype, shape, validate_shape)
            stacks.get_default_graph().add_to_collections(collections, self)

    def _build(self, scope: str, initial_value: Any, dtype: Any, shape: Any, validate_shape: bool) -> None:
        with ExitStack() as stack:
            if callable(initial_value):
                place = {"_class": [f"loc:@{scope[:-1]}".encode()]}
                stack.enter_context(stacks.get_default_graph()._attr_scope(place))
                with name_scope("Initializer"), device(None):
                    value = convert_to_tensor(initial_value(), name="initial_value", dtype=dtype)
            else:
                value = convert_to_tensor(initial_value, name="initial_value", dtype=dtype)
                if value.op._get_control_flow_context() is not None:
                    raise_from_control_flow(scope)
            if shape is None:
                shape = value.get_shape() if validate_shape else None
            self._variable = variable_op_v2(shape, value.dtype.base, name=scope)
        self._initial_value = value
        if validate_shape and not value.get_shape().is_fully_defined():
            raise ValueError(f"initial_value must have a shape specified: {value}")
        guarded = guard_against_uninitialized(scope, value)
        self._initializer_op: Operation = assign(self._variable, guarded, validate_shape=validate_shape).op
        where = colocate_with(self._variable.op) if self._caching_device is None else device(self._caching_device)
        with where:
            self._snapshot = identity(self._variable, name="read")

    def _from_message(self, message: Any, import_scope: str | None) -> None:
        graph = stacks.get_default_graph()

        def element(name: str) -> Any:
            return graph.as_graph_element(prepend_name_scope(name, import_scope))

        self._variable = element(message.variable_name)
        self._initializer_op = element(message.initializer_name)
        self._initial_value = element(message.initial_value_name) if message.initial_value_name else None
        self._snapshot = element(message.snapshot_name)
        self._synchronization, self._aggregation, self._trainable = validate_modes(
            message.synchronization, message.aggregation, message.trainable, message.variable_name
        )
        if message.HasField("save_slice_info_def"):
            self._save_slice_info = SaveSliceInfo(
                save_slice_info_def=message.save_slice_info_def, import_scope=import_scope
            )

    # -- properties ----------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """``"<operation>:0"``."""
        return self._variable.name

    @property
    def dtype(self) -> DType:
        """The element type, as a ``_ref`` type."""
        return self._variable.dtype

    @property
    def shape(self) -> TensorShape:
        """The static shape."""
        return self._variable.get_shape()

    @property
    def op(self) -> Operation:
        """The VariableV2 operation."""
        return self._variable.op

    @property
    def device(self) -> str:
        """The device string of the buffer."""
        return self._variable.device

    def set_shape(self, shape: Any) -> None:
        """Merges what the caller knows into the static shape; see `Tensor.set_shape`."""
        self._ref().set_shape(shape)
        self.value().set_shape(shape)

    # -- reads ---------------------------------------------------------------------------------------------------

    def _as_graph_element(self) -> Tensor:
        return self._variable

    def _ref(self) -> Tensor:
        return self._variable

    def _AsTensor(self) -> Tensor:
        return self._snapshot

    def value(self) -> Tensor:
        """Returns the tensor ``<name>/read``."""
        return self._snapshot

    def read_value(self) -> Tensor:
        """Returns a new read of the variable, which waits for the control dependencies that are open."""
        return identity(self._variable, name="read")

    # -- writes --------------------------------------------------------------------------------------------------

    def assign(self, value: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True) -> Any:
        """Writes a value into the variable; see `tf.assign`.

        Returns:
          The reference, or the operation when `read_value` is False.
        """
        result = assign(self._variable, value, use_locking=use_locking, name=name)
        return result if read_value else result.op

    def assign_add(
        self, delta: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True
    ) -> Any:
        """Adds to the variable in place; returns as `assign` does."""
        result = assign_add(self._variable, delta, use_locking=use_locking, name=name)
        return result if read_value else result.op

    def assign_sub(
        self, delta: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True
    ) -> Any:
        """Subtracts from the variable in place; returns as `assign` does."""
        result = assign_sub(self._variable, delta, use_locking=use_locking, name=name)
        return result if read_value else result.op

    def _scatter(self, kind: str, sparse_delta: Any, use_locking: bool, name: str | None) -> Tensor:
        from tangraph.ops.state.scatter import reference_scatter, slices_of

        indices, values = slices_of(sparse_delta)
        return reference_scatter(kind, self._variable, indices, values, use_locking, name)

    def scatter_add(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Tensor:
        """Adds IndexedSlices to the rows that they name."""
        return self._scatter("Add", sparse_delta, use_locking, name)

    def scatter_sub(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Tensor:
        """Subtracts IndexedSlices from the rows that they name."""
        return self._scatter("Sub", sparse_delta, use_locking, name)

    def scatter_mul(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Tensor:
        """Multiplies the rows that IndexedSlices name by them."""
        return self._scatter("Mul", sparse_delta, use_locking, name)

    def scatter_div(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Tensor:
        """Divides the rows that IndexedSlices name by them."""
        return self._scatter("Div", sparse_delta, use_locking, name)

    def scatter_max(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Tensor:
        """Takes the maximum of the rows that IndexedSlices name and them."""
        return self._scatter("Max", sparse_delta, use_locking, name)

    def scatter_min(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Tensor:
        """Takes the minimum of the rows that IndexedSlices name and them."""
        return self._scatter("Min", sparse_delta, use_locking, name)

    def scatter_update(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Tensor:
        """Writes IndexedSlices to the rows that they name."""
        return self._scatter("Update", sparse_delta, use_locking, name)

    def batch_scatter_update(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Tensor:
        """Writes slices along the last dimension of the indices; see `tf.batch_scatter_update`."""
        from tangraph.ops.state.scatter import batch_scatter_update

        return batch_scatter_update(self, sparse_delta.indices, sparse_delta.values, use_locking, name)  # type: ignore[no-any-return]

    def scatter_nd_add(self, indices: Any, updates: Any, name: str | None = None) -> Tensor:
        """Adds updates to the slices that `indices` name; see `tf.scatter_nd_add`."""
        from tangraph.ops.state.scatter import reference_scatter

        return reference_scatter("NdAdd", self._variable, indices, updates, True, name)

    def scatter_nd_sub(self, indices: Any, updates: Any, name: str | None = None) -> Tensor:
        """Subtracts updates from the slices that `indices` name; see `tf.scatter_nd_sub`."""
        from tangraph.ops.state.scatter import reference_scatter

        return reference_scatter("NdSub", self._variable, indices, updates, True, name)

    def scatter_nd_update(self, indices: Any, updates: Any, name: str | None = None) -> Tensor:
        """Writes updates to the slices that `indices` name; see `tf.scatter_nd_update`."""
        from tangraph.ops.state.scatter import reference_scatter

        return reference_scatter("NdUpdate", self._variable, indices, updates, True, name)

    def _strided_slice_assign(
        self, begin: Any, end: Any, strides: Any, value: Any, name: str | None, **masks: int
    ) -> Any:
        from tangraph.framework.make_op import make_op
        from tangraph.ops.state.slice_assign import STRIDED_SLICE_ASSIGN

        return make_op(STRIDED_SLICE_ASSIGN, self._ref(), begin, end, strides, value, name=name, **masks)

    def count_up_to(self, limit: int) -> Tensor:
        """Adds one, and returns the value before; see `tf.count_up_to`."""
        return count_up_to(self._variable, limit)

    # -- messages ------------------------------------------------------------------------------------------------

    def to_proto(self, export_scope: str | None = None) -> Any:
        """Returns a VariableDef message; None for a variable outside of `export_scope`."""
        from tangraph.framework.protos import VariableDef

        if export_scope is not None and not self._variable.name.startswith(export_scope):
            return None
        message = VariableDef()
        message.variable_name = strip_name_scope(self._variable.name, export_scope)
        if self._initial_value is not None:
            message.initial_value_name = strip_name_scope(self._initial_value.name, export_scope)
        message.trainable = self.trainable
        message.synchronization = self.synchronization.value
        message.aggregation = self.aggregation.value
        message.initializer_name = strip_name_scope(self.initializer.name, export_scope)
        message.snapshot_name = strip_name_scope(self._snapshot.name, export_scope)
        if self._save_slice_info is not None:
            message.save_slice_info_def.MergeFrom(self._save_slice_info.to_proto(export_scope))
        return message

    def _convert(self, dtype: DType | None = None, name: str | None = None, as_ref: bool = False) -> Tensor:
        """As a tensor: the reference where one is asked for, else the read."""
        del name
        self._check_dtype(dtype)
        return self._variable if as_ref else self._snapshot


register_tensor_conversion_function(RefVariable, RefVariable._convert)
