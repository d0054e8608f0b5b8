"""Metrics that are sums and means."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

import tangraph as tf
from tangraph.export import export
from tangraph.ops.math.confusion import remove_squeezable_dimensions
from tangraph_keras.losses.weighting import squeeze_or_expand_dimensions
from tangraph_keras.metrics.base import Metric
from tangraph_keras.metrics.ragged import flat_values
from tangraph_layers.engine import session
from tangraph_layers.engine.session import get_value
from tangraph_training.weights import broadcast_weights

SUM: Final = "sum"
SUM_OVER_BATCH_SIZE: Final = "sum_over_batch_size"
WEIGHTED_MEAN: Final = "weighted_mean"


class Reduce(Metric):
    """A sum, or a mean.

    Args:
      reduction: "sum"; "weighted_mean", which divides by the sum of the weights; "sum_over_batch_size", which divides by
        the number of values.
      name: the metric's name.
      dtype: the element type.
    """

    def __init__(self, reduction: str, name: str | None, dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.reduction = reduction
        with tf.init_scope():
            self.total = self._zeros("total")
            if reduction != SUM:
                self.count = self._zeros("count")

    def update_state(self, values: Any, sample_weight: Any = None) -> Any:
        """Returns the operation that takes in values.

        Args:
          values: a tensor.
          sample_weight: weights that can be spread over the values; where they cannot, values of more axes are reduced.
        """
        [values], sample_weight = flat_values([values], sample_weight)
        values = tf.cast(values, self._dtype)
        if sample_weight is not None:
            values, sample_weight = self._weights(values, sample_weight)
            values = tf.multiply(values, sample_weight)
        total = tf.reduce_sum(values)
        with tf.control_dependencies([total]):
            update = self.total.assign_add(total)
        if self.reduction == SUM:
            return update
        if self.reduction == WEIGHTED_MEAN and sample_weight is not None:
            count = tf.reduce_sum(sample_weight)
        else:
            count = tf.cast(tf.size(values), self._dtype)
        with tf.control_dependencies([update]):
            return self.count.assign_add(count)

    def _weights(self, values: Any, weight: Any) -> tuple[Any, Any]:
        weight = tf.cast(weight, self._dtype)
        values, _, weight = squeeze_or_expand_dimensions(values, sample_weight=weight)
        reduce = tf.reduce_sum if self.reduction == SUM else tf.reduce_mean
        return spread_weights(values, weight, reduce)

    def result(self) -> Any:
        """Returns the sum or mean."""
        if self.reduction == SUM:
            return tf.identity(self.total)
        return tf.div_no_nan(self.total, self.count)


def spread_weights(values: Any, weight: Any, reduce: Callable[..., Any]) -> tuple[Any, Any]:
    """Returns values, and weights of their shape; values that have more axes than the weights are reduced to these."""
    try:
        weight = broadcast_weights(weight, values)
    except ValueError:
        values = reduce(values, axis=list(range(weight.shape.ndims, values.shape.ndims)))
    return values, weight


@export("keras.metrics.Sum")
class Sum(Reduce):
    """The sum of values.

    Args:
      name: the metric's name.
      dtype: the element type.
    """

    def __init__(self, name: str = "sum", dtype: Any = None) -> None:
        super().__init__(reduction=SUM, name=name, dtype=dtype)


@export("keras.metrics.Mean")
class Mean(Reduce):
    """The weighted mean of values.

    Args:
      name: the metric's name.
      dtype: the element type.
    """

    def __init__(self, name: str | None = "mean", dtype: Any = None) -> None:
        super().__init__(reduction=WEIGHTED_MEAN, name=name, dtype=dtype)


class SumOverBatchSize(Reduce):
    """The weighted sum of values, divided by their number."""

    def __init__(self, name: str | None = "sum_over_batch_size", dtype: Any = None) -> None:
        super().__init__(reduction=SUM_OVER_BATCH_SIZE, name=name, dtype=dtype)


class MeanMetricWrapper(Mean):
    """The mean of what a function of what is true and of predictions returns.

    Args:
      fn: the function.
      name: the metric's name.
      dtype: the element type.
      **kwargs: handed to the function.
    """

    def __init__(self, fn: Callable[..., Any], name: str | None = None, dtype: Any = None, **kwargs: Any) -> None:
        super().__init__(name=name, dtype=dtype)
        self._fn = fn
        self._fn_kwargs = kwargs

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:  # type: ignore[override]
        """Returns the operation that counts a batch."""
        y_true, y_pred = tf.cast(y_true, self._dtype), tf.cast(y_pred, self._dtype)
        [y_true, y_pred], sample_weight = flat_values([y_true, y_pred], sample_weight)
        y_pred, y_true = squeeze_or_expand_dimensions(y_pred, y_true)
        matches = self._fn(y_true, y_pred, **self._fn_kwargs)
        return super().update_state(matches, sample_weight=sample_weight)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments, without the function."""
        return {**super().get_config(), **{key: get_value(value) for key, value in self._fn_kwargs.items()}}


class SumOverBatchSizeMetricWrapper(SumOverBatchSize):
    """The sum of what a function returns, divided by the number of values; see `MeanMetricWrapper`."""

    def __init__(self, fn: Callable[..., Any], name: str | None = None, dtype: Any = None, **kwargs: Any) -> None:
        super().__init__(name=name, dtype=dtype)
        self._fn = fn
        self._fn_kwargs = kwargs

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:  # type: ignore[override]
        """Returns the operation that counts a batch."""
        y_true, y_pred = tf.cast(y_true, self._dtype), tf.cast(y_pred, self._dtype)
        y_pred, y_true = squeeze_or_expand_dimensions(y_pred, y_true)
        return super().update_state(self._fn(y_true, y_pred, **self._fn_kwargs), sample_weight=sample_weight)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments, without the function."""
        return {**super().get_config(), **{key: get_value(value) for key, value in self._fn_kwargs.items()}}


@export("keras.metrics.MeanRelativeError")
class MeanRelativeError(Mean):
    """The mean of absolute errors, divided by given numbers.

    Args:
      normalizer: what to divide the errors by.
      name: the metric's name.
      dtype: the element type.
    """

    def __init__(self, normalizer: Any, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.normalizer = tf.cast(normalizer, self._dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:  # type: ignore[override]
        """Returns the operation that counts a batch."""
        y_true, y_pred = tf.cast(y_true, self._dtype), tf.cast(y_pred, self._dtype)
        [y_pred, y_true], sample_weight = flat_values([y_pred, y_true], sample_weight)
        y_pred, y_true = squeeze_or_expand_dimensions(y_pred, y_true)
        y_pred, self.normalizer = remove_squeezable_dimensions(y_pred, self.normalizer)
        y_pred.shape.assert_is_compatible_with(y_true.shape)
        errors = tf.div_no_nan(tf.abs(y_true - y_pred), self.normalizer)
        return super().update_state(errors, sample_weight=sample_weight)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {**super().get_config(), "normalizer": get_value(self.normalizer)}


@export("keras.metrics.RootMeanSquaredError")
class RootMeanSquaredError(Mean):
    """The square root of the mean square of errors.

    Args:
      name: the metric's name.
      dtype: the element type.
    """

    def __init__(self, name: str = "root_mean_squared_error", dtype: Any = None) -> None:
        super().__init__(name, dtype=dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:  # type: ignore[override]
        """Returns the operation that counts a batch."""
        y_true, y_pred = tf.cast(y_true, self._dtype), tf.cast(y_pred, self._dtype)
        y_pred, y_true = squeeze_or_expand_dimensions(y_pred, y_true)
        return super().update_state(tf.squared_difference(y_pred, y_true), sample_weight=sample_weight)

    def result(self) -> Any:
        """Returns the root."""
        return tf.sqrt(tf.div_no_nan(self.total, self.count))


@export("keras.metrics.MeanTensor")
class MeanTensor(Metric):
    """The mean of tensors of one shape, element by element.

    Args:
      name: the metric's name.
      dtype: the element type.
    """

    def __init__(self, name: str = "mean_tensor", dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self._shape: Any = None
        self._total: Any = None
        self._count: Any = None
        self._built = False

    def _build(self, shape: Any) -> None:
        self._shape = tf.TensorShape(shape)
        self._total = self._zeros("total", shape)
        self._count = self._zeros("count", shape)
        with tf.init_scope():
            # TensorFlow initializes them at once, which adds operations that count for seeds.
            session.initialize_variables(session.current_session())
        self._built = True

    @property
    def total(self) -> Any:
        """The sum; None before the first update."""
        return self._total if self._built else None

    @property
    def count(self) -> Any:
        """The sum of the weights; None before the first update."""
        return self._count if self._built else None

    def update_state(self, values: Any, sample_weight: Any = None) -> Any:
        """Returns the operation that takes in a tensor.

        Raises:
          ValueError: a tensor of another shape than the first one.
        """
        values = tf.cast(values, self._dtype)
        if not self._built:
            self._build(values.shape)
        elif values.shape != self._shape:
            raise ValueError(
                "MeanTensor input values must always have the same shape. Expected shape (set during the first call): "
                f"{self._shape}. Got: {values.shape}"
            )
        count = tf.ones_like(values)
        if sample_weight is not None:
            sample_weight = tf.cast(sample_weight, self._dtype)
            values, _, sample_weight = squeeze_or_expand_dimensions(values, sample_weight=sample_weight)
            values, sample_weight = spread_weights(values, sample_weight, tf.reduce_mean)
            count = tf.multiply(count, sample_weight)
            values = tf.multiply(values, sample_weight)
        update = self._total.assign_add(values)
        with tf.control_dependencies([update]):
            return self._count.assign_add(count)

    def result(self) -> Any:
        """Returns the means.

        Raises:
          ValueError: there was no update.
        """
        if not self._built:
            raise ValueError(
                "MeanTensor does not have any result yet. Please call the MeanTensor instance or use "
                "`.update_state(value)` before retrieving the result."
            )
        return tf.div_no_nan(self.total, self.count)

    def reset_states(self) -> None:
        """Starts to count anew."""
        if self._built:
            session.batch_set_value([(v, np.zeros(self._shape.as_list())) for v in self.variables])
