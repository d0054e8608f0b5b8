"""check_numerics: tensors that must not hold NaN or infinities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes, stacks
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.identity import unchanged
from tangraph.ops.control_flow.grouping import group, with_dependencies

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor

ops = OpSet()

CHECK_NUMERICS = ops.define(
    "CheckNumerics",
    ["tensor: T"],
    ["output: T"],
    ["T: {bfloat16, half, float, double}", "message: string"],
    shape=unchanged,
    stateful=True,
    aliases={0: 0},
)


@ops.gradient("CheckNumerics")
def _check_numerics_grad(op: Operation, grad: Tensor) -> Tensor:
    message = op.attrs["message"]
    text = message if isinstance(message, str) else message.decode(errors="replace")
    return check_numerics(grad, f"Not a number (NaN) or infinity (Inf) values detected in gradient. {text}")


@export("check_numerics", "debugging.check_numerics")
def check_numerics(tensor: Any, message: str, name: str | None = None) -> Tensor:
    """Returns its input; fails when it holds a NaN or an infinity.

    Args:
      tensor: a float tensor.
      message: the beginning of the error.
      name: the operation's name.
    """
    result: Tensor = make_op(CHECK_NUMERICS, tensor, message=message, name=name)
    return result


@export("verify_tensor_all_finite", "debugging.assert_all_finite")
def verify_tensor_all_finite(
    t: Any = None, msg: str | None = None, name: str | None = None, x: Any = None, message: str | None = None
) -> Tensor:
    """Returns a tensor that fails to be computed when it holds a NaN or an infinity.

    Args:
      t: a float tensor.
      msg: the beginning of the error.
      name: the operation's name.
      x, message: the same as `t` and `msg`, by their newer names.

    Raises:
      ValueError: an argument is given by both names.
    """
    value = _either("x", x, "t", t)
    text = _either("message", message, "msg", msg)
    with name_scope(name, "VerifyFinite", [value]):
        value = convert_to_tensor(value, name="x")
        with stacks.get_default_graph().colocate_with(value):
            checked = check_numerics(value, message=text)
            result: Tensor = with_dependencies([checked], value)
            return result


def _either(new_name: str, new: Any, old_name: str, old: Any) -> Any:
    if old is None:
        return new
    if new is not None:
        raise ValueError(f"Cannot specify both '{old_name}' and '{new_name}'")
    return old


@export("add_check_numerics_ops")
def add_check_numerics_ops() -> Operation:
    """Adds a check for every float tensor of the default graph; returns an operation that runs them all, in order.

    Raises:
      ValueError: there are conditionals or loops in the graph.
    """
    graph = stacks.get_default_graph()
    last: list[Any] = []
    for op in graph.get_operations():
        for output in op.outputs:
            if output.dtype not in (dtypes.float16, dtypes.float32, dtypes.float64):
                continue
            if op._get_control_flow_context() is not None:
                raise ValueError(
                    "`tf.add_check_numerics_ops() is not compatible with TensorFlow control flow operations such as "
                    "`tf.cond()` or `tf.while_loop()`."
                )
            with graph.control_dependencies(last):
                last = [check_numerics(output, message=f"{op.name}:{output.value_index}")]
    return group(*last)
