"""The Graph: the operations, their names, and the scopes that act on what is created inside them."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from tangraph.export import export
from tangraph.framework import control_dependencies, stacks
from tangraph.framework import device as device_lib
from tangraph.framework.operation import Operation
from tangraph.framework.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from tangraph.framework.dtypes import DType
    from tangraph.framework.op_def import OpDef
    from tangraph.framework.protos import GraphDef
    from tangraph.framework.raw_shape import Raw

_VALID_OP_NAME: Final = re.compile(r"^[A-Za-z0-9.][A-Za-z0-9_.\-/]*$")
_VALID_SCOPE_NAME: Final = re.compile(r"^[A-Za-z0-9_.\-/]*$")


@export("Graph")
class Graph:
    """A TensorFlow computation: operations, the tensors between them, and named collections.

    >>> import tangraph as tf
    >>> g = tf.Graph()
    >>> with g.as_default():
    ...     c = tf.constant(30.0)
    >>> c.graph is g
    True
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._ops: list[Operation] = []
        self._by_name: dict[str, Operation] = {}
        self._names_in_use: dict[str, int] = {}
        self._name_stack = ""
        self._last_id = 0
        self._mutation_epoch = 0
        self._planned_upto = 0
        self._seed: int | None = None
        self._finalized = False
        self._container = ""
        self._collections: dict[Any, list[Any]] = {}
        self._device_stack: list[Callable[[Operation], None] | None] = []
        self._colocation_stack: list[Operation] = []
        self._control_dependencies_stack: list[control_dependencies.ControlDependenciesController] = []
        self._control_flow_context: Any = None
        self._uses_contexts = False
        self._attr_scope_map: dict[str, Any] = {}
        self._gradient_override_map: dict[str, str] = {}
        self._default_original_op: Operation | None = None
        self._unfeedable: set[Tensor] = set()
        self._unfetchable: set[Operation] = set()
        self._consumer_index: dict[Tensor, list[Operation]] = {}
        self._consumers_upto = 0
        self._variable_creator_stack: list[Any] = []
        self._building_function = False
        self._add_control_dependencies = False
        #: Functions that the nodes may call, by name.
        self._functions: dict[str, Any] = {}
        #: What is behind resource tensors that do not tell by themselves: arguments of functions, results of calls.
        self._handle_data: dict[Tensor, tuple[DType, Raw]] = {}
        #: Shapes of two inputs -> axes to sum over, for the gradients of ops with broadcasting.
        self._broadcast_axes: dict[Any, tuple[list[int], list[int]]] = {}

    # -- contents ------------------------------------------------------------------------------------------------

    @property
    def version(self) -> int:
        """The number of operations created; it grows with each."""
        return self._last_id

    @property
    def seed(self) -> int | None:
        """The graph-level random seed."""
        return self._seed

    @seed.setter
    def seed(self, seed: int | None) -> None:
        self._seed = seed

    @property
    def finalized(self) -> bool:
        """Whether operations can no longer be added."""
        return self._finalized

    @property
    def building_function(self) -> bool:
        """Whether the graph is the body of a function."""
        return self._building_function

    def finalize(self) -> None:
        """Makes the graph read-only, so that several threads can share it."""
        self._finalized = True

    def _unsafe_unfinalize(self) -> None:
        self._finalized = False

    def _check_not_finalized(self) -> None:
        if self._finalized:
            raise RuntimeError("Graph is finalized and cannot be modified.")

    def _mutated(self, op: Operation | None = None) -> None:
        """An existing operation has changed: plans compiled before are stale, unless the operation is younger than they."""
        if op is None or op._id <= self._planned_upto:
            self._mutation_epoch += 1

    def _plan_made(self) -> None:
        """A plan knows the operations that there are now."""
        self._planned_upto = self._last_id

    def as_default(self) -> Any:
        """Returns a context manager that makes this graph the default one of the thread."""
        return stacks.graphs.get_controller(self)

    def get_operations(self) -> list[Operation]:
        """Returns the operations in the order of their creation."""
        return list(self._ops)

    def _consumers(self, tensor: Tensor) -> list[Operation]:
        for op in self._ops[self._consumers_upto :]:
            for t in dict.fromkeys(op._inputs):
                self._consumer_index.setdefault(t, []).append(op)
        self._consumers_upto = len(self._ops)
        return list(self._consumer_index.get(tensor, ()))

    def _forget_consumers(self) -> None:
        """What is known of consumers is looked up again: an operation has got more inputs."""
        self._consumer_index.clear()
        self._consumers_upto = 0

    def _input_replaced(self, op: Operation, old: Tensor, new: Tensor) -> None:
        """An existing operation takes another tensor: what is known of consumers is brought up to date."""
        consumers = self._consumer_index.get(old)
        if consumers is not None and op in consumers:
            if old not in op._inputs:
                consumers.remove(op)
            others = self._consumer_index.setdefault(new, [])
            if op not in others:
                others.append(op)
        self._mutated(op)

    # -- creation ------------------------------------------------------------------------------------------------

    def _next_id(self) -> int:
        self._check_not_finalized()
        self._last_id += 1
        return self._last_id

    def add_operation(
        self,
        op_def: OpDef,
        name: str,
        inputs: list[Tensor],
        attrs: dict[str, Any],
        output_types: Iterable[DType],
        output_shapes: Iterable[Raw],
    ) -> Operation:
        """Adds a node whose parts have been checked; `tangraph.framework.make_op` is the door that checks them.

        Args:
          op_def: the schema.
          name: unique, with its scope, without a slash at its end.
          inputs, attrs: complete and in the schema's order.
          output_types, output_shapes: one for each output.
        """
        with self._lock:
            if name in self._by_name:
                raise ValueError(f"Duplicate node name in graph: '{name}'")
            op = Operation(self, op_def, name, inputs, attrs)
            self._last_id += 1
            op._id = self._last_id
            outputs = op.outputs
            for index, (dtype, shape) in enumerate(zip(output_types, output_shapes, strict=True)):
                outputs.append(Tensor(op, index, dtype, shape))
            if self._default_original_op is not None:
                op._original_op = self._default_original_op
            stack = self._control_dependencies_stack
            if stack:
                op._control_inputs = control_dependencies.control_inputs_for(self, inputs)
            self._ops.append(op)
            self._by_name[name] = op
            if self._uses_contexts:
                self._enter_context(op, self._control_flow_context)
            if self._attr_scope_map or self._gradient_override_map:
                self._apply_attr_scopes(op)
            for controller in stack:
                controller.add_op(op)
            if self._device_stack or self._colocation_stack:
                self._apply_device(op)
            if self._container and op_def.stateful and attrs.get("container") == "":
                attrs["container"] = self._container
        return op

    def _enter_context(self, op: Operation, context: Any) -> None:
        from tangraph.ops.control_flow.validity import check_input_from_valid_context

        op._control_flow_context = context
        for tensor in op._inputs:
            check_input_from_valid_context(op, tensor.op)
        if context is not None:
            context.AddOp(op)

    def _apply_attr_scopes(self, op: Operation) -> None:
        for key, value in self._attr_scope_map.items():
            resolved = value(op.node_def) if callable(value) else value
            if resolved is not None and key not in op.attrs:
                op._set_attr(key, resolved)
        override = self._gradient_override_map.get(op.type)
        if override is not None:
            op.attrs.setdefault("_gradient_op_type", override)

    def _apply_device(self, op: Operation) -> None:
        for function in reversed(self._device_stack):
            if function is None:
                break
            function(op)
        if self._colocation_stack:
            groups: set[bytes] = set()
            for other in reversed(self._colocation_stack):
                groups.update(other.colocation_groups())
                if other.device:
                    op._set_device(other.device)
            op.attrs["_class"] = sorted(groups)

    def create_op(
        self,
        op_type: str,
        inputs: Iterable[Tensor],
        dtypes: Iterable[Any] | None = None,
        input_types: Any = None,
        name: str | None = None,
        attrs: Mapping[str, Any] | None = None,
        op_def: OpDef | None = None,
        compute_shapes: bool = True,
        compute_device: bool = True,
    ) -> Operation:
        """Adds a node given by its op type, inputs and attrs (AttrValue messages or plain values).

        Returns:
          The new operation. Output types follow from the schema; `dtypes` is accepted for TensorFlow's signature.
        """
        del dtypes, input_types, compute_shapes, compute_device
        from tangraph.framework.make_op import make_node
        from tangraph.framework.node_def import from_attr_value

        values = {k: from_attr_value(v) for k, v in (attrs or {}).items()}
        return make_node(self, op_def or op_type, list(inputs), values, name)

    # -- names ---------------------------------------------------------------------------------------------------

    def unique_name(self, name: str, mark_as_used: bool = True) -> str:
        """Returns the name, in the current scope, that a new operation called `name` gets.

        Two names that differ only in case count as equal.
        """
        if self._name_stack:
            name = f"{self._name_stack}/{name}"
        names = self._names_in_use
        key = name.lower()
        count = names.get(key, 0)
        if mark_as_used:
            names[key] = count + 1
        if count:
            base = key
            while key in names:
                key = f"{base}_{count}"
                count += 1
            if mark_as_used:
                names[key] = 1
            name = f"{name}_{count - 1}"
        return name

    def check_op_name(self, name: str) -> None:
        """Raises ValueError unless an operation may be called so."""
        if not _VALID_OP_NAME.match(name):
            raise ValueError(f"'{name}' is not a valid node name")

    def check_scope_name(self, name: str) -> None:
        """Raises ValueError unless a scope may be opened under that name here."""
        if not (_VALID_SCOPE_NAME if self._name_stack else _VALID_OP_NAME).match(name):
            raise ValueError(f"'{name}' is not a valid scope name")

    @contextmanager
    def name_scope(self, name: str | None) -> Iterator[str]:
        """Prefixes the names of the operations created inside the block.

        Args:
          name: the scope's name; one that ends in "/" is taken as it is; None or "" leaves all scopes.

        Yields:
          The scope's full name with a slash at its end, or "".
        """
        if isinstance(name, bytes):
            name = name.decode()
        if name and not isinstance(name, str):
            raise ValueError(f"'{name}' is not a valid scope name")
        if name:
            self.check_scope_name(name)
        old = self._name_stack
        if not name:
            new = ""
        elif name[-1] == "/":
            new = name[:-1]
        else:
            new = self.unique_name(name)
        self._name_stack = new
        try:
            yield f"{new}/" if new else ""
        finally:
            self._name_stack = old

    def get_name_scope(self) -> str:
        """Returns the current name scope without a slash at its end."""
        return self._name_stack

    # -- look-ups ------------------------------------------------------------------------------------------------

    def as_graph_element(self, obj: Any, allow_tensor: bool = True, allow_operation: bool = True) -> Any:
        """Returns the tensor or operation of this graph that `obj` is or names.

        Raises:
          TypeError: `obj` can be neither.
          ValueError: a name of the wrong kind, or an element of another graph.
          KeyError: no such element.
        """
        with self._lock:
            return self._as_graph_element_locked(obj, allow_tensor, allow_operation)

    def _as_graph_element_locked(self, obj: Any, allow_tensor: bool, allow_operation: bool) -> Any:
        kinds = " or ".join(k for k, allowed in (("Tensor", allow_tensor), ("Operation", allow_operation)) if allowed)
        if not kinds:
            raise ValueError("allow_tensor and allow_operation can't both be False.")
        convert = getattr(obj, "_as_graph_element", None)
        element = None if convert is None else convert()
        if element is not None:
            obj = element
        if isinstance(obj, bytes):
            obj = obj.decode()
        if isinstance(obj, str):
            return self._element_by_name(obj, allow_tensor, allow_operation, kinds)
        for cls, allowed in ((Tensor, allow_tensor), (Operation, allow_operation)):
            if isinstance(obj, cls) and allowed:
                if obj.graph is not self:
                    raise ValueError(f"{cls.__name__} {obj} is not an element of this graph.")
                return obj
        raise TypeError(f"Can not convert a {type(obj).__name__} into a {kinds}.")

    def _element_by_name(self, name: str, allow_tensor: bool, allow_operation: bool, kinds: str) -> Any:
        if ":" in name and allow_tensor:
            op_name, _, port = name.rpartition(":")
            if not port.isdigit() or ":" in op_name:
                raise ValueError(
                    f"The name {name!r} looks a like a Tensor name, but is not a valid one. Tensor names must be of the "
                    'form "<op_name>:<output_index>".'
                )
            op = self._by_name.get(op_name)
            if op is None:
                raise KeyError(
                    f"The name {name!r} refers to a Tensor which does not exist. The operation, {op_name!r}, does not "
                    "exist in the graph."
                )
            if int(port) >= len(op.outputs):
                raise KeyError(
                    f"The name {name!r} refers to a Tensor which does not exist. The operation, {op_name!r}, exists but "
                    f"only has {len(op.outputs)} outputs."
                )
            return op.outputs[int(port)]
        if ":" in name:
            raise ValueError(f"Name {name!r} appears to refer to a Tensor, not a {kinds}.")
        if not allow_operation:
            found = "refers to an Operation" if name in self._by_name else "looks like an (invalid) Operation name"
            raise ValueError(
                f'The name {name!r} {found}, not a {kinds}. Tensor names must be of the form "<op_name>:<output_index>".'
            )
        op = self._by_name.get(name)
        if op is None:
            raise KeyError(f"The name {name!r} refers to an Operation not in the graph.")
        return op

    def get_operation_by_name(self, name: str) -> Operation:
        """Returns the operation of that name; KeyError when there is none."""
        if not isinstance(name, str):
            raise TypeError(f"Operation names are strings (or similar), not {type(name).__name__}.")
        op: Operation = self.as_graph_element(name, allow_tensor=False, allow_operation=True)
        return op

    def get_tensor_by_name(self, name: str) -> Tensor:
        """Returns the tensor ``"<op>:<index>"``; KeyError when there is none."""
        if not isinstance(name, str):
            raise TypeError(f"Tensor names are strings (or similar), not {type(name).__name__}.")
        tensor: Tensor = self.as_graph_element(name, allow_tensor=True, allow_operation=False)
        return tensor

    def _get_operation_by_name_unsafe(self, name: str) -> Operation:
        return self._by_name[name]

    # -- collections ---------------------------------------------------------------------------------------------

    def add_to_collection(self, name: Any, value: Any) -> None:
        """Appends a value to a collection."""
        self._check_not_finalized()
        self._collections.setdefault(name, []).append(value)

    def add_to_collections(self, names: Any, value: Any) -> None:
        """Appends a value to each of several collections."""
        for name in (names,) if isinstance(names, str) else set(names):
            self.add_to_collection(name, value)

    def get_collection_ref(self, name: Any) -> list[Any]:
        """Returns the collection itself, made empty when there is none."""
        return self._collections.setdefault(name, [])

    def get_collection(self, name: Any, scope: str | None = None) -> list[Any]:
        """Returns a copy of a collection, filtered by `scope` as a regular expression at the start of names."""
        values = self._collections.get(name, [])
        if scope is None:
            return list(values)
        pattern = re.compile(scope)
        return [v for v in values if hasattr(v, "name") and pattern.match(v.name)]

    def get_all_collection_keys(self) -> list[Any]:
        """Returns the names of the collections."""
        return [k for k in self._collections if isinstance(k, str)]

    def clear_collection(self, name: Any) -> None:
        """Removes a collection."""
        self._check_not_finalized()
        self._collections.pop(name, None)

    @property
    def collections(self) -> list[Any]:
        """The names of the collections."""
        return list(self._collections)

    # -- scopes --------------------------------------------------------------------------------------------------

    def control_dependencies(self, control_inputs: Any) -> control_dependencies.ControlDependenciesController:
        """Makes the operations created inside the block wait for `control_inputs`; None clears all such blocks."""
        if control_inputs is None:
            return control_dependencies.ControlDependenciesController(self, None)
        outer = {op for c in self._control_dependencies_stack for op in c.control_inputs}
        ops: list[Operation] = []
        for item in control_inputs:
            if isinstance(item, (Tensor, Operation)):
                element = self.as_graph_element(item)
            elif hasattr(item, "op") and (hasattr(item, "_handle") or hasattr(item, "indices")):
                element = item.op
            else:
                element = self.as_graph_element(item)
            op = element.op if isinstance(element, Tensor) else element
            if op not in outer:
                ops.append(op)
                outer.add(op)
        return control_dependencies.ControlDependenciesController(self, ops)

    def _record_op_seen_by_control_dependencies(self, op: Operation) -> None:
        for controller in self._control_dependencies_stack:
            controller.add_op(op)

    def _control_dependencies_for_inputs(self, inputs: Any) -> list[Operation]:
        return control_dependencies.control_inputs_for(self, inputs)

    @contextmanager
    def device(self, device_name_or_function: Any) -> Iterator[None]:
        """Asks that the operations created inside the block are placed on a device.

        Args:
          device_name_or_function: "/gpu:0" and the like, merged with outer blocks; a function from an operation to
            such a string; None to ignore the outer blocks.
        """
        self._device_stack.append(device_lib.applier(device_name_or_function))
        try:
            yield
        finally:
            self._device_stack.pop()

    @contextmanager
    def colocate_with(self, op: Any, ignore_existing: bool = False) -> Iterator[None]:
        """Places the operations created inside the block where `op` is."""
        if op is None and not ignore_existing:
            raise ValueError("Trying to reset colocation (op is None) but ignore_existing is not True")
        if op is not None and not isinstance(op, Operation):
            op = self._op_to_colocate_with(op)
        devices, self._device_stack = self._device_stack, []
        stack = self._colocation_stack
        if ignore_existing:
            self._colocation_stack = []
        if op is not None:
            self._colocation_stack = [*self._colocation_stack, op]
        try:
            yield
        finally:
            self._device_stack = devices
            self._colocation_stack = stack

    @staticmethod
    def _op_to_colocate_with(value: Any) -> Operation:
        """The operation that holds a value's memory: of a variable, the one that makes its reference or handle."""
        handle = getattr(value, "handle", None)
        if isinstance(handle, Tensor):
            return handle.op
        from tangraph.framework.tensor_conversion import internal_convert_to_tensor_or_indexed_slices

        found: Operation = internal_convert_to_tensor_or_indexed_slices(value, as_ref=True).op
        return found

    @contextmanager
    def gradient_override_map(self, op_type_map: Mapping[str, str]) -> Iterator[None]:
        """Gives operations created inside the block the gradient registered under another name."""
        if not isinstance(op_type_map, dict) or not all(
            isinstance(k, str) and isinstance(v, str) for k, v in op_type_map.items()
        ):
            raise TypeError("op_type_map must be a dictionary mapping strings to strings")
        saved = dict(self._gradient_override_map)
        self._gradient_override_map.update(op_type_map)
        try:
            yield
        finally:
            self._gradient_override_map = saved

    @contextmanager
    def _attr_scope(self, attr_map: Mapping[str, Any]) -> Iterator[None]:
        saved = dict(self._attr_scope_map)
        for key, value in attr_map.items():
            if value is None:
                self._attr_scope_map.pop(key, None)
            else:
                self._attr_scope_map[key] = value
        try:
            yield
        finally:
            self._attr_scope_map = saved

    @contextmanager
    def container(self, container_name: str) -> Iterator[str]:
        """Sets the resource container of stateful operations created inside the block."""
        saved, self._container = self._container, container_name
        try:
            yield container_name
        finally:
            self._container = saved

    @contextmanager
    def _original_op(self, op: Operation) -> Iterator[None]:
        saved, self._default_original_op = self._default_original_op, op
        try:
            yield
        finally:
            self._default_original_op = saved

    def _get_control_flow_context(self) -> Any:
        return self._control_flow_context

    def _set_control_flow_context(self, context: Any) -> None:
        self._control_flow_context = context
        self._uses_contexts = self._uses_contexts or context is not None

    # -- functions -----------------------------------------------------------------------------------------------

    def _is_function(self, name: str) -> bool:
        return name in self._functions

    def _get_function(self, name: str | bytes) -> Any:
        """Returns the function of that name that the graph's nodes may call, or None."""
        return self._functions.get(name.decode() if isinstance(name, bytes) else name)

    def _add_function(self, function: Any) -> None:
        """Takes a function into the graph's library.

        Raises:
          ValueError: the function has two gradients, or another one has its name.
        """
        from tangraph.functions.library import add_function

        add_function(self, function)

    # -- what may be fed and fetched --------------------------------------------------------------------------------

    def prevent_feeding(self, tensor: Tensor) -> None:
        """Marks a tensor as not feedable."""
        self._unfeedable.add(tensor)

    def is_feedable(self, tensor: Tensor) -> bool:
        """Says whether a value may be fed for the tensor."""
        return tensor not in self._unfeedable

    def prevent_fetching(self, op: Operation) -> None:
        """Marks an operation as not fetchable."""
        self._unfetchable.add(op)

    def is_fetchable(self, tensor_or_op: Any) -> bool:
        """Says whether the tensor or operation may be fetched."""
        return (tensor_or_op.op if isinstance(tensor_or_op, Tensor) else tensor_or_op) not in self._unfetchable

    # -- messages ------------------------------------------------------------------------------------------------

    def as_graph_def(self, from_version: int | None = None, add_shapes: bool = False) -> GraphDef:
        """Returns a GraphDef message of the graph.

        Args:
          from_version: accepted; the GraphDef is whole all the same, as in TensorFlow 1.15.
          add_shapes: whether every node gets an ``_output_shapes`` attr.
        """
        from tangraph.framework.node_def import to_graph_def

        del from_version
        return to_graph_def(self, add_shapes)

    @property
    def graph_def_versions(self) -> Any:
        """The GraphDef's version numbers."""
        from tangraph.framework.node_def import graph_def_versions

        return graph_def_versions(bool(self._functions))

    def __enter__(self) -> None:
        raise TypeError("Use `with graph.as_default():` to make a graph the default one.")
