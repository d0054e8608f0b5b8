"""Gradients of control-flow nodes: the gradient of a branch is a branch, that of a loop a loop that runs backwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import dtypes, stacks
from tangraph.framework.tensor import Tensor
from tangraph.ops.control_flow.frames import enter, exit_loop
from tangraph.ops.control_flow.loop_building import add_next_and_back_edge
from tangraph.ops.control_flow.switching import merge, switch, switch_ref_or_tensor
from tangraph.ops.control_flow.util import output_context
from tangraph.util import nest

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation


def _gradient_context() -> Any:
    return stacks.get_default_graph()._get_control_flow_context()


def switch_grad(op: Operation, *grads: Any) -> tuple[Any, None]:
    """Merges the gradients of the two outputs.

    The Switch of a loop variable is visited twice: when the Exit's gradient arrives a Merge is made, whose second
    input is given when the gradient of the body arrives.
    """
    context = op._control_flow_context
    if context is None:
        false_grad = switch(grads[0], op._inputs[1])[0]
        true_grad = switch(grads[1], op._inputs[1])[1]
        return merge([false_grad, true_grad])[0], None
    if context.IsWhileContext():
        return _loop_switch_grad(op, *grads), None
    if grads[1 - context.branch] is not None:
        return merge(grads, name="cond_grad")[0], None
    if op._inputs[0].dtype is dtypes.resource:
        # A variable that is read in one branch only: in the other there is nothing to add.
        return merge([grads[context.branch]] * 2, name="cond_resource_grad")[0], None
    return None, None


def _loop_switch_grad(op: Operation, exit_grad: Any, body_grad: Any) -> Any:
    known = _gradient_context().grad_state.switch_map
    merged = known.get(op)
    if merged is not None:
        if body_grad is not None:
            add_next_and_back_edge(merged, body_grad, enforce_shape_invariant=False)
        return None
    if exit_grad is None:
        return None
    # The second input is the first one's for now; PostProcessing finds those that never got another.
    merged = known[op] = merge([exit_grad, exit_grad], name="b_switch")[0]
    return merged


def merge_grad(op: Operation, grad: Any) -> Any:
    """Sends the gradient to the input that was computed."""
    context = output_context(op._inputs[0].op)
    gradient_context = _gradient_context()
    if context is None:
        from tangraph.ops.math.comparison import equal

        count = len(op._inputs)
        came_from = [equal(op.outputs[1], i) for i in range(count)]
        return [switch_ref_or_tensor(grad, came_from[i])[1] for i in range(count)]
    if context.IsWhileContext():
        return switch_ref_or_tensor(grad, gradient_context.pivot)
    pred = context.pred
    if gradient_context is not None and gradient_context.grad_state is not None:
        pred = _kept_predicate(gradient_context.grad_state, pred)
    return switch_ref_or_tensor(grad, pred, name="cond_grad")


def _kept_predicate(state: Any, pred: Tensor) -> Any:
    """What the predicate of a conditional inside a loop was in the iteration that the gradient loop undoes."""
    kept = state.history_map.get(pred.name)
    if kept is None:
        context = state.grad_context
        context.Exit()
        history = state.AddForwardAccumulator(pred)
        context.Enter()
        kept = state.history_map[pred.name] = state.AddBackpropAccumulatedValue(history, pred)
    return kept


def exit_grad(op: Operation, grad: Any) -> Any:
    """The gradient enters the gradient loop.

    Raises:
      TypeError: the loop is itself a gradient loop, or the gradient is of an unknown kind.
    """
    gradient_context = _gradient_context()
    if not gradient_context.back_prop:
        # The loop was built with back_prop=False.
        return None
    if op._control_flow_context.grad_state is not None:
        raise TypeError("Second-order gradient for while loops not supported.")
    if not isinstance(grad, Tensor) and not nest.is_composite(grad):
        raise TypeError(f"Type {type(grad)} not supported")
    for tensor in nest.flatten(grad, expand_composites=True):
        gradient_context.AddName(tensor.name)
    gradient_context.Enter()
    result = enter(grad, gradient_context.name, parallel_iterations=gradient_context.parallel_iterations, name="b_exit")
    gradient_context.loop_enters.append(result)
    gradient_context.Exit()
    return result


def enter_grad(op: Operation, grad: Any) -> Any:
    """The gradient leaves the gradient loop; that of a loop constant is summed over the iterations.

    Raises:
      TypeError: the gradient is of an unknown kind.
    """
    from tangraph.framework.indexed_slices import IndexedSlices

    gradient_context = _gradient_context()
    if not gradient_context.back_prop or gradient_context.grad_state is None:
        return grad
    if not op.attrs["is_constant"]:
        result = exit_loop(grad)
        gradient_context.loop_exits.append(result)
        gradient_context.ExitResult([result])
        return result
    if isinstance(grad, Tensor):
        return gradient_context.AddBackpropAccumulator(op, grad)
    if isinstance(grad, IndexedSlices):
        return gradient_context.AddBackpropIndexedSlicesAccumulator(op, grad)
    raise TypeError(f"Type {type(grad)} not supported")
