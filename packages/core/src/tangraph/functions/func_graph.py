"""FuncGraph: the graph that is the body of a function."""

from __future__ import annotations

import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from tangraph.framework import device as device_lib
from tangraph.framework import errors, stacks
from tangraph.framework.graph import Graph
from tangraph.framework.graph_keys import GraphKeys
from tangraph.framework.handle_data import copy_handle_data
from tangraph.framework.init_scope import init_scope
from tangraph.framework.scopes import name_scope
from tangraph.ops.state.scope_state import SCOPES_KEY, STORE_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tangraph.framework.op_def import OpDef
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor

#: Collections that the body of a function shares with the graph around it; of the others it has copies.
SHARED_COLLECTIONS: Final = (
    GraphKeys.GLOBAL_VARIABLES,
    GraphKeys.LOCAL_VARIABLES,
    GraphKeys.TRAINABLE_VARIABLES,
    STORE_KEY,
    SCOPES_KEY,
)
_READS: Final = frozenset({"ReadVariableOp", "ResourceGather"})


def make_argument(dtype: Any, shape: Any, name: str | None) -> Tensor:
    """Adds the Placeholder that stands for an argument, in a name scope of its own as TensorFlow does."""
    graph = stacks.get_default_graph()
    with name_scope(name, "placeholder", []) as scope:
        attrs = {"dtype": dtype.base, "shape": shape}
        return graph.create_op("Placeholder", [], attrs=attrs, name=scope).outputs[0]


class FuncGraph(Graph):
    """The body of a function.

    Tensors of other graphs that its operations take are *captured*: each becomes an argument (a Placeholder) of the
    function, for which the caller passes the tensor.

    Args:
      name: the function's name.
      collections: the collections to start with; None for those of the outer graph (variables shared, others copied).
      capture_by_value: whether variables are read outside, and their values captured; None for what the outer graph does.

    Attributes:
      inputs: the arguments, those for captured tensors last.
      outputs: the results.
      control_outputs: operations that run with every call.
      control_captures: operations and tensors outside that a call has to wait for.
      structured_input_signature, structured_outputs: arguments and results as the Python function has them.
      outer_graph: the graph in which the function is defined.
    """

    def __init__(
        self, name: str, collections: dict[Any, list[Any]] | None = None, capture_by_value: bool | None = None
    ) -> None:
        super().__init__()
        outer = stacks.get_default_graph()
        self.name = name
        self.inputs: list[Tensor] = []
        self.outputs: list[Tensor] = []
        self.control_outputs: list[Operation] = []
        self.control_captures: dict[Any, None] = {}
        self.structured_input_signature: Any = None
        self.structured_outputs: Any = None
        self.outer_graph = outer
        self._captures: dict[Tensor, tuple[Tensor, Tensor]] = {}
        self._weak_variables: list[Any] = []
        self._watched_variables: weakref.WeakSet[Any] = weakref.WeakSet()
        self._output_names: dict[Tensor, str] | None = None
        if capture_by_value is None:
            capture_by_value = getattr(outer, "capture_by_value", False)
        self.capture_by_value = capture_by_value
        self._building_function = True
        self.seed = outer.seed
        self._seed_used = False
        self._colocation_stack = list(outer._colocation_stack)
        if collections is not None:
            self._collections = collections
            return
        for key in outer.get_all_collection_keys():
            if key not in SHARED_COLLECTIONS:
                self._collections[key] = outer.get_collection(key)
        for key in SHARED_COLLECTIONS:
            self._collections[key] = outer.get_collection_ref(key)

    def __str__(self) -> str:
        return f"FuncGraph(name={self.name}, id={id(self)})"

    # -- scopes --------------------------------------------------------------------------------------------------

    @contextmanager
    def as_default(self) -> Iterator[FuncGraph]:
        """Makes this graph the default one; variable creators and device functions of the graph around stay in force."""
        around = stacks.get_default_graph()
        devices, creators = self._device_stack, self._variable_creator_stack
        if any(device_lib.decides(applied) for applied in around._device_stack):
            self._device_stack = list(around._device_stack)
        self._variable_creator_stack = around._variable_creator_stack
        try:
            with super().as_default():
                yield self
        finally:
            self._device_stack, self._variable_creator_stack = devices, creators

    def control_dependencies(self, control_inputs: Any) -> Any:
        """As `Graph.control_dependencies`; what is outside of the function is noted in `control_captures`."""
        if control_inputs is None:
            return super().control_dependencies(None)
        inside = []
        for item in control_inputs:
            if hasattr(item, "op") and (hasattr(item, "_handle") or hasattr(item, "indices")):
                element = item.op
            else:
                convert = getattr(item, "_as_graph_element", None)
                element = (convert() if convert is not None else None) or item
            if getattr(element, "graph", self) is not self:
                self.control_captures[element] = None
            else:
                inside.append(element)
        return super().control_dependencies(inside)

    # -- variables -----------------------------------------------------------------------------------------------

    def watch_variable(self, variable: Any) -> None:
        """Notes that the function, and those around it, use a variable."""
        graph: Any = self
        while isinstance(graph, FuncGraph):
            graph._watched_variables.add(variable)
            graph = graph.outer_graph

    @property
    def variables(self) -> tuple[Any, ...]:
        """The variables that the function uses.

        Raises:
          AssertionError: one of them is gone.
        """
        found = tuple(reference() for reference in self._weak_variables)
        if None in found:
            raise AssertionError(
                "Called a function referencing variables which have been deleted. This likely means that function-local "
                "variables were created and not referenced elsewhere in the program. This is generally a mistake; "
                "consider storing variables in an object attribute on first call."
            )
        return found

    @variables.setter
    def variables(self, variables: Any) -> None:
        self._weak_variables = [weakref.ref(variable) for variable in variables]

    # -- captures ------------------------------------------------------------------------------------------------

    @property
    def captures(self) -> list[tuple[Tensor, Tensor]]:
        """(tensor outside, argument that stands for it) pairs, in the order in which they were captured."""
        return list(self._captures.values())

    @property
    def external_captures(self) -> list[Tensor]:
        """The captured tensors."""
        return [outside for outside, _ in self._captures.values()]

    @property
    def internal_captures(self) -> list[Tensor]:
        """The arguments for captured tensors."""
        return [inside for _, inside in self._captures.values()]

    def capture(self, tensor: Tensor, name: str | None = None) -> Tensor:
        """Returns what stands for a tensor in this graph: itself, or an argument, which is made on the first capture.

        Raises:
          InaccessibleTensorError: the tensor belongs to a function defined inside of this one.
        """
        forward = getattr(self, "_forward_func_graph", None)
        if tensor.graph is not self and isinstance(forward, FuncGraph):
            tensor = forward.capture(tensor)
        if tensor.graph is self:
            return tensor
        inner: Any = tensor.graph
        while isinstance(inner, FuncGraph):
            if inner is self:
                raise errors.InaccessibleTensorError(
                    f"The tensor '{tensor}' cannot be accessed here: it is defined in another function or code block. "
                    "Use return values, explicit Python locals or TensorFlow collections to access it. Defined in: "
                    f"{tensor.graph}; accessed from: {self}.\n"
                )
            inner = inner.outer_graph
        return self._capture_helper(tensor, tensor.op.name if name is None else name)

    def _capture_helper(self, tensor: Tensor, name: str | None) -> Tensor:
        known = self._captures.get(tensor)
        if known is not None:
            return known[1]
        # An argument stands outside of all control flow.
        with self.as_default(), self.control_dependencies(None):
            argument = make_argument(tensor.dtype, tensor.raw_shape, name)
        copy_handle_data(tensor, argument)
        self.add_capture(tensor, argument)
        return argument

    def add_capture(self, tensor: Tensor, placeholder: Tensor) -> None:
        """Makes a tensor of this graph the argument for one outside."""
        self._captures[tensor] = (tensor, placeholder)
        self.inputs.append(placeholder)

    def reset_captures(self, capture_list: Any) -> None:
        """Replaces the captures by (outside, inside) pairs."""
        self._captures = {outside: (outside, inside) for outside, inside in capture_list}

    def pop_capture(self, tensor: Tensor) -> Tensor | None:
        """Forgets a capture; returns the argument that stood for it."""
        known = self._captures.pop(tensor, None)
        return None if known is None else known[1]

    def clear_captures(self) -> None:
        """Forgets all captures."""
        self._captures = {}

    # -- the door for nodes --------------------------------------------------------------------------------------

    def _captured_inputs(self, inputs: list[Tensor]) -> list[Tensor]:
        context = self._control_flow_context
        taken = []
        for tensor in inputs:
            if context is not None and hasattr(context, "AddValue"):
                # Accumulators of a loop's gradient are made where the loop is, before they are captured.
                tensor = context.AddValue(tensor)
            taken.append(self.capture(tensor))
        return taken

    def _take_inputs(self, op: OpDef, name: str, inputs: list[Tensor], attrs: dict[str, Any]) -> Operation | None:
        """Captures the inputs of a new node in place; returns an operation where that one serves instead of it."""
        if self.capture_by_value and op.name in _READS:
            return self._read_outside(op, name, inputs, attrs)
        entered = inputs[0].op if op.name == "Enter" else None
        if entered is not None and entered.type == "Enter" and entered.attrs["frame_name"] == attrs["frame_name"]:
            return entered
        inputs[:] = self._captured_inputs(inputs)
        return None

    def _read_outside(self, op: OpDef, name: str, inputs: list[Tensor], attrs: dict[str, Any]) -> Operation:
        outside = {inside: tensor for tensor, inside in self.captures}
        with init_scope():
            node = stacks.get_default_graph().create_op(
                op.name, [outside.get(tensor, tensor) for tensor in inputs], attrs=attrs, name=name
            )
        return self.capture(node.outputs[0]).op
