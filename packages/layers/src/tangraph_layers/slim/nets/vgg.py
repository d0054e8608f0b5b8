"""The networks of the Visual Geometry Group (Simonyan and Zisserman 2014, arXiv:1409.1556)."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.slim.nets.scopes import dropped_convolutions, finished, plain_arg_scope

_WIDTHS = (64, 128, 256, 512, 512)


@export("contrib.slim.nets.vgg.vgg_arg_scope")
def vgg_arg_scope(weight_decay: float = 0.0005) -> Any:
    """Returns the arguments of the layers: ReLU, L2 regularization, padding "SAME".

    Args:
      weight_decay: the weight of the regularization.
    """
    return plain_arg_scope(weight_decay, tf.zeros_initializer())


def _vgg(
    inputs: Any,
    counts: tuple[int, ...],
    collection: str,
    collecting: list[Any],
    num_classes: int,
    is_training: Any,
    keep_prob: float,
) -> Any:
    """Builds blocks of so many convolutions, and the classifier."""
    layers = tf.contrib.layers
    with tf.contrib.framework.arg_scope(collecting, outputs_collections=collection):
        net = inputs
        for n, (count, width) in enumerate(zip(counts, _WIDTHS, strict=True), start=1):
            net = layers.repeat(net, count, layers.conv2d, width, [3, 3], scope=f"conv{n}")
            net = layers.max_pool2d(net, [2, 2], scope=f"pool{n}")
        return dropped_convolutions(net, (4096, 4096), [7, 7], num_classes, keep_prob, is_training)


@export("contrib.slim.nets.vgg.vgg_a")
def vgg_a(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: float = 0.5,
    spatial_squeeze: bool = True,
    scope: Any = "vgg_a",
) -> Any:
    """The network of eleven layers, for images of 224 x 224.

    Args:
      inputs: images, of shape [batch, height, width, channels].
      num_classes: the number of classes.
      is_training: whether to drop activations: a bool or a bool scalar tensor.
      dropout_keep_prob: the probability that an activation is kept.
      spatial_squeeze: whether to drop the spatial axes of the logits.
      scope: the variable scope.

    Returns:
      The logits, and the layers' outputs by name.
    """
    layers = tf.contrib.layers
    with tf.variable_scope(scope, "vgg_a", [inputs]) as opened:
        collection = opened.original_name_scope + "_end_points"
        collecting = [layers.conv2d, layers.max_pool2d]
        counts = (1, 1, 2, 2, 2)
        net = _vgg(inputs, counts, collection, collecting, num_classes, is_training, dropout_keep_prob)
        return finished(net, collection, spatial_squeeze, opened.name)


@export("contrib.slim.nets.vgg.vgg_16", "contrib.slim.nets.vgg.vgg_d")
def vgg_16(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: float = 0.5,
    spatial_squeeze: bool = True,
    scope: Any = "vgg_16",
) -> Any:
    """The network of sixteen layers; see `vgg_a`."""
    layers = tf.contrib.layers
    with tf.variable_scope(scope, "vgg_16", [inputs]) as opened:
        collection = opened.original_name_scope + "_end_points"
        collecting = [layers.conv2d, layers.fully_connected, layers.max_pool2d]
        counts = (2, 2, 3, 3, 3)
        net = _vgg(inputs, counts, collection, collecting, num_classes, is_training, dropout_keep_prob)
        return finished(net, collection, spatial_squeeze, opened.name)


@export("contrib.slim.nets.vgg.vgg_19", "contrib.slim.nets.vgg.vgg_e")
def vgg_19(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: float = 0.5,
    spatial_squeeze: bool = True,
    scope: Any = "vgg_19",
) -> Any:
    """The network of nineteen layers; see `vgg_a`."""
    layers = tf.contrib.layers
    with tf.variable_scope(scope, "vgg_19", [inputs]) as opened:
        collection = opened.name + "_end_points"
        collecting = [layers.conv2d, layers.fully_connected, layers.max_pool2d]
        counts = (2, 2, 4, 4, 4)
        net = _vgg(inputs, counts, collection, collecting, num_classes, is_training, dropout_keep_prob)
        return finished(net, collection, spatial_squeeze, opened.name)


vgg_a.default_image_size = 224  # type: ignore[attr-defined]
vgg_16.default_image_size = 224  # type: ignore[attr-defined]
vgg_19.default_image_size = 224  # type: ignore[attr-defined]
