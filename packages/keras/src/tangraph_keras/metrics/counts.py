"""Right and wrong positives and negatives, counted, and the shares of them."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.metrics.base import Metric
from tangraph_keras.metrics.confusion import NEG_INF, ConfusionMatrix, thresholds_of, update_confusion_matrix


class _Count(Metric):
    """Counts one kind of predictions.

    Args:
      thresholds: above which a probability is a positive: a number, or a list of them; 0.5 when None.
      name: the metric's name.
      dtype: the element type.
    """

    _kind: ConfusionMatrix

    def __init__(self, thresholds: Any = None, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds = thresholds
        self.thresholds = thresholds_of(thresholds)
        self.accumulator = self._zeros("accumulator", (len(self.thresholds),))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Returns the operation that counts a batch."""
        return update_confusion_matrix(
            {self._kind: self.accumulator}, y_true, y_pred, thresholds=self.thresholds, sample_weight=sample_weight
        )

    def result(self) -> Any:
        """Returns the count; a vector of them for several thresholds."""
        found = self.accumulator[0] if len(self.thresholds) == 1 else self.accumulator
        return tf.convert_to_tensor(found)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {**super().get_config(), "thresholds": self.init_thresholds}


@export("keras.metrics.TruePositives")
class TruePositives(_Count):
    """The number of positives that were found; see `FalsePositives`."""

    _kind = ConfusionMatrix.TRUE_POSITIVES


@export("keras.metrics.TrueNegatives")
class TrueNegatives(_Count):
    """The number of negatives that were found; see `FalsePositives`."""

    _kind = ConfusionMatrix.TRUE_NEGATIVES


@export("keras.metrics.FalsePositives")
class FalsePositives(_Count):
    """The number of negatives that were taken for positives.

    Args:
      thresholds: above which a probability is a positive: a number, or a list of them; 0.5 when None.
      name: the metric's name.
      dtype: the element type.
    """

    _kind = ConfusionMatrix.FALSE_POSITIVES


@export("keras.metrics.FalseNegatives")
class FalseNegatives(_Count):
    """The number of positives that were taken for negatives; see `FalsePositives`."""

    _kind = ConfusionMatrix.FALSE_NEGATIVES


class _Share(Metric):
    """The share of right positives in a sum."""

    _wrong: ConfusionMatrix

    def __init__(
        self,
        thresholds: Any = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds = thresholds
        self.top_k = top_k
        self.class_id = class_id
        self.thresholds = thresholds_of(thresholds, default=0.5 if top_k is None else NEG_INF)
        self.true_positives = self._zeros("true_positives", (len(self.thresholds),))
        self._wrong_count = self._zeros(self._wrong.name.lower(), (len(self.thresholds),))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Returns the operation that counts a batch."""
        return update_confusion_matrix(
            {ConfusionMatrix.TRUE_POSITIVES: self.true_positives, self._wrong: self._wrong_count},
            y_true,
            y_pred,
            thresholds=self.thresholds,
            top_k=self.top_k,
            class_id=self.class_id,
            sample_weight=sample_weight,
        )

    def result(self) -> Any:
        """Returns the share; a vector of them for several thresholds."""
        found = tf.div_no_nan(self.true_positives, self.true_positives + self._wrong_count)
        return found[0] if len(self.thresholds) == 1 else found

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        config = {"thresholds": self.init_thresholds, "top_k": self.top_k, "class_id": self.class_id}
        return {**super().get_config(), **config}


@export("keras.metrics.Precision")
class Precision(_Share):
    """The share of right ones among the positives that were found.

    Args:
      thresholds: above which a probability is a positive: a number, or a list of them; 0.5 when None.
      top_k: how many of the largest predictions of an example are looked at; all when None.
      class_id: which class is looked at; all when None.
      name: the metric's name.
      dtype: the element type.
    """

    _wrong = ConfusionMatrix.FALSE_POSITIVES

    @property
    def false_positives(self) -> Any:
        """The variable that counts negatives that were taken for positives."""
        return self._wrong_count


@export("keras.metrics.Recall")
class Recall(_Share):
    """The share of positives that were found; see `Precision` for the arguments."""

    _wrong = ConfusionMatrix.FALSE_NEGATIVES

    @property
    def false_negatives(self) -> Any:
        """The variable that counts positives that were taken for negatives."""
        return self._wrong_count
