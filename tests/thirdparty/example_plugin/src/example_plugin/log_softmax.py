"""The rewrite: log(softmax(x)) becomes log_softmax(x), which does not overflow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tangraph.plugin import registry

if TYPE_CHECKING:
    from tangraph.plugin import Program


def rewrite(program: Program) -> None:
    """Changes the program in place; steps that nothing needs any more are dropped afterwards."""
    for step in program.region.walk():
        if step.op_type == "Log" and step.inputs[0].step.op_type == "Softmax":
            step.op_type, step.op_def = "LogSoftmax", registry.op_def("LogSoftmax")
            step.inputs = step.inputs[0].step.inputs
