"""Assignment to a part of a variable, ``v[1:3].assign(...)``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tangraph.framework.op_def import OpSet

if TYPE_CHECKING:
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext

ops = OpSet()
_ATTRS = [
    "T: type",
    "Index: {int32, int64}",
    "begin_mask: int = 0",
    "end_mask: int = 0",
    "ellipsis_mask: int = 0",
    "new_axis_mask: int = 0",
    "shrink_axis_mask: int = 0",
]
_INPUTS = ["begin: Index", "end: Index", "strides: Index", "value: T"]


def _reference(c: ShapeContext) -> Raw:
    return c.shapes[0]


STRIDED_SLICE_ASSIGN = ops.define(
    "StridedSliceAssign",
    inputs=["ref: Ref(T)", *_INPUTS],
    outputs=["output_ref: Ref(T)"],
    attrs=_ATTRS,
    shape=_reference,
    stateful=True,
    host_inputs=(1, 2, 3),
)
RESOURCE_STRIDED_SLICE_ASSIGN = ops.define(
    "ResourceStridedSliceAssign",
    inputs=["ref: resource", *_INPUTS],
    attrs=_ATTRS,
    stateful=True,
    host_inputs=(1, 2, 3),
)
ops.without_gradient("StridedSliceAssign", "ResourceStridedSliceAssign")
