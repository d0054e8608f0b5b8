"""What residual networks are made of: blocks, strided convolutions, their stacking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import tangraph as tf
from tangraph.export import export, named
from tangraph_compat.contrib.framework.arg_scope import add_arg_scope
from tangraph_layers.contrib.collecting import collect_named_outputs

if TYPE_CHECKING:
    from collections.abc import Callable


@export("contrib.slim.nets.resnet_utils.Block")
class Block(NamedTuple):
    """A block of a residual network: its scope, the function of a unit, and the arguments of each unit."""

    scope: Any
    unit_fn: Any
    args: Any


@export("contrib.slim.nets.resnet_utils.subsample")
def subsample(inputs: Any, factor: int, scope: Any = None) -> Any:
    """Returns every `factor`-th pixel of each row and column.

    Args:
      inputs: images, of shape [batch, height, width, channels].
      factor: the distance; 1 for the inputs themselves.
      scope: the name scope.
    """
    return inputs if factor == 1 else tf.contrib.layers.max_pool2d(inputs, [1, 1], stride=factor, scope=scope)


@export("contrib.slim.nets.resnet_utils.conv2d_same")
def conv2d_same(inputs: Any, num_outputs: int, kernel_size: int, stride: int, rate: int = 1, scope: Any = None) -> Any:
    """A convolution whose strided output is what it puts out without a stride, subsampled.

    Args:
      inputs: images, of shape [batch, height, width, channels].
      num_outputs: the number of filters.
      kernel_size: height and width of the kernel.
      stride: the distance of the outputs.
      rate: the distance of the inputs that the kernel sees.
      scope: the variable scope.
    """
    padding = "SAME"
    if stride != 1:
        effective = kernel_size + (kernel_size - 1) * (rate - 1)
        before = (effective - 1) // 2
        around = [before, effective - 1 - before]
        inputs = tf.pad(inputs, [[0, 0], around, around, [0, 0]])
        padding = "VALID"
    return tf.contrib.layers.conv2d(
        inputs, num_outputs, kernel_size, stride=stride, rate=rate, padding=padding, scope=scope
    )


@export("contrib.slim.nets.resnet_utils.stack_blocks_dense")
@add_arg_scope
def stack_blocks_dense(net: Any, blocks: Any, output_stride: Any = None, outputs_collections: Any = None) -> Any:
    """Puts blocks behind each other, with dilated convolutions from some stride on.

    Args:
      net: images, of shape [batch, height, width, channels].
      blocks: a list of `Block`s.
      output_stride: the stride that is kept when it is reached; that of all blocks when None.
      outputs_collections: collections for the outputs of the blocks.

    Raises:
      ValueError: the stride is not reached by whole units.
    """
    stride, rate = 1, 1
    for block in blocks:
        with tf.variable_scope(block.scope, "block", [net]) as opened:
            for n, unit in enumerate(block.args, start=1):
                if output_stride is not None and stride > output_stride:
                    raise ValueError("The target output_stride cannot be reached.")
                with tf.variable_scope(f"unit_{n}", values=[net]):
                    if output_stride is not None and stride == output_stride:
                        net = block.unit_fn(net, rate=rate, **{**unit, "stride": 1})
                        rate *= unit.get("stride", 1)
                    else:
                        net = block.unit_fn(net, rate=1, **unit)
                        stride *= unit.get("stride", 1)
            net = collect_named_outputs(outputs_collections, opened.name, net)
    if output_stride is not None and stride != output_stride:
        raise ValueError("The target output_stride cannot be reached.")
    return net


@export(
    "contrib.slim.nets.resnet_utils.resnet_arg_scope",
    "contrib.slim.nets.resnet_v1.resnet_arg_scope",
    "contrib.slim.nets.resnet_v2.resnet_arg_scope",
)
def resnet_arg_scope(
    weight_decay: float = 0.0001,
    batch_norm_decay: float = 0.997,
    batch_norm_epsilon: float = 1e-5,
    batch_norm_scale: bool = True,
) -> Any:
    """Returns the arguments of the layers: ReLU, L2 regularization, batch normalization, pools of padding "SAME".

    Args:
      weight_decay: the weight of the regularization.
      batch_norm_decay: the decay of the moving averages.
      batch_norm_epsilon: what is added to variances.
      batch_norm_scale: whether normalized values are multiplied by a variable.
    """
    layers, arg_scope = tf.contrib.layers, tf.contrib.framework.arg_scope
    normalization = {
        "decay": batch_norm_decay,
        "epsilon": batch_norm_epsilon,
        "scale": batch_norm_scale,
        "updates_collections": tf.GraphKeys.UPDATE_OPS,
    }
    convolution = {
        "weights_regularizer": layers.l2_regularizer(weight_decay),
        "weights_initializer": layers.variance_scaling_initializer(),
        "activation_fn": tf.nn.relu,
        "normalizer_fn": layers.batch_norm,
        "normalizer_params": normalization,
    }
    with (
        arg_scope([layers.conv2d], **convolution),
        arg_scope([layers.batch_norm], **normalization),
        arg_scope([layers.max_pool2d], padding="SAME") as scope,
    ):
        return scope


#: How many units the four blocks of the published networks have, by their numbers of layers.
UNITS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3), 200: (3, 24, 36, 3)}


def units(base_depth: int, num_units: int, stride: int) -> list[dict[str, int]]:
    """Returns the arguments of a block's units, of which the last one has the stride."""
    strides = [1] * (num_units - 1) + [stride]
    return [{"depth": base_depth * 4, "depth_bottleneck": base_depth, "stride": one} for one in strides]


def root_stride(output_stride: Any) -> Any:
    """Returns the stride that is left to the blocks behind the root.

    Raises:
      ValueError: it is no whole number.
    """
    if output_stride is None:
        return None
    if output_stride % 4 != 0:
        raise ValueError("The output_stride needs to be a multiple of 4.")
    return output_stride / 4


def classified(net: Any, num_classes: int | None, global_pool: bool, collection: str) -> tuple[Any, Any]:
    """Ends a network: the mean over all pixels, and logits, if they are wanted; with the collected outputs by name."""
    layers = tf.contrib.layers
    if global_pool:
        net = tf.reduce_mean(net, [1, 2], name="pool5", keepdims=True)
    if num_classes is not None:
        net = layers.conv2d(net, num_classes, [1, 1], activation_fn=None, normalizer_fn=None, scope="logits")
    end_points = tf.contrib.slim.utils.convert_collection_to_dict(collection)
    if num_classes is not None:
        end_points["predictions"] = layers.softmax(net, scope="predictions")
    return net, end_points


def published(network: Callable[..., Any], block: Callable[..., Block], layers: int) -> Callable[..., Any]:
    """Returns the published network with a number of layers, and makes it public beside `network`.

    Args:
      network: `resnet_v1` or `resnet_v2`.
      block: the function that makes its blocks.
      layers: how many layers, a key of `UNITS`.
    """
    name = f"{network.__name__}_{layers}"

    def build(
        inputs: Any,
        num_classes: int | None = None,
        is_training: Any = True,
        global_pool: bool = True,
        output_stride: int | None = None,
        reuse: Any = None,
        scope: Any = name,
    ) -> Any:
        sizes = zip((64, 128, 256, 512), UNITS[layers], (2, 2, 2, 1), strict=True)
        blocks = [block(f"block{n}", *size) for n, size in enumerate(sizes, start=1)]
        return network(inputs, blocks, num_classes, is_training, global_pool, output_stride, reuse=reuse, scope=scope)

    doc = f"The network of {layers} layers; see `{network.__name__}`."
    return export(f"contrib.slim.nets.{network.__name__}.{name}")(named(name, doc)(build))
