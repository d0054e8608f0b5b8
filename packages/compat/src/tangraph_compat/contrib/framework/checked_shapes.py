"""`tf.contrib.framework`: tensors whose shapes are checked, or made to fit each other."""

from __future__ import annotations

from typing import Any

import numpy as np

import tangraph as tf
from tangraph.export import export


@export("contrib.framework.remove_squeezable_dimensions")
def remove_squeezable_dimensions(predictions: Any, labels: Any, name: str | None = None) -> tuple[Any, Any]:
    """Drops the last axis of the one that has an axis more than the other.

    Args:
      predictions: a tensor.
      labels: a tensor.
      name: the name scope.

    Returns:
      Predictions and labels.
    """
    with tf.name_scope(name, "remove_squeezable_dimensions", [predictions, labels]):
        predictions, labels = tf.convert_to_tensor(predictions), tf.convert_to_tensor(labels)
        shapes = predictions.shape, labels.shape
        ranks = [shape.ndims for shape in shapes]
        if None not in ranks:
            if ranks[0] - ranks[1] == -1:
                labels = tf.squeeze(labels, [-1])
            elif ranks[0] - ranks[1] == 1:
                predictions = tf.squeeze(predictions, [-1])
            return predictions, labels
        difference = tf.rank(predictions) - tf.rank(labels)
        made = []
        for one, shape, more in ((predictions, shapes[0], 1), (labels, shapes[1], -1)):
            if shape.ndims is None or shape.dims[-1].is_compatible_with(1):
                one = tf.cond(tf.equal(more, difference), lambda one=one: tf.squeeze(one, [-1]), lambda one=one: one)
            made.append(one)
        return made[0], made[1]


def _assert_shape(expected: Any, tensor: Any) -> Any:
    """Returns an assertion that a tensor has a shape, in which -1 stands for any size."""
    with tf.name_scope("assert_shape", values=[tensor]) as scope:
        actual = tf.shape(tensor, name="actual")
        if isinstance(expected, tf.TensorShape) and not expected.is_fully_defined():
            expected = [size or -1 for size in expected.as_list()]
        with tf.name_scope("is_shape", values=[tensor]) as is_shape:
            count = tf.size(expected)
            with tf.name_scope("is_rank", values=[tensor]) as is_rank:
                wanted = tf.convert_to_tensor(count, name="expected")
                same_rank = tf.equal(wanted, tf.rank(tensor, name="actual"), name=is_rank)
            with tf.name_scope("shape_tensor_equal", values=[expected, actual]) as equal:
                fits = tf.logical_or(
                    tf.equal(expected, -1), tf.equal(expected, actual, "equal"), name="exclude_partial_shape"
                )
                same = tf.reduce_all(fits, name=equal)
            right = tf.logical_and(same_rank, same, name=is_shape)
        text = f"Wrong shape for {tensor.name} [expected] [actual]."
        return tf.Assert(right, [text, expected, actual], name=scope)


@export("contrib.framework.with_same_shape")
def with_same_shape(expected_tensor: Any, tensor: Any) -> Any:
    """Returns a tensor that is checked to have another's shape; see `with_shape`."""
    with tf.name_scope(f"{tensor.op.name}/", values=[expected_tensor, tensor]):
        shape = expected_tensor.shape
        expected = shape.as_list() if shape.is_fully_defined() else tf.shape(expected_tensor, name="expected_shape")
        return with_shape(expected, tensor)


@export("contrib.framework.with_shape")
def with_shape(expected_shape: Any, tensor: Any) -> Any:
    """Returns a tensor that is checked to have a shape, in the graph where that is not known before.

    Args:
      expected_shape: the shape, a list, an array or a tensor.
      tensor: the tensor.

    Raises:
      ValueError: it has another shape, or `expected_shape` is none.
    """
    if isinstance(tensor, tf.SparseTensor):
        raise ValueError("SparseTensor not supported.")
    dynamic = tf.contrib.framework.is_tensor(expected_shape)
    expected = expected_shape if dynamic else _as_array(expected_shape)
    if dynamic:
        _check_dtype(expected.dtype.base_dtype == tf.int32, expected, tensor)
    elif isinstance(expected, np.ndarray):
        if expected.ndim > 1:
            raise ValueError(f"Invalid rank {expected.ndim} for shape {expected} expected of tensor {tensor.name}.")
        _check_dtype(expected.dtype == np.int32, expected, tensor)
    actual = tensor.shape
    if dynamic or not actual.is_fully_defined():
        with tf.name_scope(f"{tensor.op.name}/", values=[tensor]):
            if not dynamic and len(expected) < 1:
                return tf.reshape(tensor, [])
            with tf.control_dependencies([_assert_shape(expected, tensor)]):
                result = tf.identity(tensor)
            if not dynamic:
                result.set_shape(expected)
            return result
    if actual.is_compatible_with(expected):
        return tensor
    if len(expected) < 1 and actual.is_compatible_with([1]):
        with tf.name_scope(f"{tensor.op.name}/", values=[tensor]):
            return tf.reshape(tensor, [])
    raise ValueError(f"Invalid shape for tensor {tensor.name}, expected {expected}, got {actual}.")


def _as_array(shape: Any) -> Any:
    """Returns a list as an array of int32; other shapes as they are."""
    if not isinstance(shape, list | tuple):
        return shape
    array = np.asarray(shape) if shape else np.asarray([], dtype=np.int32)
    return array.astype(np.int32) if array.dtype == np.int64 else array


def _check_dtype(right: bool, shape: Any, tensor: Any) -> None:
    if not right:
        raise ValueError(f"Invalid dtype {shape.dtype} for shape {shape} expected of tensor {tensor.name}.")
