"""The graph of a `Defun`'s body, TensorFlow's older kind of function."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tangraph.framework import stacks
from tangraph.framework.graph import Graph
from tangraph.framework.handle_data import copy_handle_data
from tangraph.framework.init_scope import init_scope
from tangraph.framework.make_op import make_node
from tangraph.framework.scopes import control_dependencies
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.functions.names import function_name
from tangraph.ops.array.constant import placeholder
from tangraph.ops.state.resource_variable import BaseResourceVariable
from tangraph.ops.state.scope_state import get_default_variable_store, get_variable_scope
from tangraph.ops.state.variable_scope import variable_scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from tangraph.framework.op_def import OpDef
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor


class DefunGraph(Graph):
    """The body of a `Defun`.

    It has no seed and no control edges of its own; its variables belong to the graph around, and are passed by value.

    Args:
      name: the function's name.
      capture_by_value: whether what is captured is copied into the body, with all that it is made from.
      whitelisted_stateful_ops: stateful operations that may be copied all the same.
      capture_resource_var_by_value: whether `get_variable` gives the values of resource variables.

    Attributes:
      inputs, outputs: the arguments, captured ones last, and the results.
      extra_inputs, extra_args, extra_vars: what was captured, the arguments for it, and the variables that were made.
    """

    def __init__(
        self,
        name: str,
        capture_by_value: bool,
        whitelisted_stateful_ops: Iterable[Operation],
        capture_resource_var_by_value: bool,
    ) -> None:
        super().__init__()
        self._capture_by_value = capture_by_value
        self._copied = set(whitelisted_stateful_ops)
        self._values_of_variables = capture_resource_var_by_value
        self._building_function = True
        self.outer_graph = self._outer_graph = stacks.get_default_graph()
        self._vscope = get_variable_scope()
        self.name = name
        self.inputs: list[Tensor] = []
        self.outputs: list[Tensor] = []
        self._captured: dict[Tensor, Tensor] = {}
        self.extra_inputs: list[Tensor] = []
        self.extra_args: list[Tensor] = []
        self.extra_vars: list[Any] = []

    @property
    def captures(self) -> list[tuple[Tensor, Tensor]]:
        """(tensor outside, tensor that stands for it) pairs."""
        return list(self._captured.items())

    @contextmanager
    def container(self, container_name: str) -> Iterator[str]:
        """Sets the resource container here and in the graph around, where variables are made."""
        with init_scope():
            outer = stacks.get_default_graph()
        mine, theirs = self._container, outer._container
        self._container = outer._container = container_name
        try:
            yield container_name
        finally:
            self._container, outer._container = mine, theirs

    def getvar(self, getter: Any, name: str, **options: Any) -> Any:
        """The variable of that name of the graph around; what `get_variable` calls inside of the body."""
        del getter
        kept = ("shape", "dtype", "initializer", "reuse", "trainable", "collections", "use_resource")
        wanted = {key: options[key] for key in kept if key in options}
        with self._outer_graph.as_default():
            variable = self._vscope.get_variable(get_default_variable_store(), name, **wanted)
            self.extra_vars.append(variable)
            if isinstance(variable, BaseResourceVariable) and self._values_of_variables:
                return variable.value()
            return variable

    def capture(self, tensor: Tensor, name: str | None = None) -> Tensor:
        """Returns what stands for a tensor of another graph here.

        Raises:
          ValueError: it should be copied, and is stateful or fed.
        """
        known = self._captured.get(tensor)
        if known is not None:
            return known
        if self._capture_by_value:
            return self._copy(tensor.op).outputs[tensor.value_index]
        self.extra_inputs.append(tensor)
        with control_dependencies(None):
            argument = placeholder(tensor.dtype.base, tensor.shape, name)
        copy_handle_data(tensor, argument)
        self.inputs.append(argument)
        self._captured[tensor] = argument
        self.extra_args.append(argument)
        return argument

    def _copy(self, op: Operation) -> Operation:
        """Copies an operation of another graph into the body, and what it takes."""
        if op._is_stateful and op not in self._copied:
            raise ValueError(f"Cannot capture a stateful node (name:{op.name}, type:{op.type}) by value.")
        if op.type in {"Placeholder", "PlaceholderV2"}:
            raise ValueError(f"Cannot capture a placeholder (name:{op.name}, type:{op.type}) by value.")
        # As TensorFlow does, what is used twice is copied twice.
        inputs = [self._copy(t.op).outputs[t.value_index] for t in op._inputs]
        made = make_node(self, op.op_def, inputs, dict(op.attrs), op.name)
        self._captured.update(zip(op.outputs, made.outputs, strict=True))
        return made

    def _captured_inputs(self, inputs: list[Tensor]) -> list[Tensor]:
        return [tensor if tensor.graph is self else self.capture(tensor) for tensor in inputs]

    def _take_inputs(self, op: OpDef, name: str, inputs: list[Tensor], attrs: dict[str, Any]) -> Operation | None:
        """Captures the inputs of a new node in place."""
        del op, name, attrs
        inputs[:] = self._captured_inputs(inputs)
        return None


def defun_graph_from_py_func(
    func: Callable[..., Any],
    arg_names: Sequence[str],
    arg_types: Sequence[Any],
    name: str | None = None,
    capture_by_value: bool = False,
    device_function: Any = None,
    colocation_stack: Any = None,
    container: str | None = None,
    collections_ref: Any = None,
    arg_shapes: Sequence[Any] | None = None,
    whitelisted_stateful_ops: Iterable[Operation] = (),
    capture_resource_var_by_value: bool = True,
) -> DefunGraph:
    """Returns the graph that a Python function makes of arguments of given types.

    Raises:
      ValueError: the function returns None among other results.
    """
    name = name or function_name(func)
    graph = DefunGraph(name, capture_by_value, whitelisted_stateful_ops, capture_resource_var_by_value)
    if device_function is not None:
        graph._device_stack.append(device_function)
    with graph.as_default():
        if collections_ref is not None:
            graph._collections = collections_ref
        if container is not None:
            graph._container = container
        if colocation_stack is not None:
            graph._colocation_stack = colocation_stack
        for arg_name, dtype, shape in zip(arg_names, arg_types, arg_shapes or [None] * len(arg_types), strict=True):
            graph.inputs.append(placeholder(dtype, shape, arg_name))
        with variable_scope("", custom_getter=graph.getvar):
            outputs = func(*graph.inputs)
        if outputs is None:
            outputs = []
        elif not isinstance(outputs, (list, tuple)):
            outputs = (outputs,)
        if any(value is None for value in outputs):
            raise ValueError(f"Function {name} can not return None.")
        tensors = [convert_to_tensor(value) for value in outputs]
        graph.outputs = [graph.capture(t) if t.graph is not graph else t for t in tensors]
    return graph
