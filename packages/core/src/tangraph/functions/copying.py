"""A copy of a function's body, to differentiate it without touching what others share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework.make_op import add_node
from tangraph.functions.func_graph import FuncGraph
from tangraph.ops.array.constant import PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tangraph.framework.graph import Graph
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.tensor import Tensor


def copy_body(function: Any, outer: Graph, shapes: Sequence[Raw] | None = None) -> FuncGraph:
    """Returns a new graph with the operations of a function's body.

    As where TensorFlow reads a FunctionDef, shapes are inferred anew: those of variables' values are not known.

    Args:
      function: the function.
      outer: the graph in which the copy counts as defined.
      shapes: the shapes of the arguments; those of the function's own when None.
    """
    with outer.as_default():
        graph = FuncGraph(function.name)
    graph._functions.update(function.graph._functions)
    if shapes is None:
        shapes = [tensor.raw_shape for tensor in function.inputs]
    names = [argument.name for argument in function.definition.signature.input_arg]
    copies: dict[Tensor, Tensor] = {}
    nodes: dict[Operation, Operation] = {}
    with graph.as_default():
        for tensor, name, shape in zip(function.inputs, names, shapes, strict=True):
            node = add_node(
                graph, PLACEHOLDER, graph.unique_name(name), [], {"dtype": tensor.dtype.base, "shape": shape}
            )
            copies[tensor] = node.outputs[0]
        for op, name in zip(function.operations, function.node_names, strict=True):
            nodes[op] = _copy(graph, op, name, copies, nodes)
    graph.inputs = [copies[tensor] for tensor in function.inputs]
    graph.outputs = [copies[tensor] for tensor in function.outputs]
    graph.control_outputs = [nodes[op] for op in function.control_outputs]
    return graph


def _copy(
    graph: FuncGraph, op: Operation, name: str, copies: dict[Tensor, Tensor], nodes: dict[Operation, Operation]
) -> Operation:
    inputs = [copies[tensor] for tensor in op._inputs]
    node = add_node(graph, op.op_def, graph.unique_name(name), inputs, dict(op.attrs))
    node._device, node._frames = op._device, op._frames
    controls = [nodes[control] for control in op._control_inputs if control in nodes]
    if controls:
        node._add_control_inputs(controls)
    copies.update(zip(op.outputs, node.outputs, strict=True))
    return node
