"""Small layers of `tf.contrib.layers`: biases, dropout, shapes, encodings."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_compat.contrib.framework.arg_scope import add_arg_scope
from tangraph_layers.contrib.collecting import (
    check_format,
    collect_named_outputs,
    model_variable_getter,
    parameter,
)
from tangraph_layers.dropout import Dropout
from tangraph_layers.flatten import flatten as flatten_layer


@export("contrib.layers.bias_add", "contrib.slim.bias_add")
@add_arg_scope
def bias_add(
    inputs: Any,
    activation_fn: Any = None,
    initializer: Any = tf.zeros_initializer(),  # noqa: B008  immutable, and TensorFlow's default
    regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    data_format: str = "NHWC",
    scope: Any = None,
) -> Any:
    """Adds a bias to each channel.

    Args:
      inputs: a tensor of known rank and number of channels.
      activation_fn: a function of the outputs; None for none.
      initializer: how the biases start.
      regularizer: a function from the biases to a scalar loss.
      reuse: whether to share the variables of the scope.
      variables_collections: collections for the biases, or a dictionary of them ("biases").
      outputs_collections: collections for the outputs.
      trainable: whether optimizers train the biases.
      data_format: "NHWC", or, for rank 4, "NCHW".
      scope: the variable scope.

    Raises:
      ValueError: an unknown format, rank or number of channels.
    """
    check_format(data_format, "NCHW", "NHWC")
    with tf.variable_scope(scope, "BiasAdd", [inputs], reuse=reuse) as sc:
        inputs = tf.convert_to_tensor(inputs)
        shape = inputs.get_shape()
        if shape.ndims is None:
            raise ValueError("Dims of shape must be known but is None")
        if shape.ndims != 4 and data_format == "NCHW":
            raise ValueError("Data format NCHW only supports 4D Tensor")
        channels = shape[1 if data_format == "NCHW" else -1].value
        if channels is None:
            raise ValueError("`C` dimension must be known but is None")
        biases = parameter(
            "biases", [channels], inputs.dtype.base_dtype, initializer, variables_collections, trainable, regularizer
        )
        outputs = tf.nn.bias_add(inputs, biases, data_format=data_format)
        if activation_fn is not None:
            outputs = activation_fn(outputs)
        return collect_named_outputs(outputs_collections, sc.name, outputs)


@export("contrib.layers.dropout", "contrib.slim.dropout")
@add_arg_scope
def dropout(
    inputs: Any,
    keep_prob: Any = 0.5,
    noise_shape: Any = None,
    is_training: Any = True,
    outputs_collections: Any = None,
    scope: Any = None,
    seed: int | None = None,
) -> Any:
    """Sets random elements to 0 in training; see `tf.layers.Dropout`.

    Args:
      inputs: a tensor of floats.
      keep_prob: the probability that an element is kept.
      noise_shape: the shape of the random choice.
      is_training: whether to drop elements: a bool or a bool scalar tensor.
      outputs_collections: collections for the outputs.
      scope: the variable scope.
      seed: see `tf.set_random_seed`.
    """
    with tf.variable_scope(scope, "Dropout", [inputs], custom_getter=model_variable_getter()) as sc:
        inputs = tf.convert_to_tensor(inputs)
        layer = Dropout(rate=1 - keep_prob, noise_shape=noise_shape, seed=seed, name=sc.name, _scope=sc)
        outputs = layer.apply(inputs, training=is_training)
        return collect_named_outputs(outputs_collections, sc.name, outputs)


@export("contrib.layers.flatten", "contrib.slim.flatten")
@add_arg_scope
def flatten(inputs: Any, outputs_collections: Any = None, scope: Any = None) -> Any:
    """Makes one axis of all but the first."""
    with tf.name_scope(scope, "Flatten", [inputs]) as sc:
        inputs = tf.convert_to_tensor(inputs)
        return collect_named_outputs(outputs_collections, sc, flatten_layer(inputs))


@export("contrib.layers.one_hot_encoding", "contrib.slim.one_hot_encoding")
@add_arg_scope
def one_hot_encoding(
    labels: Any,
    num_classes: int,
    on_value: float = 1.0,
    off_value: float = 0.0,
    outputs_collections: Any = None,
    scope: Any = None,
) -> Any:
    """Encodes whole numbers as one-hot vectors; see `tf.one_hot`."""
    with tf.name_scope(scope, "OneHotEncoding", [labels, num_classes]) as sc:
        labels = tf.convert_to_tensor(labels)
        if labels.dtype == tf.int32:
            labels = tf.to_int64(labels)
        outputs = tf.one_hot(labels, num_classes, on_value=on_value, off_value=off_value)
        return collect_named_outputs(outputs_collections, sc, outputs)


@export("contrib.layers.unit_norm", "contrib.slim.unit_norm")
@add_arg_scope
def unit_norm(inputs: Any, dim: int, epsilon: float = 1e-7, scope: Any = None) -> Any:
    """Scales vectors along an axis to length 1.

    Args:
      inputs: a tensor of known rank.
      dim: the axis.
      epsilon: what to add to the squared length.
      scope: the variable scope.

    Raises:
      ValueError: an unknown rank, or an axis that is not there.
    """
    with tf.variable_scope(scope, "UnitNorm", [inputs]):
        if inputs.get_shape().ndims is None:
            raise ValueError("The input rank must be known.")
        rank = len(inputs.get_shape())
        if dim < 0 or dim >= rank:
            raise ValueError("dim must be positive but smaller than the input rank.")
        lengths = tf.sqrt(epsilon + tf.reduce_sum(tf.square(inputs), dim, True))
        multiples = [tf.ones([dim], tf.int32)] if dim > 0 else []
        multiples.append(tf.strided_slice(tf.shape(inputs), [dim], [dim + 1]))
        if dim < rank - 1:
            multiples.append(tf.ones([rank - 1 - dim], tf.int32))
        return tf.div(inputs, tf.tile(lengths, tf.concat(multiples, 0)))


@export("contrib.layers.maxout", "contrib.slim.maxout")
@add_arg_scope
def maxout(inputs: Any, num_units: int, axis: int = -1, scope: Any = None) -> Any:
    """Takes the greatest of each group of features (Goodfellow et al., arXiv:1302.4389).

    Args:
      inputs: a tensor.
      num_units: the number of groups.
      axis: the axis of the features.
      scope: the variable scope.

    Raises:
      ValueError: the features cannot be shared out evenly.
    """
    with tf.variable_scope(scope, "MaxOut", [inputs]):
        inputs = tf.convert_to_tensor(inputs)
        shape = inputs.get_shape().as_list()
        features = shape[axis]
        if features % num_units:
            raise ValueError(f"number of features({features}) is not a multiple of num_units({num_units})")
        shape[axis] = num_units
        shape += [features // num_units]
        sizes = [tf.shape(inputs)[i] if size is None else size for i, size in enumerate(shape)]
        return tf.reduce_max(tf.reshape(inputs, sizes), -1, keepdims=False)


@export("contrib.layers.dense_to_sparse", "contrib.slim.dense_to_sparse")
@add_arg_scope
def dense_to_sparse(tensor: Any, eos_token: Any = 0, outputs_collections: Any = None, scope: Any = None) -> Any:
    """Returns a SparseTensor of the elements that are not `eos_token`."""
    with tf.variable_scope(scope, "dense_to_sparse", [tensor]) as sc:
        tensor = tf.convert_to_tensor(tensor)
        indices = tf.where(tf.not_equal(tensor, tf.constant(eos_token, tensor.dtype)))
        values = tf.gather_nd(tensor, indices)
        outputs = tf.SparseTensor(indices, values, tf.shape(tensor, out_type=tf.int64))
        return collect_named_outputs(outputs_collections, sc.name, outputs)


def _layer_name(layer: Any, default: str) -> str:
    named = layer if hasattr(layer, "__name__") else getattr(layer, "func", None)
    return str(getattr(named, "__name__", default))


@export("contrib.layers.repeat", "contrib.slim.repeat")
def repeat(inputs: Any, repetitions: int, layer: Any, *args: Any, **kwargs: Any) -> Any:
    """Calls a layer on the inputs, again on its outputs, and so on.

    Args:
      inputs: a tensor.
      repetitions: how often.
      layer: a function with an argument `scope`.
      *args: its arguments.
      **kwargs: its arguments; `scope` is the variable scope, and what the scopes of the calls are called.
    """
    scope = kwargs.pop("scope", None)
    with tf.variable_scope(scope, "Repeat", [inputs]):
        outputs = tf.convert_to_tensor(inputs)
        name = _layer_name(layer, "repeat") if scope is None else scope
        for i in range(repetitions):
            outputs = layer(outputs, *args, **{**kwargs, "scope": f"{name}_{i + 1}"})
        return outputs


@export("contrib.layers.stack", "contrib.slim.stack")
def stack(inputs: Any, layer: Any, stack_args: Any, **kwargs: Any) -> Any:
    """Calls a layer on the inputs, again on its outputs, and so on, each time with other arguments.

    Args:
      inputs: a tensor.
      layer: a function with an argument `scope`.
      stack_args: the arguments of each call: a value, or a list of them.
      **kwargs: arguments of all calls; `scope` is the variable scope, and what the scopes of the calls are called.

    Raises:
      ValueError: `stack_args` is no list.

    >>> with tf.Graph().as_default():
    ...     tf.contrib.layers.stack(tf.ones([1, 2]), tf.contrib.layers.fully_connected, [4, 3]).name
    'Stack/fully_connected_2/Relu:0'
    """
    scope = kwargs.pop("scope", None)
    if not isinstance(stack_args, list | tuple):
        raise ValueError("stack_args need to be a list or tuple")
    with tf.variable_scope(scope, "Stack", [inputs]):
        outputs = tf.convert_to_tensor(inputs)
        name = _layer_name(layer, "stack") if scope is None else scope
        for i, args in enumerate(stack_args):
            args = args if isinstance(args, list | tuple) else [args]
            outputs = layer(outputs, *args, **{**kwargs, "scope": f"{name}_{i + 1}"})
        return outputs
