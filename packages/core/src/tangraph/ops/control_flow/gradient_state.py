"""What `tf.gradients` keeps of the loops that it goes back through.

For each forward loop there is a gradient loop that runs as many iterations. A value of the forward loop that the
gradient needs is pushed onto a stack in each forward iteration and popped in the backward one. The nodes are
TensorFlow's, and so are the names of the methods, through which `tangraph.ops.gradients` drives this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import raw_shape, stacks
from tangraph.ops.array.constant import constant
from tangraph.ops.control_flow.frames import next_iteration
from tangraph.ops.control_flow.loop_state import GradLoopState
from tangraph.ops.control_flow.switching import switch_ref_or_tensor
from tangraph.ops.control_flow.util import is_loop_exit, is_loop_switch, is_switch, while_context_of

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor

__all__ = ["ControlFlowState", "maybe_create_control_flow_state"]


def maybe_create_control_flow_state(
    between_op_list: list[Operation], between_ops: set[Operation], colocate_gradients_with_ops: bool
) -> ControlFlowState | None:
    """Makes the gradient loops for all forward loops among some operations.

    Args:
      between_op_list: the operations between xs and ys; Exits of the loops that are not among them are appended.
      between_ops: the same as a set; grows alike.
      colocate_gradients_with_ops: whether gradient nodes are placed with the forward ones.

    Returns:
      The state, or None where there is no loop.
    """
    state: ControlFlowState | None = None
    # The list grows while it is walked.
    for op in between_op_list:
        if not is_loop_exit(op):
            continue
        if state is None:
            state = ControlFlowState()
        if colocate_gradients_with_ops:
            with stacks.get_default_graph().colocate_with(op):
                state.AddWhileContext(op, between_op_list, between_ops)
        else:
            state.AddWhileContext(op, between_op_list, between_ops)
    return state


def _enclosing_loop(context: Any) -> Any:
    outer = context.outer_context
    return None if outer is None else outer.GetWhileContext()


class ControlFlowState:
    """The states of all loops of one call of `tf.gradients`."""

    def __init__(self) -> None:
        self._states: dict[Any, GradLoopState] = {}

    def GetGradState(self, op: Operation, before: bool) -> GradLoopState | None:
        """Returns the state of the loop that an operation is in; `before` takes an Exit as outside of its loop."""
        outside = before and is_loop_exit(op)
        context = _enclosing_loop(op._control_flow_context) if outside else while_context_of(op)
        return None if context is None else self._states.get(context)

    def ProcessUnusedLoopExits(self, pending_count: Any, to_ops_set: Any) -> list[Tensor]:
        """Finds the Exits from which no gradient will come.

        Args:
          pending_count: operation -> how many gradients it waits for; changed.
          to_ops_set: the operations of the ys.

        Returns:
          The unused Exits of the loops none of whose Exits is used.
        """
        exits: list[Tensor] = []
        for state in self._states.values():
            for tensor in state.forward_loop_exits:
                if pending_count[tensor.op] == 0:
                    state.pending_exits_count -= 1
                    if tensor.op not in to_ops_set:
                        state.unused_exits.append(tensor)
                    if state.pending_exits_count == 0:
                        exits.extend(state.unused_exits)
            # A loop variable that no gradient reaches must not be taken for ready.
            for tensor in state.forward_context.loop_enters:
                if pending_count[tensor.op] == 0:
                    pending_count[tensor.op] = 1
        return exits

    def EnterGradWhileContext(self, op: Operation, before: bool) -> None:
        """Enters the gradient loop of an operation's loop, if it is in one."""
        state = self.GetGradState(op, before)
        if state is not None:
            state.grad_context.Enter()

    def ExitGradWhileContext(self, op: Operation, before: bool) -> None:
        """Undoes `EnterGradWhileContext`."""
        state = self.GetGradState(op, before)
        if state is not None:
            state.grad_context.Exit()

    def AddWhileContext(self, op: Operation, between_op_list: list[Operation], between_ops: set[Operation]) -> None:
        """Makes the gradient loop for the loop that an Exit leaves, unless there is one."""
        context = while_context_of(op)
        if context in self._states:
            return
        outer = _enclosing_loop(context)
        outer_state = None if outer is None else self._states.get(outer)
        state = self._states[context] = GradLoopState(context, outer_state)
        for tensor in state.forward_loop_exits:
            # Every Exit is visited, so that every loop variable gets a gradient, zeros if need be.
            if tensor.op not in between_ops:
                between_ops.add(tensor.op)
                between_op_list.append(tensor.op)

    def ZerosLikeForExit(self, val: Tensor) -> Tensor:
        """Returns the gradient of an unused Exit: zeros of its shape, made outside of the gradient loop."""
        from tangraph.ops.array.fill import zeros, zeros_like
        from tangraph.ops.array.shape import shape_internal

        context = val.op._control_flow_context
        outer = _enclosing_loop(context)
        outer_state = None if outer is None else self._states.get(outer)
        known = raw_shape.is_fully_defined(val.raw_shape)
        if outer_state is None:
            return zeros(val.shape, val.dtype) if known else zeros_like(val, optimize=False)
        if known:
            outer_state.grad_context.Enter()
            result = zeros(val.shape, val.dtype)
            outer_state.grad_context.Exit()
            return result
        context.outer_context.Enter()
        shape = shape_internal(val, optimize=False)
        context.outer_context.Exit()
        history = outer_state.AddForwardAccumulator(shape)
        outer_state.grad_context.Enter()
        result = zeros(outer_state.AddBackpropAccumulatedValue(history, shape), val.dtype)
        outer_state.grad_context.Exit()
        return result

    def ZerosLike(self, op: Operation, index: int) -> Tensor | None:
        """Returns the gradient of an output that is not used: zeros of its shape; None for a loop's own Switch."""
        if is_loop_switch(op):
            return None
        if op.graph.building_function:
            from tangraph.ops.array.fill import zeros_like

            return zeros_like(op.outputs[index])
        state = self._states.get(while_context_of(op))
        if state is None:
            from tangraph.ops.gradients.zeros import zeros_like_output

            zero: Tensor = zeros_like_output(op, index)
            return zero
        # The output of a Switch that no branch uses is that of the branch that was not taken.
        dead_branch = is_switch(op)
        val = op.outputs[index]
        if not raw_shape.is_fully_defined(val.raw_shape):
            return self._zeros_of_kept_shape(state, op, val, dead_branch)
        result = constant(0, val.dtype, shape=val.raw_shape)
        if not dead_branch:
            return result
        context = op._control_flow_context
        pred = state.history_map[context.pred.name]
        switched: Tensor = switch_ref_or_tensor(result, pred)[1 - context.branch]
        return switched

    @staticmethod
    def _zeros_of_kept_shape(state: GradLoopState, op: Operation, val: Tensor, dead_branch: bool) -> Tensor:
        """Zeros whose shape is taken in the forward loop and kept on a stack."""
        from tangraph.ops.array.fill import zeros
        from tangraph.ops.array.shape import shape_internal

        context = op._control_flow_context
        if dead_branch:
            context.outer_context.Enter()
            val = switch_ref_or_tensor(op._inputs[0], context.pred)[1 - context.branch]
            shape = shape_internal(val, optimize=False)
            context.outer_context.Exit()
            val.op._set_control_flow_context(context)
            shape.op._set_control_flow_context(context)
        else:
            context.Enter()
            shape = shape_internal(val, optimize=False)
            context.Exit()
        state.grad_context.Exit()
        history = state.AddForwardAccumulator(shape, dead_branch=dead_branch)
        state.grad_context.Enter()
        return zeros(state.AddBackpropAccumulatedValue(history, shape, dead_branch), val.dtype)

    def PostProcessing(self) -> None:
        """Closes the loop variables of the gradient loops whose gradient after an iteration is always zero."""
        for state in self._states.values():
            for merged in state.switch_map.values():
                if merged.op._inputs[0] is merged.op._inputs[1]:
                    merged.op._update_input(1, _zero_for_next_iteration(state, merged))


def _zero_for_next_iteration(state: GradLoopState, merged: Tensor) -> Tensor:
    from tangraph.ops.array.fill import zeros
    from tangraph.ops.array.shape import shape_internal

    entered = merged.op._inputs[0]
    context = state.grad_context
    if raw_shape.is_fully_defined(entered.raw_shape):
        context.Enter()
        zero = constant(0, entered.dtype, shape=entered.raw_shape)
    else:
        outer = context.outer_context
        if outer is not None:
            outer.Enter()
        zero = zeros(shape_internal(entered.op._inputs[0], optimize=False))
        if outer is not None:
            outer.Exit()
        context.Enter()
    result: Tensor = next_iteration(zero)
    context.Exit()
    return result
