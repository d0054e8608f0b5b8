"""The functions of a GraphDef: as functions of the graph that it is imported into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tangraph import registry
from tangraph.framework import dtypes
from tangraph.framework.node_def import from_attr_value
from tangraph.framework.op_def import ArgDef, OpDef
from tangraph.framework.protos import FunctionDef, GraphDef, NodeDef
from tangraph.functions.definition import GraphFunction
from tangraph.functions.func_graph import FuncGraph
from tangraph_interop.functions import Body, inline_functions, is_op, is_polymorphic

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tangraph.framework.graph import Graph

_MOST_NODES: Final = 10**6
_DEEPEST: Final = 100


class FunctionLibrary:
    """The functions that the nodes of one GraphDef call.

    Args:
      graph: the graph that they are for.
      message: the GraphDef.

    Attributes:
      messages: the FunctionDefs by name.
    """

    def __init__(self, graph: Graph, message: GraphDef) -> None:
        self._graph = graph
        self.messages: dict[str, FunctionDef] = {f.signature.name: f for f in message.library.function}
        self._gradients = {g.function_name: g.gradient_func for g in message.library.gradient}
        self._op_defs: dict[str, OpDef] = {}
        self._stateful: dict[str, bool] = {}
        self._made: dict[str, GraphFunction] = {}

    def op_def(self, name: str) -> OpDef | None:
        """Returns the schema of calls of a function; None for what is no function whose types are its own."""
        known = self._op_defs.get(name)
        if known is not None:
            return known
        message = self.messages.get(name)
        if message is None:
            function = self._graph._get_function(name)
            return None if function is None else function.op_def
        if is_polymorphic(message) or is_op(name):
            return None
        signature = message.signature
        if any(argument.type == 0 for argument in (*signature.input_arg, *signature.output_arg)):
            raise ValueError(f"Function '{name}' of the GraphDef has an argument or result without a type")
        made = self._op_defs[name] = OpDef(
            name,
            _arguments(signature.input_arg),
            _arguments(signature.output_arg),
            {},
            stateful=self._has_effects(name),
        )
        return made

    def _has_effects(self, name: str) -> bool:
        """Says whether a function has effects, whatever its signature says of them."""
        if name not in self._stateful:
            self._stateful[name] = False  # while it is looked at
            message = self.messages[name]
            self._stateful[name] = bool(message.signature.is_stateful) or any(
                self._has_effects(node.op) if node.op in self.messages else _is_stateful(node.op)
                for node in message.node_def
            )
        return self._stateful[name]

    # -- checks --------------------------------------------------------------------------------------------------

    def check(self, nodes: Iterable[NodeDef]) -> None:
        """Looks at the calls before anything is made.

        Raises:
          ValueError: a function is not there, or functions call each other without end or stand for too many nodes.
        """
        sizes: dict[str, int] = {}
        for node in nodes:
            for name in self._names(node):
                self._check_known(node, name)
                if name in self.messages and self._size(name, sizes, set()) > _MOST_NODES:
                    raise ValueError(f"Node '{node.name}': the functions of the GraphDef call each other without end")

    def _check_known(self, node: NodeDef, name: str) -> None:
        if name not in self.messages and self._graph._get_function(name) is None:
            raise ValueError(f"Node '{node.name}': function '{name}' is not in the library of the GraphDef")

    def _size(self, name: str, sizes: dict[str, int], open_: set[str]) -> int:
        """How many nodes a function stands for; too many when it calls itself."""
        if name in open_ or len(open_) > _DEEPEST:
            return _MOST_NODES + 1
        if name not in sizes:
            total = 0
            for node in self.messages[name].node_def:
                total += 1
                for inner in self._names(node):
                    self._check_known(node, inner)
                    if inner in self.messages:
                        total += self._size(inner, sizes, open_ | {name})
                if total > _MOST_NODES:
                    break
            sizes[name] = total
        return sizes[name]

    # -- functions -----------------------------------------------------------------------------------------------

    def add(self, nodes: Iterable[NodeDef]) -> None:
        """Adds the functions that nodes call, and those that these call, to the graph.

        Raises:
          ValueError: a function is malformed, or the graph has another one of its name.
        """
        wanted = [name for node in nodes for name in self._names(node)]
        while wanted:
            name = wanted.pop()
            if name in self._made or name not in self.messages or is_polymorphic(self.messages[name]):
                continue
            try:
                self._made[name] = self._make(self.messages[name])
            except (TypeError, KeyError, OverflowError) as error:
                raise ValueError(f"Function '{name}' of the GraphDef is malformed: {error}") from None
            wanted.extend(inner for node in self.messages[name].node_def for inner in self._names(node))
            gradient = self._gradients.get(name)
            if gradient is not None:
                wanted.append(gradient)
        for name, function in self._made.items():
            function.grad_func = self._made.get(self._gradients.get(name, ""))
        for function in self._made.values():
            self._graph._add_function(function)

    def _names(self, node: NodeDef) -> Iterator[str]:
        yield from _called(node)
        if node.op in self.messages:
            yield node.op

    def _make(self, message: FunctionDef) -> GraphFunction:
        from tangraph_interop.import_graph import Importer

        signature = message.signature
        call = NodeDef(name="", op=signature.name, input=[argument.name for argument in signature.input_arg])
        body = Body(call, message, {}, self.messages, lambda name: name[1:])
        nodes = GraphDef()
        for argument in signature.input_arg:
            node = nodes.node.add(name=argument.name, op="Placeholder")
            node.attr["dtype"].type = argument.type
            node.attr["shape"].shape.unknown_rank = True
        for node in message.node_def:
            nodes.node.add().CopyFrom(body.node(node))
        results = [body.result_input(argument.name) for argument in signature.output_arg]
        with self._graph.as_default():
            graph = FuncGraph(signature.name, collections={})
        with graph.as_default():
            importer = Importer(graph, "", inline_functions(nodes, self.messages), {}, self)
            importer.run()
            outputs: list[Any] = [importer.element(text if ":" in text else f"{text}:0") for text in results]
        made = GraphFunction(
            signature.name,
            graph,
            [importer.made(argument.name).outputs[0] for argument in signature.input_arg],
            outputs,
            [importer.made(name) for name in dict.fromkeys(message.control_ret.values())],
            {key: from_attr_value(value) for key, value in message.attr.items()},
        )
        graph.inputs, graph.outputs = made.inputs, made.outputs
        made.take_definition(message, self.op_def(signature.name))
        return made


def _arguments(arguments: Iterable[Any]) -> tuple[ArgDef, ...]:
    return tuple(ArgDef(argument.name, dtypes.as_dtype(argument.type)) for argument in arguments)


def _is_stateful(op_type: str) -> bool:
    return is_op(op_type) and registry.op_def(op_type).stateful


def _called(node: NodeDef) -> Iterator[str]:
    """Yields the names of the functions that the attrs of a node name."""
    for key in node.attr:
        value = node.attr[key]
        if value.WhichOneof("value") == "func":
            yield value.func.name
        elif value.WhichOneof("value") == "list":
            for function in value.list.func:
                yield function.name
