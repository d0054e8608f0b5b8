"""What `tf.parse_example` is told for the columns and labels of a classifier or regression."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_estimators.feature_columns.numeric import NumericColumn


def _with_label(spec: dict[str, Any], label_key: str, label: Any, weight_column: Any) -> dict[str, Any]:
    if label_key in spec:
        raise ValueError(f"label should not be used as feature. label_key: {label_key}, features: {spec.keys()}")
    spec[label_key] = label
    if weight_column is None:
        return spec
    if isinstance(weight_column, str):
        weight_column = tf.feature_column.numeric_column(weight_column)
    if not isinstance(weight_column, NumericColumn):
        raise ValueError(
            "weight_column should be an instance of tf.feature_column.numeric_column. Given type: "
            f"{type(weight_column)} value: {weight_column}"
        )
    if weight_column.key in spec:
        raise ValueError(
            f"weight_column should not be used as feature. weight_column: {weight_column.key}, features: {spec.keys()}"
        )
    spec.update(weight_column.parse_example_spec)
    return spec


@export("estimator.classifier_parse_example_spec")
def classifier_parse_example_spec(
    feature_columns: Any,
    label_key: str,
    label_dtype: Any = tf.int64,
    label_default: Any = None,
    weight_column: Any = None,
) -> dict[str, Any]:
    """Returns feature -> FixedLenFeature or VarLenFeature for the data of a classifier.

    Args:
      feature_columns: the columns.
      label_key: the feature with the label.
      label_dtype: its type.
      label_default: the label where there is none.
      weight_column: the name of a feature with the weights of examples, a numeric column, or None.

    Raises:
      ValueError: the label or the weight is a feature too.

    >>> import tangraph as tf
    >>> spec = tf.estimator.classifier_parse_example_spec(
    ...     [tf.feature_column.numeric_column("x")], label_key="y"
    ... )
    >>> spec["y"].dtype
    tf.int64
    """
    label = tf.FixedLenFeature((1,), label_dtype, label_default)
    return _with_label(tf.feature_column.make_parse_example_spec(feature_columns), label_key, label, weight_column)


@export("estimator.regressor_parse_example_spec")
def regressor_parse_example_spec(
    feature_columns: Any,
    label_key: str,
    label_dtype: Any = tf.float32,
    label_default: Any = None,
    label_dimension: int = 1,
    weight_column: Any = None,
) -> dict[str, Any]:
    """Returns feature -> FixedLenFeature or VarLenFeature for the data of a regression.

    Args:
      feature_columns: the columns.
      label_key: the feature with the label.
      label_dtype: its type.
      label_default: the label where there is none.
      label_dimension: how many numbers it is.
      weight_column: the name of a feature with the weights of examples, a numeric column, or None.

    Raises:
      ValueError: the label or the weight is a feature too.
    """
    label = tf.FixedLenFeature((label_dimension,), label_dtype, label_default)
    return _with_label(tf.feature_column.make_parse_example_spec(feature_columns), label_key, label, weight_column)
