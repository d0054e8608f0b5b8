"""While and For: nodes that call a function again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tangraph.framework import raw_shape
from tangraph.framework.op_def import OpSet

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext

ops = OpSet()


def _while_shapes(c: ShapeContext) -> list[Raw]:
    wanted, count = c.attr("output_shapes"), len(c.attr("T"))
    if not wanted:
        return list(c.shapes)
    if len(wanted) != count:
        raise ValueError(f"`output_shapes` must be the same length as num outputs ({len(wanted)} vs. {count})")
    return list(wanted)


def _for_shapes(c: ShapeContext) -> list[Raw]:
    for index in range(3):
        raw_shape.with_rank(c.shapes[index], 0)
    return [None] * len(c.attr("T"))


_WHILE: Final = (
    "T: list(type) >= 0",
    "cond: func",
    "body: func",
    "output_shapes: list(shape) = []",
    "parallel_iterations: int = 10",
)
WHILE = ops.define("While", ["input: T"], ["output: T"], _WHILE, shape=_while_shapes, stateful=True)
STATELESS_WHILE = ops.define("StatelessWhile", ["input: T"], ["output: T"], _WHILE, shape=_while_shapes)
FOR = ops.define(
    "For",
    ["start: int32", "limit: int32", "delta: int32", "input: T"],
    ["output: T"],
    ["T: list(type) >= 0", "body: func"],
    shape=_for_shapes,
)
ops.without_gradient("For")


@ops.gradient("While", "StatelessWhile")
def _while_grad(op: Operation, *grads: Any) -> Any:
    from tangraph.ops.control_flow.while_v2_gradient import while_gradient

    return while_gradient(op, *grads)
