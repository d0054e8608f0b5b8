"""Blocks of space moved into depth and back: space_to_depth, depth_to_space."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.ops.array.reshape import divide_evenly

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _parts(c: ShapeContext) -> tuple[int | None, int | None, int | None, int | None]:
    """Returns batch, height, width and depth."""
    layout = c.attr("data_format")
    if layout == "NHWC":
        n, h, w, d = raw_shape.with_rank(c.shapes[0], 4)
    elif layout == "NCHW":
        n, d, h, w = raw_shape.with_rank(c.shapes[0], 4)
    else:
        n, d, h, w, inner = raw_shape.with_rank(c.shapes[0], 5)
        d = None if d is None else d * raw_shape.with_dim(inner, 4)
    return n, h, w, d


def _joined(c: ShapeContext, n: int | None, h: int | None, w: int | None, d: int | None) -> Raw:
    layout = c.attr("data_format")
    if layout == "NHWC":
        return (n, h, w, d)
    return (n, d, h, w) if layout == "NCHW" else (n, divide_evenly(d, 4), h, w, 4)


def _space_to_depth_shape(c: ShapeContext) -> Raw:
    (n, h, w, d), block = _parts(c), c.attr("block_size")
    h, w = divide_evenly(h, block), divide_evenly(w, block)
    return _joined(c, n, h, w, None if d is None else d * block * block)


def _depth_to_space_shape(c: ShapeContext) -> Raw:
    (n, h, w, d), block = _parts(c), c.attr("block_size")
    d = divide_evenly(d, block * block)
    return _joined(c, n, None if h is None else h * block, None if w is None else w * block, d)


_ATTRS = ["T: type", "block_size: int >= 2", "data_format: {'NHWC', 'NCHW', 'NCHW_VECT_C'} = 'NHWC'"]
SPACE_TO_DEPTH = ops.define("SpaceToDepth", ["input: T"], ["output: T"], _ATTRS, shape=_space_to_depth_shape)
DEPTH_TO_SPACE = ops.define("DepthToSpace", ["input: T"], ["output: T"], _ATTRS, shape=_depth_to_space_shape)


def _checked_format(op: Operation, name: str) -> str:
    layout: str = op.attrs["data_format"]
    if layout == "NCHW_VECT_C":
        raise ValueError(f"Cannot compute {name} gradient with NCHW_VECT_C. NCHW_VECT_C requires qint8 data type.")
    return layout


@ops.gradient("SpaceToDepth")
def _space_to_depth_grad(op: Operation, grad: Tensor) -> Tensor:
    return depth_to_space(grad, op.attrs["block_size"], data_format=_checked_format(op, "SpaceToDepth"))


@ops.gradient("DepthToSpace")
def _depth_to_space_grad(op: Operation, grad: Tensor) -> Tensor:
    return space_to_depth(grad, op.attrs["block_size"], data_format=_checked_format(op, "DepthToSpace"))


@export("space_to_depth", "nn.space_to_depth")
def space_to_depth(input: Any, block_size: int, name: str | None = None, data_format: str = "NHWC") -> Tensor:
    """Moves the elements of square blocks of an image into its depth.

    Args:
      input: images, of rank 4.
      block_size: the side of a block, 2 or more; it divides height and width.
      name: the operation's name.
      data_format: "NHWC" or "NCHW".
    """
    result: Tensor = make_op(SPACE_TO_DEPTH, input, block_size=block_size, data_format=data_format, name=name)
    return result


@export("depth_to_space", "nn.depth_to_space")
def depth_to_space(input: Any, block_size: int, name: str | None = None, data_format: str = "NHWC") -> Tensor:
    """Moves elements of an image's depth into square blocks: what undoes `tf.space_to_depth`.

    Args:
      input: images, of rank 4.
      block_size: the side of a block, 2 or more; its square divides the depth.
      name: the operation's name.
      data_format: "NHWC" or "NCHW".
    """
    result: Tensor = make_op(DEPTH_TO_SPACE, input, block_size=block_size, data_format=data_format, name=name)
    return result
