"""What examples are parsed by, for the columns that they are to feed."""

from __future__ import annotations

from typing import Any

from tangraph.export import export
from tangraph_estimators.feature_columns.interface import FeatureColumn, _FeatureColumn


@export("feature_column.make_parse_example_spec")
def make_parse_example_spec(feature_columns: Any) -> dict[str, Any]:
    """Returns the features of `tf.parse_example` that columns need.

    Args:
      feature_columns: columns of any kind.

    Returns:
      A dictionary from keys to `tf.FixedLenFeature` and `tf.VarLenFeature`.

    Raises:
      ValueError: something else than columns; columns that read the same feature in different ways.

    >>> import tangraph as tf
    >>> age = tf.feature_column.numeric_column("age")
    >>> word = tf.feature_column.categorical_column_with_hash_bucket("word", 10)
    >>> spec = tf.feature_column.make_parse_example_spec([age, word])
    >>> spec["age"].shape, spec["word"]
    ((1,), VarLenFeature(dtype=tf.string))
    """
    return _together(feature_columns, _FeatureColumn, lambda column: column._parse_example_spec)


@export("compat.v2.feature_column.make_parse_example_spec")
def make_parse_example_spec_v2(feature_columns: Any) -> dict[str, Any]:
    """As `tf.feature_column.make_parse_example_spec`, for columns of the newer generation."""
    return _together(feature_columns, FeatureColumn, lambda column: column.parse_example_spec)


def _together(feature_columns: Any, column_type: type, spec_of: Any) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for column in feature_columns:
        if not isinstance(column, column_type):
            raise ValueError(f"All feature_columns must be {column_type.__name__} instances. Given: {column}")
        spec = spec_of(column)
        for key, value in spec.items():
            if key in result and value != result[key]:
                raise ValueError(
                    f"feature_columns contain different parse_spec for key {key}. Given {value} and {result[key]}"
                )
        result.update(spec)
    return result
