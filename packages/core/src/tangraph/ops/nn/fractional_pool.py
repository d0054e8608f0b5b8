"""Pools whose windows differ in size by one, so that an image may shrink by a fraction."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.ops.nn.windows import like_input

if TYPE_CHECKING:
    from tangraph.framework.op_def import OpDef
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _shape(c: ShapeContext) -> list[Raw]:
    x, ratios = c.with_rank(0, 4), c.attr("pooling_ratio")
    if len(ratios) != 4:
        raise ValueError("pooling_ratio field must specify 4 dimensions")
    out: list[int | None] = [
        None if size is None else math.floor(np.float32(size) / np.float32(ratio))
        for size, ratio in zip(x, ratios, strict=True)
    ]
    # TensorFlow says one edge too few: there is one more than there are windows.
    edges = [(None if size is None else size + 1,) for size in out[1:3]]
    return [tuple(out), *edges]


def _avg_grad_shape(c: ShapeContext) -> Raw:
    known = c.value(0)
    return (None,) * 4 if known is None else tuple(known.tolist())


_ATTRS = [
    "pooling_ratio: list(float) >= 4",
    "pseudo_random: bool = false",
    "overlapping: bool = false",
    "deterministic: bool = false",
    "seed: int = 0",
    "seed2: int = 0",
    "T: {float, double, int32, int64}",
]
_EDGES = ["row_pooling_sequence: int64", "col_pooling_sequence: int64"]
_GRAD_ATTRS = ["overlapping: bool = false", "T: {float, double, int32, int64}"]


def _define(name: str) -> OpDef:
    return ops.define(name, ["value: T"], ["output: T", *_EDGES], _ATTRS, shape=_shape, stateful=True)


MAX_POOL, AVG_POOL = _define("FractionalMaxPool"), _define("FractionalAvgPool")
MAX_POOL_GRAD = ops.define(
    "FractionalMaxPoolGrad",
    ["orig_input: T", "orig_output: T", "out_backprop: T", *_EDGES],
    ["output: T"],
    _GRAD_ATTRS,
    shape=like_input(4),
)
AVG_POOL_GRAD = ops.define(
    "FractionalAvgPoolGrad",
    ["orig_input_tensor_shape: int64", "out_backprop: T", *_EDGES],
    ["output: T"],
    _GRAD_ATTRS,
    shape=_avg_grad_shape,
    host_inputs=(0,),
)
ops.without_gradient("FractionalAvgPoolGrad", "FractionalMaxPoolGrad")


@ops.gradient("FractionalMaxPool")
def _max_pool_grad(op: Operation, grad: Tensor, *_rest: Any) -> Any:
    return make_op(
        MAX_POOL_GRAD, op.inputs[0], op.outputs[0], grad, *op.outputs[1:], overlapping=op.attrs["overlapping"]
    )


@ops.gradient("FractionalAvgPool")
def _avg_pool_grad(op: Operation, grad: Tensor, *_: Any) -> Any:
    from tangraph.ops.array.shape import shape

    x = op.inputs[0]
    # TensorFlow refuses inputs whose shape is not known.
    known = x.shape if raw_shape.is_fully_defined(x.raw_shape) else shape(x, out_type=dtypes.int64)
    return make_op(AVG_POOL_GRAD, known, grad, *op.outputs[1:], overlapping=op.attrs["overlapping"])


@export("nn.fractional_max_pool")
def fractional_max_pool(
    value: Any,
    pooling_ratio: Any,
    pseudo_random: bool = False,
    overlapping: bool = False,
    deterministic: bool = False,
    seed: int = 0,
    seed2: int = 0,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Takes the maximum of windows of random sizes, so that images shrink by a fraction (Graham, arXiv:1412.6071).

    Args:
      value: [batch, height, width, channels], float32, float64, int32 or int64.
      pooling_ratio: four numbers, of which the first and last are 1: by how much the sizes are divided.
      pseudo_random: whether the window sizes follow from one random number, instead of one each.
      overlapping: whether neighbouring windows share their edge.
      deterministic: whether every run pools the same windows; needs a seed.
      seed: with `seed2`, determines the windows.
      seed2: see `seed`.
      name: the operation's name.

    Returns:
      The maxima, and the edges of the windows along height and along width.
    """
    return _fractional(MAX_POOL, value, pooling_ratio, pseudo_random, overlapping, deterministic, seed, seed2, name)


@export("nn.fractional_avg_pool")
def fractional_avg_pool(
    value: Any,
    pooling_ratio: Any,
    pseudo_random: bool = False,
    overlapping: bool = False,
    deterministic: bool = False,
    seed: int = 0,
    seed2: int = 0,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Takes the mean of windows of random sizes; see `tf.nn.fractional_max_pool`."""
    return _fractional(AVG_POOL, value, pooling_ratio, pseudo_random, overlapping, deterministic, seed, seed2, name)


def _fractional(
    op: OpDef,
    value: Any,
    pooling_ratio: Any,
    pseudo_random: bool,
    overlapping: bool,
    deterministic: bool,
    seed: int,
    seed2: int,
    name: str | None,
) -> tuple[Tensor, Tensor, Tensor]:
    result: tuple[Tensor, Tensor, Tensor] = make_op(
        op,
        value,
        pooling_ratio=pooling_ratio,
        pseudo_random=pseudo_random,
        overlapping=overlapping,
        deterministic=deterministic,
        seed=seed,
        seed2=seed2,
        name=name,
    )
    return result
