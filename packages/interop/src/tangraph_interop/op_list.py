"""The schemas of a graph's ops as messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tangraph.framework.op_def_message import op_def_message
from tangraph_interop.messages import OpList

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tangraph.framework.op_def import OpDef


def op_list(schemas: Iterable[OpDef]) -> OpList:
    """Returns schemas as a message, sorted by op type."""
    message = OpList()
    for op_def in sorted({op_def.name: op_def for op_def in schemas}.values(), key=lambda op_def: op_def.name):
        message.op.append(op_def_message(op_def))
    return message
