"""GoogLeNet (Szegedy et al. 2014, arXiv:1409.4842), with batch normalization."""

from __future__ import annotations

from typing import Any, Final

import tangraph as tf
from tangraph.export import export
from tangraph_layers.slim.nets.scopes import batch_norm_params, inception_arg_scope, truncated
from tangraph_layers.slim.nets.stages import check_last, conv, grow, max_pool, mixed, to_classes


def _module(*depths: int, second: str = "Conv2d_0b_3x3") -> Any:
    """Returns an Inception module of so many channels."""
    first = "Conv2d_0a_1x1"
    alone, *pairs, pooled = depths
    return mixed(
        [conv(alone, first)],
        [conv(pairs[0], first), conv(pairs[1], "Conv2d_0b_3x3")],
        [conv(pairs[2], first), conv(pairs[3], second)],
        [max_pool("MaxPool_0a_3x3"), conv(pooled, "Conv2d_0b_1x1")],
    )


_STAGES: Final = {
    "Conv2d_1a_7x7": conv(64, stride=2),
    "MaxPool_2a_3x3": max_pool(stride=2),
    "Conv2d_2b_1x1": conv(64),
    "Conv2d_2c_3x3": conv(192),
    "MaxPool_3a_3x3": max_pool(stride=2),
    "Mixed_3b": _module(64, 96, 128, 16, 32, 32),
    "Mixed_3c": _module(128, 128, 192, 32, 96, 64),
    "MaxPool_4a_3x3": max_pool(stride=2),
    "Mixed_4b": _module(192, 96, 208, 16, 48, 64),
    "Mixed_4c": _module(160, 112, 224, 24, 64, 64),
    "Mixed_4d": _module(128, 128, 256, 24, 64, 64),
    "Mixed_4e": _module(112, 144, 288, 32, 64, 64),
    "Mixed_4f": _module(256, 160, 320, 32, 128, 128),
    "MaxPool_5a_2x2": max_pool(stride=2),
    "Mixed_5b": _module(256, 160, 320, 32, 128, 128, second="Conv2d_0a_3x3"),
    "Mixed_5c": _module(384, 192, 384, 48, 128, 128),
}


@export("contrib.slim.nets.inception.inception_v1_base", "contrib.slim.nets.inception_v1.inception_v1_base")
def inception_v1_base(
    inputs: Any, final_endpoint: str = "Mixed_5c", scope: Any = "InceptionV1"
) -> tuple[Any, dict[str, Any]]:
    """Builds the network up to a stage.

    Args:
      inputs: images, of shape [batch, height, width, channels].
      final_endpoint: the name of the last stage.
      scope: the variable scope.

    Returns:
      Its output, and the stages' outputs by name.

    Raises:
      ValueError: there is no such stage.
    """
    layers, arg_scope = tf.contrib.layers, tf.contrib.framework.arg_scope
    end_points: dict[str, Any] = {}
    with (
        tf.variable_scope(scope, "InceptionV1", [inputs]),
        arg_scope([layers.conv2d, layers.fully_connected], weights_initializer=truncated(0.01)),
        arg_scope([layers.conv2d, layers.max_pool2d], stride=1, padding="SAME"),
    ):
        net = grow(inputs, _STAGES, final_endpoint, int, end_points)
    check_last(final_endpoint, _STAGES)
    return net, end_points


@export("contrib.slim.nets.inception.inception_v1", "contrib.slim.nets.inception_v1.inception_v1")
def inception_v1(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: float = 0.8,
    prediction_fn: Any = None,
    spatial_squeeze: bool = True,
    reuse: Any = None,
    scope: Any = "InceptionV1",
) -> tuple[Any, dict[str, Any]]:
    """The network, for images of 224 x 224.

    Args:
      inputs: images, of shape [batch, height, width, channels].
      num_classes: the number of classes.
      is_training: whether to drop activations and take the statistics of the batch.
      dropout_keep_prob: the probability that an activation is kept.
      prediction_fn: the function of the logits that gives predictions; `tf.contrib.layers.softmax` when None.
      spatial_squeeze: whether to drop the spatial axes of the logits.
      reuse: whether to share the variables that are in the scope.
      scope: the variable scope.

    Returns:
      The logits, and the stages' outputs by name.
    """
    layers = tf.contrib.layers
    training = tf.contrib.framework.arg_scope([layers.batch_norm, layers.dropout], is_training=is_training)
    with tf.variable_scope(scope, "InceptionV1", [inputs, num_classes], reuse=reuse) as opened, training:
        net, end_points = inception_v1_base(inputs, scope=opened)
        with tf.variable_scope("Logits"):
            net = layers.avg_pool2d(net, [7, 7], stride=1, scope="MaxPool_0a_7x7")
            net = layers.dropout(net, dropout_keep_prob, scope="Dropout_0b")
            logits = to_classes(net, num_classes, "Conv2d_0c_1x1", spatial_squeeze)
            end_points["Logits"] = logits
            end_points["Predictions"] = (prediction_fn or layers.softmax)(logits, scope="Predictions")
    return logits, end_points


inception_v1.default_image_size = 224  # type: ignore[attr-defined]


@export("contrib.slim.nets.inception.inception_v1_arg_scope", "contrib.slim.nets.inception_v1.inception_v1_arg_scope")
def inception_v1_arg_scope(
    weight_decay: float = 0.00004, use_batch_norm: bool = True, batch_norm_var_collection: str = "moving_vars"
) -> Any:
    """Returns the arguments of the layers: ReLU, L2 regularization, batch normalization.

    Args:
      weight_decay: the weight of the regularization.
      use_batch_norm: whether to normalize.
      batch_norm_var_collection: a collection for the moving averages.
    """
    if not use_batch_norm:
        return inception_arg_scope(weight_decay, None, {})
    params = batch_norm_params(batch_norm_var_collection)
    return inception_arg_scope(weight_decay, tf.contrib.layers.batch_norm, params)
