"""If and Case: nodes that call one of several functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tangraph.framework import raw_shape
from tangraph.framework.op_def import OpSet

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext

ops = OpSet()


def given_shapes(c: ShapeContext) -> list[Raw]:
    """Shapes of the results of a conditional: those that an attr gives."""
    wanted, count = c.attr("output_shapes"), len(c.attr("Tout"))
    if not wanted:
        return [None] * count
    if len(wanted) != count:
        raise ValueError(f"`output_shapes` must be the same length as num outputs ({len(wanted)} vs. {count})")
    return list(wanted)


def _case_shapes(c: ShapeContext) -> list[Raw]:
    raw_shape.with_rank(c.shapes[0], 0)
    return given_shapes(c)


_IF: Final = (
    "Tcond: type",
    "Tin: list(type) >= 0",
    "Tout: list(type) >= 0",
    "then_branch: func",
    "else_branch: func",
    "output_shapes: list(shape) = []",
)
IF = ops.define("If", ["cond: Tcond", "input: Tin"], ["output: Tout"], _IF, shape=given_shapes, stateful=True)
STATELESS_IF = ops.define("StatelessIf", ["cond: Tcond", "input: Tin"], ["output: Tout"], _IF, shape=given_shapes)
CASE = ops.define(
    "Case",
    ["branch_index: int32", "input: Tin"],
    ["output: Tout"],
    ["Tin: list(type) >= 0", "Tout: list(type) >= 0", "branches: list(func) >= 1", "output_shapes: list(shape) = []"],
    shape=_case_shapes,
    stateful=True,
)
FAKE_PARAM = ops.define(
    "FakeParam", [], ["output: dtype"], ["dtype: type", "shape: shape"], shape=lambda c: c.attr("shape")
)
ops.without_gradient("FakeParam")


@ops.gradient("If", "StatelessIf")
def _if_grad(op: Operation, *grads: Any) -> Any:
    from tangraph.ops.control_flow.cond_v2_gradient import if_gradient

    return if_gradient(op, *grads)


@ops.gradient("Case")
def _case_grad(op: Operation, *grads: Any) -> Any:
    from tangraph.ops.control_flow.cond_v2_gradient import case_gradient

    return case_gradient(op, *grads)
