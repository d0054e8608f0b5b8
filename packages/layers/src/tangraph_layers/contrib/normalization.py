"""Normalization of `tf.contrib.layers`."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_compat.contrib.framework.arg_scope import add_arg_scope
from tangraph_layers.contrib.collecting import (
    add_to_variable_collections,
    check_format,
    collect_named_outputs,
    known_bool,
    model_variable_getter,
    parameter,
    static_or_cond,
)
from tangraph_layers.normalization import BatchNormalization
from tangraph_training.moving_averages import assign_moving_average


@export("contrib.layers.batch_norm", "contrib.slim.batch_norm")
@add_arg_scope
def batch_norm(
    inputs: Any,
    decay: Any = 0.999,
    center: bool = True,
    scale: bool = False,
    epsilon: float = 0.001,
    activation_fn: Any = None,
    param_initializers: Any = None,
    param_regularizers: Any = None,
    updates_collections: Any = tf.GraphKeys.UPDATE_OPS,
    is_training: Any = True,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    batch_weights: Any = None,
    fused: bool | None = None,
    data_format: str = "NHWC",
    zero_debias_moving_mean: bool = False,
    scope: Any = None,
    renorm: bool = False,
    renorm_clipping: Any = None,
    renorm_decay: Any = 0.99,
    adjustment: Any = None,
) -> Any:
    """Scales and shifts each channel to mean beta and deviation gamma; see `tf.layers.BatchNormalization`.

    Args:
      inputs: a tensor of rank 2 or more.
      decay: how much of the moving averages an update keeps.
      center: whether there is a beta.
      scale: whether there is a gamma.
      epsilon: what to add to the variance.
      activation_fn: a function of the outputs; None for none.
      param_initializers: how variables start: a dictionary of "beta", "gamma", "moving_mean", "moving_variance".
      param_regularizers: functions from a variable to a scalar loss: a dictionary of "beta" and "gamma".
      updates_collections: collections for the updates of the averages; None to update whenever the outputs are computed.
      is_training: whether to use the batch's mean and variance: a bool or a bool scalar tensor.
      reuse: whether to share the variables of the scope.
      variables_collections: collections for the variables, or a dictionary of them.
      outputs_collections: collections for the outputs.
      trainable: whether optimizers train beta and gamma.
      batch_weights: how much each element of the batch counts for mean and variance.
      fused: whether to use one operation for it all where it can; so too when None.
      data_format: "NHWC" or "NCHW".
      zero_debias_moving_mean: whether the average of the mean makes up for its start at 0.
      scope: the variable scope.
      renorm, renorm_clipping, renorm_decay, adjustment: see `tf.layers.BatchNormalization`.

    Raises:
      ValueError: an unknown format, an unknown rank or number of channels, arguments that exclude one another.
    """
    a = locals()
    a["inputs"] = inputs = tf.convert_to_tensor(inputs)
    rank = inputs.get_shape().ndims
    standard = updates_collections is tf.GraphKeys.UPDATE_OPS or updates_collections == tf.GraphKeys.UPDATE_OPS
    can_be_fused = batch_weights is None and not renorm and rank in {2, 4} and adjustment is None
    if (fused is None or fused) and can_be_fused and (zero_debias_moving_mean or rank == 2 or not standard):
        return _fused(a)
    check_format(data_format, "NCHW", "NHWC")
    with tf.variable_scope(scope, "BatchNorm", [inputs], reuse=reuse, custom_getter=model_variable_getter()) as sc:
        if batch_weights is None and standard and not zero_debias_moving_mean:
            outputs = _by_layer(a, sc)
        elif renorm:
            raise ValueError(
                "renorm is not supported with batch_weights, updates_collections or zero_debias_moving_mean"
            )
        else:
            outputs = _composed(a)
        outputs = outputs if activation_fn is None else activation_fn(outputs)
        return collect_named_outputs(outputs_collections, sc.name, outputs)


def _initializer(a: dict[str, Any], name: str) -> Any:
    ones = name in {"gamma", "moving_variance"}
    default = tf.ones_initializer() if ones else tf.zeros_initializer()
    return (a["param_initializers"] or {}).get(name, default)


def _by_layer(a: dict[str, Any], scope: Any) -> Any:
    regularizers = a["param_regularizers"] or {}
    layer = BatchNormalization(
        axis=1 if a["data_format"] == "NCHW" else -1,
        momentum=a["decay"],
        epsilon=a["epsilon"],
        center=a["center"],
        scale=a["scale"],
        beta_initializer=_initializer(a, "beta"),
        gamma_initializer=_initializer(a, "gamma"),
        moving_mean_initializer=_initializer(a, "moving_mean"),
        moving_variance_initializer=_initializer(a, "moving_variance"),
        beta_regularizer=regularizers.get("beta"),
        gamma_regularizer=regularizers.get("gamma"),
        trainable=a["trainable"],
        renorm=a["renorm"],
        renorm_clipping=a["renorm_clipping"],
        renorm_momentum=a["renorm_decay"],
        adjustment=a["adjustment"],
        name=scope.name,
        _scope=scope,
        _reuse=a["reuse"],
        fused=True if a["fused"] is None else a["fused"],
    )
    outputs = layer.apply(a["inputs"], training=a["is_training"])
    for name in ("moving_mean", "moving_variance", "beta", "gamma"):
        if getattr(layer, name) is not None:
            add_to_variable_collections(getattr(layer, name), a["variables_collections"], name)
    return outputs


def _param(a: dict[str, Any], name: str, shape: Any, dtype: Any, trainable: bool, regularizers: Any) -> Any:
    return parameter(
        name,
        shape,
        dtype,
        _initializer(a, name),
        a["variables_collections"],
        trainable,
        (regularizers or {}).get(name),
    )


def _averages(a: dict[str, Any], shape: Any, dtype: Any) -> tuple[Any, Any]:
    with tf.variable_scope(tf.get_variable_scope()) as here:
        here.set_partitioner(None)
        return (
            _param(a, "moving_mean", shape, dtype, False, None),
            _param(a, "moving_variance", shape, dtype, False, None),
        )


def _update(a: dict[str, Any], averages: tuple[Any, Any], mean: Any, variance: Any) -> tuple[Any, Any]:
    debias = a["zero_debias_moving_mean"]
    return (
        assign_moving_average(averages[0], mean, a["decay"], zero_debias=debias),
        assign_moving_average(averages[1], variance, a["decay"], zero_debias=False),
    )


def _fused(a: dict[str, Any]) -> Any:
    inputs, data_format = a["inputs"], a["data_format"]
    check_format(data_format, "NCHW", "NHWC")
    with tf.variable_scope(a["scope"], "BatchNorm", [inputs], reuse=a["reuse"]) as sc:
        flat = inputs.get_shape().ndims == 2
        images = inputs
        if flat:
            channels = inputs.get_shape()[-1].value
            if channels is None:
                raise ValueError("`C` dimension must be known but is None")
            images = tf.reshape(inputs, [-1, channels, 1, 1] if data_format == "NCHW" else [-1, 1, 1, channels])
        shape = images.get_shape()
        params = shape[-1:] if data_format == "NHWC" else shape[1:2]
        if not params.is_fully_defined():
            raise ValueError(f"Inputs {images.name} has undefined `C` dimension {params}.")
        more = a["trainable"], a["param_regularizers"]
        if a["center"]:
            beta = _param(a, "beta", params, tf.float32, *more)
        else:
            beta = tf.constant(0.0, dtype=tf.float32, shape=params)
        if a["scale"]:
            gamma = _param(a, "gamma", params, tf.float32, *more)
        else:
            gamma = tf.constant(1.0, dtype=tf.float32, shape=params)
        averages = _averages(a, params, tf.float32)
        options = {"epsilon": a["epsilon"], "data_format": data_format}
        outputs, mean, variance = static_or_cond(
            a["is_training"],
            lambda: tf.nn.fused_batch_norm(images, gamma, beta, **options),
            lambda: tf.nn.fused_batch_norm(
                images, gamma, beta, mean=averages[0], variance=averages[1], is_training=False, **options
            ),
        )
        outputs = _with_updates(a, averages, outputs, mean, variance)
        outputs.set_shape(shape)
        if flat:
            outputs = tf.reshape(outputs, tf.shape(inputs))
        if a["activation_fn"] is not None:
            outputs = a["activation_fn"](outputs)
        return collect_named_outputs(a["outputs_collections"], sc.name, outputs)


def _with_updates(a: dict[str, Any], averages: tuple[Any, Any], outputs: Any, mean: Any, variance: Any) -> Any:
    """Moves the averages with the outputs, or puts that into collections."""
    training = a["is_training"]
    if known_bool(training) is not None and not known_bool(training):
        return outputs
    if a["updates_collections"] is None:

        def forced() -> Any:
            with tf.control_dependencies(list(_update(a, averages, mean, variance))):
                return tf.identity(outputs)

        return static_or_cond(training, forced, lambda: outputs)
    updates = static_or_cond(training, lambda: _update(a, averages, mean, variance), lambda: averages)
    for update in updates:
        tf.add_to_collections(a["updates_collections"], update)
    return outputs


def _composed(a: dict[str, Any]) -> Any:
    inputs, first = a["inputs"], a["data_format"] == "NCHW"
    shape = inputs.get_shape()
    rank = shape.ndims
    if rank is None:
        raise ValueError(f"Inputs {inputs.name} has undefined rank.")
    dtype, weights = inputs.dtype.base_dtype, a["batch_weights"]
    if weights is not None:
        weights = tf.convert_to_tensor(weights)
        shape[0:1].assert_is_compatible_with(weights.get_shape())
        weights = tf.reshape(weights, [-1] + [1] * (rank - 1))
    axes = [0, *range(2, rank)] if first else list(range(rank - 1))
    params = shape[1:2] if first else shape[-1:]
    if not params.is_fully_defined():
        raise ValueError(f"Inputs {inputs.name} has undefined channels dimension {params}.")
    beta = _param(a, "beta", params, dtype, a["trainable"], None) if a["center"] else None
    gamma = _param(a, "gamma", params, dtype, a["trainable"], None) if a["scale"] else None
    averages = _averages(a, params, dtype)
    known = known_bool(a["is_training"])
    mean, variance = averages
    if known is None or known:
        mean, variance = _moments(inputs, axes, weights, first)
        mean, variance = _updated_moments(a, averages, mean, variance)
    if first:
        wide = [1, shape[1].value] + [1] * (rank - 2)
        mean, variance = tf.reshape(mean, wide), tf.reshape(variance, wide)
        beta = None if beta is None else tf.reshape(beta, wide)
        gamma = None if gamma is None else tf.reshape(gamma, wide)
    outputs = tf.nn.batch_normalization(inputs, mean, variance, beta, gamma, a["epsilon"])
    outputs.set_shape(shape)
    return outputs


def _moments(inputs: Any, axes: list[int], weights: Any, first: bool) -> tuple[Any, Any]:
    if weights is None:
        mean, variance = tf.nn.moments(inputs, axes, keep_dims=first)
    else:
        mean, variance = tf.nn.weighted_moments(inputs, axes, weights, keep_dims=first)
    return (tf.reshape(mean, [-1]), tf.reshape(variance, [-1])) if first else (mean, variance)


def _updated_moments(a: dict[str, Any], averages: tuple[Any, Any], mean: Any, variance: Any) -> tuple[Any, Any]:
    training = a["is_training"]
    if a["updates_collections"] is None:

        def forced() -> tuple[Any, Any]:
            with tf.control_dependencies(list(_update(a, averages, mean, variance))):
                return tf.identity(mean), tf.identity(variance)

        new_mean, new_variance = static_or_cond(training, forced, lambda: averages)
        return new_mean, new_variance
    updates = static_or_cond(training, lambda: _update(a, averages, mean, variance), lambda: averages)
    for update in updates:
        tf.add_to_collections(a["updates_collections"], update)
    new_mean, new_variance = static_or_cond(training, lambda: (mean, variance), lambda: averages)
    return new_mean, new_variance


@export("contrib.layers.layer_norm", "contrib.slim.layer_norm")
@add_arg_scope
def layer_norm(
    inputs: Any,
    center: bool = True,
    scale: bool = True,
    activation_fn: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    begin_norm_axis: int = 1,
    begin_params_axis: int = -1,
    scope: Any = None,
) -> Any:
    """Normalizes each element of the batch by itself (Ba et al., arXiv:1607.06450).

    Args:
      inputs: a tensor of known rank.
      center: whether there is a beta.
      scale: whether there is a gamma.
      activation_fn: a function of the outputs; None for none.
      reuse, variables_collections, outputs_collections, trainable, scope: see `batch_norm`.
      begin_norm_axis: the first axis over which mean and variance are taken.
      begin_params_axis: the first axis that beta and gamma have.

    Raises:
      ValueError: axes that the inputs do not have, or whose sizes are not known.
    """
    with tf.variable_scope(scope, "LayerNorm", [inputs], reuse=reuse) as sc:
        inputs = tf.convert_to_tensor(inputs)
        shape = inputs.shape
        rank = shape.ndims
        if rank is None:
            raise ValueError(f"Inputs {inputs.name} has undefined rank.")
        dtype = inputs.dtype.base_dtype
        if begin_norm_axis < 0:
            begin_norm_axis += rank
        if begin_params_axis >= rank or begin_norm_axis >= rank:
            raise ValueError(
                f"begin_params_axis ({begin_params_axis}) and begin_norm_axis ({begin_norm_axis}) must be < "
                f"rank(inputs) ({rank})"
            )
        params = shape[begin_params_axis:]
        if not params.is_fully_defined():
            raise ValueError(f"Inputs {inputs.name}: shape(inputs)[{begin_params_axis}:] is not fully defined: {shape}")
        more = variables_collections, trainable
        beta = parameter("beta", params, dtype, tf.zeros_initializer(), *more) if center else None
        gamma = parameter("gamma", params, dtype, tf.ones_initializer(), *more) if scale else None
        mean, variance = tf.nn.moments(inputs, list(range(begin_norm_axis, rank)), keep_dims=True)
        epsilon = 1e-3 if dtype == tf.float16 else 1e-12
        outputs = tf.nn.batch_normalization(inputs, mean, variance, offset=beta, scale=gamma, variance_epsilon=epsilon)
        outputs.set_shape(shape)
        if activation_fn is not None:
            outputs = activation_fn(outputs)
        return collect_named_outputs(outputs_collections, sc.name, outputs)


@export("contrib.layers.instance_norm", "contrib.slim.instance_norm")
@add_arg_scope
def instance_norm(
    inputs: Any,
    center: bool = True,
    scale: bool = True,
    epsilon: float = 1e-6,
    activation_fn: Any = None,
    param_initializers: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    data_format: str = "NHWC",
    scope: Any = None,
) -> Any:
    """Normalizes each channel of each element of the batch by itself (Ulyanov et al., arXiv:1607.08022).

    Args:
      inputs: a tensor of known rank and number of channels.
      center, scale, epsilon, activation_fn, param_initializers, reuse, variables_collections, outputs_collections,
        trainable, data_format, scope: see `batch_norm`.

    Raises:
      ValueError: an unknown rank, number of channels or format.
    """
    inputs = tf.convert_to_tensor(inputs)
    shape = inputs.shape
    rank = shape.ndims
    if rank is None:
        raise ValueError(f"Inputs {inputs.name} has undefined rank.")
    first = check_format(data_format, "NCHW", "NHWC") == "channels_first"
    with tf.variable_scope(scope, "InstanceNorm", [inputs], reuse=reuse) as sc:
        channels = 1 if first else rank - 1
        params = shape[channels : channels + 1]
        if not params.is_fully_defined():
            raise ValueError(f"Inputs {inputs.name} has undefined channels dimension {params}.")
        a = {"param_initializers": param_initializers, "variables_collections": variables_collections}
        wide = [1, shape[1].value] + [1] * (rank - 2)
        beta = gamma = None
        if center:
            beta = _param(a, "beta", params, inputs.dtype.base_dtype, trainable, None)
            beta = tf.reshape(beta, wide) if first else beta
        if scale:
            gamma = _param(a, "gamma", params, inputs.dtype.base_dtype, trainable, None)
            gamma = tf.reshape(gamma, wide) if first else gamma
        axes = [axis for axis in range(1, rank) if axis != channels]
        mean, variance = tf.nn.moments(inputs, axes, keep_dims=True)
        outputs = tf.nn.batch_normalization(inputs, mean, variance, beta, gamma, epsilon, name="instancenorm")
        if activation_fn is not None:
            outputs = activation_fn(outputs)
        return collect_named_outputs(outputs_collections, sc.name, outputs)
