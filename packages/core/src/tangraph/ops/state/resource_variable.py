"""Resource variables: a VarHandleOp node, and an operation for every read and write, in the order that the graph says."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

from tangraph.framework import dtypes, stacks
from tangraph.framework.graph_keys import GraphKeys
from tangraph.framework.init_scope import init_scope
from tangraph.framework.make_op import make_op
from tangraph.framework.scopes import colocate_with, control_dependencies, device, name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor, register_tensor_conversion_function
from tangraph.framework.tensor_shape import TensorShape
from tangraph.ops.array.identity import identity
from tangraph.ops.state import resource
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

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tangraph.framework.dtypes import DType
    from tangraph.framework.graph import Graph
    from tangraph.framework.operation import Operation


class BaseResourceVariable(Variable):
    """A handle of a variable, and what is done through it."""

    _handle: Tensor
    _handle_name: str
    _dtype: DType
    _shape: TensorShape
    _graph_element: Tensor | None
    _cached_value: Tensor | None = None
    _is_initialized_op: Tensor | None = None
    _constraint: Any = None
    _initial_value: Tensor | None = None
    _save_slice_info: SaveSliceInfo | None = None

    # -- properties ----------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """``"<operation>:0"``."""
        return self._handle_name

    @property
    def handle(self) -> Tensor:
        """The resource tensor."""
        return self._handle

    @property
    def dtype(self) -> DType:
        """The element type."""
        return self._dtype

    @property
    def shape(self) -> TensorShape:
        """The static shape."""
        return self._shape

    def _shape_as_list(self) -> list[int | None] | None:
        return None if self._shape.ndims is None else self._shape.as_list()

    @property
    def op(self) -> Operation:
        """The VarHandleOp operation."""
        return self._handle.op

    @property
    def graph(self) -> Graph:
        """The graph that holds the variable."""
        return self._handle.graph

    @property
    def device(self) -> str:
        """The device string of the variable."""
        return self._handle.device

    @property
    def create(self) -> Operation:
        """The operation that assigns the initial value."""
        return self._initializer_op

    def set_shape(self, shape: Any) -> NoReturn:
        """Not available, as in TensorFlow."""
        raise NotImplementedError("ResourceVariable does not implement set_shape()")

    def is_initialized(self, name: str | None = None) -> Tensor:
        """Returns a bool scalar: whether the variable was assigned."""
        return resource.var_is_initialized_op(self.handle, name)

    # -- reads ---------------------------------------------------------------------------------------------------

    def _as_graph_element(self) -> Any:
        return self._graph_element

    def _read_variable_op(self) -> Tensor:
        _watch(self)
        return resource.read_variable_op(self._handle, self._dtype)

    def value(self) -> Tensor:
        """Returns a new read of the variable, or the cached one where there is a caching device."""
        if self._cached_value is not None:
            return self._cached_value
        with colocate_with(None, ignore_existing=True), device(self._handle.device):
            return self._read_variable_op()

    def read_value(self) -> Tensor:
        """Returns a new read of the variable, which waits for the control dependencies that are open."""
        with name_scope("Read"), device(self._handle.device):
            value = self._read_variable_op()
        # Through an identity, so that a read on another device is copied there once.
        return identity(value)

    def sparse_read(self, indices: Any, name: str | None = None) -> Tensor:
        """Returns the rows that `indices` name."""
        with name_scope("Gather" if name is None else name) as scope:
            _watch(self)
            value = make_op(resource.RESOURCE_GATHER, self._handle, indices, dtype=self._dtype, name=scope)
        return identity(value)

    def gather_nd(self, indices: Any, name: str | None = None) -> Tensor:
        """Returns the slices that the vectors in `indices` name."""
        with name_scope("GatherNd" if name is None else name) as scope:
            _watch(self)
            value = make_op(resource.RESOURCE_GATHER_ND, self._handle, indices, dtype=self._dtype, name=scope)
        return identity(value)

    def __copy__(self) -> BaseResourceVariable:
        return self

    def _convert(self, dtype: DType | None = None, name: str | None = None, as_ref: bool = False) -> Tensor:
        """As a tensor: a read."""
        del name
        self._check_dtype(dtype)
        return self.read_value().op.inputs[0] if as_ref else self.value()

    _dense_var_to_tensor = _convert

    # -- writes --------------------------------------------------------------------------------------------------

    @contextmanager
    def _after_cached_read(self) -> Iterator[None]:
        if self._cached_value is None:
            yield
            return
        with control_dependencies([self._cached_value]):
            yield

    def _lazy_read(self, op: Operation) -> UnreadVariable:
        _watch(self)
        return UnreadVariable(self._handle, self._dtype, self._shape, op)

    def assign(
        self, value: Any, use_locking: bool | None = None, name: str | None = None, read_value: bool = True
    ) -> Any:
        """Writes a value into the variable.

        Returns:
          An object that reads the variable after the write; the operation when `read_value` is False.

        Raises:
          ValueError: the shapes do not fit.
        """
        del use_locking
        tensor = convert_to_tensor(value, dtype=self.dtype)
        self._shape.assert_is_compatible_with(tensor.shape)
        op = resource.assign_variable_op(self.handle, tensor, name=name)
        return self._lazy_read(op) if read_value else op

    def assign_add(
        self, delta: Any, use_locking: bool | None = None, name: str | None = None, read_value: bool = True
    ) -> Any:
        """Adds to the variable in place; returns as `assign` does."""
        del use_locking
        return self._update(resource.ASSIGN_ADD_VARIABLE_OP, delta, name, read_value)

    def assign_sub(
        self, delta: Any, use_locking: bool | None = None, name: str | None = None, read_value: bool = True
    ) -> Any:
        """Subtracts from the variable in place; returns as `assign` does."""
        del use_locking
        return self._update(resource.ASSIGN_SUB_VARIABLE_OP, delta, name, read_value)

    def _update(self, op_def: Any, delta: Any, name: str | None, read_value: bool) -> Any:
        with self._after_cached_read():
            op = make_op(op_def, self.handle, convert_to_tensor(delta, dtype=self.dtype), name=name)
        return self._lazy_read(op) if read_value else op

    def _scatter(self, kind: str, sparse_delta: Any, name: str | None) -> UnreadVariable:
        from tangraph.ops.state.scatter import resource_scatter, slices_of

        indices, values = slices_of(sparse_delta)
        return self._lazy_read(resource_scatter(kind, self, indices, values, name))

    def scatter_add(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> UnreadVariable:
        """Adds IndexedSlices to the rows that they name."""
        del use_locking
        return self._scatter("Add", sparse_delta, name)

    def scatter_sub(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> UnreadVariable:
        """Subtracts IndexedSlices from the rows that they name."""
        del use_locking
        return self._scatter("Sub", sparse_delta, name)

    def scatter_mul(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> UnreadVariable:
        """Multiplies the rows that IndexedSlices name by them."""
        del use_locking
        return self._scatter("Mul", sparse_delta, name)

    def scatter_div(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> UnreadVariable:
        """Divides the rows that IndexedSlices name by them."""
        del use_locking
        return self._scatter("Div", sparse_delta, name)

    def scatter_max(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> UnreadVariable:
        """Takes the maximum of the rows that IndexedSlices name and them."""
        del use_locking
        return self._scatter("Max", sparse_delta, name)

    def scatter_min(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> UnreadVariable:
        """Takes the minimum of the rows that IndexedSlices name and them."""
        del use_locking
        return self._scatter("Min", sparse_delta, name)

    def scatter_update(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> UnreadVariable:
        """Writes IndexedSlices to the rows that they name."""
        del use_locking
        return self._scatter("Update", sparse_delta, name)

    def batch_scatter_update(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Any:
        """Writes slices along the last dimension of the indices; see `tf.batch_scatter_update`."""
        from tangraph.ops.state.scatter import batch_scatter_update, slices_of

        indices, values = slices_of(sparse_delta)
        return self._lazy_read(batch_scatter_update(self, indices, values, use_locking, name))

    def scatter_nd_add(self, indices: Any, updates: Any, name: str | None = None) -> UnreadVariable:
        """Adds updates to the slices that `indices` name."""
        from tangraph.ops.state.scatter import resource_scatter

        return self._lazy_read(resource_scatter("NdAdd", self, indices, updates, name))

    def scatter_nd_sub(self, indices: Any, updates: Any, name: str | None = None) -> UnreadVariable:
        """Subtracts updates from the slices that `indices` name."""
        from tangraph.ops.state.scatter import resource_scatter

        return self._lazy_read(resource_scatter("NdSub", self, indices, updates, name))

    def scatter_nd_update(self, indices: Any, updates: Any, name: str | None = None) -> UnreadVariable:
        """Writes updates to the slices that `indices` name."""
        from tangraph.ops.state.scatter import resource_scatter

        return self._lazy_read(resource_scatter("NdUpdate", self, indices, updates, name))

    def _strided_slice_assign(
        self, begin: Any, end: Any, strides: Any, value: Any, name: str | None, **masks: int
    ) -> Any:
        from tangraph.ops.state.slice_assign import RESOURCE_STRIDED_SLICE_ASSIGN

        with self._after_cached_read():
            tensor = convert_to_tensor(value, dtype=self.dtype)
            op = make_op(RESOURCE_STRIDED_SLICE_ASSIGN, self.handle, begin, end, strides, tensor, name=name, **masks)
            return self._lazy_read(op)

    def count_up_to(self, limit: int) -> Tensor:
        """Adds one, and returns the value before; see `tf.count_up_to`."""
        return make_op(resource.RESOURCE_COUNT_UP_TO, self.handle, limit=limit, T=self.dtype)  # type: ignore[no-any-return]

    # -- messages ------------------------------------------------------------------------------------------------

    def to_proto(self, export_scope: str | None = None) -> Any:
        """Returns a VariableDef message; None for a variable outside of `export_scope`."""
        from tangraph.framework.protos import VariableDef

        if export_scope is not None and not self.handle.name.startswith(export_scope):
            return None
        message = VariableDef()
        message.variable_name = strip_name_scope(self.handle.name, export_scope)
        if self._initial_value is not None:
            message.initial_value_name = strip_name_scope(self._initial_value.name, export_scope)
        message.initializer_name = strip_name_scope(self.initializer.name, export_scope)
        snapshot = self._cached_value if self._cached_value is not None else self._graph_element
        assert snapshot is not None
        message.snapshot_name = strip_name_scope(snapshot.name, export_scope)
        message.is_resource = True
        message.trainable = self.trainable
        message.synchronization = self.synchronization.value
        message.aggregation = self.aggregation.value
        if self._save_slice_info is not None:
            message.save_slice_info_def.MergeFrom(self._save_slice_info.to_proto(export_scope))
        return message


def _watch(variable: BaseResourceVariable) -> None:
    """Tells the body of a function that it uses the variable."""
    watch = getattr(stacks.get_default_graph(), "watch_variable", None)
    if watch is not None:
        watch(variable)


def _in_place(operator: str, instead: str) -> Any:
    def refuse(self: BaseResourceVariable, _: Any) -> NoReturn:
        raise RuntimeError(f"Variable {operator} value not supported. Use {instead}.")

    return refuse


for _name, _operator, _method in (("iadd", "+=", "assign_add"), ("isub", "-=", "assign_sub")):
    setattr(
        BaseResourceVariable,
        f"__{_name}__",
        _in_place(
            _operator,
            f"variable.{_method}(value) to modify the variable value and variable = variable {_operator[0]} value to get a "
            "new Tensor object",
        ),
    )
for _name, _operator in (("imul", "*="), ("itruediv", "/="), ("ipow", "**=")):
    setattr(
        BaseResourceVariable,
        f"__{_name}__",
        _in_place(
            _operator,
            f"`var.assign(var {_operator[:-1]} value)` to modify the variable or `var = var {_operator[:-1]} value` to get "
            "a new Tensor object",
        ),
    )


class ResourceVariable(BaseResourceVariable):
    """What `tf.Variable(..., use_resource=True)` makes; see there for the arguments."""

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool | None = None,
        collections: Any = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        dtype: Any = None,
        variable_def: Any = None,
        import_scope: str | None = None,
        constraint: Any = None,
        distribute_strategy: Any = None,
        synchronization: Any = None,
        aggregation: Any = None,
        shape: Any = None,
    ) -> None:
        del validate_shape, distribute_strategy
        if variable_def is not None:
            if initial_value is not None:
                raise ValueError(MUTUALLY_EXCLUSIVE)
            self._from_message(variable_def, import_scope)
            return
        self._synchronization, self._aggregation, self._trainable = validate_modes(
            synchronization, aggregation, trainable, name
        )
        if isinstance(initial_value, Tensor) and initial_value.graph.building_function:
            raise ValueError(
                "Tensor-typed variable initializers must either be wrapped in an init_scope or callable (e.g., "
                "`tf.Variable(lambda : tf.truncated_normal([10, 40]))`) when building functions. Please file a feature "
                "request if this restriction inconveniences you."
            )
        collections = check_arguments(initial_value, collections, constraint)
        if self._trainable and GraphKeys.TRAINABLE_VARIABLES not in collections:
            collections.append(GraphKeys.TRAINABLE_VARIABLES)
        self._constraint = constraint
        with init_scope():
            values = [] if callable(initial_value) else [initial_value]
            with name_scope(name, "Variable", values) as scope:
                self._build(scope, initial_value, dtype, shape, caching_device)
                stacks.get_default_graph().add_to_collections(collections, self)

    def _build(self, scope: str, initial_value: Any, dtype: Any, shape: Any, caching_device: Any) -> None:
        handle_name = scope[:-1]
        with stacks.get_default_graph()._attr_scope({"_class": [f"loc:@{handle_name}".encode()]}):
            with name_scope("Initializer"), device(None):
                given = initial_value() if callable(initial_value) else initial_value
                value = convert_to_tensor(given, name="initial_value", dtype=dtype)
            if shape is None:
                shape = value.shape
            elif not value.shape.is_compatible_with(shape):
                raise ValueError(
                    f"The initial value's shape ({value.shape}) is not compatible with the explicitly supplied `shape` "
                    f"argument ({shape})."
                )
            handle = resource.var_handle_op(shape, value.dtype.base, shared_name=handle_name, name=scope)
        if value.op._get_control_flow_context() is not None:
            raise_from_control_flow(scope)
        self._handle, self._handle_name = handle, f"{handle_name}:0"
        self._dtype, self._shape = value.dtype.base, TensorShape(shape)
        self._initial_value = value
        with name_scope("IsInitialized"):
            self._is_initialized_op = resource.var_is_initialized_op(handle)
        with name_scope("Assign") as name, colocate_with(None, ignore_existing=True), device(handle.device):
            guarded = guard_against_uninitialized(scope, value)
            self._initializer_op = resource.assign_variable_op(handle, guarded, name=name)
        with name_scope("Read"):
            with device(handle.device):
                self._graph_element = resource.read_variable_op(handle, self._dtype)
            if caching_device is not None:
                with colocate_with(None, ignore_existing=True), device(caching_device):
                    self._cached_value = identity(self._graph_element)

    def _from_message(self, message: Any, import_scope: str | None) -> None:
        if not message.is_resource:
            raise ValueError("Trying to restore Variable as ResourceVariable.")
        graph = stacks.get_default_graph()

        def element(name: str) -> Any:
            return graph.as_graph_element(prepend_name_scope(name, import_scope))

        self._handle = element(message.variable_name)
        self._handle_name = self._handle.name
        self._shape = TensorShape(self._handle.op.get_attr("shape"))
        self._dtype = dtypes.as_dtype(self._handle.op.get_attr("dtype"))
        self._initializer_op = element(message.initializer_name)
        self._initial_value = element(message.initial_value_name) if message.initial_value_name else None
        self._synchronization, self._aggregation, self._trainable = validate_modes(
            message.synchronization, message.aggregation, message.trainable, message.variable_name
        )
        if message.snapshot_name:
            snapshot = element(message.snapshot_name)
            if snapshot.op.type != "ReadVariableOp":
                self._cached_value = snapshot
            while snapshot.op.type != "ReadVariableOp":
                snapshot = snapshot.op.inputs[0]
            self._graph_element = snapshot
        else:
            self._graph_element = graph.get_tensor_by_name(f"{self._handle.op.name}/Read/ReadVariableOp:0")
        if message.HasField("save_slice_info_def"):
            self._save_slice_info = SaveSliceInfo(
                save_slice_info_def=message.save_slice_info_def, import_scope=import_scope
            )


class UnreadVariable(BaseResourceVariable):
    """What a write of a resource variable returns: reads of it wait for the write."""

    def __init__(self, handle: Tensor, dtype: DType, shape: TensorShape, parent_op: Operation) -> None:
        self._synchronization, self._aggregation, self._trainable = validate_modes(None, None, None, None)
        self._handle, self._handle_name = handle, f"{handle.name}:0"
        self._dtype, self._shape = dtype, shape
        self._parent_op = parent_op
        if stacks.get_default_graph().building_function:
            self._graph_element = None
        else:
            with control_dependencies([parent_op]):
                self._graph_element = resource.read_variable_op(handle, dtype)

    @property
    def name(self) -> str:
        """The name of the write."""
        return self._parent_op.name

    @property
    def op(self) -> Operation:
        """The write."""
        return self._parent_op

    def value(self) -> Tensor:
        """Returns a new read of the variable, after the write."""
        return self._read_variable_op()

    def read_value(self) -> Tensor:
        """Returns a new read of the variable, after the write."""
        return self._read_variable_op()

    def _read_variable_op(self) -> Tensor:
        with control_dependencies([self._parent_op]):
            return resource.read_variable_op(self._handle, self._dtype)


register_tensor_conversion_function(BaseResourceVariable, BaseResourceVariable._convert)


def is_resource_variable(variable: Any) -> bool:
    """Says whether a variable is a resource variable, or acts as one."""
    return isinstance(variable, BaseResourceVariable) or hasattr(variable, "_should_act_as_resource_variable")
