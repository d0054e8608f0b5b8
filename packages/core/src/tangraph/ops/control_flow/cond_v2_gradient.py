"""Gradients of If and Case: the same choice between the gradients of the branches.

What these need of a branch that has run is returned by it, in optionals, since the other branch has no such value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import dtypes, stacks
from tangraph.framework.handle_data import copy_handle_data
from tangraph.framework.indexed_slices import IndexedSlices
from tangraph.framework.make_op import make_op
from tangraph.framework.tensor import Tensor
from tangraph.functions import rewriting
from tangraph.functions.building import flat_tensors, func_graph_from_py_func
from tangraph.functions.copying import copy_body
from tangraph.functions.library import find_function
from tangraph.ops.control_flow import function_graphs as graphs
from tangraph.ops.control_flow.cond_v2 import CASE, COND, Kind, build, check_same_outputs
from tangraph.ops.functions import optional
from tangraph.ops.gradients.gradients import gradients_from
from tangraph.ops.gradients.reach import is_trainable
from tangraph.ops.gradients.zeros import shape_and_dtype

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tangraph.framework.operation import Operation
    from tangraph.functions.func_graph import FuncGraph


def if_gradient(op: Operation, *grads: Any) -> Any:
    """The gradients of the inputs of an If."""
    references = [op.attrs["then_branch"], op.attrs["else_branch"]]
    return _gradient(COND, op, references, grads)


def case_gradient(op: Operation, *grads: Any) -> Any:
    """The gradients of the inputs of a Case."""
    return _gradient(CASE, op, op.attrs["branches"], grads)


def _gradient(kind: Kind, op: Operation, references: Sequence[Any], grads: Sequence[Any]) -> list[Any]:
    branches = [_forward(op, reference.name) for reference in references]
    backward = [_backward(branch, grads) for branch in branches]
    if any(graph.needs_rewrite for graph in backward):
        _return_intermediates(kind, op, branches, backward)
    inputs = [_outside(op, branch, graph) for branch, graph in zip(branches, backward, strict=True)]
    _match_slices(kind, backward)
    outputs = build(kind, op._inputs[0], backward, inputs, "gradient" if kind is CASE else None)
    return [None, *outputs]


def _forward(op: Operation, name: str) -> FuncGraph:
    """A copy of a branch, whose arguments stand for the inputs of the node."""
    inputs = op._inputs[1:]
    graph = copy_body(find_function(op.graph, name), op.graph, [tensor.raw_shape for tensor in inputs])
    for outside, inside in zip(inputs, graph.inputs, strict=True):
        copy_handle_data(outside, inside)
    graph.reset_captures(zip(inputs, graph.inputs, strict=True))
    return graph


class CondGradFuncGraph(graphs.CondBranchFuncGraph):
    """The gradient of a branch.

    Attributes:
      needs_rewrite: whether it takes something of the branch that the branch does not return.
      wrapped: what the branch has to return: tensor of the branch -> optional that holds it.
    """

    def __init__(self, name: str, forward: FuncGraph) -> None:
        super().__init__(name, stacks.get_default_graph()._collections)
        self.needs_rewrite = False
        self.wrapped: dict[Tensor, Tensor] = {}
        self._forward = forward
        self._unwrapped: dict[Tensor, Tensor] = {}

    def _capture_helper(self, tensor: Tensor, name: str | None) -> Tensor:
        forward = self._forward
        if tensor.graph is not forward or tensor in forward.inputs or tensor in forward.outputs:
            return super()._capture_helper(tensor, name)
        known = self._unwrapped.get(tensor)
        if known is None:
            if tensor.dtype is dtypes.resource:
                known = super()._capture_helper(resource_input(tensor, forward), name)
            else:
                inside = super()._capture_helper(self._wrap(tensor), name)
                with self.as_default():
                    known = optional.optional_get_value(inside, [tensor])[0]
            self._unwrapped[tensor] = known
        return known

    def _wrap(self, tensor: Tensor) -> Tensor:
        wrapped = self.wrapped.get(tensor)
        if wrapped is not None:
            return wrapped
        for consumer in tensor.consumers():
            if consumer.type == "OptionalFromValue" and consumer.outputs[0] in self._forward.outputs:
                wrapped = consumer.outputs[0]
                break
        else:
            with self._forward.as_default():
                wrapped = optional.optional_from_value([tensor])
            self.needs_rewrite = True
        self.wrapped[tensor] = wrapped
        return wrapped


def resource_input(tensor: Tensor, graph: FuncGraph) -> Tensor:
    """Returns the argument of a body that a handle in it comes from.

    Raises:
      ValueError: the handle is made in the body.
    """
    while tensor not in graph.inputs:
        op = tensor.op
        if op.type in {"While", "StatelessWhile"}:
            tensor = op._inputs[tensor.value_index]
        elif op.type in {"PartitionedCall", "StatefulPartitionedCall"}:
            function = find_function(op.graph, op.attrs["f"].name)
            inside = resource_input(function.outputs[tensor.value_index], function)
            tensor = op._inputs[function.inputs.index(inside)]
        elif op.type == "Identity":
            tensor = op._inputs[0]
        else:
            raise ValueError(
                f"Taking gradient of a while loop which creates a resource in its body is not supported: {op.name}"
            )
    return tensor


def _backward(branch: FuncGraph, grads: Sequence[Any]) -> CondGradFuncGraph:
    name = graphs.unique_gradient_name(branch.name)
    graph = CondGradFuncGraph(name, branch)
    func_graph_from_py_func(name, lambda: _gradients_of_branch(branch, grads), [], {}, func_graph=graph)
    return graph


def _gradients_of_branch(branch: FuncGraph, grads: Sequence[Any]) -> list[Any]:
    pairs = [(y, grad) for y, grad in zip(branch.outputs, grads, strict=True) if is_trainable(y)]
    found = gradients_from(branch, [y for y, _ in pairs], branch.inputs, [grad for _, grad in pairs])
    return [_zeros(x) if gradient is None else gradient for x, gradient in zip(branch.inputs, found, strict=True)]


def _zeros(x: Tensor) -> Any:
    from tangraph.ops.array.fill import zeros, zeros_like

    if x.dtype is dtypes.resource:
        return zeros(make_op("VariableShape", x), dtype=shape_and_dtype(x)[1])
    return zeros_like(x)


def _return_intermediates(
    kind: Kind, op: Operation, branches: Sequence[FuncGraph], backward: Sequence[CondGradFuncGraph]
) -> None:
    """Makes the node one whose branches return what the gradients need, as optionals."""
    wrapped = [list(graph.wrapped.values()) for graph in backward]
    most = max(map(len, wrapped))
    for branch, optionals in zip(branches, wrapped, strict=True):
        with branch.as_default():
            missing = [optional.optional_none() for _ in range(most - len(optionals))]
        branch.outputs.extend([*optionals, *missing])
    extra = branches[0].outputs[len(op.outputs) :]
    check_same_outputs(kind, branches)
    for branch in branches:
        branch.name += "_rewritten"
    names = [graphs.add_function_of(branch).name for branch in branches]
    if kind is CASE:
        rewriting.set_functions(op, "branches", names)
    else:
        rewriting.set_function(op, "then_branch", names[0])
        rewriting.set_function(op, "else_branch", names[1])
    rewriting.set_shapes(op, branches[0].outputs)
    rewriting.add_outputs(op, extra)


def _outside(op: Operation, branch: FuncGraph, backward: FuncGraph) -> list[Tensor]:
    """What a gradient takes, as tensors of the graph of the node: its outputs stand for tensors of a branch."""
    found = []
    for tensor in backward.external_captures:
        if tensor.graph is branch:
            if tensor in branch.outputs:
                tensor = op.outputs[branch.outputs.index(tensor)]
            else:
                tensor = branch.external_captures[branch.internal_captures.index(tensor)]
        found.append(tensor)
    return found


def _match_slices(kind: Kind, backward: Sequence[FuncGraph]) -> None:
    """Where one branch has a sparse gradient, makes that of the others sparse, too."""
    results = [list(graph.structured_outputs) for graph in backward]
    for index in range(len(results[0])):
        found = [mine[index] for mine in results]
        if not any(isinstance(value, IndexedSlices) for value in found):
            continue
        for graph, mine, value in zip(backward, results, found, strict=True):
            if isinstance(value, Tensor):
                with graph.as_default():
                    mine[index] = _as_slices(value)
            elif not isinstance(value, IndexedSlices):
                raise TypeError(
                    f"Cannot reconcile {kind.name} {index}-th outputs:\n  outputs from all branches: {found}"
                )
    for graph, mine in zip(backward, results, strict=True):
        graph.structured_outputs = mine
        graph.outputs = flat_tensors(mine)


def _as_slices(tensor: Tensor) -> IndexedSlices:
    from tangraph.ops.array.shape import shape
    from tangraph.ops.math import ranges

    sizes = shape(tensor)
    return IndexedSlices(tensor, ranges.range(0, sizes[0]), sizes)
