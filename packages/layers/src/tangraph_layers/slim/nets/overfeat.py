"""OverFeat (Sermanet et al. 2013, arXiv:1312.6229)."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.slim.nets.scopes import dropped_convolutions, finished, truncated, valid_pools_arg_scope


@export("contrib.slim.nets.overfeat.overfeat_arg_scope")
def overfeat_arg_scope(weight_decay: float = 0.0005) -> Any:
    """Returns the arguments of the layers: ReLU, L2 regularization, padding "SAME", and "VALID" for pools.

    Args:
      weight_decay: the weight of the regularization.
    """
    return valid_pools_arg_scope(weight_decay, tf.zeros_initializer())


@export("contrib.slim.nets.overfeat.overfeat")
def overfeat(
    inputs: Any,
    num_classes: int = 1000,
    is_training: Any = True,
    dropout_keep_prob: float = 0.5,
    spatial_squeeze: bool = True,
    scope: Any = "overfeat",
) -> Any:
    """The network, for images of 231 x 231; its fully connected layers are convolutions.

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
    layers, arg_scope = tf.contrib.layers, tf.contrib.framework.arg_scope
    conv, pool = layers.conv2d, layers.max_pool2d
    with tf.variable_scope(scope, "overfeat", [inputs]) as opened:
        collection = opened.name + "_end_points"
        with arg_scope([conv, layers.fully_connected, pool], outputs_collections=collection):
            net = conv(inputs, 64, [11, 11], 4, padding="VALID", scope="conv1")
            net = pool(net, [2, 2], scope="pool1")
            net = conv(net, 256, [5, 5], padding="VALID", scope="conv2")
            net = pool(net, [2, 2], scope="pool2")
            for n, width in ((3, 512), (4, 1024), (5, 1024)):
                net = conv(net, width, [3, 3], scope=f"conv{n}")
            net = pool(net, [2, 2], scope="pool5")
            start = {"weights_initializer": truncated(0.005), "biases_initializer": tf.constant_initializer(0.1)}
            with arg_scope([conv], **start):
                net = dropped_convolutions(
                    net,
                    (3072, 4096),
                    [6, 6],
                    num_classes,
                    dropout_keep_prob,
                    is_training,
                    biases_initializer=tf.zeros_initializer(),
                )
            return finished(net, collection, spatial_squeeze, opened.name)
