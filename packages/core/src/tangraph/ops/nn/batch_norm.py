"""Batch normalisation: composed of elementwise ops, and fused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import raw_shape
from tangraph.framework.deprecation import deprecated_argument_lookup
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpDef, OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _channel_axis(c: ShapeContext) -> int:
    return 3 if c.attr("data_format") == "NHWC" else 1


def _with_channels(x: tuple[int | None, ...], axis: int, channels: int | None) -> Raw:
    return (*x[:axis], channels, *x[axis + 1 :])


def _forward_shape(c: ShapeContext) -> list[Raw]:
    x, axis = c.with_rank(0, 4), _channel_axis(c)
    channels = x[axis]
    for index in range(1, 5 if not c.attr("is_training") else 3):
        channels = raw_shape.merge_dim(channels, c.with_rank(index, 1)[0])
    return [_with_channels(x, axis, channels), *[(channels,)] * 4]


def _forward_shape_v3(c: ShapeContext) -> list[Raw]:
    return [*_forward_shape(c), None]


def _backward_shape(c: ShapeContext) -> list[Raw]:
    gradient, x = c.with_rank(0, 4), c.with_rank(1, 4)
    axis, training = _channel_axis(c), c.attr("is_training")
    channels = raw_shape.merge_dim(gradient[axis], x[axis])
    for index in range(2, 5):
        channels = raw_shape.merge_dim(channels, c.with_rank(index, 1)[0])
    both = raw_shape.merge(gradient, x)
    assert both is not None
    rest: Raw = (0,) if training else (channels,)
    return [_with_channels(both, axis, channels), (channels,), (channels,), rest, rest]


_ATTRS = [
    "epsilon: float = 9.999999747378752e-05",
    "data_format: {'NHWC', 'NCHW'} = 'NHWC'",
    "is_training: bool = true",
]
_SHORT = ["T: {half, bfloat16, float}", "U: {float}"]


def _define(version: int) -> OpDef:
    own, types = ("T", ["T: {float}"]) if version == 1 else ("U", _SHORT)
    third = [f"reserve_space_3: {own}"] if version == 3 else []
    return ops.define(
        "FusedBatchNorm" + _SUFFIX[version],
        ["x: T", f"scale: {own}", f"offset: {own}", f"mean: {own}", f"variance: {own}"],
        [
            "y: T",
            f"batch_mean: {own}",
            f"batch_variance: {own}",
            f"reserve_space_1: {own}",
            f"reserve_space_2: {own}",
            *third,
        ],
        [*types, *_ATTRS],
        shape=_forward_shape_v3 if third else _forward_shape,
    )


def _define_grad(version: int) -> OpDef:
    own, types = ("T", ["T: {float}"]) if version == 1 else ("U", _SHORT)
    first = 4 if version == 3 else 3
    return ops.define(
        "FusedBatchNormGrad" + _SUFFIX[version],
        [
            "y_backprop: T",
            "x: T",
            "scale: T" if version == 1 else "scale: float",
            f"reserve_space_1: {own}",
            f"reserve_space_2: {own}",
            *([f"reserve_space_3: {own}"] if version == 3 else []),
        ],
        [
            "x_backprop: T",
            f"scale_backprop: {own}",
            f"offset_backprop: {own}",
            f"reserve_space_{first}: {own}",
            f"reserve_space_{first + 1}: {own}",
        ],
        [*types, *_ATTRS],
        shape=_backward_shape,
    )


_SUFFIX = {1: "", 2: "V2", 3: "V3"}
FUSED = {version: _define(version) for version in _SUFFIX}
FUSED_GRAD = {version: _define_grad(version) for version in _SUFFIX}


@ops.gradient("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")
def _fused_batch_norm_grad(op: Operation, *grads: Tensor) -> tuple[Tensor | None, ...]:
    version = len(op.type) - len("FusedBatchNorm")
    backward = FUSED_GRAD[int(op.type[-1]) if version else 1]
    attrs = {key: op.attrs[key] for key in ("epsilon", "data_format", "is_training")}
    third = op.outputs[5:6]
    x, grad = op.inputs[0], grads[0]
    if attrs["is_training"]:
        dx, dscale, doffset, dmean, dvariance = make_op(
            backward, grad, x, op.inputs[1], op.outputs[3], op.outputs[4], *third, **attrs
        )
        return dx, dscale, doffset, dmean, dvariance
    from tangraph.ops.array.transpose import transpose

    swapped = attrs["data_format"] == "NCHW"
    if swapped:
        x, grad = transpose(x, [0, 2, 3, 1]), transpose(grad, [0, 2, 3, 1])
        attrs["data_format"] = "NHWC"
    dx, dscale, doffset, _, _ = make_op(backward, grad, x, op.inputs[1], op.inputs[3], op.inputs[4], *third, **attrs)
    if swapped:
        dx = transpose(dx, [0, 3, 1, 2])
    return dx, dscale, doffset, None, None


@ops.gradient("FusedBatchNormGrad", "FusedBatchNormGradV2", "FusedBatchNormGradV3")
def _fused_batch_norm_grad_grad(op: Operation, *grads: Tensor) -> list[Tensor | None]:
    from tangraph.ops.nn.batch_norm_second import partial_gradients

    return partial_gradients(op, grads)


@export("nn.batch_normalization")
def batch_normalization(
    x: Any, mean: Any, variance: Any, offset: Any, scale: Any, variance_epsilon: Any, name: str | None = None
) -> Tensor:
    """Returns scale * (x - mean) / sqrt(variance + variance_epsilon) + offset (Ioffe and Szegedy, arXiv:1502.03167).

    Args:
      x: a tensor of floats.
      mean: broadcast against `x`, as are the next three.
      variance: see `tf.nn.moments`.
      offset: beta, or None.
      scale: gamma, or None.
      variance_epsilon: a small number that keeps the division finite.
      name: the name scope.
    """
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.unary import rsqrt

    with name_scope(name, "batchnorm", [x, mean, variance, scale, offset]):
        inverse = rsqrt(variance + variance_epsilon)
        if scale is not None:
            inverse *= scale
        scaled = x * cast(inverse, x.dtype)
        shift = -mean * inverse if offset is None else offset - mean * inverse
        result: Tensor = scaled + cast(shift, x.dtype)
        return result


@export("nn.batch_norm_with_global_normalization")
def batch_norm_with_global_normalization(
    t: Any = None,
    m: Any = None,
    v: Any = None,
    beta: Any = None,
    gamma: Any = None,
    variance_epsilon: Any = None,
    scale_after_normalization: Any = None,
    name: str | None = None,
    input: Any = None,
    mean: Any = None,
    variance: Any = None,
) -> Tensor:
    """The old form of `batch_normalization`.

    Args:
      t: the tensor, of rank 4.
      m: the mean.
      v: the variance.
      beta: the offset.
      gamma: the scale.
      variance_epsilon: a small number that keeps the division finite.
      scale_after_normalization: whether `gamma` is used.
      name: the name scope.
      input: the same as `t`.
      mean: the same as `m`.
      variance: the same as `v`.
    """
    t = deprecated_argument_lookup("input", input, "t", t)
    m = deprecated_argument_lookup("mean", mean, "m", m)
    v = deprecated_argument_lookup("variance", variance, "v", v)
    gamma = gamma if scale_after_normalization else None
    return batch_normalization(t, m, v, beta, gamma, variance_epsilon, name)


@export("nn.fused_batch_norm")
def fused_batch_norm(
    x: Any,
    scale: Any,
    offset: Any,
    mean: Any = None,
    variance: Any = None,
    epsilon: float = 0.001,
    data_format: str = "NHWC",
    is_training: bool = True,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Normalises images by channel, in one op.

    Args:
      x: rank 4, half, bfloat16 or float32.
      scale: one float32 a channel.
      offset: one float32 a channel.
      mean: the mean to use when not training.
      variance: the variance to use when not training.
      epsilon: added to the variance; at least 1.001e-5.
      data_format: "NHWC" or "NCHW".
      is_training: whether mean and variance are those of `x`.
      name: the operation's name.

    Returns:
      The result, and the mean and the (unbiased) variance of the batch, or what was given when not training.

    Raises:
      ValueError: mean or variance is given for training.
    """
    from tangraph.ops.array.constant import constant

    x = convert_to_tensor(x, name="input")
    scale = convert_to_tensor(scale, name="scale")
    offset = convert_to_tensor(offset, name="offset")
    if is_training and (mean is not None or variance is not None):
        raise ValueError("Both 'mean' and 'variance' must be None if is_training is True.")
    if mean is None:
        mean = constant([])
    if variance is None:
        variance = constant([])
    y, batch_mean, batch_variance, *_ = make_op(
        FUSED[3],
        x,
        scale,
        offset,
        mean,
        variance,
        epsilon=max(epsilon, 1.001e-5),
        data_format=data_format,
        is_training=is_training,
        name=name,
    )
    return y, batch_mean, batch_variance
