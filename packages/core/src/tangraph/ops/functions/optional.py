"""Optionals: values that hold tensors, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _scalar(_: ShapeContext) -> Raw:
    return ()


ops.define(
    "OptionalFromValue",
    ["components: Toutput_types"],
    ["optional: variant"],
    ["Toutput_types: list(type) >= 1"],
    shape=_scalar,
)
ops.define("OptionalNone", [], ["optional: variant"], shape=_scalar)
ops.define("OptionalHasValue", ["optional: variant"], ["has_value: bool"], shape=_scalar)
ops.define(
    "OptionalGetValue",
    ["optional: variant"],
    ["components: output_types"],
    ["output_types: list(type) >= 1", "output_shapes: list(shape) >= 1"],
    shape=lambda c: list(c.attr("output_shapes")),
)
ops.without_gradient("OptionalNone", "OptionalHasValue")


def optional_from_value(components: Sequence[Any]) -> Tensor:
    """Returns an optional that holds tensors."""
    made: Tensor = make_op("OptionalFromValue", list(components))
    return made


def optional_none() -> Tensor:
    """Returns an optional that holds nothing."""
    made: Tensor = make_op("OptionalNone")
    return made


def optional_get_value(optional: Tensor, like: Sequence[Tensor]) -> list[Tensor]:
    """Returns what an optional holds: tensors of the types and shapes of others."""
    made: list[Tensor] = make_op(
        "OptionalGetValue",
        optional,
        output_types=[tensor.dtype.base for tensor in like],
        output_shapes=[tensor.raw_shape for tensor in like],
    )
    return made


@ops.gradient("OptionalFromValue")
def _from_value_grad(op: Operation, grad: Tensor) -> Any:
    return optional_get_value(grad, op._inputs)


@ops.gradient("OptionalGetValue")
def _get_value_grad(op: Operation, *grads: Tensor) -> Any:
    del op
    return optional_from_value(grads)
