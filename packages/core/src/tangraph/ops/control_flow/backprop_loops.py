"""The loop variables that gradients add: counters of iterations, and sums of gradients over the iterations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import raw_shape
from tangraph.ops.array.constant import constant
from tangraph.ops.control_flow.frames import enter, exit_loop, loop_cond, next_iteration
from tangraph.ops.control_flow.switching import merge, switch

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor
    from tangraph.ops.control_flow.while_context import WhileContext


def add_forward_counter(context: WhileContext, outer_grad_state: Any) -> tuple[Tensor, Tensor]:
    """Adds to a forward loop a variable that counts its iterations.

    Args:
      context: the loop's.
      outer_grad_state: the gradient state of the loop around, or None.

    Returns:
      (the number of iterations, the NextIteration of the counter, before which an iteration's stack pushes come).
    """
    from tangraph.ops.math.arithmetic import add

    start = constant(0, name="f_count")
    if outer_grad_state is not None:
        # The pushes of this iteration of the outer loop wait for those of the one before.
        start.op._add_control_input(outer_grad_state.forward_index.op._inputs[0].op)
    context.Enter()
    context.AddName(start.name)
    entered = _enter(context, start, "f_count")
    merged = merge([entered, entered])[0]
    pair = switch(merged, context.pivot)
    following = next_iteration(add(pair[1], 1))
    merged.op._update_input(1, following)
    total = exit_loop(pair[0], name="f_count")
    context.loop_exits.append(total)
    context.ExitResult([total])
    context.Exit()
    return total, following


def add_backprop_counter(context: WhileContext, count: Tensor, outer_grad_state: Any) -> Tensor:
    """Adds to a gradient loop the variable that counts down from the number of iterations; it is the loop's condition.

    Returns:
      The NextIteration of the counter, before which an iteration's stack pops come.
    """
    from tangraph.ops.math.arithmetic import subtract
    from tangraph.ops.math.comparison import greater_equal

    one = constant(1, name="b_count")
    context.Enter()
    context.AddName(count.name)
    entered = _enter(context, count, "b_count")
    merged = merge([entered, entered])[0]
    context._pivot_for_pred = merged
    context._pivot = loop_cond(greater_equal(merged, one), name="b_count")
    pair = switch(merged, context._pivot)
    index = subtract(pair[1], one)
    context._pivot_for_body = index
    following: Tensor = next_iteration(index)
    merged.op._update_input(1, following)
    last = exit_loop(pair[0], name="b_count")
    context.loop_exits.append(last)
    if outer_grad_state is not None:
        outer_grad_state.grad_sync._add_control_input(last.op)
    context.ExitResult([last])
    context.Exit()
    return following


def _enter(context: WhileContext, value: Any, name: str, use_input_shape: bool = True) -> Tensor:
    entered: Tensor = enter(
        value,
        context.name,
        parallel_iterations=context.parallel_iterations,
        use_input_shape=use_input_shape,
        name=name,
    )
    context.loop_enters.append(entered)
    return entered


# -- gradients of loop constants ---------------------------------------------------------------------------------------


def add_accumulator(context: WhileContext, op: Operation, grad: Tensor) -> Tensor:
    """Adds a loop variable that sums the gradients of a loop constant.

    Args:
      context: the gradient loop's, which is entered.
      op: the constant's Enter in the forward loop.
      grad: the gradient of one iteration.

    Returns:
      The sum, outside of the loop.
    """
    from tangraph.ops.math.arithmetic import add

    context.Exit()
    start = _zero_gradient(context, op, grad)
    context.Enter()
    context.AddName(start.name)
    entered = _enter(context, start, "b_acc")
    merged = merge([entered, entered], name="b_acc")[0]
    at_end, inside = switch(merged, context.pivot)
    merged.op._update_input(1, next_iteration(add(inside, grad)))
    result: Tensor = exit_loop(at_end, name="b_acc")
    context.loop_exits.append(result)
    context.ExitResult([result])
    return result


def _zero_gradient(context: WhileContext, op: Operation, grad: Tensor) -> Tensor:
    """Zeros of the shape of a loop constant, in the context around the gradient loop."""
    from tangraph.ops.array.fill import zeros
    from tangraph.ops.array.shape import shape_internal

    outer = context.outer_context
    if raw_shape.is_fully_defined(grad.raw_shape):
        with _inside(outer):
            return constant(0, grad.dtype, shape=grad.raw_shape, name="b_acc")
    value = op._inputs[0]
    if outer is not None and outer.IsWhileContext() and outer.grad_state is not None:
        # The constant belongs to an iteration of an outer loop: its shape is kept on a stack of that one.
        with _inside(context.grad_state.forward_context.outer_context):
            shape = shape_internal(value, optimize=False)
        outer_state = context.grad_state.outer_grad_state
        history = outer_state.AddForwardAccumulator(shape)
        with _inside(outer):
            return zeros(outer_state.AddBackpropAccumulatedValue(history, shape), grad.dtype)
    with _inside(outer):
        return zeros(shape_internal(value, optimize=False), grad.dtype)


class _inside:
    """Enters a context for a block; None stays where it is."""

    def __init__(self, context: Any) -> None:
        self._context = context

    def __enter__(self) -> None:
        if self._context is not None:
            self._context.Enter()

    def __exit__(self, *_: object) -> None:
        if self._context is not None:
            self._context.Exit()


def add_indexed_slices_accumulator(context: WhileContext, op: Operation, grad: Any) -> Any:
    """As :func:`add_accumulator`, for IndexedSlices: the slices of all iterations are put one after the other."""
    from tangraph.framework.indexed_slices import IndexedSlices
    from tangraph.ops.array.concat import concat
    from tangraph.ops.math.extremes import maximum

    context.Exit()
    with _inside(context.outer_context):
        start = _empty_slices(context, op, grad)
    context.Enter()
    # The order in which names are known and nodes are made: indices, values, shape.
    for tensor in start:
        context.AddName(tensor.name)
    entered = [_enter(context, t, "b_acc", use_input_shape=False) for t in start]
    entered[0].set_shape([None])
    if start[1].raw_shape is not None:
        entered[1].set_shape([None, *start[1].raw_shape[1:]])
    merged = [merge([t, t], name="b_acc")[0] for t in entered]
    pairs = [switch(t, context.pivot) for t in merged]
    sums = [concat([pair[1], new], 0) for pair, new in zip(pairs, (grad.indices, grad.values), strict=False)]
    if len(start) > 2:
        sums.append(maximum(grad.dense_shape, pairs[2][1]))
    following = [next_iteration(t) for t in sums]
    for variable, value in zip(merged, following, strict=True):
        variable.op._update_input(1, value)
    exits = [exit_loop(pair[0], name="b_acc") for pair in pairs]
    context.loop_exits.extend(exits)
    context.ExitResult(exits)
    return IndexedSlices(exits[1], exits[0], exits[2] if len(start) > 2 else None)


def _empty_slices(context: WhileContext, op: Operation, grad: Any) -> list[Tensor]:
    """Slices that add nothing: one row of zeros at index 0. Returns [indices, values, dense shape if there is one]."""
    from tangraph.ops.array.concat import concat
    from tangraph.ops.array.fill import zeros, zeros_like
    from tangraph.ops.array.shape import shape_internal

    values, indices, dense_shape = grad.values, grad.indices, grad.dense_shape
    if raw_shape.is_fully_defined(values.raw_shape):
        with _inside(context.outer_context):
            start = constant(0, values.dtype, shape=(1, *values.raw_shape[1:]), name="b_acc")
    else:
        rest = _shape_of(op._inputs[0])[1:]
        start = zeros(concat([[1], rest], 0), dtype=values.dtype)
    result = [constant([0], indices.dtype), start]
    if dense_shape is not None:
        if raw_shape.is_fully_defined(dense_shape.raw_shape):
            with _inside(context.outer_context):
                result.append(constant(0, dense_shape.dtype, shape=dense_shape.raw_shape))
        else:
            shape = shape_internal(op._inputs[0], optimize=False, out_type=dense_shape.dtype)
            result.append(zeros_like(shape, optimize=False))
    return result


def _shape_of(tensor: Tensor) -> Any:
    """The shape of a tensor; of a resource, that of the variable it stands for."""
    from tangraph.framework import dtypes
    from tangraph.framework.tensor_shape import TensorShape
    from tangraph.ops.array.shape import shape_internal

    if tensor.dtype is not dtypes.resource:
        return shape_internal(tensor, optimize=False)
    while tensor.op._inputs:
        tensor = tensor.op._inputs[0]
    return TensorShape.from_raw(tensor.op.attrs["shape"])
