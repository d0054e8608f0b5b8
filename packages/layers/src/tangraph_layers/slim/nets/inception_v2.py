"""Inception with batch normalization (Ioffe and Szegedy 2015, arXiv:1502.03167)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import tangraph as tf
from tangraph.export import export
from tangraph_layers.slim.nets.scopes import batch_norm_params, inception_arg_scope, truncated
from tangraph_layers.slim.nets.stages import (
    avg_pool,
    check_last,
    conv,
    final_pool,
    grow,
    max_pool,
    mixed,
    thinning,
    to_classes,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def _stem(net: Any, stage: str, thin: Callable[[int], int]) -> Any:
    """The first convolution: separable."""
    depth = thin(64)
    return tf.contrib.layers.separable_conv2d(
        net,
        depth,
        [7, 7],
        depth_multiplier=min(int(depth / 3), 8),
        stride=2,
        weights_initializer=truncated(1.0),
        scope=stage,
    )


_ONE, _TWO, _THREE = "Conv2d_0a_1x1", "Conv2d_0b_3x3", "Conv2d_0c_3x3"


def _module(alone: int, pair: tuple[int, int], triple: tuple[int, int], pooled: int, pool: Any = None) -> Any:
    """Returns an Inception module of so many channels."""
    return mixed(
        [conv(alone, _ONE)],
        [conv(pair[0], _ONE, stddev=0.09), conv(pair[1], _TWO)],
        [conv(triple[0], _ONE, stddev=0.09), conv(triple[1], _TWO), conv(triple[1], _THREE)],
        [
            pool or avg_pool("AvgPool_0a_3x3"),
            conv(pooled, "Conv2d_0b_1x1", stddev=0.1),
        ],
    )


def _reduction(pair: tuple[int, int], triple: tuple[int, int]) -> Any:
    """Returns a module that halves height and width."""
    last = "Conv2d_1a_3x3"
    return mixed(
        [conv(pair[0], _ONE, stddev=0.09), conv(pair[1], last, stride=2)],
        [conv(triple[0], _ONE, stddev=0.09), conv(triple[1], _TWO), conv(triple[1], last, stride=2)],
        [max_pool("MaxPool_1a_3x3", stride=2)],
    )


_STAGES: Final = {
    "Conv2d_1a_7x7": _stem,
    "MaxPool_2a_3x3": max_pool(stride=2),
    "Conv2d_2b_1x1": conv(64, stddev=0.1),
    "Conv2d_2c_3x3": conv(192),
    "MaxPool_3a_3x3": max_pool(stride=2),
    "Mixed_3b": _module(64, (64, 64), (64, 96), 32),
    "Mixed_3c": _module(64, (64, 96), (64, 96), 64),
    "Mixed_4a": _reduction((128, 160), (64, 96)),
    "Mixed_4b": _module(224, (64, 96), (96, 128), 128),
    "Mixed_4c": _module(192, (96, 128), (96, 128), 128),
    "Mixed_4d": _module(160, (128, 160), (128, 160), 96),
    "Mixed_4e": _module(96, (128, 192), (160, 192), 96),
    "Mixed_5a": _reduction((128, 192), (192, 256)),
    "Mixed_5b": _module(352, (192, 320), (160, 224), 128),
    "Mixed_5c": _module(352, (192, 320), (192, 224), 128, max_pool("MaxPool_0a_3x3")),
}


@export("contrib.slim.nets.inception.inception_v2_base", "contrib.slim.nets.inception_v2.inception_v2_base")
def inception_v2_base(
    inputs: Any,
    final_endpoint: str = "Mixed_5c",
    min_depth: int = 16,
    depth_multiplier: float = 1.0,
    scope: Any = None,
) -> tuple[Any, dict[str, Any]]:
    """Builds the network up to a stage.

    Args:
      inputs: images, of shape [batch, height, width, channels].
      final_endpoint: the name of the last stage.
      min_depth: the least number of channels.
      depth_multiplier: what numbers of channels are multiplied by.
      scope: the variable scope.

    Returns:
      Its output, and the stages' outputs by name.

    Raises:
      ValueError: there is no such stage, or the multiplier is not positive.
    """
    layers, thin = tf.contrib.layers, thinning(depth_multiplier, min_depth)
    windowed = [layers.conv2d, layers.max_pool2d, layers.avg_pool2d, layers.separable_conv2d]
    end_points: dict[str, Any] = {}
    with (
        tf.variable_scope(scope, "InceptionV2", [inputs]),
        tf.contrib.framework.arg_scope(windowed, stride=1, padding="SAME"),
    ):
        net = grow(inputs, _STAGES, final_endpoint, thin, end_points)
    check_last(final_endpoint, _STAGES)
    return net, end_points


@export("contrib.slim.nets.inception.inception_v2", "contrib.slim.nets.inception_v2.inception_v2")
def inception_v2(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: float = 0.8,
    min_depth: int = 16,
    depth_multiplier: float = 1.0,
    prediction_fn: Any = None,
    spatial_squeeze: bool = True,
    reuse: Any = None,
    scope: Any = "InceptionV2",
) -> tuple[Any, dict[str, Any]]:
    """The network, for images of 224 x 224.

    Args:
      inputs: images, of shape [batch, height, width, channels].
      num_classes: the number of classes.
      is_training: whether to drop activations and take the statistics of the batch.
      dropout_keep_prob: the probability that an activation is kept.
      min_depth: the least number of channels.
      depth_multiplier: what numbers of channels are multiplied by.
      prediction_fn: the function of the logits that gives predictions; `tf.contrib.layers.softmax` when None.
      spatial_squeeze: whether to drop the spatial axes of the logits.
      reuse: whether to share the variables that are in the scope.
      scope: the variable scope.

    Returns:
      The logits, and the stages' outputs by name.

    Raises:
      ValueError: the multiplier is not positive.
    """
    layers = tf.contrib.layers
    thinning(depth_multiplier, min_depth)
    training = tf.contrib.framework.arg_scope([layers.batch_norm, layers.dropout], is_training=is_training)
    with tf.variable_scope(scope, "InceptionV2", [inputs, num_classes], reuse=reuse) as opened, training:
        net, end_points = inception_v2_base(
            inputs, scope=opened, min_depth=min_depth, depth_multiplier=depth_multiplier
        )
        with tf.variable_scope("Logits"):
            net = final_pool(net, [7, 7], dropout_keep_prob)
            logits = to_classes(net, num_classes, "Conv2d_1c_1x1", spatial_squeeze)
        end_points["Logits"] = logits
        end_points["Predictions"] = (prediction_fn or layers.softmax)(logits, scope="Predictions")
    return logits, end_points


inception_v2.default_image_size = 224  # type: ignore[attr-defined]


@export("contrib.slim.nets.inception.inception_v2_arg_scope", "contrib.slim.nets.inception_v2.inception_v2_arg_scope")
def inception_v2_arg_scope(weight_decay: float = 0.00004, batch_norm_var_collection: str = "moving_vars") -> Any:
    """Returns the arguments of the layers: ReLU, L2 regularization, batch normalization.

    Args:
      weight_decay: the weight of the regularization.
      batch_norm_var_collection: a collection for the moving averages.
    """
    params = batch_norm_params(batch_norm_var_collection)
    return inception_arg_scope(weight_decay, tf.contrib.layers.batch_norm, params)
