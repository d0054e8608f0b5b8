"""Group normalization of `tf.contrib.layers`."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_compat.contrib.framework.arg_scope import add_arg_scope
from tangraph_layers.contrib.collecting import collect_named_outputs, parameter


@export("contrib.layers.group_norm", "contrib.slim.group_norm")
@add_arg_scope
def group_norm(
    inputs: Any,
    groups: int = 32,
    channels_axis: int = -1,
    reduction_axes: Any = (-3, -2),
    center: bool = True,
    scale: bool = True,
    epsilon: float = 1e-6,
    activation_fn: Any = None,
    param_initializers: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
    mean_close_to_zero: bool = False,
) -> Any:
    """Normalizes groups of channels of each element of the batch (Wu and He, arXiv:1803.08494).

    Args:
      inputs: a tensor of known rank, number of channels and size of space.
      groups: the number of groups.
      channels_axis: the axis of the channels.
      reduction_axes: the axes of space.
      center, scale, epsilon, activation_fn, param_initializers, reuse, variables_collections, outputs_collections,
        trainable, scope: see `batch_norm`.
      mean_close_to_zero: whether to take mean and variance from the sums of values and squares.

    Raises:
      ValueError: axes or groups that the inputs do not allow, or unknown sizes.
    """
    inputs = tf.convert_to_tensor(inputs)
    rank = inputs.shape.ndims
    if rank is None:
        raise ValueError(f"Inputs {inputs.name} has undefined rank.")
    if channels_axis > rank - 1:
        raise ValueError("Axis is out of bounds.")
    dynamic = tf.shape(inputs)
    sizes = [dynamic[i] if size.value is None else size for i, size in enumerate(inputs.shape)]
    axis = rank + channels_axis if channels_axis < 0 else channels_axis
    channels = inputs.shape[axis].value
    if channels is None:
        raise ValueError(f"Inputs {inputs.name} has undefined channel dimension: {axis}.")
    space = _checked_space(inputs, reduction_axes, rank, axis)
    if groups > channels:
        raise ValueError(f"Invalid groups {groups} for {channels} channels.")
    if channels % groups != 0:
        raise ValueError(f"{channels} channels is not commensurate with {groups} groups.")
    split = [groups, channels // groups]
    wide = [1] * axis + split + [1] * (rank - axis - 1)
    grouped = tf.reshape(inputs, sizes[:axis] + split + sizes[axis + 1 :])
    axes = [axis + 1, *[a + 1 if a > axis else a for a in space]]
    with tf.variable_scope(scope, "GroupNorm", [grouped], reuse=reuse) as sc:
        starts = param_initializers or {}
        more = variables_collections, trainable
        beta = gamma = None
        if center:
            start = starts.get("beta", tf.zeros_initializer())
            beta = tf.reshape(parameter("beta", [channels], grouped.dtype.base_dtype, start, *more), wide)
        if scale:
            start = starts.get("gamma", tf.ones_initializer())
            gamma = tf.reshape(parameter("gamma", [channels], grouped.dtype.base_dtype, start, *more), wide)
        if mean_close_to_zero:
            count, mean_sum, variance_sum, _ = tf.nn.sufficient_statistics(grouped, axes, keep_dims=True)
            mean, variance = tf.nn.normalize_moments(count, mean_sum, variance_sum, shift=None)
        else:
            mean, variance = tf.nn.moments(grouped, axes, keep_dims=True)
        gain = tf.rsqrt(variance + epsilon)
        offset = -mean * gain
        if gamma is not None:
            gain *= gamma
            offset *= gamma
        if beta is not None:
            offset += beta
        outputs = tf.reshape(grouped * gain + offset, sizes)
        if activation_fn is not None:
            outputs = activation_fn(outputs)
        return collect_named_outputs(outputs_collections, sc.name, outputs)


def _checked_space(inputs: Any, axes: Any, rank: int, channels_axis: int) -> list[int]:
    """Returns the axes of space as positive numbers."""
    space = [a + rank if a < 0 else a for a in axes]
    for a in space:
        if a > rank:
            raise ValueError("Axis is out of bounds.")
        if inputs.shape[a].value is None:
            raise ValueError(f"Inputs {inputs.name} has undefined dimensions {a}.")
        if channels_axis == a:
            raise ValueError("reduction_axis must be mutually exclusive with channels_axis")
    return space
