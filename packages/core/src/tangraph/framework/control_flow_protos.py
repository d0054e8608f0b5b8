"""The messages that control-flow contexts are written as, with the fields and numbers of TensorFlow's."""

from __future__ import annotations

from tangraph.framework.message import Message
from tangraph.framework.message_fields import MapField, Nested, RepeatedNested, boolean, int32, repeated, string


class ValuesDef(Message):
    """The names of the tensors that a context knows."""

    values = repeated(1, "string")
    external_values = MapField(2, string(1), string(2))


class ControlFlowContextDef(Message):
    """A context inside another one: one of the fields."""

    cond_ctxt = Nested(1, lambda: CondContextDef, "ctxt")
    while_ctxt = Nested(2, lambda: WhileContextDef, "ctxt")


class CondContextDef(Message):
    """A branch of a conditional."""

    context_name = string(1)
    pred_name = string(2)
    pivot_name = string(3)
    branch = int32(4)
    values_def = Nested(5, ValuesDef)
    nested_contexts = RepeatedNested(6, ControlFlowContextDef)


class WhileContextDef(Message):
    """A loop."""

    context_name = string(1)
    parallel_iterations = int32(2)
    back_prop = boolean(3)
    swap_memory = boolean(4)
    pivot_name = string(5)
    pivot_for_pred_name = string(6)
    pivot_for_body_name = string(7)
    loop_exit_names = repeated(8, "string")
    values_def = Nested(9, ValuesDef)
    loop_enter_names = repeated(10, "string")
    maximum_iterations_name = string(11)
    nested_contexts = RepeatedNested(12, ControlFlowContextDef)
