"""The confusion matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.make_op import make_op
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor


def remove_squeezable_dimensions(
    labels: Any, predictions: Any, expected_rank_diff: int = 0, name: str | None = None
) -> tuple[Tensor, Tensor]:
    """Drops the last axis of labels or predictions when it has size 1 and the other does not have it.

    Args:
      labels: a tensor.
      predictions: a tensor.
      expected_rank_diff: rank(predictions) - rank(labels) as it should be.
      name: the name scope.

    Returns:
      Labels and predictions.

    Raises:
      ValueError: the ranks say that an axis is to go, and its size is not 1.
    """
    from tangraph.ops.array.reshape import squeeze
    from tangraph.ops.array.shape import rank
    from tangraph.ops.control_flow.cond import cond
    from tangraph.ops.math.comparison import equal

    with name_scope(name, "remove_squeezable_dimensions", [labels, predictions]):
        predictions = convert_to_tensor(predictions)
        labels = convert_to_tensor(labels)
        predictions_shape, labels_shape = predictions.raw_shape, labels.raw_shape
        if predictions_shape is not None and labels_shape is not None:
            difference = len(predictions_shape) - len(labels_shape)
            if difference == expected_rank_diff + 1:
                predictions = squeeze(predictions, [-1])
            elif difference == expected_rank_diff - 1:
                labels = squeeze(labels, [-1])
            return labels, predictions
        rank_diff = rank(predictions) - rank(labels)
        if predictions_shape is None or _may_be_one(predictions_shape):
            given = predictions
            predictions = cond(equal(expected_rank_diff + 1, rank_diff), lambda: squeeze(given, [-1]), lambda: given)
        if labels_shape is None or _may_be_one(labels_shape):
            given_labels = labels
            labels = cond(
                equal(expected_rank_diff - 1, rank_diff), lambda: squeeze(given_labels, [-1]), lambda: given_labels
            )
        return labels, predictions


def _may_be_one(shape: tuple[int | None, ...]) -> bool:
    """Whether the last axis may have size 1."""
    return bool(shape) and shape[-1] in (None, 1)


@export("math.confusion_matrix", "confusion_matrix")
def confusion_matrix(
    labels: Any,
    predictions: Any,
    num_classes: Any = None,
    dtype: Any = dtypes.int32,
    name: str | None = None,
    weights: Any = None,
) -> Tensor:
    """Returns how often each label was predicted as each class.

    Args:
      labels: a vector of whole numbers, the true classes.
      predictions: a vector of the same length, the predicted classes.
      num_classes: how many classes there are; the greatest number + 1 when None.
      dtype: the type of the result.
      name: the name scope.
      weights: what each prediction counts; 1 when None.

    Returns:
      A matrix of shape [num_classes, num_classes]: a row for each label, a column for each prediction.

    Raises:
      InvalidArgumentError: (when run) a number is negative or not below `num_classes`.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.confusion_matrix([1, 2, 1], [1, 0, 1]))
    array([[0, 0, 0],
           [0, 2, 0],
           [1, 0, 0]], dtype=int32)
    """
    from tangraph.framework.sparse_tensor import SparseTensor
    from tangraph.ops.array.fill import ones_like, zeros
    from tangraph.ops.array.packing import stack
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.extremes import maximum
    from tangraph.ops.math.reductions import reduce_max

    with name_scope(name, "confusion_matrix", (predictions, labels, num_classes, weights)):
        labels, predictions = remove_squeezable_dimensions(
            convert_to_tensor(labels, name="labels"), convert_to_tensor(predictions, name="predictions")
        )
        predictions = cast(predictions, dtypes.int64)
        labels = cast(labels, dtypes.int64)
        labels = _checked_not_negative(labels, "labels")
        predictions = _checked_not_negative(predictions, "predictions")
        if num_classes is None:
            num_classes = maximum(reduce_max(predictions), reduce_max(labels)) + 1
            num_classes = cast(num_classes, dtypes.int64)
        else:
            bound = cast(num_classes, dtypes.int64)
            labels = _checked_below(labels, bound, "labels")
            predictions = _checked_below(predictions, bound, "predictions")
        if weights is not None:
            weights = convert_to_tensor(weights, name="weights")
            predictions.shape.assert_is_compatible_with(weights.shape)
            weights = cast(weights, dtype)
        shape = stack([num_classes, num_classes])
        indices = stack([labels, predictions], axis=1)
        values = ones_like(predictions, dtype) if weights is None else weights
        sparse = SparseTensor(indices=indices, values=values, dense_shape=cast(shape, dtypes.int64))
        empty = zeros(cast(shape, dtypes.int32), dtype)
        result: Tensor = make_op("SparseTensorDenseAdd", sparse.indices, sparse.values, sparse.dense_shape, empty)
        return result


def _checked_not_negative(values: Tensor, what: str) -> Tensor:
    from tangraph.ops.check_ops import assert_non_negative
    from tangraph.ops.control_flow.grouping import with_dependencies

    check = assert_non_negative(values, message=f"`{what}` contains negative values")
    result: Tensor = with_dependencies([check], values)
    return result


def _checked_below(values: Tensor, bound: Tensor, what: str) -> Tensor:
    from tangraph.ops.check_ops import assert_less
    from tangraph.ops.control_flow.grouping import with_dependencies

    check = assert_less(values, bound, message=f"`{what}` out of bound")
    result: Tensor = with_dependencies([check], values)
    return result
