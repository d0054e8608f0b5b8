"""From a function's graph to the FunctionDef message, named as TensorFlow's C API names it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tangraph.framework.node_def import to_attr_value, to_node_def
from tangraph.framework.protos import FunctionDef

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor


class _Names:
    """The names in a function: arguments and results lower-case and plain, nodes as in the graph, all distinct."""

    def __init__(self) -> None:
        self._used: set[str] = set()
        self.of_node: dict[str, str] = {}

    def unique(self, name: str) -> str:
        found, number = name, 0
        while found in self._used:
            found = f"{name}_{number}"
            number += 1
        self._used.add(found)
        return found

    def plain(self, name: str) -> str:
        return self.unique(re.sub(r"[^a-z0-9]", "_", name.lower()).lstrip("_0123456789") or "unknown")


def output_places(op: Operation) -> Iterator[tuple[str, int]]:
    """Yields (name of the schema's output, index within it) for each output tensor of an operation."""
    for arg in op.op_def.outputs:
        count = 1
        if arg.number_attr:
            count = op.attrs[arg.number_attr]
        elif arg.type_list_attr:
            count = len(op.attrs[arg.type_list_attr])
        for index in range(count):
            yield arg.name, index


def to_function_def(
    name: str,
    operations: Sequence[Operation],
    inputs: Sequence[Tensor],
    outputs: Sequence[Tensor],
    control_outputs: Sequence[Operation] = (),
    output_names: Sequence[str] = (),
    attrs: Mapping[str, Any] | None = None,
    description: str = "",
) -> FunctionDef:
    """Returns the FunctionDef of a graph.

    Args:
      name: the function's name.
      operations: the body, without the arguments.
      inputs, outputs: the arguments and results.
      control_outputs: what runs with every call.
      output_names: the names of the results; made from those of their operations when empty.
      attrs: the function's attrs, plain values or messages.
      description: a text about the function.
    """
    message = FunctionDef()
    signature = message.signature
    signature.name = name
    if description:
        signature.description = description
    names = _Names()
    places: dict[tuple[Operation, int], str] = {}
    # TensorFlow names the results before the arguments.
    found = list(output_names) or [names.plain(tensor.op.name) for tensor in outputs]
    for result, tensor in zip(found, outputs, strict=True):
        signature.output_arg.add(name=result, type=tensor.dtype.as_datatype_enum)
    for position, tensor in enumerate(inputs):
        plain = names.of_node[tensor.op.name] = names.plain(tensor.op.name)
        signature.input_arg.add(name=plain, type=tensor.dtype.as_datatype_enum)
        places[tensor.op, tensor.value_index] = plain
        described = message.arg_attr[position]
        for key, value in tensor.op.attrs.items():
            if key.startswith("_"):
                described.attr[key].CopyFrom(to_attr_value(value))
    for op in operations:
        unique = names.of_node[op.name] = names.unique(op.name)
        for port, (arg, index) in enumerate(output_places(op)):
            places[op, port] = f"{unique}:{arg}:{index}"
    for op in operations:
        _add_node(message, op, names, places)
    for arg_def, tensor in zip(signature.output_arg, outputs, strict=True):
        message.ret[arg_def.name] = places[tensor.op, tensor.value_index]
    for op in control_outputs:
        message.control_ret[op.name] = names.of_node[op.name]
        signature.control_output.append(op.name)
    if any(op._is_stateful for op in operations):
        signature.is_stateful = True
    for key, value in (attrs or {}).items():
        message.attr[key].CopyFrom(value if hasattr(value, "WhichOneof") else to_attr_value(value))
    return message


def _add_node(message: FunctionDef, op: Operation, names: _Names, places: Mapping[tuple[Operation, int], str]) -> None:
    node = message.node_def.add()
    node.CopyFrom(to_node_def(op))
    node.name = names.of_node[op.name]
    node.ClearField("input")
    node.input.extend(places[tensor.op, tensor.value_index] for tensor in op._inputs)
    node.input.extend(f"^{names.of_node[other.name]}" for other in op._control_inputs)
