"""`tf.contrib.layers.fully_connected` and its relatives."""

from __future__ import annotations

import functools
from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_compat.contrib.framework.arg_scope import add_arg_scope
from tangraph_layers.contrib.collecting import (
    add_to_variable_collections,
    collect_named_outputs,
    known_size,
    model_variable_getter,
)
from tangraph_layers.dense import Dense


@export("contrib.layers.fully_connected", "contrib.slim.fully_connected")
@add_arg_scope
def fully_connected(
    inputs: Any,
    num_outputs: int,
    activation_fn: Any = tf.nn.relu,
    normalizer_fn: Any = None,
    normalizer_params: Any = None,
    weights_initializer: Any = tf.contrib.layers.xavier_initializer(),  # noqa: B008  immutable, TensorFlow's default
    weights_regularizer: Any = None,
    biases_initializer: Any = tf.zeros_initializer(),  # noqa: B008
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Any:
    """Returns activation_fn(inputs · weights + biases).

    Args:
      inputs: a tensor of rank 2 or more.
      num_outputs: the size of the last axis of the outputs.
      activation_fn: a function of the outputs; None for none.
      normalizer_fn: a function, such as `batch_norm`, in place of the biases.
      normalizer_params: its arguments, a dictionary.
      weights_initializer: how the weights start.
      weights_regularizer: a function from the weights to a scalar loss.
      biases_initializer: how the biases start; None for no biases.
      biases_regularizer: a function from the biases to a scalar loss.
      reuse: whether to share the variables of the scope.
      variables_collections: collections for the variables, or a dictionary of them ("weights", "biases").
      outputs_collections: collections for the outputs.
      trainable: whether optimizers train the variables.
      scope: the variable scope.

    Raises:
      ValueError: `num_outputs` is no integer; inputs without a known size.

    >>> with tf.Graph().as_default():
    ...     tf.contrib.layers.fully_connected(tf.ones([2, 3]), 4)
    <tf.Tensor 'fully_connected/Relu:0' shape=(2, 4) dtype=float32>
    """
    if not isinstance(num_outputs, int):
        raise ValueError(f"num_outputs type should be one of [<class 'int'>], got {type(num_outputs)}.")
    getter = model_variable_getter({"bias": "biases", "kernel": "weights"})
    with tf.variable_scope(scope, "fully_connected", [inputs], reuse=reuse, custom_getter=getter) as sc:
        inputs = tf.convert_to_tensor(inputs)
        layer = Dense(
            units=num_outputs,
            use_bias=not normalizer_fn and biases_initializer,
            kernel_initializer=weights_initializer,
            bias_initializer=biases_initializer,
            kernel_regularizer=weights_regularizer,
            bias_regularizer=biases_regularizer,
            trainable=trainable,
            name=sc.name,
            dtype=inputs.dtype.base_dtype,
            _scope=sc,
            _reuse=reuse,
        )
        outputs = layer.apply(inputs)
        add_to_variable_collections(layer.kernel, variables_collections, "weights")
        if layer.bias is not None:
            add_to_variable_collections(layer.bias, variables_collections, "biases")
        if normalizer_fn is not None:
            outputs = normalizer_fn(outputs, **(normalizer_params or {}))
        if activation_fn is not None:
            outputs = activation_fn(outputs)
        return collect_named_outputs(outputs_collections, sc.name, outputs)


@export("contrib.layers.legacy_fully_connected", "contrib.slim.legacy_fully_connected")
def legacy_fully_connected(
    x: Any,
    num_output_units: int,
    activation_fn: Any = None,
    weight_init: Any = tf.contrib.layers.xavier_initializer(),  # noqa: B008  immutable, TensorFlow's default
    bias_init: Any = tf.zeros_initializer(),  # noqa: B008
    name: Any = None,
    weight_collections: Any = (tf.GraphKeys.WEIGHTS,),
    bias_collections: Any = (tf.GraphKeys.BIASES,),
    output_collections: Any = (tf.GraphKeys.ACTIVATIONS,),
    trainable: bool = True,
    weight_regularizer: Any = None,
    bias_regularizer: Any = None,
) -> Any:
    """The older form of `fully_connected`.

    Args:
      x: a tensor of rank 2 or more.
      num_output_units: the size of the last axis of the outputs.
      activation_fn: a function of the outputs; None for none.
      weight_init, bias_init: how the variables start; None for no bias.
      name: the variable scope.
      weight_collections, bias_collections, output_collections: collections.
      trainable: whether optimizers train the variables.
      weight_regularizer, bias_regularizer: functions from a variable to a scalar loss.

    Raises:
      ValueError: the rank is not known or less than 2, or the last size is not known.
    """
    with tf.variable_scope(name, "fully_connected", [x]):
        x = tf.convert_to_tensor(x)
        rank = x.get_shape().ndims
        if rank is None:
            raise ValueError("dims of x must be known but is None")
        if rank < 2:
            raise ValueError(f"rank of x must be at least 2 not: {rank}")
        units = x.get_shape()[-1].value
        if units is None:
            raise ValueError("last dimension of x must be known but is None")
        options = {"dtype": x.dtype.base_dtype, "trainable": trainable}
        weights = tf.get_variable(
            "weights",
            shape=[units, num_output_units],
            initializer=weight_init,
            regularizer=weight_regularizer,
            collections=[*(weight_collections or []), tf.GraphKeys.GLOBAL_VARIABLES],
            **options,
        )
        y = tf.matmul(x if rank <= 2 else tf.reshape(x, [-1, units]), weights)
        if bias_init is not None:
            bias = tf.get_variable(
                "bias",
                shape=[num_output_units],
                initializer=bias_init,
                regularizer=bias_regularizer,
                collections=[*(bias_collections or []), tf.GraphKeys.GLOBAL_VARIABLES],
                **options,
            )
            y = tf.nn.bias_add(y, bias)
        if rank > 2:
            sizes = tf.unstack(tf.shape(x))
            sizes[-1] = num_output_units
            y = tf.reshape(y, tf.stack(sizes))
            y.set_shape([*x.get_shape().as_list()[:-1], num_output_units])
        y = y if activation_fn is None else activation_fn(y)
        tf.add_to_collections([*(output_collections or []), tf.GraphKeys.ACTIVATIONS], y)
        return y


@export("contrib.layers.softmax", "contrib.slim.softmax")
@add_arg_scope
def softmax(logits: Any, scope: Any = None) -> Any:
    """Returns the softmax along the last axis of a tensor of rank 2 or more."""
    with tf.variable_scope(scope, "softmax", [logits]):
        flat = tf.reshape(logits, [-1, known_size(logits.get_shape(), -1, min_rank=2)])
        predictions = tf.reshape(tf.nn.softmax(flat), tf.shape(logits))
        predictions.set_shape(logits.get_shape())
        return predictions


elu = functools.partial(fully_connected, activation_fn=tf.nn.elu)
relu = functools.partial(fully_connected, activation_fn=tf.nn.relu)
relu6 = functools.partial(fully_connected, activation_fn=tf.nn.relu6)
linear = functools.partial(fully_connected, activation_fn=None)
legacy_relu = functools.partial(legacy_fully_connected, activation_fn=tf.nn.relu)
legacy_linear = functools.partial(legacy_fully_connected, activation_fn=None)

__tf_values__ = {
    f"contrib.{module}.{name}": function
    for module in ("layers", "slim")
    for name, function in {
        "elu": elu,
        "relu": relu,
        "relu6": relu6,
        "linear": linear,
        "legacy_relu": legacy_relu,
        "legacy_linear": legacy_linear,
    }.items()
}
