"""`tf.contrib.layers`: images as sequences of columns, and their features as points."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_compat.contrib.framework.arg_scope import add_arg_scope
from tangraph_compat.contrib.framework.variables import model_variable
from tangraph_layers.contrib.collecting import collect_named_outputs, variable_collections


@export("contrib.layers.images_to_sequence", "contrib.slim.images_to_sequence")
@add_arg_scope
def images_to_sequence(
    inputs: Any, data_format: str = "NHWC", outputs_collections: Any = None, scope: Any = None
) -> Any:
    """Returns the columns of images as the steps of sequences, [width, batch * height, channels].

    Args:
      inputs: images, [batch, height, width, channels], or [batch, channels, height, width] for "NCHW".
      data_format: "NHWC" or "NCHW".
      outputs_collections: collections for the result.
      scope: the name scope.

    Raises:
      ValueError: there is no such format.
    """
    if data_format not in {"NCHW", "NHWC"}:
        raise ValueError("data_format has to be either NCHW or NHWC.")
    with tf.name_scope(scope, "ImagesToSequence", [inputs]) as opened:
        inputs = tf.convert_to_tensor(inputs)
        if data_format == "NCHW":
            inputs = tf.transpose(inputs, [0, 2, 3, 1])
        _, _, width, depth = inputs.shape.as_list()
        shape = tf.shape(inputs)
        batch_size, height = shape[0], shape[1]
        columns = tf.transpose(inputs, [2, 0, 1, 3])
        outputs = tf.reshape(columns, [width, batch_size * height, depth])
        return collect_named_outputs(outputs_collections, opened, outputs)


@export("contrib.layers.sequence_to_images", "contrib.slim.sequence_to_images")
@add_arg_scope
def sequence_to_images(
    inputs: Any,
    height: int,
    output_data_format: str = "channels_last",
    outputs_collections: Any = None,
    scope: Any = None,
) -> Any:
    """Returns sequences as images, of which each step is a column: what undoes `images_to_sequence`.

    Args:
      inputs: sequences, [width, batch * height, channels].
      height: the height of the images.
      output_data_format: "channels_last" or "channels_first".
      outputs_collections: collections for the result.
      scope: the name scope.
    """
    with tf.name_scope(scope, "SequenceToImages", [inputs]) as opened:
        inputs = tf.convert_to_tensor(inputs)
        width, rows, depth = inputs.shape.as_list()
        reshaped = tf.reshape(inputs, [width, -1 if rows is None else rows // height, height, depth])
        order = [1, 3, 2, 0] if output_data_format == "channels_first" else [1, 2, 0, 3]
        return collect_named_outputs(outputs_collections, opened, tf.transpose(reshaped, order))


@export("contrib.layers.spatial_softmax", "contrib.slim.spatial_softmax")
@add_arg_scope
def spatial_softmax(
    features: Any,
    temperature: float | None = None,
    name: Any = None,
    variables_collections: Any = None,
    trainable: bool = True,
    data_format: str = "NHWC",
) -> Any:
    """Returns where in an image each channel is active: the means of the positions, [batch, 2 * channels].

    Args:
      features: images, [batch, height, width, channels], or [batch, channels, height, width] for "NCHW".
      temperature: the initial temperature of the softmax; 1 when None.
      name: the variable scope.
      variables_collections: collections for the temperature.
      trainable: whether the temperature is trained.
      data_format: "NHWC" or "NCHW".

    Raises:
      ValueError: there is no such format, or the number of channels is not known.
    """
    with tf.variable_scope(name, "spatial_softmax"):
        shape, static = tf.shape(features), features.shape
        if data_format == "NHWC":
            height, width, channels = shape[1], shape[2], static.dims[3].value
        elif data_format == "NCHW":
            channels, height, width = static.dims[1].value, shape[2], shape[3]
        else:
            raise ValueError("data_format has to be either NCHW or NHWC.")
        if channels is None:
            raise ValueError(
                "The num_channels dimension of the inputs to `spatial_softmax` should be defined. Found `None`."
            )
        with tf.name_scope("spatial_softmax_op", "spatial_softmax_op", [features]):
            x, y = tf.meshgrid(tf.lin_space(-1.0, 1.0, num=height), tf.lin_space(-1.0, 1.0, num=width), indexing="ij")
            x, y = tf.reshape(x, [height * width]), tf.reshape(y, [height * width])
            start = tf.ones_initializer() if temperature is None else tf.constant_initializer(temperature)
            variable = model_variable(
                "temperature",
                shape=(),
                dtype=tf.float32,
                initializer=start,
                collections=variable_collections(variables_collections, "temperature") if trainable else None,
                trainable=trainable,
            )
            rows = features if data_format == "NCHW" else tf.transpose(features, [0, 3, 1, 2])
            attention = tf.nn.softmax(tf.reshape(rows, [-1, height * width]) / variable)
            means = [tf.reduce_sum(position * attention, [1], keepdims=True) for position in (x, y)]
            points = tf.reshape(tf.concat(means, 1), [-1, channels * 2])
            points.set_shape([None, channels * 2])
    return points
