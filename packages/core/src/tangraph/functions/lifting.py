"""Copies of what a tensor is made from, from the body of a function to the graph outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tangraph.framework.make_op import make_node
from tangraph.framework.scopes import device

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tangraph.framework.graph import Graph
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor


class UnliftableError(Exception):
    """A tensor depends on an argument of the function."""


def lift(tensor: Tensor, graph: Graph, arguments: Iterable[Operation]) -> Tensor:
    """Returns a tensor of another graph that is made as `tensor` is.

    Args:
      tensor: a tensor of a function's body.
      graph: the graph for the copies.
      arguments: operations that must not be among them.

    Raises:
      UnliftableError: `tensor` depends on one of `arguments`.
    """
    forbidden = set(arguments)
    needed = _needed(tensor.op)
    blocked = next((op for op in needed if op in forbidden), None)
    if blocked is not None:
        raise UnliftableError(
            f"Unable to lift tensor {tensor!r} because it depends transitively on placeholder {blocked!r} via at least one "
            "path."
        )
    copies: dict[Operation, Operation] = {}
    with graph.as_default():
        for op in reversed(_visited(tensor.op, needed)):
            inputs = [copies[t.op].outputs[t.value_index] for t in op._inputs]
            with device(op.device or None) if op.device else graph.device(""):
                copies[op] = make_node(graph, op.op_def, inputs, dict(op.attrs), op.name)
            controls = [copies[control] for control in op._control_inputs]
            if controls:
                copies[op]._add_control_inputs(controls)
    return copies[tensor.op].outputs[tensor.value_index]


def _behind(op: Operation) -> list[Operation]:
    return list(dict.fromkeys([*(t.op for t in op._inputs), *op._control_inputs]))


def _needed(op: Operation) -> dict[Operation, set[Operation]]:
    """The operations behind one, each with those among them that take something of it."""
    users: dict[Operation, set[Operation]] = {op: set()}
    todo = [op]
    while todo:
        current = todo.pop()
        for before in _behind(current):
            if before not in users:
                users[before] = set()
                todo.append(before)
            users[before].add(current)
    return users


def _visited(op: Operation, users: dict[Operation, set[Operation]]) -> list[Operation]:
    """The order, from the tensor backwards, in which TensorFlow visits them."""
    order: dict[Operation, None] = {}
    todo = [op]
    while todo:
        current = todo.pop()
        if current in order:
            continue
        order[current] = None
        todo.extend(before for before in _behind(current) if users[before] <= order.keys())
    return list(order)
