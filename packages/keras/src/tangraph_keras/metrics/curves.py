"""Metrics of the curve that thresholds make: the area below it, and points on it."""

from __future__ import annotations

from enum import Enum
from typing import Any, Final, Self

import tangraph as tf
from tangraph.export import export
from tangraph_keras.metrics.base import Metric
from tangraph_keras.metrics.confusion import ConfusionMatrix, update_confusion_matrix
from tangraph_layers.engine.settings import epsilon


class _Curve(Metric):
    """Counts all four kinds of predictions at many thresholds."""

    thresholds: list[float]

    def _make_counts(self, count: int) -> None:
        self.true_positives = self._zeros("true_positives", (count,))
        self.true_negatives = self._zeros("true_negatives", (count,))
        self.false_positives = self._zeros("false_positives", (count,))
        self.false_negatives = self._zeros("false_negatives", (count,))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Returns the operation that counts a batch."""
        variables = {
            ConfusionMatrix.TRUE_POSITIVES: self.true_positives,
            ConfusionMatrix.TRUE_NEGATIVES: self.true_negatives,
            ConfusionMatrix.FALSE_POSITIVES: self.false_positives,
            ConfusionMatrix.FALSE_NEGATIVES: self.false_negatives,
        }
        return update_confusion_matrix(
            variables, y_true, y_pred, thresholds=self.thresholds, sample_weight=sample_weight
        )


def _between(count: int) -> list[float]:
    """Returns count - 2 thresholds, equally far from one another, between 0 and 1."""
    return [(i + 1) * 1.0 / (count - 1) for i in range(count - 2)]


class _Point(_Curve):
    def __init__(self, value: float, num_thresholds: int = 200, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name=name, dtype=dtype)
        if num_thresholds <= 0:
            raise ValueError("`num_thresholds` must be > 0.")
        self.value = value
        self.num_thresholds = num_thresholds
        self._make_counts(num_thresholds)
        self.thresholds = [0.5] if num_thresholds == 1 else [0.0, *_between(num_thresholds), 1.0]

    def _nearest(self, shares: Any) -> Any:
        """Returns the index of the threshold at which a share is nearest to the value."""
        return tf.cast(tf.argmin(tf.abs(shares - self.value), axis=0), tf.int32)


@export("keras.metrics.SensitivityAtSpecificity")
class SensitivityAtSpecificity(_Point):
    """The share of positives that are found, at the threshold that finds a share of the negatives.

    Args:
      specificity: the share of negatives, between 0 and 1.
      num_thresholds: how many thresholds are tried.
      name: the metric's name.
      dtype: the element type.

    Raises:
      ValueError: an argument out of its range.
    """

    def __init__(
        self, specificity: float, num_thresholds: int = 200, name: str | None = None, dtype: Any = None
    ) -> None:
        if specificity < 0 or specificity > 1:
            raise ValueError("`specificity` must be in the range [0, 1].")
        super().__init__(specificity, num_thresholds=num_thresholds, name=name, dtype=dtype)
        self.specificity = specificity

    def result(self) -> Any:
        """Returns the share."""
        at = self._nearest(tf.div_no_nan(self.true_negatives, self.true_negatives + self.false_positives))
        return tf.div_no_nan(self.true_positives[at], self.true_positives[at] + self.false_negatives[at])

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {**super().get_config(), "num_thresholds": self.num_thresholds, "specificity": self.specificity}


@export("keras.metrics.SpecificityAtSensitivity")
class SpecificityAtSensitivity(_Point):
    """The share of negatives that are found, at the threshold that finds a share of the positives.

    Args:
      sensitivity: the share of positives, between 0 and 1.
      num_thresholds: how many thresholds are tried.
      name: the metric's name.
      dtype: the element type.

    Raises:
      ValueError: an argument out of its range.
    """

    def __init__(
        self, sensitivity: float, num_thresholds: int = 200, name: str | None = None, dtype: Any = None
    ) -> None:
        if sensitivity < 0 or sensitivity > 1:
            raise ValueError("`sensitivity` must be in the range [0, 1].")
        super().__init__(sensitivity, num_thresholds=num_thresholds, name=name, dtype=dtype)
        self.sensitivity = sensitivity

    def result(self) -> Any:
        """Returns the share."""
        at = self._nearest(tf.div_no_nan(self.true_positives, self.true_positives + self.false_negatives))
        return tf.div_no_nan(self.true_negatives[at], self.true_negatives[at] + self.false_positives[at])

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {**super().get_config(), "num_thresholds": self.num_thresholds, "sensitivity": self.sensitivity}


_WHAT: Final = {"AUCCurve": "curve", "AUCSummationMethod": "summation method"}


class _Word(Enum):
    @classmethod
    def from_str(cls, key: Any) -> Self:
        """Returns the member of a name.

        Raises:
          ValueError: there is none.
        """
        for member in cls:
            if key is member or key in {member.value, member.value.lower(), member.value.capitalize()}:
                return member
        raise ValueError(f'Invalid AUC {_WHAT[cls.__name__]} value "{key}".')


class AUCCurve(_Word):
    """The curve under which the area is."""

    ROC = "ROC"
    PR = "PR"


class AUCSummationMethod(_Word):
    """How the area between two thresholds is taken."""

    INTERPOLATION = "interpolation"
    MAJORING = "majoring"
    MINORING = "minoring"


@export("keras.metrics.AUC")
class AUC(_Curve):
    """The area below a curve of two shares, approximated at thresholds.

    Args:
      num_thresholds: how many thresholds there are.
      curve: "ROC", for the positives that are found over the negatives that are taken for such; "PR", for precision over
        recall.
      summation_method: "interpolation"; "minoring" or "majoring", which take the lower or upper end of each piece.
      name: the metric's name.
      dtype: the element type.
      thresholds: the thresholds between 0 and 1 themselves, instead of `num_thresholds`.

    Raises:
      ValueError: an unknown word, too few thresholds.
    """

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: Any = "ROC",
        summation_method: Any = "interpolation",
        name: str | None = None,
        dtype: Any = None,
        thresholds: Any = None,
    ) -> None:
        if thresholds is not None:
            num_thresholds = len(thresholds) + 2
            thresholds = sorted(thresholds)
        elif num_thresholds <= 1:
            raise ValueError("`num_thresholds` must be > 1.")
        else:
            thresholds = _between(num_thresholds)
        curve, summation_method = AUCCurve.from_str(curve), AUCSummationMethod.from_str(summation_method)
        super().__init__(name=name, dtype=dtype)
        self.num_thresholds = num_thresholds
        self.thresholds = [0.0 - epsilon(), *thresholds, 1.0 + epsilon()]
        self.curve = curve
        self.summation_method = summation_method
        self._make_counts(num_thresholds)

    def result(self) -> Any:
        """Returns the area."""
        if self.curve is AUCCurve.PR and self.summation_method is AUCSummationMethod.INTERPOLATION:
            return self.interpolate_pr_auc()
        recall = tf.div_no_nan(self.true_positives, self.true_positives + self.false_negatives)
        if self.curve is AUCCurve.ROC:
            x, y = tf.div_no_nan(self.false_positives, self.false_positives + self.true_negatives), recall
        else:
            x, y = recall, tf.div_no_nan(self.true_positives, self.true_positives + self.false_positives)
        last = self.num_thresholds - 1
        if self.summation_method is AUCSummationMethod.INTERPOLATION:
            heights = (y[:last] + y[1:]) / 2.0
        elif self.summation_method is AUCSummationMethod.MINORING:
            heights = tf.minimum(y[:last], y[1:])
        else:
            heights = tf.maximum(y[:last], y[1:])
        return tf.reduce_sum(tf.multiply(x[:last] - x[1:], heights), name=self.name)

    def interpolate_pr_auc(self) -> Any:
        """Returns the area below the curve of precision and recall, interpolated (Davis and Goadrich, 2006)."""
        last = self.num_thresholds - 1
        more = self.true_positives[:last] - self.true_positives[1:]
        positives = self.true_positives + self.false_positives
        more_positives = positives[:last] - positives[1:]
        slope = tf.div_no_nan(more, tf.maximum(more_positives, 0), name="prec_slope")
        intercept = self.true_positives[1:] - tf.multiply(slope, positives[1:])
        ratio = tf.where(
            tf.logical_and(positives[:last] > 0, positives[1:] > 0),
            tf.div_no_nan(positives[:last], tf.maximum(positives[1:], 0), name="recall_relative_ratio"),
            tf.ones_like(positives[1:]),
        )
        pieces = tf.div_no_nan(
            slope * (more + intercept * tf.log(ratio)),
            tf.maximum(self.true_positives[1:] + self.false_negatives[1:], 0),
            name="pr_auc_increment",
        )
        return tf.reduce_sum(pieces, name="interpolate_pr_auc")

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        config = {
            "num_thresholds": self.num_thresholds,
            "curve": self.curve.value,
            "summation_method": self.summation_method.value,
            "thresholds": self.thresholds[1:-1],
        }
        return {**super().get_config(), **config}
