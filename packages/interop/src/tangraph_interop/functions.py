"""Functions of any types in GraphDefs: calls of them are replaced by what they compute.

Such a function has attrs of its own (the type of an argument, say), which every call gives. TensorFlow's Python makes
none. The others become functions of the graph (`tangraph_interop.function_library`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from tangraph import registry
from tangraph.framework.errors import NotFoundError
from tangraph.framework.protos import AttrValue, FunctionDef, GraphDef, NodeDef
from tangraph_interop.node_inputs import CONTROL, parse_input

_CALLS: Final = frozenset({"PartitionedCall", "StatefulPartitionedCall"})
_DEEPEST: Final = 100
_MOST_NODES: Final = 10**6


def inline_functions(message: GraphDef, functions: Mapping[str, FunctionDef] | None = None) -> GraphDef:
    """Returns a GraphDef in which calls of its functions of any types are nodes; the GraphDef itself without such calls.

    The nodes of a function get the name of the call as their scope. In the place of the call is an Identity (IdentityN
    for several outputs, NoOp for none) of its name.

    Raises:
      ValueError: a function is malformed, calls itself, or the functions stand for too many nodes.
    """
    if functions is None:
        functions = {function.signature.name: function for function in message.library.function}
    if not any(_is_call(node, functions) for node in message.node):
        return message
    return _Inliner(message, functions).run()


def _is_call(node: NodeDef, functions: Mapping[str, FunctionDef]) -> bool:
    """Says whether a node calls a function of any types."""
    if node.op in _CALLS:
        found = functions.get(node.attr["f"].func.name)
        return found is not None and is_polymorphic(found)
    return node.op in functions and is_polymorphic(functions[node.op]) and not is_op(node.op)


def is_polymorphic(function: FunctionDef) -> bool:
    """Says whether the types of a function are given by its calls."""
    return len(function.signature.attr) > 0


def is_op(name: str) -> bool:
    """Says whether an op type is known."""
    try:
        registry.op_def(name)
    except NotFoundError:
        return False
    return True


class _Inliner:
    """The GraphDef that is made, and the names in it."""

    def __init__(self, message: GraphDef, functions: Mapping[str, FunctionDef]) -> None:
        self._source = message
        self._functions = functions
        self._result = GraphDef()
        self._result.versions.CopyFrom(message.versions)
        self._names = {node.name for node in message.node}
        self._count = 0

    def run(self) -> GraphDef:
        for node in self._source.node:
            self._add(node, 0)
        return self._result

    def _add(self, node: NodeDef, depth: int) -> None:
        self._count += 1
        if depth > _DEEPEST or self._count > _MOST_NODES:
            raise ValueError(f"Node '{node.name}': the functions of the GraphDef call each other without end")
        if _is_call(node, self._functions):
            self._call(node, depth)
        else:
            self._result.node.append(node)

    def _call(self, call: NodeDef, depth: int) -> None:
        reference = call.attr["f"].func if call.op in _CALLS else None
        name = reference.name if reference is not None else call.op
        function = self._functions.get(name)
        if function is None:
            raise ValueError(f"Node '{call.name}': function '{name}' is not in the library of the GraphDef")
        bindings = dict((reference.attr if reference is not None else call.attr).items())
        body = Body(call, function, bindings, self._functions, self._unique)
        for node in function.node_def:
            self._add(body.node(node), depth + 1)
        self._add(body.result(), depth + 1)

    def _unique(self, name: str) -> str:
        unique, count = name, 0
        while unique in self._names:
            count += 1
            unique = f"{name}_{count}"
        self._names.add(unique)
        return unique


class Body:
    """The nodes of one function for one call of it."""

    def __init__(
        self,
        call: NodeDef,
        function: FunctionDef,
        bindings: Mapping[str, AttrValue],
        functions: Mapping[str, FunctionDef],
        unique: Callable[[str], str],
    ) -> None:
        self._call = call
        self._function = function
        self._bindings = bindings
        self._functions = functions
        self._nodes = {node.name: node for node in function.node_def}
        self._names = {name: unique(f"{call.name}/{name}") for name in self._nodes}
        data = [text for text in call.input if parse_input(text)[1] != CONTROL]
        self._controls = [text for text in call.input if parse_input(text)[1] == CONTROL]
        self._arguments: dict[str, list[str]] = {}
        for arg in function.signature.input_arg:
            count = len(self._types(arg))
            self._arguments[arg.name], data = data[:count], data[count:]
            if len(self._arguments[arg.name]) < count:
                raise self._error(f"lacks the argument '{arg.name}'")
        if data:
            raise self._error(f"has {len(data)} arguments too many")

    def node(self, source: NodeDef) -> NodeDef:
        """Returns a node of the function as it is in the graph."""
        made = NodeDef()
        made.CopyFrom(source)
        made.name = self._names[source.name]
        made.device = source.device or self._call.device
        made.ClearField("input")
        made.input.extend([self._input(text) for text in source.input])
        if not any(self._is_inside(text) for text in source.input):
            made.input.extend([text for text in self._controls if text not in made.input])
        ordered = sorted(made.input, key=lambda text: text.startswith("^"))
        made.ClearField("input")
        made.input.extend(ordered)
        for key in list(made.attr):
            if made.attr[key].WhichOneof("value") == "placeholder":
                made.attr[key].CopyFrom(self._binding(made.attr[key].placeholder))
        if "_class" in made.attr:
            groups = [
                bytes(group).removeprefix(b"loc:@").decode(errors="replace") for group in made.attr["_class"].list.s
            ]
            kept = [b"loc:@" + self._names[group].encode() for group in groups if group in self._names]
            del made.attr["_class"]
            if kept:
                made.attr["_class"].list.s.extend(kept)
        return made

    def result_input(self, name: str) -> str:
        """Returns which tensor of the graph a result is."""
        if name not in self._function.ret:
            raise self._error(f"does not return '{name}'")
        return self._input(self._function.ret[name])

    def result(self) -> NodeDef:
        """Returns the node that has the call's name and outputs."""
        outputs, types = [], []
        for arg in self._function.signature.output_arg:
            if arg.name not in self._function.ret:
                raise self._error(f"does not return '{arg.name}'")
            found = self._types(arg)
            first = self._function.ret[arg.name]
            outputs += [self._input(first)] if len(found) == 1 else self._outputs(first, len(found))
            types += found
        made = NodeDef(name=self._call.name, device=self._call.device)
        made.op = ("NoOp", "Identity", "IdentityN")[min(len(outputs), 2)]
        if len(outputs) == 1:
            made.attr["T"].type = types[0]
        elif outputs:
            made.attr["T"].list.type.extend(types)
        effects = dict.fromkeys(self._function.control_ret.values()) or self._effects()
        controls = [f"^{self._names[name]}" for name in effects if name in self._names]
        made.input.extend([*outputs, *dict.fromkeys([*controls, *self._controls])])
        return made

    def _outputs(self, first: str, count: int) -> list[str]:
        text = self._input(first)
        name, index = parse_input(text)
        return [f"{name}:{index + i}" for i in range(count)]

    def _effects(self) -> list[str]:
        """The nodes with effects of a function that does not name them, as those of TensorFlow's older decorator."""
        found = []
        for node in self._function.node_def:
            inner = self._functions.get(node.attr["f"].func.name if node.op in _CALLS else node.op)
            stateful = inner.signature.is_stateful if inner else is_op(node.op) and registry.op_def(node.op).stateful
            if stateful:
                found.append(node.name)
        return found

    def _is_inside(self, text: str) -> bool:
        return text.removeprefix("^").partition(":")[0] in self._names

    def _input(self, text: str) -> str:
        """Translates "argument", "node:output:0" or "^node"."""
        name, _, rest = text.removeprefix("^").partition(":")
        if text.startswith("^"):
            if name in self._arguments:
                return f"^{parse_input(self._arguments[name][0])[0]}"
            return f"^{self._name(name)}"
        if name in self._arguments:
            index = int(rest) if rest.isdigit() else 0
            if index >= len(self._arguments[name]):
                raise self._error(f"has no input '{text}'")
            return self._arguments[name][index]
        output, _, place = rest.partition(":")
        index = (int(place) if place.isdigit() else 0) + self._first_output(name, output)
        return f"{self._name(name)}:{index}" if index else self._name(name)

    def _name(self, name: str) -> str:
        if name not in self._names:
            raise self._error(f"has no node '{name}'")
        return self._names[name]

    def _first_output(self, name: str, output: str) -> int:
        """The index of the first tensor of a node's output."""
        if name not in self._nodes:
            raise self._error(f"has no node '{name}'")
        node = self._nodes[name]
        if node.op in _CALLS or not output:
            return 0
        inner = self._functions.get(node.op)
        if inner is not None and not is_op(node.op):
            args: Iterable[Any] = inner.signature.output_arg
        else:
            try:
                args = registry.op_def(node.op).outputs
            except NotFoundError as error:
                raise NotFoundError(None, None, f"{error.message} It is the op type of node '{name}'.") from None
        index = 0
        for arg in args:
            if arg.name == output:
                return index
            index += self._count(node, arg)
        raise self._error(f"has no output '{output}' of node '{name}'")

    def _count(self, node: NodeDef, arg: Any) -> int:
        """How many tensors an output of a node is."""
        attr = arg.number_attr or arg.type_list_attr
        if not attr:
            return 1
        value = node.attr[attr]
        if value.WhichOneof("value") == "placeholder":
            value = self._binding(value.placeholder)
        return int(value.i) if arg.number_attr else len(value.list.type)

    def _types(self, arg: Any) -> list[int]:
        """The types of the tensors of an argument or a result."""
        if arg.type_list_attr:
            return list(self._binding(arg.type_list_attr).list.type)
        kind = self._binding(arg.type_attr).type if arg.type_attr else arg.type
        count = int(self._binding(arg.number_attr).i) if arg.number_attr else 1
        if not 0 <= count <= len(self._call.input) + len(self._nodes) + 1:
            raise self._error(f"has {count} of '{arg.name}'")
        return [kind] * count

    def _binding(self, name: str) -> AttrValue:
        if name not in self._bindings:
            raise self._error(f"lacks the attr '{name}'")
        return self._bindings[name]

    def _error(self, what: str) -> ValueError:
        return ValueError(f"Node '{self._call.name}': function '{self._function.signature.name}' {what}")
