"""Questions about where an operation stands: which kind of control-flow node it is, in which context."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor

SWITCHES = frozenset({"Switch", "RefSwitch"})
MERGES = frozenset({"Merge", "RefMerge"})
ENTERS = frozenset({"Enter", "RefEnter"})
EXITS = frozenset({"Exit", "RefExit"})
_PASS_ON = frozenset({"Switch", "RefSwitch", "Identity", "RefIdentity"})


def is_switch(op: Operation) -> bool:
    """Says whether the operation is a Switch."""
    return op.type in SWITCHES


def is_merge(op: Operation) -> bool:
    """Says whether the operation is a Merge."""
    return op.type in MERGES


def is_loop_enter(op: Operation) -> bool:
    """Says whether the operation leads a value into a loop."""
    return op.type in ENTERS


def is_loop_exit(op: Operation) -> bool:
    """Says whether the operation leads a value out of a loop."""
    return op.type in EXITS


def is_loop_constant_enter(op: Operation) -> bool:
    """Says whether the operation makes a value of outside visible in every iteration."""
    return op.type in ENTERS and bool(op.attrs["is_constant"])


def is_cond_switch(op: Operation) -> bool:
    """Says whether the operation is a Switch at the border of a branch: everything that takes it is in one."""
    if op.type not in SWITCHES:
        return False
    for output in op.outputs:
        for consumer in output.consumers():
            context = consumer._control_flow_context
            if is_loop_enter(consumer) and context is not None:
                context = context.outer_context
            if context is None or not context.IsCondContext():
                return False
    return True


def is_cond_merge(op: Operation) -> bool:
    """Says whether the operation is the Merge of a conditional."""
    if op.type not in MERGES or not op._inputs:
        return False
    contexts = [output_context(tensor.op) for tensor in op._inputs]
    return all(c is not None and c.IsCondContext() for c in contexts)


def is_loop_switch(op: Operation) -> bool:
    """Says whether the operation is a Switch on a loop's condition."""
    if op.type not in SWITCHES:
        return False
    context = op._control_flow_context
    return context is not None and context.IsWhileContext() and not is_cond_switch(op)


def is_loop_merge(op: Operation) -> bool:
    """Says whether the operation is the Merge of a loop variable."""
    if op.type not in MERGES:
        return False
    context = op._control_flow_context
    return context is not None and context.IsWhileContext() and not is_cond_merge(op)


def loop_constant_enter(value: Tensor) -> Operation | None:
    """Returns the constant Enter from which a value comes unchanged, or None."""
    op = value.op
    while op.type in _PASS_ON:
        op = op._inputs[0].op
    return op if is_loop_constant_enter(op) else None


def output_context(op: Operation) -> Any:
    """Returns the context in which the outputs of an operation can be used: that around the loop for an Exit."""
    context = op._control_flow_context
    if context is not None and op.type in EXITS:
        return context.outer_context
    return context


def while_context_of(op: Operation) -> Any:
    """Returns the innermost loop around an operation, or None."""
    context = op._control_flow_context
    return None if context is None else context.GetWhileContext()


def containing_while_context(context: Any, stop: Any = None) -> Any:
    """Returns the innermost loop around a context (itself included), `stop` when that is met first, or None."""
    while context is not None:
        if context is stop or context.IsWhileContext():
            return context
        context = context.outer_context
    return None


def containing_cond_context(context: Any) -> Any:
    """Returns the innermost branch around a context, itself included, or None."""
    while context is not None and not context.IsCondContext():
        context = context.outer_context
    return context


def is_in_while_loop(op: Operation) -> bool:
    """Says whether the operation is inside a loop."""
    return containing_while_context(op._control_flow_context) is not None


def is_in_cond(op: Operation) -> bool:
    """Says whether the operation is inside a branch."""
    return containing_cond_context(op._control_flow_context) is not None


def is_containing_context(context: Any, maybe_outer: Any) -> bool:
    """Says whether `context` is `maybe_outer` or inside it; None is around everything."""
    while context is not maybe_outer:
        if context is None:
            return False
        context = context.outer_context
    return True


def op_in_context(op: Operation, context: Any) -> bool:
    """Says whether the operation is inside a context, directly or in a nested one."""
    return is_containing_context(op._control_flow_context, context)
