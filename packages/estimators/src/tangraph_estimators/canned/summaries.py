"""The summaries of canned estimators: how much of weights and activations is zero."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tangraph as tf


def add_layer_summary(value: Any, tag: str) -> None:
    """Summarizes the activations of a layer."""
    tf.summary.scalar(f"{tag}/fraction_of_zero_values", tf.nn.zero_fraction(value))
    tf.summary.histogram(f"{tag}/activation", value)


def fraction_of_zero(variables: Sequence[Any]) -> Any:
    """Returns which fraction of the elements of variables is zero, over all of them."""
    with tf.name_scope("zero_fraction"):
        with tf.name_scope("total_size"):
            sizes = [tf.size(variable, out_type=tf.int64) for variable in variables]
            total_size = tf.add_n(sizes)
        with tf.name_scope("total_zero"):
            total_zero = tf.add_n([_zeros(v, size) for v, size in zip(variables, sizes, strict=True)])
        with tf.name_scope("compute"):
            fraction = total_zero / tf.cast(total_size, dtype=tf.float32, name="float32_size")
        return tf.identity(fraction, name="zero_fraction_or_nan")


def _zeros(variable: Any, size: Any) -> Any:
    """Returns how many elements are zero, as a float."""
    return tf.cond(
        tf.equal(size, tf.constant(0, dtype=tf.int64)),
        true_fn=lambda: tf.constant(0, dtype=tf.float32),
        false_fn=lambda: tf.nn.zero_fraction(variable) * tf.to_float(size),
        name="zero_count",
    )
