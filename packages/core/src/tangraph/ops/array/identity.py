"""Ops that pass values on: identity, stop_gradient, no_op."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def unchanged(c: ShapeContext) -> Raw:
    """The shape of the first input."""
    return c.shapes[0]


IDENTITY = ops.define(
    "Identity",
    inputs=["input: T"],
    outputs=["output: T"],
    attrs=["T: type"],
    shape=unchanged,
    aliases={0: 0},
    elementwise=True,
)
IDENTITY_N = ops.define(
    "IdentityN",
    inputs=["input: T"],
    outputs=["output: T"],
    attrs=["T: list(type) >= 1"],
    shape=lambda c: list(c.shapes),
)
STOP_GRADIENT = ops.define(
    "StopGradient", inputs=["input: T"], outputs=["output: T"], attrs=["T: type"], shape=unchanged, aliases={0: 0}
)
PREVENT_GRADIENT = ops.define(
    "PreventGradient",
    inputs=["input: T"],
    outputs=["output: T"],
    attrs=["T: type", "message: string = ''"],
    shape=unchanged,
    aliases={0: 0},
)
NO_OP = ops.define("NoOp")
ops.not_differentiable("StopGradient")
ops.without_gradient("NoOp")


@ops.gradient("Identity")
def _identity_grad(_: Operation, grad: Tensor) -> Tensor:
    return grad


@ops.gradient("IdentityN")
def _identity_n_grad(_: Operation, *grads: Tensor) -> tuple[Tensor, ...]:
    return grads


@ops.gradient("PreventGradient")
def _prevent_gradient_grad(op: Operation, _: Tensor) -> None:
    raise LookupError(f"Gradient explicitly disabled. Reason: {op.attrs['message'].encode()!r}")


@export("identity")
def identity(input: Any, name: str | None = None) -> Tensor:
    """Returns a tensor with the shape and contents of the input."""
    result: Tensor = make_op(IDENTITY, input, name=name)
    return result


@export("identity_n")
def identity_n(input: Any, name: str | None = None) -> list[Tensor]:
    """Returns tensors with the shapes and contents of the inputs, all of which are computed."""
    result: list[Tensor] = make_op(IDENTITY_N, input, name=name)
    return result


@export("stop_gradient")
def stop_gradient(input: Any, name: str | None = None) -> Tensor:
    """Returns its input; gradients do not flow through it."""
    result: Tensor = make_op(STOP_GRADIENT, input, name=name)
    return result


@export("no_op")
def no_op(name: str | None = None) -> Operation:
    """Returns an operation that does nothing, to hang control dependencies on."""
    result: Operation = make_op(NO_OP, name=name)
    return result
