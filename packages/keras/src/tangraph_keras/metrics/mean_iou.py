"""Intersection over union."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.metrics.base import Metric


@export("keras.metrics.MeanIoU")
class MeanIoU(Metric):
    """The mean over classes of intersection over union of what is true and what is predicted.

    Args:
      num_classes: the number of classes.
      name: the metric's name.
      dtype: the element type.
    """

    def __init__(self, num_classes: int, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.num_classes = num_classes
        self.total_cm = self._zeros("total_confusion_matrix", (num_classes, num_classes), tf.float64)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Returns the operation that counts a batch of class numbers."""
        y_true, y_pred = tf.cast(y_true, self._dtype), tf.cast(y_pred, self._dtype)
        y_pred, y_true = _vector(y_pred), _vector(y_true)
        if sample_weight is not None:
            sample_weight = _vector(sample_weight)
        batch = tf.confusion_matrix(y_true, y_pred, self.num_classes, weights=sample_weight, dtype=tf.float64)
        return self.total_cm.assign_add(batch)

    def result(self) -> Any:
        """Returns the mean over the classes that occurred."""
        rows = tf.cast(tf.reduce_sum(self.total_cm, axis=0), dtype=self._dtype)
        columns = tf.cast(tf.reduce_sum(self.total_cm, axis=1), dtype=self._dtype)
        right = tf.cast(tf.diag_part(self.total_cm), dtype=self._dtype)
        union = rows + columns - right
        count = tf.reduce_sum(tf.cast(tf.not_equal(union, 0), dtype=self._dtype))
        shares = tf.div_no_nan(right, union)
        return tf.div_no_nan(tf.reduce_sum(shares, name="mean_iou"), count)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {**super().get_config(), "num_classes": self.num_classes}


def _vector(x: Any) -> Any:
    return tf.reshape(x, [-1]) if x.shape.ndims > 1 else x
