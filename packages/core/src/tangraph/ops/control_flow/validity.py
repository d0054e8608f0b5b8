"""Which operations may take which others as inputs: values of a loop are for that loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.ops.control_flow.util import (
    containing_while_context,
    is_containing_context,
    is_loop_enter,
    is_switch,
    output_context,
)

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation


def check_input_from_valid_context(op: Operation, input_op: Operation) -> None:
    """Checks that `op` may take an output of `input_op`.

    Raises:
      ValueError: `input_op` is in a loop that `op` is not part of.
    """
    input_context = output_context(input_op)
    context = op._control_flow_context
    if input_context is None or input_context is context:
        return
    loop, input_loop = containing_while_context(context), containing_while_context(input_context)
    if loop is None:
        if input_loop is None or is_loop_enter(op) or is_switch(op):
            # Gradients of a loop put Enter and Switch nodes on values of it before they belong to a context.
            return
        reason = f"because '{input_op.name}' is in a while loop."
    else:
        if _reaches(loop, input_loop):
            return
        reason = "because they are in different while loops."
    raise ValueError(f"Cannot use '{input_op.name}' as input to '{op.name}' {reason} See info log for more details.")


def _reaches(loop: Any, input_loop: Any) -> bool:
    """Says whether a value of one loop can be used in another: from around it, or between a loop and its gradient."""
    if is_containing_context(loop, input_loop):
        return True
    forward = _forward(loop)
    if forward is not None and (is_containing_context(forward, input_loop) or forward is input_loop.outer_context):
        return True
    # The other way round: values of a gradient loop, or of the gradient of a gradient loop, used in the forward one.
    input_forward = _forward(input_loop)
    if input_forward is None:
        return False
    return input_forward is loop or (_forward(input_forward) is not None and _forward(input_forward) is loop)


def _forward(loop: Any) -> Any:
    return None if loop.grad_state is None else loop.grad_state.forward_context
