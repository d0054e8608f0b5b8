"""What the networks share: the arguments of their layers."""

from __future__ import annotations

from typing import Any

import tangraph as tf


def truncated(stddev: float) -> Any:
    """Returns a truncated normal initializer with mean 0."""
    return tf.truncated_normal_initializer(0.0, stddev)


def plain_arg_scope(weight_decay: float, biases_initializer: Any) -> Any:
    """Returns an argument scope of ReLU layers with L2 regularization, convolutions of padding "SAME"."""
    layers, arg_scope = tf.contrib.layers, tf.contrib.framework.arg_scope
    with (
        arg_scope(
            [layers.conv2d, layers.fully_connected],
            activation_fn=tf.nn.relu,
            weights_regularizer=layers.l2_regularizer(weight_decay),
            biases_initializer=biases_initializer,
        ),
        arg_scope([layers.conv2d], padding="SAME") as scope,
    ):
        return scope


def valid_pools_arg_scope(weight_decay: float, biases_initializer: Any) -> Any:
    """Returns the scope of `plain_arg_scope` with pools of padding "VALID"."""
    arg_scope = tf.contrib.framework.arg_scope
    with (
        arg_scope(plain_arg_scope(weight_decay, biases_initializer)),
        arg_scope([tf.contrib.layers.max_pool2d], padding="VALID") as scope,
    ):
        return scope


def inception_arg_scope(weight_decay: float, normalizer_fn: Any, normalizer_params: Any) -> Any:
    """Returns an argument scope of ReLU convolutions that are regularized and normalized."""
    layers, arg_scope = tf.contrib.layers, tf.contrib.framework.arg_scope
    with (
        arg_scope([layers.conv2d, layers.fully_connected], weights_regularizer=layers.l2_regularizer(weight_decay)),
        arg_scope(
            [layers.conv2d],
            weights_initializer=layers.variance_scaling_initializer(),
            activation_fn=tf.nn.relu,
            normalizer_fn=normalizer_fn,
            normalizer_params=normalizer_params,
        ) as scope,
    ):
        return scope


def batch_norm_params(collection: str, **others: Any) -> dict[str, Any]:
    """Returns arguments of batch normalization that put the moving averages into a collection."""
    moving = {"moving_mean": [collection], "moving_variance": [collection]}
    return {
        "decay": 0.9997,
        "epsilon": 0.001,
        "updates_collections": tf.GraphKeys.UPDATE_OPS,
        "variables_collections": {"beta": None, "gamma": None, **moving},
        **others,
    }


def dropped_convolutions(
    net: Any,
    sizes: tuple[int, int],
    kernel: list[int],
    num_classes: int,
    keep_prob: float,
    is_training: Any,
    **last: Any,
) -> Any:
    """Adds three convolutions in the place of fully connected layers, "fc6" to "fc8", with dropout between."""
    layers = tf.contrib.layers
    net = layers.conv2d(net, sizes[0], kernel, padding="VALID", scope="fc6")
    net = layers.dropout(net, keep_prob, is_training=is_training, scope="dropout6")
    net = layers.conv2d(net, sizes[1], [1, 1], scope="fc7")
    net = layers.dropout(net, keep_prob, is_training=is_training, scope="dropout7")
    return layers.conv2d(net, num_classes, [1, 1], activation_fn=None, normalizer_fn=None, scope="fc8", **last)


def finished(net: Any, collection: str, spatial_squeeze: bool, scope_name: str) -> tuple[Any, Any]:
    """Returns the logits, without their spatial axes if so wanted, and the collected outputs by their names."""
    end_points = tf.contrib.slim.utils.convert_collection_to_dict(collection)
    if spatial_squeeze:
        net = tf.squeeze(net, [1, 2], name="fc8/squeezed")
        end_points[f"{scope_name}/fc8"] = net
    return net, end_points
