"""A border around a tensor: pad."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import raw_shape
from tangraph.framework.constant_value import constant_value
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.tensor_conversion import is_dense_tensor_like

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _pad_shape(c: ShapeContext) -> Raw:
    paddings = raw_shape.with_rank(c.shapes[1], 2)
    raw_shape.with_dim(paddings[1], 2)
    whole, rank = c.shapes[0], paddings[0]
    if rank is not None:
        whole = raw_shape.with_rank(whole, rank)
    elif whole is not None:
        rank = len(whole)
    value = c.value(1)
    if value is None:
        return None if rank is None else (None,) * rank
    dims = raw_shape.with_rank(whole, len(value))
    for before, after in value.tolist():
        if before < 0 or after < 0:
            raise ValueError("Paddings must be non-negative")
    return tuple([None if d is None else d + int(p.sum()) for d, p in zip(dims, value, strict=True)])


def _mirror_pad_grad_shape(c: ShapeContext) -> Raw:
    paddings = raw_shape.with_rank(c.shapes[1], 2)
    raw_shape.with_dim(paddings[1], 2)
    whole = c.shapes[0]
    if paddings[0] is None or whole is None:
        return None if paddings[0] is None else (None,) * paddings[0]
    whole = raw_shape.with_rank(whole, paddings[0])
    value = c.value(1)
    if value is None:
        return (None,) * paddings[0]
    return tuple([None if d is None else d - int(p.sum()) for d, p in zip(whole, value, strict=True)])


_PADDINGS = "Tpaddings: {int32, int64} = DT_INT32"
_MODE = "mode: {'REFLECT', 'SYMMETRIC'}"
PAD = ops.define(
    "Pad",
    ["input: T", "paddings: Tpaddings"],
    ["output: T"],
    ["T: type", _PADDINGS],
    shape=_pad_shape,
    host_inputs=(1,),
)
PAD_V2 = ops.define(
    "PadV2",
    ["input: T", "paddings: Tpaddings", "constant_values: T"],
    ["output: T"],
    ["T: type", _PADDINGS],
    shape=_pad_shape,
    host_inputs=(1,),
)
MIRROR_PAD = ops.define(
    "MirrorPad",
    ["input: T", "paddings: Tpaddings"],
    ["output: T"],
    ["T: type", _PADDINGS, _MODE],
    shape=_pad_shape,
    host_inputs=(1,),
)
MIRROR_PAD_GRAD = ops.define(
    "MirrorPadGrad",
    ["input: T", "paddings: Tpaddings"],
    ["output: T"],
    ["T: type", _PADDINGS, _MODE],
    shape=_mirror_pad_grad_shape,
    host_inputs=(1,),
)


@ops.gradient("Pad", "PadV2")
def _pad_grad(op: Operation, grad: Tensor) -> tuple[Tensor | None, ...]:
    from tangraph.ops.array.packing import stack
    from tangraph.ops.array.reshape import reshape
    from tangraph.ops.array.shape import rank, shape
    from tangraph.ops.array.slicing import slice as slice_

    x, paddings = op.inputs[0], op.inputs[1]
    before = slice_(paddings, [0, 0], stack([rank(x), 1]))
    begin = reshape(before, [-1])
    part = slice_(grad, begin, shape(x))
    return (part, *[None] * (len(op.inputs) - 1))


@ops.gradient("MirrorPad")
def _mirror_pad_grad(op: Operation, grad: Tensor) -> list[Any]:
    return [make_op(MIRROR_PAD_GRAD, grad, op.inputs[1], mode=op.attrs["mode"]), None]


@ops.gradient("MirrorPadGrad")
def _mirror_pad_grad_grad(op: Operation, grad: Tensor) -> list[Any]:
    return [make_op(MIRROR_PAD, grad, op.inputs[1], mode=op.attrs["mode"]), None]


@export("pad")
def pad(
    tensor: Any, paddings: Any, mode: str = "CONSTANT", name: str | None = None, constant_values: Any = 0
) -> Tensor:
    """Puts a border around a tensor.

    Args:
      tensor: a tensor.
      paddings: integers of shape ``[rank, 2]``: how much before and after each dimension.
      mode: "CONSTANT", "REFLECT" (the border is not repeated) or "SYMMETRIC" (it is).
      name: the operation's name.
      constant_values: what a constant border consists of, a scalar.

    Raises:
      ValueError: another mode, or paddings that do not fit.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.pad([1, 2, 3], [[2, 1]], "REFLECT")).tolist()
    [3, 2, 1, 2, 3, 2]
    """
    mode = mode.upper()
    result: Tensor
    if mode == "CONSTANT":
        if not is_dense_tensor_like(constant_values) and constant_values == 0:
            result = make_op(PAD, tensor, paddings, name=name)
        else:
            result = make_op(PAD_V2, tensor, paddings, constant_values, name=name)
    elif mode in ("REFLECT", "SYMMETRIC"):
        result = make_op(MIRROR_PAD, tensor, paddings, mode=mode, name=name)
    else:
        raise ValueError(f"Unknown padding mode: {mode}")
    _refine(result)
    return result


def _refine(result: Tensor) -> None:
    """Sets the sizes that follow from paddings which are known in part."""
    whole, paddings = result.op._inputs[0].raw_shape, result.op._inputs[1]
    if whole is None or raw_shape.is_fully_defined(result.raw_shape):
        return
    known = constant_value(paddings, partial=True)
    if known is None:
        return
    sizes: list[int | None] = []
    for padding, size in zip(known, whole, strict=False):
        if padding is None or size is None or any(p is None for p in padding):
            sizes.append(None)
        else:
            sizes.append(int(sum(padding)) + size)
    result.set_shape(sizes)


@export("compat.v2.pad")
def pad_v2(
    tensor: Any, paddings: Any, mode: str = "CONSTANT", constant_values: Any = 0, name: str | None = None
) -> Tensor:
    """As `tf.pad`, with the arguments in TensorFlow 2's order."""
    return pad(tensor, paddings, mode, name, constant_values)
