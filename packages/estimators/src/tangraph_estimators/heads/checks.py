"""What heads check of logits, labels and weights, statically where shapes are known, and in the graph."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph_estimators.arguments import argument_names


def checked_logits(logits: Any, dimension: int) -> Any:
    """Returns logits as floats, [..., dimension].

    Raises:
      ValueError: they are known to have another dimension.
    """
    message = "logits shape must be [D0, D1, ... DN, logits_dimension]"
    with tf.name_scope(None, "logits", (logits,)) as scope:
        logits = tf.to_float(logits)
        shape = tf.shape(logits)
        assert_rank = tf.assert_rank_at_least(logits, 2, data=[shape], message=message)
        with tf.control_dependencies([assert_rank]):
            known = logits.shape
            if known.ndims is not None and known[-1].value is not None:
                if isinstance(dimension, int) and known[-1] != dimension:
                    raise ValueError(f"{message}, got {known}.")
                return logits
            assert_dimension = tf.assert_equal(dimension, shape[-1], data=[shape], message=message)
            with tf.control_dependencies([assert_dimension]):
                return tf.identity(logits, name=scope)


def checked_labels(labels: Any, logits: Any, dimension: int) -> Any:
    """Returns labels as a tensor [..., dimension], with a last axis added where that is missing.

    Raises:
      ValueError: there are none, they are sparse, or they are known to have another dimension.
    """
    if labels is None:
        raise ValueError(
            "You must provide a labels Tensor. Given: None. Suggested troubleshooting steps: Check that your data contain "
            "your label feature. Check that your input_fn properly parses and returns labels."
        )
    with tf.name_scope(None, "labels", (labels, logits)) as scope:
        labels = _dense(labels, dimension)
        ranks = labels.shape.ndims, logits.shape.ndims
        if None not in ranks and ranks[0] == ranks[1] - 1:
            labels = tf.expand_dims(labels, -1)
        labels_shape, logits_shape = tf.shape(labels), tf.shape(logits)
        message = (
            f"labels shape must be [D0, D1, ... DN, {dimension}]. Suggested Fix: check your n_classes argument to the "
            "estimator and/or the shape of your label."
        )
        assert_rank = tf.assert_rank_at_least(labels, 2, message=message)
        with tf.control_dependencies([assert_rank]):
            _check_dimension(labels.shape, dimension)
            expected = tf.concat([logits_shape[:-1], [dimension]], axis=0)
            data = ["expected_labels_shape: ", expected, "labels_shape: ", labels_shape]
            assert_dimension = tf.assert_equal(expected, labels_shape, message=message, data=data)
            with tf.control_dependencies([assert_dimension]):
                return tf.identity(labels, name=scope)


def _dense(labels: Any, dimension: int) -> Any:
    labels = tf.convert_to_tensor_or_sparse_tensor(labels)
    if isinstance(labels, tf.SparseTensor):
        raise ValueError(
            f"SparseTensor labels are not supported. labels must be a Tensor of shape [D0, D1, ..., DN, {dimension}], "
            f"e.g. [batch_size, {dimension}]. Suggested Fix (1): Check the label feature in your data. Each example must "
            f"contain {dimension} value(s). If not, your choice of label was probably incorrect. Suggested Fix (2): In "
            "your input_fn, use tf.sparse_tensor_to_dense() to turn labels into a Tensor."
        )
    return labels


def _check_dimension(shape: Any, dimension: int) -> None:
    if shape.ndims is not None and shape[-1].value is not None and shape[-1] != dimension:
        raise ValueError(
            f"Mismatched label shape. Expected labels dimension={dimension}.  Received {shape[-1]}. Suggested Fix:If your "
            "classifier expects one-hot encoding label,check your n_classes argument to the estimator and/or the shape of "
            "your label. Otherwise, check the shape of your label."
        )


def checked_range(labels: Any, n_classes: int) -> Any:
    """Returns labels, checked in the graph to be numbers of classes."""
    with tf.name_scope(None, "assert_range", (labels,)):
        top = tf.convert_to_tensor(n_classes - 1, dtype=labels.dtype)
        assert_less = tf.assert_less_equal(labels, top, message="Labels must <= n_classes - 1")
        assert_greater = tf.assert_non_negative(labels, message="Labels must >= 0")
        with tf.control_dependencies((assert_less, assert_greater)):
            return tf.identity(labels)


def check_reduction(loss_reduction: str) -> None:
    """Raises ValueError unless losses become one number."""
    if loss_reduction not in tf.losses.Reduction.all() or loss_reduction == tf.losses.Reduction.NONE:
        raise ValueError(f"Invalid loss_reduction: {loss_reduction}")


def check_loss_fn(loss_fn: Any) -> None:
    """Raises ValueError unless a loss function takes labels and logits, and nothing besides but features."""
    names = argument_names(loss_fn)
    for name in ("labels", "logits"):
        if name not in names:
            raise ValueError(f"loss_fn must contain argument: {name}. Given arguments: {names}")
    unknown = [name for name in names if name not in {"labels", "logits", "features"}]
    if unknown:
        raise ValueError(f"loss_fn has unexpected args: {unknown}")


def call_loss_fn(loss_fn: Any, labels: Any, logits: Any, features: Any, dimension: int = 1) -> Any:
    """Returns what a loss function makes of a batch, checked in the graph to be [..., dimension]."""
    kwargs = {"features": features} if "features" in argument_names(loss_fn) else {}
    with tf.name_scope(None, "call_loss_fn", values=[labels, logits, *features.values()]):
        loss = loss_fn(labels=labels, logits=logits, **kwargs)
        logits_shape = tf.shape(logits, name="logits_shape")
        expected = tf.concat([logits_shape[:-1], [dimension]], axis=0, name="expected_loss_shape")
        loss_shape = tf.shape(loss, name="loss_shape")
        check = tf.Assert(
            tf.reduce_all(tf.equal(loss_shape, expected)),
            data=[
                f"loss_fn must return Tensor of shape [D0, D1, ... DN, {dimension}]. ",
                "logits_shape: ",
                logits_shape,
                "loss_shape: ",
                loss_shape,
            ],
            name="check_loss_shape",
        )
        with tf.control_dependencies([check]):
            return tf.identity(loss)
