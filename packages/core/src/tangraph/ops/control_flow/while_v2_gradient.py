"""The gradient of While: a loop that goes backwards over what the forward loop has kept, in tensor lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import dtypes
from tangraph.framework.constant_value import constant_value
from tangraph.framework.handle_data import copy_handle_data
from tangraph.framework.indexed_slices import IndexedSlices
from tangraph.framework.make_op import make_op
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.functions import rewriting
from tangraph.functions.building import func_graph_from_py_func
from tangraph.functions.copying import copy_body
from tangraph.functions.library import find_function
from tangraph.ops.array.constant import constant
from tangraph.ops.array.identity import identity
from tangraph.ops.control_flow import function_graphs as graphs
from tangraph.ops.control_flow.cond_v2_gradient import resource_input
from tangraph.ops.functions import tensor_lists as lists
from tangraph.ops.gradients.gradients import UnconnectedGradients, gradients_from
from tangraph.ops.gradients.reach import is_trainable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor
    from tangraph.functions.func_graph import FuncGraph

#: In front of the gradients, a backward loop has: its counter, the limit of the forward loop, how often that ran.
_OWN = 3


def while_gradient(op: Operation, *grads: Any) -> list[Any]:
    """The gradients of the inputs of a While."""
    test, step = (_forward(op, op.attrs[key].name) for key in ("cond", "body"))
    before, known = len(step.outputs), op.attrs.get("_num_original_outputs", len(op.outputs))
    limit = op._inputs[1]
    wanted = [_start(grad, step.outputs[i], op.outputs[i]) for i, grad in enumerate(grads[:known])]
    wanted += [None] * (len(op.outputs) - known)
    used = [i for i, grad in enumerate(wanted) if grad is not None]
    starts = [wanted[i] for i in used]
    name = graphs.unique_gradient_name(step.name)
    counter = constant(0, dtype=op.outputs[0].dtype, name="grad_counter")
    arguments = [counter, limit, op.outputs[0], *starts]
    backward = WhileBodyGradFuncGraph(name, op, test, step, limit)
    backward.build([step.outputs[i] for i in used], [step.inputs[i] for i in used], arguments)
    if backward.new_lists:
        _keep_more(op, test, step, backward, before)
    op.attrs["_num_original_outputs"] = len(op.outputs)
    variables = [*arguments, *_captured(op, step, backward)]
    outputs = _add_node(op, backward, variables)
    results = iter(outputs[_OWN:])
    return [None if grad is None else next(results) for grad in wanted]


def _forward(op: Operation, name: str) -> FuncGraph:
    shapes = op.attrs["output_shapes"] or [tensor.raw_shape for tensor in op._inputs]
    return copy_body(find_function(op.graph, name), op.graph, shapes)


def _start(grad: Any, inside: Tensor, outside: Tensor) -> Any:
    """The gradient that the backward loop begins with; None for what has none."""
    if not _has_gradient(inside):
        return None
    if grad is None and outside.dtype in {dtypes.resource, dtypes.variant}:
        from tangraph.ops.array.fill import zeros, zeros_like

        if outside.dtype is dtypes.resource:
            return zeros(make_op("VariableShape", outside))
        return zeros_like(outside)
    return convert_to_tensor(grad) if isinstance(grad, IndexedSlices) else grad


def _has_gradient(tensor: Tensor) -> bool:
    if not is_trainable(tensor):
        return False
    if tensor.op.type == "TensorListPopBack" and tensor.value_index == 0:
        return is_trainable(tensor.op.outputs[1])
    return True


class WhileBodyGradFuncGraph(graphs.WhileBodyFuncGraph):
    """The body of the backward loop.

    What it takes of an iteration of the forward loop is pushed on a list there, and popped off here.

    Attributes:
      new_lists: the empty lists that the forward loop has to begin with.
      after: argument for something captured -> its value for the next iteration.
    """

    def __init__(self, name: str, op: Operation, test: FuncGraph, step: FuncGraph, limit: Tensor) -> None:
        super().__init__(name)
        self.new_lists: list[Tensor] = []
        self.after: dict[Tensor, Tensor] = {}
        self._op = op
        self._test, self._step = test, step
        self._limit = limit
        self._invariant = set(step.inputs) & set(step.outputs)
        self._found: dict[Tensor, Tensor] = {}

    def build(self, ys: Sequence[Tensor], xs: Sequence[Tensor], arguments: Sequence[Any]) -> None:
        """Makes the body; its arguments are the gradients, and what it captures."""

        def iterate(counter: Tensor, limit: Tensor, total: Tensor, *grads: Any) -> list[Any]:
            found = gradients_from(self._step, ys, xs, list(grads), unconnected_gradients=UnconnectedGradients.ZERO)
            dense = [convert_to_tensor(gradient) for gradient in found]
            return [counter + 1, limit, total, *dense]

        func_graph_from_py_func(self.name, iterate, list(arguments), {}, func_graph=self)
        for outside, inside in self.captures:
            following = self.after.get(inside)
            if following is None:
                if inside.dtype is not dtypes.resource and outside not in self._invariant:
                    raise ValueError(
                        f"Tensor {inside} which captures {outside} is in list of internal_captures but is not a "
                        "resource, is not in popped_tensor_lists and does not capture a loop invariant."
                    )
                following = inside
            self.outputs.append(following)
            self.structured_outputs.append(following)

    def capture(self, tensor: Tensor, name: str | None = None, whitelisted: bool = False) -> Tensor:
        """Captures a tensor of the forward loop's body.

        Raises:
          ValueError: the tensor is of another graph, and not `whitelisted`.
        """
        if not whitelisted and tensor.graph is not self and tensor.graph is not self._step:
            owner = getattr(tensor.graph, "name", "Base")
            raise ValueError(f"Attempting to capture tensor {tensor} which is not in the forward graph but in {owner}.")
        return super().capture(tensor, name)

    def _capture_helper(self, tensor: Tensor, name: str | None) -> Tensor:
        if tensor.graph is not self._step:
            return super()._capture_helper(tensor, name)
        while tensor.op.type == "Identity":
            tensor = tensor.op._inputs[0]
        known = self._found.get(tensor)
        if known is None:
            known = self._found[tensor] = self._take(tensor, name)
        return known

    def _take(self, tensor: Tensor, name: str | None) -> Tensor:
        step = self._step
        if tensor in step.inputs and tensor in step.outputs:
            inside = super()._capture_helper(tensor, name)
            self.after[inside] = inside
            return inside
        if tensor.op.type == "Const":
            with self.as_default():
                return constant(constant_value(tensor), dtype=tensor.dtype)
        if tensor.dtype is dtypes.resource:
            argument = resource_input(tensor, step)
            return self.capture(self._op._inputs[step.inputs.index(argument)], whitelisted=True)
        kept = super()._capture_helper(self._kept(tensor), name)
        with self.as_default():
            rest, value = lists.pop_back(kept, tensor.dtype.base)
        self.after[kept] = rest
        return value  # type: ignore[no-any-return]

    def _kept(self, tensor: Tensor) -> Tensor:
        """The list, a result of the forward body, on which it pushes a tensor in every iteration."""
        known = _accumulator(tensor)
        if known is not None:
            return known
        step = self._step
        outer = step.outer_graph
        context = outer._control_flow_context
        with outer.as_default(), outer.control_dependencies(None):
            outer._set_control_flow_context(context)
            name = f"{tensor.name}/accumulator".replace(":", "_")
            empty = lists.empty_list(tensor.shape, tensor.dtype.base, self._limit, name)
        self.new_lists.append(empty)
        with step.as_default():
            pushed = lists.push_back(empty, tensor)
        step.outputs.append(pushed)
        self._test.capture(empty)
        return pushed


def _accumulator(tensor: Tensor) -> Tensor | None:
    """Returns the result of a loop's body on which it pushes a tensor, None without one."""
    graph: Any = tensor.graph
    for consumer in tensor.consumers():
        if consumer.type != "TensorListPushBack" or consumer._inputs[0] not in graph.inputs:
            continue
        result = _result_of(consumer.outputs[0], graph)
        if result is not None and graph.outputs.index(result) == graph.inputs.index(consumer._inputs[0]):
            return result
    return None


def _result_of(tensor: Tensor, graph: Any) -> Tensor | None:
    if tensor in graph.outputs:
        return tensor
    users = tensor.consumers()
    if users and users[0].type == "Identity" and users[0].outputs[0] in graph.outputs:
        return users[0].outputs[0]
    return None


def _keep_more(op: Operation, test: FuncGraph, step: FuncGraph, backward: WhileBodyGradFuncGraph, before: int) -> None:
    """Makes the forward loop one that keeps what the backward loop takes."""
    test.name += "_rewritten"
    step.name += "_rewritten"
    new = step.outputs[before:]
    rewriting.set_function(op, "cond", graphs.add_function_of(test).name)
    rewriting.set_function(op, "body", graphs.add_function_of(step).name)
    rewriting.set_shapes(op, step.outputs)
    rewriting.add_outputs(op, new, "T")
    rewriting.add_inputs(op, backward.new_lists)
    for inside, outside in zip(new, op.outputs[before:], strict=True):
        copy_handle_data(inside, outside)


def _captured(op: Operation, step: FuncGraph, backward: FuncGraph) -> list[Tensor]:
    """What the backward loop captures, as tensors of the graph of the node."""
    found = []
    for tensor in backward.external_captures:
        if tensor.graph is step:
            tensor = op.outputs[step.outputs.index(tensor)]
        found.append(tensor)
    return found


def _add_node(op: Operation, backward: FuncGraph, variables: Sequence[Any]) -> list[Tensor]:
    name = graphs.unique_gradient_name(op.attrs["cond"].name)
    test = func_graph_from_py_func(
        name,
        lambda counter, _, total, *rest: counter < total,
        list(variables),
        {},
        func_graph=graphs.WhileCondFuncGraph(name),
    )
    outputs = make_op(
        "While",
        list(variables),
        cond=graphs.add_function_of(test),
        body=graphs.add_function_of(backward),
        output_shapes=[tensor.raw_shape for tensor in backward.outputs],
        parallel_iterations=op.attrs["parallel_iterations"],
        name=f"{op.name}_grad",
    )
    for inside, outside in zip(backward.outputs, outputs, strict=True):
        copy_handle_data(inside, outside)
    graphs.set_lowering(outputs[0].op)
    return [identity(tensor) for tensor in outputs]
