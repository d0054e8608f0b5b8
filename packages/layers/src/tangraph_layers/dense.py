"""Fully connected layers."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.base import Layer
from tangraph_layers.keras import dense as dense_layer


@export("layers.Dense")
class Dense(dense_layer.Dense, Layer):
    """Returns activation(inputs · kernel + bias), along the last axis of the inputs.

    Args:
      units: the size of the last axis of the outputs.
      activation: a function of the outputs, or its name; None for none.
      use_bias: whether there is a bias.
      kernel_initializer: how the kernel starts; see `tf.get_variable`.
      bias_initializer: how the bias starts.
      kernel_regularizer: a function from the kernel to a scalar loss.
      bias_regularizer: a function from the bias to a scalar loss.
      activity_regularizer: a function from the outputs to a scalar loss.
      kernel_constraint: a function that optimizers apply to the kernel after each update.
      bias_constraint: the same for the bias.
      trainable: whether optimizers train the variables.
      name: the layer's name.
      **kwargs: see `tf.layers.Layer`.

    Raises:
      ValueError: the last axis of the inputs has no known size.

    >>> with tf.Graph().as_default():
    ...     layer = tf.layers.Dense(3, activation=tf.nn.relu)
    ...     layer(tf.ones([2, 4])), [v.shape.as_list() for v in layer.weights]
    (<tf.Tensor 'dense/Relu:0' shape=(2, 3) dtype=float32>, [[4, 3], [3]])
    """

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: Any = True,
        kernel_initializer: Any = None,
        bias_initializer: Any = tf.zeros_initializer(),  # noqa: B008  immutable, and TensorFlow's default
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        trainable: bool = True,
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            units,
            activation=activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
            trainable=trainable,
            name=name,
            **kwargs,
        )


@export("layers.dense")
def dense(
    inputs: Any,
    units: int,
    activation: Any = None,
    use_bias: bool = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = tf.zeros_initializer(),  # noqa: B008  immutable, and TensorFlow's default
    kernel_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    kernel_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Any:
    """Calls a new `Dense` layer on a tensor.

    Args:
      inputs: a tensor of rank 2 or more.
      reuse: whether to share the variables of the layer of that name.
      units, activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
        activity_regularizer, kernel_constraint, bias_constraint, trainable, name: see `Dense`.

    Returns:
      A tensor of the shape of the inputs, but for the last axis, which has size `units`.

    >>> with tf.Graph().as_default():
    ...     tf.layers.dense(tf.ones([2, 4]), 3, tf.nn.tanh, name="hidden")
    <tf.Tensor 'hidden/Tanh:0' shape=(2, 3) dtype=float32>
    """
    layer = Dense(
        units,
        activation=activation,
        use_bias=use_bias,
        kernel_initializer=kernel_initializer,
        bias_initializer=bias_initializer,
        kernel_regularizer=kernel_regularizer,
        bias_regularizer=bias_regularizer,
        activity_regularizer=activity_regularizer,
        kernel_constraint=kernel_constraint,
        bias_constraint=bias_constraint,
        trainable=trainable,
        name=name,
        _scope=name,
        _reuse=reuse,
    )
    return layer.apply(inputs)
