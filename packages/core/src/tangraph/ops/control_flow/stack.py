"""Stacks: what carries the values of a loop's iterations to its gradient.

A handle's value is a plain Python object made anew in every run, so that runs in several threads do not meet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _push_shape(c: ShapeContext) -> Raw:
    return c.shapes[1]


def _pop_shape(_: ShapeContext) -> Raw:
    return None


def _handle_shape(_: ShapeContext) -> Raw:
    return (2,)


STACK_V2 = ops.define(
    "StackV2",
    ["max_size: int32"],
    ["handle: resource"],
    ["elem_type: type", "stack_name: string = ''"],
    shape=_handle_shape,
    stateful=True,
)
STACK_PUSH_V2 = ops.define(
    "StackPushV2",
    ["handle: resource", "elem: T"],
    ["output: T"],
    ["T: type", "swap_memory: bool = false"],
    shape=_push_shape,
    stateful=True,
    aliases={0: 1},
)
STACK_POP_V2 = ops.define(
    "StackPopV2", ["handle: resource"], ["elem: elem_type"], ["elem_type: type"], shape=_pop_shape, stateful=True
)
STACK_CLOSE_V2 = ops.define("StackCloseV2", ["handle: resource"], stateful=True)
ops.without_gradient("StackV2", "StackPushV2", "StackPopV2", "StackCloseV2")


def stack_v2(max_size: Any, elem_type: Any, stack_name: str = "", name: str | None = None) -> Tensor:
    """Returns the handle of a new stack; a `max_size` below 0 sets no limit."""
    result: Tensor = make_op(STACK_V2, max_size, elem_type=elem_type, stack_name=stack_name, name=name)
    return result


def stack_push_v2(handle: Tensor, elem: Any, swap_memory: bool = False, name: str | None = None) -> Tensor:
    """Pushes a value; returns it."""
    result: Tensor = make_op(STACK_PUSH_V2, handle, elem, swap_memory=swap_memory, name=name)
    return result


def stack_pop_v2(handle: Tensor, elem_type: Any, name: str | None = None) -> Tensor:
    """Pops the value that was pushed last."""
    result: Tensor = make_op(STACK_POP_V2, handle, elem_type=elem_type, name=name)
    return result


def stack_close_v2(handle: Tensor, name: str | None = None) -> Operation:
    """Frees what the stack holds."""
    result: Operation = make_op(STACK_CLOSE_V2, handle, name=name)
    return result
