"""Residual networks with normalization before convolutions (He et al. 2016, arXiv:1603.05027)."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_compat.contrib.framework.arg_scope import add_arg_scope
from tangraph_layers.contrib.collecting import collect_named_outputs, known_size
from tangraph_layers.slim.nets import resnet_utils
from tangraph_layers.slim.nets.resnet_utils import Block, conv2d_same, subsample


@export("contrib.slim.nets.resnet_v2.bottleneck")
@add_arg_scope
def bottleneck(
    inputs: Any,
    depth: int,
    depth_bottleneck: int,
    stride: int,
    rate: int = 1,
    outputs_collections: Any = None,
    scope: Any = None,
) -> Any:
    """A residual unit of three convolutions, with normalization and ReLU before each.

    Args:
      inputs: images, of shape [batch, height, width, channels].
      depth: the number of channels that come out.
      depth_bottleneck: the number of channels between.
      stride: the distance of the outputs.
      rate: the dilation of the middle convolution.
      outputs_collections: collections for the outputs.
      scope: the variable scope.
    """
    conv2d = tf.contrib.layers.conv2d
    with tf.variable_scope(scope, "bottleneck_v2", [inputs]) as opened:
        depth_in = known_size(inputs.shape, -1, min_rank=4)
        preact = tf.contrib.layers.batch_norm(inputs, activation_fn=tf.nn.relu, scope="preact")
        bare = {"normalizer_fn": None, "activation_fn": None}
        if depth == depth_in:
            shortcut = subsample(inputs, stride, "shortcut")
        else:
            shortcut = conv2d(preact, depth, [1, 1], stride=stride, scope="shortcut", **bare)
        residual = conv2d(preact, depth_bottleneck, [1, 1], stride=1, scope="conv1")
        residual = conv2d_same(residual, depth_bottleneck, 3, stride, rate=rate, scope="conv2")
        residual = conv2d(residual, depth, [1, 1], stride=1, scope="conv3", **bare)
        output = shortcut + residual
        return collect_named_outputs(outputs_collections, opened.name, output)


@export("contrib.slim.nets.resnet_v2.resnet_v2")
def resnet_v2(
    inputs: Any,
    blocks: Any,
    num_classes: int | None = None,
    is_training: Any = True,
    global_pool: bool = True,
    output_stride: int | None = None,
    include_root_block: bool = True,
    reuse: Any = None,
    scope: Any = None,
) -> Any:
    """A residual network of any blocks.

    Args:
      inputs: images, of shape [batch, height, width, channels].
      blocks: a list of `resnet_utils.Block`s.
      num_classes: the number of classes; None for the features only.
      is_training: whether batch normalization takes the statistics of the batch.
      global_pool: whether to take the mean over all pixels.
      output_stride: the stride of the features that is kept when it is reached; that of all blocks when None.
      include_root_block: whether a convolution and a pool come first.
      reuse: whether to share the variables that are in the scope.
      scope: the variable scope.

    Returns:
      The logits, or the features, and the layers' outputs by name.

    Raises:
      ValueError: the output stride cannot be reached.
    """
    layers, arg_scope = tf.contrib.layers, tf.contrib.framework.arg_scope
    collecting = [layers.conv2d, bottleneck, resnet_utils.stack_blocks_dense]
    with tf.variable_scope(scope, "resnet_v2", [inputs], reuse=reuse) as opened:
        collection = opened.original_name_scope + "_end_points"
        with (
            arg_scope(collecting, outputs_collections=collection),
            arg_scope([layers.batch_norm], is_training=is_training),
        ):
            net = inputs
            if include_root_block:
                output_stride = resnet_utils.root_stride(output_stride)
                with arg_scope([layers.conv2d], activation_fn=None, normalizer_fn=None):
                    net = conv2d_same(net, 64, 7, stride=2, scope="conv1")
                net = layers.max_pool2d(net, [3, 3], stride=2, scope="pool1")
            net = resnet_utils.stack_blocks_dense(net, blocks, output_stride)
            net = layers.batch_norm(net, activation_fn=tf.nn.relu, scope="postnorm")
            return resnet_utils.classified(net, num_classes, global_pool, collection)


resnet_v2.default_image_size = 224  # type: ignore[attr-defined]


@export("contrib.slim.nets.resnet_v2.resnet_v2_block")
def resnet_v2_block(scope: str, base_depth: int, num_units: int, stride: int) -> Block:
    """Returns a block of bottlenecks, of which the last one has the stride.

    Args:
      scope: its scope.
      base_depth: the number of channels inside; four times as many come out.
      num_units: the number of units.
      stride: the stride.
    """
    return Block(scope, bottleneck, resnet_utils.units(base_depth, num_units, stride))


resnet_v2_50 = resnet_utils.published(resnet_v2, resnet_v2_block, 50)
resnet_v2_101 = resnet_utils.published(resnet_v2, resnet_v2_block, 101)
resnet_v2_152 = resnet_utils.published(resnet_v2, resnet_v2_block, 152)
resnet_v2_200 = resnet_utils.published(resnet_v2, resnet_v2_block, 200)
