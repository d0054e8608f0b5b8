"""Summaries of layers."""

from __future__ import annotations

import functools
import re
from typing import Any

import tangraph as tf
from tangraph.export import export


def _scalar(tensor: Any, tag: str | None = None) -> Any:
    tensor.get_shape().assert_has_rank(0)
    return tf.summary.scalar(tag or f"{tensor.op.name}_summary", tensor)


def _histogram(tensor: Any, tag: str | None = None) -> Any:
    return tf.summary.histogram(tag or f"{tensor.op.name}_summary", tensor)


@export("contrib.layers.summarize_activation", "contrib.slim.summarize_activation")
def summarize_activation(op: Any) -> Any:
    """Adds summaries of an activation: a histogram, and for ReLUs how many are at their bounds."""
    source = op.op
    if source.type in {"Relu", "Softplus", "Relu6"}:
        below = tf.less(source.inputs[0], tf.cast(0.0, source.inputs[0].dtype))
        _scalar(tf.reduce_mean(tf.to_float(below)), f"{source.name}/zeros")
    if source.type == "Relu6":
        above = tf.greater(source.inputs[0], tf.cast(6.0, source.inputs[0].dtype))
        _scalar(tf.reduce_mean(tf.to_float(above)), f"{source.name}/sixes")
    return _histogram(op, f"{source.name}/activation")


@export("contrib.layers.summarize_tensor", "contrib.slim.summarize_tensor")
def summarize_tensor(tensor: Any, tag: str | None = None) -> Any:
    """Adds a summary of a tensor: its value for a scalar, else a histogram; none of strings and bools."""
    if tensor.dtype.is_compatible_with(tf.string) or tensor.dtype.base_dtype == tf.bool:
        return None
    return _scalar(tensor, tag) if tensor.get_shape().ndims == 0 else _histogram(tensor, tag)


@export("contrib.layers.summarize_tensors", "contrib.slim.summarize_tensors")
def summarize_tensors(tensors: Any, summarizer: Any = summarize_tensor) -> list[Any]:
    """Adds summaries of several tensors."""
    return [summarizer(tensor) for tensor in tensors]


@export("contrib.layers.summarize_collection", "contrib.slim.summarize_collection")
def summarize_collection(collection: Any, name_filter: str | None = None, summarizer: Any = summarize_tensor) -> Any:
    """Adds summaries of the tensors of a collection whose operations' names match a regular expression."""
    found = [t for t in tf.get_collection(collection) if name_filter is None or re.match(name_filter, t.op.name)]
    return summarize_tensors(found, summarizer)


@export("contrib.layers.summarize_activations", "contrib.slim.summarize_activations")
def summarize_activations(name_filter: str | None = None, summarizer: Any = summarize_activation) -> Any:
    """Adds summaries of the activations in the collection ACTIVATIONS."""
    return summarize_collection(tf.GraphKeys.ACTIVATIONS, name_filter, summarizer)


summarize_variables = functools.partial(summarize_collection, tf.GraphKeys.GLOBAL_VARIABLES)
summarize_weights = functools.partial(summarize_collection, tf.GraphKeys.WEIGHTS)
summarize_biases = functools.partial(summarize_collection, tf.GraphKeys.BIASES)

__tf_values__ = {
    "contrib.slim.summarize_variables": summarize_variables,
    "contrib.slim.summarize_weights": summarize_weights,
    "contrib.slim.summarize_biases": summarize_biases,
}
