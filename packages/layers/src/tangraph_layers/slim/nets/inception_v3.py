"""Inception with factorized convolutions (Szegedy et al. 2015, arXiv:1512.00567)."""

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
    fork,
    grow,
    max_pool,
    mixed,
    reduced_kernel,
    thinning,
    to_classes,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_ONE = "Conv2d_0a_1x1"
_HALVED: Final[dict[str, Any]] = {"stride": 2, "padding": "VALID"}


def _pooled(depth: int) -> list[Any]:
    return [avg_pool("AvgPool_0a_3x3"), conv(depth, "Conv2d_0b_1x1")]


def _large(pooled: int, first: str = _ONE, second: str = "Conv2d_0b_5x5") -> Any:
    """Returns a module for images of 35 x 35."""
    return mixed(
        [conv(64, _ONE)],
        [conv(48, first), conv(64, second)],
        [conv(64, _ONE), conv(96, "Conv2d_0b_3x3"), conv(96, "Conv2d_0c_3x3")],
        _pooled(pooled),
    )


def _middle(depth: int) -> Any:
    """Returns a module for images of 17 x 17."""
    return mixed(
        [conv(192, _ONE)],
        [conv(depth, _ONE), conv(depth, "Conv2d_0b_1x7"), conv(192, "Conv2d_0c_7x1")],
        [
            conv(depth, _ONE),
            conv(depth, "Conv2d_0b_7x1"),
            conv(depth, "Conv2d_0c_1x7"),
            conv(depth, "Conv2d_0d_7x1"),
            conv(192, "Conv2d_0e_1x7"),
        ],
        _pooled(192),
    )


def _small(second: str) -> Any:
    """Returns a module for images of 8 x 8."""
    return mixed(
        [conv(320, _ONE)],
        [conv(384, _ONE), fork(conv(384, "Conv2d_0b_1x3"), conv(384, second))],
        [
            conv(448, _ONE),
            conv(384, "Conv2d_0b_3x3"),
            fork(conv(384, "Conv2d_0c_1x3"), conv(384, "Conv2d_0d_3x1")),
        ],
        _pooled(192),
    )


_STEM: Final = {
    "Conv2d_1a_3x3": conv(32, stride=2),
    "Conv2d_2a_3x3": conv(32),
    "Conv2d_2b_3x3": conv(64, padding="SAME"),
    "MaxPool_3a_3x3": max_pool(stride=2),
    "Conv2d_3b_1x1": conv(80),
    "Conv2d_4a_3x3": conv(192),
    "MaxPool_5a_3x3": max_pool(stride=2),
}
_MODULES: Final = {
    "Mixed_5b": _large(32),
    "Mixed_5c": _large(64, "Conv2d_0b_1x1", "Conv_1_0c_5x5"),
    "Mixed_5d": _large(64),
    "Mixed_6a": mixed(
        [conv(384, "Conv2d_1a_1x1", [3, 3], **_HALVED)],
        [conv(64, _ONE), conv(96, "Conv2d_0b_3x3"), conv(96, "Conv2d_1a_1x1", [3, 3], **_HALVED)],
        [max_pool("MaxPool_1a_3x3", **_HALVED)],
    ),
    "Mixed_6b": _middle(128),
    "Mixed_6c": _middle(160),
    "Mixed_6d": _middle(160),
    "Mixed_6e": _middle(192),
    "Mixed_7a": mixed(
        [conv(192, _ONE), conv(320, "Conv2d_1a_3x3", **_HALVED)],
        [
            conv(192, _ONE),
            conv(192, "Conv2d_0b_1x7"),
            conv(192, "Conv2d_0c_7x1"),
            conv(192, "Conv2d_1a_3x3", **_HALVED),
        ],
        [max_pool("MaxPool_1a_3x3", **_HALVED)],
    ),
    "Mixed_7b": _small("Conv2d_0b_3x1"),
    "Mixed_7c": _small("Conv2d_0c_3x1"),
}


@export("contrib.slim.nets.inception.inception_v3_base", "contrib.slim.nets.inception_v3.inception_v3_base")
def inception_v3_base(
    inputs: Any,
    final_endpoint: str = "Mixed_7c",
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
    layers, arg_scope = tf.contrib.layers, tf.contrib.framework.arg_scope
    thin = thinning(depth_multiplier, min_depth)
    windowed = [layers.conv2d, layers.max_pool2d, layers.avg_pool2d]
    end_points: dict[str, Any] = {}
    with tf.variable_scope(scope, "InceptionV3", [inputs]):
        with arg_scope(windowed, stride=1, padding="VALID"):
            net = grow(inputs, _STEM, final_endpoint, thin, end_points)
        if final_endpoint not in _STEM:
            with arg_scope(windowed, stride=1, padding="SAME"):
                net = grow(net, _MODULES, final_endpoint, thin, end_points)
    check_last(final_endpoint, _STEM, _MODULES)
    return net, end_points


@export("contrib.slim.nets.inception.inception_v3", "contrib.slim.nets.inception_v3.inception_v3")
def inception_v3(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: float = 0.8,
    min_depth: int = 16,
    depth_multiplier: float = 1.0,
    prediction_fn: Any = None,
    spatial_squeeze: bool = True,
    reuse: Any = None,
    scope: Any = "InceptionV3",
) -> tuple[Any, dict[str, Any]]:
    """The network, for images of 299 x 299, with a second classifier half-way.

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
    thin = thinning(depth_multiplier, min_depth)
    training = tf.contrib.framework.arg_scope([layers.batch_norm, layers.dropout], is_training=is_training)
    with tf.variable_scope(scope, "InceptionV3", [inputs, num_classes], reuse=reuse) as opened, training:
        net, end_points = inception_v3_base(
            inputs, scope=opened, min_depth=min_depth, depth_multiplier=depth_multiplier
        )
        end_points["AuxLogits"] = _auxiliary(end_points["Mixed_6e"], num_classes, thin, spatial_squeeze)
        with tf.variable_scope("Logits"):
            end_points["PreLogits"] = net = final_pool(net, [8, 8], dropout_keep_prob)
            logits = to_classes(net, num_classes, "Conv2d_1c_1x1", spatial_squeeze)
        end_points["Logits"] = logits
        end_points["Predictions"] = (prediction_fn or layers.softmax)(logits, scope="Predictions")
    return logits, end_points


inception_v3.default_image_size = 299  # type: ignore[attr-defined]


def _auxiliary(net: Any, num_classes: int, thin: Callable[[int], int], spatial_squeeze: bool) -> Any:
    """Returns the logits of the classifier half-way."""
    layers = tf.contrib.layers
    windowed = [layers.conv2d, layers.max_pool2d, layers.avg_pool2d]
    with tf.contrib.framework.arg_scope(windowed, stride=1, padding="SAME"), tf.variable_scope("AuxLogits"):
        net = layers.avg_pool2d(net, [5, 5], stride=3, padding="VALID", scope="AvgPool_1a_5x5")
        net = layers.conv2d(net, thin(128), [1, 1], scope="Conv2d_1b_1x1")
        kernel = reduced_kernel(net, [5, 5])
        net = layers.conv2d(
            net,
            thin(768),
            kernel,
            weights_initializer=truncated(0.01),
            padding="VALID",
            scope="Conv2d_2a_{}x{}".format(*kernel),
        )
        return to_classes(net, num_classes, "Conv2d_2b_1x1", spatial_squeeze, weights_initializer=truncated(0.001))


@export("contrib.slim.nets.inception.inception_v3_arg_scope", "contrib.slim.nets.inception_v3.inception_v3_arg_scope")
def inception_v3_arg_scope(
    weight_decay: float = 0.00004,
    batch_norm_var_collection: str = "moving_vars",
    batch_norm_decay: float = 0.9997,
    batch_norm_epsilon: float = 0.001,
    updates_collections: Any = tf.GraphKeys.UPDATE_OPS,
    use_fused_batchnorm: bool = True,
) -> Any:
    """Returns the arguments of the layers: ReLU, L2 regularization, batch normalization.

    Args:
      weight_decay: the weight of the regularization.
      batch_norm_var_collection: a collection for the moving averages.
      batch_norm_decay: the decay of the moving averages.
      batch_norm_epsilon: what is added to variances.
      updates_collections: collections for the operations that update the averages; None to update in place.
      use_fused_batchnorm: whether to normalize in one operation.
    """
    params = batch_norm_params(
        batch_norm_var_collection,
        decay=batch_norm_decay,
        epsilon=batch_norm_epsilon,
        updates_collections=updates_collections,
        fused=use_fused_batchnorm,
    )
    return inception_arg_scope(weight_decay, tf.contrib.layers.batch_norm, params)
