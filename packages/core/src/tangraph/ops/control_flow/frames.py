"""The nodes of a loop's frame: Enter, Exit, NextIteration, LoopCond; and ControlTrigger and Abort.

The plan never runs the first four: `tangraph.plan.lower` turns a frame into one loop step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.tensor import Tensor
from tangraph.ops.array.identity import identity, unchanged
from tangraph.ops.control_flow.composite import as_tensor_or_composite
from tangraph.util import nest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext

ops = OpSet()
_ENTER_ATTRS = ("T: type", "frame_name: string", "is_constant: bool = false", "parallel_iterations: int = 10")


def _enter_shape(c: ShapeContext) -> Raw:
    """A value that changes from one iteration to the next may change its shape too."""
    return c.shapes[0] if c.attr("is_constant") else None


def _loop_cond_shape(c: ShapeContext) -> Raw:
    return raw_shape.with_rank(c.shapes[0], 0)


ENTER = ops.define("Enter", ["data: T"], ["output: T"], _ENTER_ATTRS, shape=_enter_shape, aliases={0: 0})
REF_ENTER = ops.define("RefEnter", ["data: Ref(T)"], ["output: Ref(T)"], _ENTER_ATTRS, shape=unchanged, aliases={0: 0})
EXIT = ops.define("Exit", ["data: T"], ["output: T"], ["T: type"], shape=unchanged, aliases={0: 0})
REF_EXIT = ops.define("RefExit", ["data: Ref(T)"], ["output: Ref(T)"], ["T: type"], shape=unchanged, aliases={0: 0})
NEXT_ITERATION = ops.define("NextIteration", ["data: T"], ["output: T"], ["T: type"], shape=unchanged, aliases={0: 0})
REF_NEXT_ITERATION = ops.define(
    "RefNextIteration", ["data: Ref(T)"], ["output: Ref(T)"], ["T: type"], shape=unchanged, aliases={0: 0}
)
LOOP_COND = ops.define("LoopCond", ["input: bool"], ["output: bool"], shape=_loop_cond_shape)
CONTROL_TRIGGER = ops.define("ControlTrigger")
ABORT = ops.define("Abort", attrs=["error_msg: string = ''", "exit_without_error: bool = false"], stateful=True)
ops.without_gradient("ControlTrigger", "Abort")


@ops.gradient("Enter", "RefEnter")
def _enter_grad(op: Operation, grad: Any) -> Any:
    from tangraph.ops.control_flow.gradients import enter_grad

    return enter_grad(op, grad)


@ops.gradient("Exit", "RefExit")
def _exit_grad(op: Operation, grad: Any) -> Any:
    from tangraph.ops.control_flow.gradients import exit_grad

    return exit_grad(op, grad)


@ops.gradient("NextIteration", "RefNextIteration")
def _next_iteration_grad(_: Operation, grad: Any) -> Any:
    return grad


@ops.gradient("LoopCond")
def _loop_cond_grad(*_: Any) -> None:
    return None


def enter(
    data: Any,
    frame_name: str,
    is_constant: bool = False,
    parallel_iterations: int = 10,
    use_ref: bool = True,
    use_input_shape: bool = True,
    name: str | None = None,
) -> Any:
    """Leads a value into the frame of a loop.

    Args:
      data: a tensor, or a value made of several.
      frame_name: names the loop; every Enter of one loop has the same.
      is_constant: whether the value is the same in every iteration.
      parallel_iterations: how many iterations might run at once in TensorFlow; recorded only.
      use_ref: whether a reference stays one.
      use_input_shape: whether the static shape of `data` holds in every iteration.
      name: the operation's name.
    """
    data = as_tensor_or_composite(data, as_ref=True)
    if isinstance(data, Tensor):
        op = REF_ENTER if data.dtype.is_ref and use_ref else ENTER
        attrs = {"frame_name": frame_name, "is_constant": is_constant, "parallel_iterations": parallel_iterations}
        result: Tensor = make_op(op, data, name=name, **attrs)
        if use_input_shape:
            result.set_shape(data.raw_shape)
        return result
    return nest.map_structure(
        lambda t: enter(t, frame_name, is_constant, parallel_iterations, use_ref, use_input_shape),
        data,
        expand_composites=True,
    )


def _of_each(plain: Any, for_references: Any) -> Callable[..., Any]:
    """Returns a function that applies an op to a tensor, another to a reference, and to each part of a composite."""

    def apply(data: Any, name: str | None = None) -> Any:
        data = as_tensor_or_composite(data, as_ref=True)
        if isinstance(data, Tensor):
            return make_op(for_references if data.dtype.is_ref else plain, data, name=name)
        return nest.map_structure(apply, data, expand_composites=True)

    return apply


exit_loop = _of_each(EXIT, REF_EXIT)
next_iteration = _of_each(NEXT_ITERATION, REF_NEXT_ITERATION)


def identity_or_reference(data: Any, name: str | None = None) -> Any:
    """An Identity; for a reference a RefIdentity, which gives the reference on."""
    data = as_tensor_or_composite(data, as_ref=True)
    if isinstance(data, Tensor):
        return make_op("RefIdentity", data, name=name) if data.dtype.is_ref else identity(data, name=name)
    return nest.map_structure(identity_or_reference, data, expand_composites=True)


def loop_cond(input: Tensor, name: str | None = None) -> Tensor:
    """Marks the bool scalar that decides whether a loop runs on."""
    result: Tensor = make_op(LOOP_COND, input, name=name)
    return result


def control_trigger(name: str | None = None) -> Operation:
    """Does nothing; in TensorFlow it runs even when its control inputs do not."""
    result: Operation = make_op(CONTROL_TRIGGER, name=name)
    return result


def abort(error_msg: str = "", exit_without_error: bool = False, name: str | None = None) -> Operation:
    """Ends the run with an error when it is executed."""
    result: Operation = make_op(ABORT, error_msg=error_msg, exit_without_error=exit_without_error, name=name)
    return result
