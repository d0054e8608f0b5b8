"""Convolutions of `tf.contrib.layers`."""

from __future__ import annotations

from typing import Any, Final

import tangraph as tf
from tangraph.export import export, named
from tangraph_compat.contrib.framework.arg_scope import add_arg_scope
from tangraph_layers.contrib.collecting import (
    add_to_variable_collections,
    check_format,
    collect_named_outputs,
    known_size,
    model_variable_getter,
    parameter,
    two_elements,
)
from tangraph_layers.convolution import Conv1D, Conv2D, Conv3D
from tangraph_layers.separable_convolution import SeparableConv2D
from tangraph_layers.transposed_convolution import Conv2DTranspose, Conv3DTranspose

_LAYERS: Final = {3: Conv1D, 4: Conv2D, 5: Conv3D}
_RENAMED: Final = {"bias": "biases", "kernel": "weights"}


def _finish(outputs: Any, a: dict[str, Any], scope: Any) -> Any:
    """Normalizes, activates and collects the outputs of a layer that was called with the arguments `a`."""
    if a["normalizer_fn"] is not None:
        outputs = a["normalizer_fn"](outputs, **(a["normalizer_params"] or {}))
    if a["activation_fn"] is not None:
        outputs = a["activation_fn"](outputs)
    return collect_named_outputs(a["outputs_collections"], scope.name, outputs)


def _options(a: dict[str, Any], inputs: Any, scope: Any) -> dict[str, Any]:
    """Returns the arguments of layers for those of `tf.contrib.layers`."""
    return {
        "use_bias": not a["normalizer_fn"] and a["biases_initializer"],
        "bias_initializer": a["biases_initializer"],
        "bias_regularizer": a["biases_regularizer"],
        "trainable": a["trainable"],
        "name": scope.name,
        "dtype": inputs.dtype.base_dtype,
        "_scope": scope,
        "_reuse": a["reuse"],
    }


@export("contrib.layers.convolution", "contrib.slim.convolution")
@add_arg_scope
def convolution(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str | None = None,
    rate: Any = 1,
    activation_fn: Any = tf.nn.relu,
    normalizer_fn: Any = None,
    normalizer_params: Any = None,
    weights_initializer: Any = tf.contrib.layers.xavier_initializer(),  # noqa: B008  immutable, TensorFlow's default
    weights_regularizer: Any = None,
    biases_initializer: Any = tf.zeros_initializer(),  # noqa: B008
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
    conv_dims: int | None = None,
) -> Any:
    """Convolves in as many dimensions as the inputs have: one, two or three.

    Args:
      inputs: [batch, *space, channels], or [batch, channels, *space] when `data_format` begins with "NC".
      num_outputs: the number of channels of the outputs.
      kernel_size: one number, or one a dimension of space.
      stride: the steps of the kernel, in the same forms.
      padding: "SAME" or "VALID".
      data_format: where the channels stand; last when None.
      rate: the distance of neighbouring elements of the kernel, in the forms of `kernel_size`.
      activation_fn, normalizer_fn, normalizer_params, weights_initializer, weights_regularizer, biases_initializer,
        biases_regularizer, reuse, variables_collections, outputs_collections, trainable, scope: see `fully_connected`.
      conv_dims: the number of dimensions of space that the inputs must have.

    Raises:
      ValueError: inputs of another rank, an unknown format.
    """
    a = locals()
    if data_format not in {None, "NWC", "NCW", "NHWC", "NCHW", "NDHWC", "NCDHW"}:
        raise ValueError(f"Invalid data_format: {data_format!r}")
    getter = model_variable_getter(_RENAMED)
    with tf.variable_scope(scope, "Conv", [inputs], reuse=reuse, custom_getter=getter) as sc:
        inputs = tf.convert_to_tensor(inputs)
        rank = inputs.get_shape().ndims
        if conv_dims is not None and conv_dims + 2 != rank:
            raise ValueError(f"Convolution expects input with rank {conv_dims + 2}, got {rank}")
        if rank not in _LAYERS:
            raise ValueError("Convolution not supported for input with rank", rank)
        layer = _LAYERS[rank](
            filters=num_outputs,
            kernel_size=kernel_size,
            strides=stride,
            padding=padding,
            data_format="channels_first" if data_format and data_format.startswith("NC") else "channels_last",
            dilation_rate=rate,
            kernel_initializer=weights_initializer,
            kernel_regularizer=weights_regularizer,
            **_options(a, inputs, sc),
        )
        outputs = layer.apply(inputs)
        add_to_variable_collections(layer.kernel, variables_collections, "weights")
        if layer.use_bias:
            add_to_variable_collections(layer.bias, variables_collections, "biases")
        return _finish(outputs, a, sc)


def _of_dims(conv_dims: int) -> Any:
    """Returns `convolution` for inputs with so many dimensions of space."""

    def convolution_of_dims(
        inputs: Any,
        num_outputs: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: str = "SAME",
        data_format: str | None = None,
        rate: Any = 1,
        activation_fn: Any = tf.nn.relu,
        normalizer_fn: Any = None,
        normalizer_params: Any = None,
        weights_initializer: Any = tf.contrib.layers.xavier_initializer(),  # noqa: B008  immutable
        weights_regularizer: Any = None,
        biases_initializer: Any = tf.zeros_initializer(),  # noqa: B008
        biases_regularizer: Any = None,
        reuse: Any = None,
        variables_collections: Any = None,
        outputs_collections: Any = None,
        trainable: bool = True,
        scope: Any = None,
    ) -> Any:
        arguments = locals()
        return convolution(**{key: arguments[key] for key in _ARGUMENTS}, conv_dims=conv_dims)

    return add_arg_scope(named(f"convolution{conv_dims}d", convolution.__doc__ or "")(convolution_of_dims))


_ARGUMENTS: Final = (
    "inputs",
    "num_outputs",
    "kernel_size",
    "stride",
    "padding",
    "data_format",
    "rate",
    "activation_fn",
    "normalizer_fn",
    "normalizer_params",
    "weights_initializer",
    "weights_regularizer",
    "biases_initializer",
    "biases_regularizer",
    "reuse",
    "variables_collections",
    "outputs_collections",
    "trainable",
    "scope",
)
convolution1d, convolution2d, convolution3d = _of_dims(1), _of_dims(2), _of_dims(3)


def _transposed(layer_class: Any, dims: int, formats: tuple[str, str]) -> Any:
    """Returns the transpose of a convolution for inputs with so many dimensions of space."""

    def transposed(
        inputs: Any,
        num_outputs: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: str = "SAME",
        data_format: str = formats[1],
        activation_fn: Any = tf.nn.relu,
        normalizer_fn: Any = None,
        normalizer_params: Any = None,
        weights_initializer: Any = tf.contrib.layers.xavier_initializer(),  # noqa: B008  immutable
        weights_regularizer: Any = None,
        biases_initializer: Any = tf.zeros_initializer(),  # noqa: B008
        biases_regularizer: Any = None,
        reuse: Any = None,
        variables_collections: Any = None,
        outputs_collections: Any = None,
        trainable: bool = True,
        scope: Any = None,
    ) -> Any:
        a = locals()
        getter = model_variable_getter(_RENAMED)
        default_name = f"Conv{dims}d_transpose"
        with tf.variable_scope(scope, default_name, [inputs], reuse=reuse, custom_getter=getter) as sc:
            layout = check_format(data_format, *formats)
            inputs = tf.convert_to_tensor(inputs)
            layer = layer_class(
                filters=num_outputs,
                kernel_size=kernel_size,
                strides=stride,
                padding=padding,
                data_format=layout,
                kernel_initializer=weights_initializer,
                kernel_regularizer=weights_regularizer,
                **_options(a, inputs, sc),
            )
            outputs = layer.apply(inputs)
            add_to_variable_collections(layer.kernel, variables_collections, "weights")
            if layer.bias is not None:
                add_to_variable_collections(layer.bias, variables_collections, "biases")
            return _finish(outputs, a, sc)

    kind = {2: "images", 3: "volumes"}[dims]
    doc = f"Applies the transpose of a convolution of {kind}; the arguments are those of `convolution`."
    return add_arg_scope(named(f"convolution{dims}d_transpose", doc)(transposed))


convolution2d_transpose = _transposed(Conv2DTranspose, 2, ("NCHW", "NHWC"))
convolution3d_transpose = _transposed(Conv3DTranspose, 3, ("NCDHW", "NDHWC"))


@add_arg_scope
def separable_convolution2d(
    inputs: Any,
    num_outputs: int | None,
    kernel_size: Any,
    depth_multiplier: int = 1,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str = "NHWC",
    rate: Any = 1,
    activation_fn: Any = tf.nn.relu,
    normalizer_fn: Any = None,
    normalizer_params: Any = None,
    weights_initializer: Any = tf.contrib.layers.xavier_initializer(),  # noqa: B008  immutable, TensorFlow's default
    pointwise_initializer: Any = None,
    weights_regularizer: Any = None,
    biases_initializer: Any = tf.zeros_initializer(),  # noqa: B008
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Any:
    """Convolves each channel with kernels of its own, and mixes the channels at each place.

    Args:
      num_outputs: the number of channels of the outputs; None for no mixing.
      depth_multiplier: how many kernels each channel has.
      pointwise_initializer: how the mixing starts; as the kernels when None.
      inputs, kernel_size, stride, padding, data_format, rate, activation_fn, normalizer_fn, normalizer_params,
        weights_initializer, weights_regularizer, biases_initializer, biases_regularizer, reuse, variables_collections,
        outputs_collections, trainable, scope: see `convolution`.
    """
    a = locals()
    df = check_format(data_format, "NCHW", "NHWC")
    getter = model_variable_getter(
        {"bias": "biases", "depthwise_kernel": "depthwise_weights", "pointwise_kernel": "pointwise_weights"}
    )
    with tf.variable_scope(scope, "SeparableConv2d", [inputs], reuse=reuse, custom_getter=getter) as sc:
        a["inputs"] = inputs = tf.convert_to_tensor(inputs)
        if num_outputs is None:
            return _finish(_depthwise(a, df), a, sc)
        layer = SeparableConv2D(
            filters=num_outputs,
            kernel_size=kernel_size,
            strides=stride,
            padding=padding,
            data_format=df,
            dilation_rate=two_elements(rate),
            depth_multiplier=depth_multiplier,
            depthwise_initializer=weights_initializer,
            pointwise_initializer=pointwise_initializer or weights_initializer,
            depthwise_regularizer=weights_regularizer,
            pointwise_regularizer=weights_regularizer,
            **_options(a, inputs, sc),
        )
        outputs = layer.apply(inputs)
        add_to_variable_collections(layer.depthwise_kernel, variables_collections, "weights")
        add_to_variable_collections(layer.pointwise_kernel, variables_collections, "weights")
        if layer.bias is not None:
            add_to_variable_collections(layer.bias, variables_collections, "biases")
        return _finish(outputs, a, sc)


def _depthwise(a: dict[str, Any], df: str) -> Any:
    inputs, layout = a["inputs"], a["data_format"]
    channels = known_size(inputs.get_shape(), 1 if df == "channels_first" else -1, min_rank=4)
    collections = a["variables_collections"]
    kernels = tf.contrib.framework.model_variable(
        "depthwise_weights",
        shape=[*two_elements(a["kernel_size"]), channels, a["depth_multiplier"]],
        dtype=inputs.dtype.base_dtype,
        initializer=a["weights_initializer"],
        regularizer=a["weights_regularizer"],
        trainable=a["trainable"],
        collections=collections.get("weights") if isinstance(collections, dict) else collections,
    )
    steps = two_elements(a["stride"])
    strides = [1, 1, *steps] if layout.startswith("NC") else [1, *steps, 1]
    rate = two_elements(a["rate"])
    outputs = tf.nn.depthwise_conv2d(inputs, kernels, strides, a["padding"], rate=rate, data_format=layout)
    return _with_biases(outputs, a, a["depth_multiplier"] * channels, data_format=layout)


def _with_biases(outputs: Any, a: dict[str, Any], channels: int, **options: Any) -> Any:
    if a["normalizer_fn"] is not None or a["biases_initializer"] is None:
        return outputs
    biases = parameter(
        "biases",
        [channels],
        a["inputs"].dtype.base_dtype,
        a["biases_initializer"],
        a["variables_collections"],
        a["trainable"],
        a["biases_regularizer"],
    )
    return tf.nn.bias_add(outputs, biases, **options)


@add_arg_scope
def convolution2d_in_plane(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    activation_fn: Any = tf.nn.relu,
    normalizer_fn: Any = None,
    normalizer_params: Any = None,
    weights_initializer: Any = tf.contrib.layers.xavier_initializer(),  # noqa: B008  immutable, TensorFlow's default
    weights_regularizer: Any = None,
    biases_initializer: Any = tf.zeros_initializer(),  # noqa: B008
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Any:
    """Convolves each channel with the same kernel; the arguments are those of `convolution`."""
    a = locals()
    with tf.variable_scope(scope, "ConvInPlane", [inputs], reuse=reuse) as sc:
        channels = known_size(inputs.get_shape(), -1, min_rank=4)
        kernel = parameter(
            "weights",
            [*two_elements(kernel_size), 1, 1],
            inputs.dtype.base_dtype,
            weights_initializer,
            variables_collections,
            trainable,
            weights_regularizer,
        )
        steps = [1, *two_elements(stride), 1]
        outputs = tf.nn.depthwise_conv2d(inputs, tf.tile(kernel, [1, 1, channels, 1]), steps, padding)
        return _finish(_with_biases(outputs, a, channels), a, sc)


__tf_values__ = {
    f"contrib.{module}.{name}": function
    for module in ("layers", "slim")
    for names, function in {
        ("convolution1d", "conv1d"): convolution1d,
        ("convolution2d", "conv2d"): convolution2d,
        ("convolution3d", "conv3d"): convolution3d,
        ("convolution2d_transpose", "conv2d_transpose"): convolution2d_transpose,
        ("convolution3d_transpose", "conv3d_transpose"): convolution3d_transpose,
        ("convolution2d_in_plane", "conv2d_in_plane"): convolution2d_in_plane,
        ("separable_convolution2d", "separable_conv2d"): separable_convolution2d,
    }.items()
    for name in names
}
