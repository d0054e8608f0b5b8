"""Control-flow contexts as messages, and back: what a MetaGraph's collections hold of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import stacks
from tangraph.framework.control_flow_protos import (
    CondContextDef,
    ControlFlowContextDef,
    ValuesDef,
    WhileContextDef,
)
from tangraph.ops.control_flow.util import is_loop_enter
from tangraph.ops.state.scoped_names import prepend_name_scope, strip_name_scope

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor
    from tangraph.ops.control_flow.cond_context import CondContext
    from tangraph.ops.control_flow.contexts import ControlFlowContext
    from tangraph.ops.control_flow.while_context import WhileContext


def _is_exported(context: ControlFlowContext, scope: str | None) -> bool:
    return scope is None or context.name.startswith(scope)


def _write_values(context: ControlFlowContext, scope: str | None) -> ValuesDef:
    message = ValuesDef()
    message.values.extend([strip_name_scope(name, scope) for name in sorted(context._values)])
    for name, tensor in context._external_values.items():
        message.external_values[strip_name_scope(name, scope)] = strip_name_scope(tensor.name, scope)
    return message


def _write_nested(context: ControlFlowContext, message: CondContextDef | WhileContextDef) -> None:
    for nested in context._nested_contexts:
        entry: ControlFlowContextDef = message.nested_contexts.add()
        target = entry.while_ctxt if nested.IsWhileContext() else entry.cond_ctxt
        target.CopyFrom(nested.to_proto())


def write_cond(context: CondContext, scope: str | None) -> CondContextDef | None:
    """Returns a message for a branch, None when it is outside of the scope that is exported."""
    if not _is_exported(context, scope):
        return None
    message = CondContextDef()
    message.context_name = strip_name_scope(context.name, scope)
    message.pred_name = strip_name_scope(context.pred.name, scope)
    message.pivot_name = strip_name_scope(context.pivot.name, scope)
    message.branch = context.branch
    message.values_def.MergeFrom(_write_values(context, scope))
    _write_nested(context, message)
    return message


def write_while(context: WhileContext, scope: str | None) -> WhileContextDef | None:
    """Returns a message for a loop, None when it is outside of the scope that is exported."""
    if not _is_exported(context, scope):
        return None
    message = WhileContextDef()
    message.context_name = strip_name_scope(context.name, scope)
    message.parallel_iterations = context.parallel_iterations
    if context.maximum_iterations is not None:
        message.maximum_iterations_name = strip_name_scope(context.maximum_iterations.name, scope)
    message.back_prop = context.back_prop
    message.swap_memory = context.swap_memory
    message.pivot_for_pred_name = strip_name_scope(context._pivot_for_pred.name, scope)
    message.pivot_for_body_name = strip_name_scope(context._pivot_for_body.name, scope)
    message.pivot_name = strip_name_scope(context.pivot.name, scope)
    message.loop_exit_names.extend([strip_name_scope(t.name, scope) for t in context.loop_exits])
    message.loop_enter_names.extend([strip_name_scope(t.name, scope) for t in context.loop_enters])
    message.values_def.MergeFrom(_write_values(context, scope))
    _write_nested(context, message)
    return message


def _element(name: str, scope: str | None) -> Any:
    return stacks.get_default_graph().as_graph_element(prepend_name_scope(name, scope))


def read_values(message: ValuesDef, scope: str | None) -> tuple[set[str], dict[str, Tensor]]:
    """Returns (the names that a context knows, what stands inside for values of outside)."""
    values = {prepend_name_scope(name, scope) for name in message.values}
    external = {prepend_name_scope(k, scope): _element(v, scope) for k, v in message.external_values.items()}
    return values, external


def read_cond(context: CondContext, message: CondContextDef, scope: str | None) -> None:
    """Fills in a branch whose values have been read."""
    context._name = prepend_name_scope(message.context_name, scope)
    context._pred = _element(message.pred_name, scope)
    context._pivot = _element(message.pivot_name, scope)
    context._branch = message.branch


def read_while(context: WhileContext, message: WhileContextDef, scope: str | None) -> None:
    """Fills in a loop whose values have been read."""
    context._name = prepend_name_scope(message.context_name, scope)
    name = message.maximum_iterations_name
    context._maximum_iterations = _element(name, scope) if name else None
    context._parallel_iterations = message.parallel_iterations
    context._back_prop = message.back_prop
    context._swap_memory = message.swap_memory
    context._pivot_for_pred = _element(message.pivot_for_pred_name, scope)
    context._pivot_for_body = _element(message.pivot_for_body_name, scope)
    context._pivot = _element(message.pivot_name, scope)
    context._loop_exits = [_element(n, scope) for n in message.loop_exit_names]
    context._loop_enters = [_element(n, scope) for n in message.loop_enter_names]
    if scope:
        # Two imports of one loop are two loops.
        graph = stacks.get_default_graph()
        for value in context._values:
            op = graph.as_graph_element(value).op
            if is_loop_enter(op):
                op._set_attr_with_value("frame_name", context.name)


def read_nested(context: ControlFlowContext, message: CondContextDef | WhileContextDef, scope: str | None) -> None:
    """Reads the contexts inside a context."""
    context.Enter()
    for nested in message.nested_contexts:
        from_control_flow_context_def(nested, scope)
    context.Exit()


def from_control_flow_context_def(message: ControlFlowContextDef, import_scope: str | None = None) -> Any:
    """Returns the context that a message describes.

    Raises:
      NotImplementedError: it describes none.
    """
    from tangraph.ops.control_flow.cond_context import CondContext
    from tangraph.ops.control_flow.while_context import WhileContext

    if message.HasField("cond_ctxt"):
        return CondContext.from_proto(message.cond_ctxt, import_scope)
    if message.HasField("while_ctxt"):
        return WhileContext.from_proto(message.while_ctxt, import_scope)
    raise NotImplementedError(f"Unknown ControlFlowContextDef field: {message.WhichOneof('ctxt')}")
