"""Lists of columns, checked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tangraph_estimators.feature_columns.interface import FeatureColumn, _FeatureColumn


def normalized(feature_columns: Any, column_type: type = _FeatureColumn) -> list[Any]:
    """Returns columns as a list, in the order given.

    Args:
      feature_columns: a column, or an iterable of columns.
      column_type: `_FeatureColumn` or `FeatureColumn`.

    Raises:
      ValueError: none, a dictionary, something else than columns, or two of the same name.
    """
    if isinstance(feature_columns, column_type):
        feature_columns = [feature_columns]
    if isinstance(feature_columns, Iterator):
        feature_columns = list(feature_columns)
    if isinstance(feature_columns, dict):
        raise ValueError("Expected feature_columns to be iterable, found dict.")
    for column in feature_columns:
        if not isinstance(column, column_type):
            raise ValueError(
                f"Items of feature_columns must be a {column_type.__name__}. Given (type {type(column)}): {column}."
            )
    if not feature_columns:
        raise ValueError("feature_columns must not be empty.")
    by_name: dict[str, Any] = {}
    for column in feature_columns:
        if column.name in by_name:
            raise ValueError(
                f"Duplicate feature column name found for columns: {column} and {by_name[column.name]}. This usually "
                "means that these columns refer to same base feature. Either one must be discarded or a duplicated "
                "but renamed item must be inserted in features dict."
            )
        by_name[column.name] = column
    return list(feature_columns)


def in_order(feature_columns: Any) -> list[Any]:
    """Returns columns of the newer generation, checked, in the order of their names."""
    return by_names(normalized(feature_columns, FeatureColumn))


def by_names(columns: list[Any]) -> list[Any]:
    """Returns columns in the order of their names."""
    return sorted(columns, key=lambda column: column.name)


def check_batch_sizes(tensors: list[Any], columns: list[Any]) -> None:
    """Raises a ValueError when tensors are known to be of different batches."""
    first = None
    for tensor, column in zip(tensors, columns, strict=True):
        size = tensor.shape[0].value
        if size is None:
            continue
        if first is None:
            first = (column, size)
        elif first[1] != size:
            raise ValueError(
                "Batch size (first dimension) of each feature must be same. Batch size of columns "
                f"({first[0].name}, {column.name}): ({first[1]}, {size})"
            )
