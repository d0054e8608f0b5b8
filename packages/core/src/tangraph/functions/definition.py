"""GraphFunction: a function that nodes can call, whatever it was made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework.op_def import ArgDef, OpDef
from tangraph.framework.protos import NameAttrList
from tangraph.functions.to_function_def import to_function_def

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tangraph.framework.graph import Graph
    from tangraph.framework.operation import Operation
    from tangraph.framework.protos import FunctionDef
    from tangraph.framework.tensor import Tensor


class GraphFunction:
    """A named function with a graph as its body; what later happens to the graph does not change it.

    Attributes:
      name: unique in the graphs that use it.
      graph: the body.
      inputs, outputs: the arguments and results, tensors of the body.
      operations: the body's operations without the arguments.
      control_outputs: what runs with every call.
      attrs: the function's own attrs.
      python_grad_func, grad_func: how calls of it are differentiated, where that was said.
    """

    def __init__(
        self,
        name: str,
        graph: Graph,
        inputs: Sequence[Tensor],
        outputs: Sequence[Tensor],
        control_outputs: Sequence[Operation] = (),
        attrs: Mapping[str, Any] | None = None,
        output_names: Sequence[str] = (),
        description: str = "",
    ) -> None:
        self.name = name
        self.graph = graph
        self.inputs = list(inputs)
        self.outputs = list(outputs)
        self.control_outputs = list(control_outputs)
        self.attrs = dict(attrs or {})
        arguments = {tensor.op for tensor in self.inputs}
        self.operations = [op for op in graph._ops if op not in arguments]
        self.python_grad_func: Any = None
        self.grad_func: Any = None
        self._output_names = list(output_names)
        self._description = description
        self._definition: FunctionDef | None = None
        self._op_def: OpDef | None = None
        self._given = False

    @property
    def grad_func_name(self) -> str | None:
        """The name of the function that is its gradient, or None."""
        return None if self.grad_func is None else self.grad_func.name

    @property
    def stateful_ops(self) -> tuple[Operation, ...]:
        """The operations of the body that have effects or change from run to run."""
        return tuple(op for op in self.operations if op._is_stateful)

    @property
    def effect_ops(self) -> tuple[Operation, ...]:
        """The same; what a plan runs for its effect."""
        return self.stateful_ops

    @property
    def definition(self) -> FunctionDef:
        """The FunctionDef message."""
        if self._definition is None:
            self._definition = to_function_def(
                self.name,
                self.operations,
                self.inputs,
                self.outputs,
                self.control_outputs,
                self._output_names,
                self.attrs,
                self._description,
            )
        return self._definition

    @property
    def node_names(self) -> list[str]:
        """The names of the operations in the definition, where they are distinct from those of arguments and results."""
        if self._given:
            return [op.name for op in self.operations]
        return [node.name for node in self.definition.node_def]

    @property
    def signature(self) -> Any:
        """The OpDef message of a call."""
        return self.definition.signature

    @property
    def op_def(self) -> OpDef:
        """The schema of nodes whose type is the function."""
        if self._op_def is None:
            signature = self.definition.signature
            self._op_def = OpDef(
                self.name,
                tuple(ArgDef(a.name, t.dtype.base) for a, t in zip(signature.input_arg, self.inputs, strict=True)),
                tuple(ArgDef(a.name, t.dtype.base) for a, t in zip(signature.output_arg, self.outputs, strict=True)),
                {},
                stateful=bool(self.stateful_ops),
            )
        return self._op_def

    def take_definition(self, definition: FunctionDef, op_def: OpDef | None) -> None:
        """Notes the message, and the schema, that the function was made from."""
        self._definition, self._op_def, self._given = definition, op_def, True

    def rename(self, name: str) -> None:
        """Gives the function another name, before anything knows it."""
        self.name, self._definition, self._op_def = name, None, None

    def set_attrs(self, attrs: Mapping[str, Any]) -> None:
        """Adds attrs of the function, before anything knows it."""
        self.attrs.update(attrs)
        self._definition = None

    def add_to_graph(self, graph: Graph) -> None:
        """Makes the function, and those that it calls, known to the nodes of a graph."""
        if not graph._is_function(self.name):
            graph._add_function(self)
        for function in list(self.graph._functions.values()):
            if not graph._is_function(function.name):
                graph._add_function(function)

    def __repr__(self) -> str:
        return f"<GraphFunction {self.name}>"


def function_reference(value: Any, attr_name: str, graph: Graph) -> NameAttrList:
    """Returns the value of a func attr; a function that is given as an object is added to the graph.

    Raises:
      TypeError: the value is no function.
    """
    if isinstance(value, NameAttrList):
        return value
    if isinstance(value, (str, bytes)):
        return NameAttrList(name=value.decode() if isinstance(value, bytes) else value)
    if not hasattr(value, "add_to_graph"):
        raise TypeError(f"Don't know how to convert {value!r} to a func for argument {attr_name}")
    value.add_to_graph(graph)
    as_list = getattr(value, "_as_name_attr_list", None)
    if as_list is not None:
        return as_list  # type: ignore[no-any-return]
    name = value.name
    return NameAttrList(name=name.decode() if isinstance(name, bytes) else name)
