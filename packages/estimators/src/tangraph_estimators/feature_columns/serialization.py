"""Columns as dictionaries of plain values, and columns made of these."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph_estimators.feature_columns.interface import FeatureColumn


def serialize_feature_column(column: Any) -> Any:
    """Returns a column's class and fields as a dictionary; a key, which a cross may have for a column, as it is.

    Raises:
      ValueError: neither a key nor a column of the newer generation.
    """
    if isinstance(column, str):
        return column
    if isinstance(column, FeatureColumn):
        return {"class_name": type(column).__name__, "config": column._get_config()}
    raise ValueError(f"Instance: {column} is not a FeatureColumn")


def serialize_feature_columns(feature_columns: Any) -> list[Any]:
    """Returns what `serialize_feature_column` makes of each of some columns."""
    return [serialize_feature_column(column) for column in feature_columns]


def deserialize_feature_column(config: Any, custom_objects: Any = None, columns_by_name: Any = None) -> Any:
    """Makes a column of what `serialize_feature_column` returned.

    Args:
      config: the dictionary, or a key.
      custom_objects: classes and functions by name, besides those of this package.
      columns_by_name: a dictionary of the columns made so far, of which equal ones are made once.

    Raises:
      ValueError: a dictionary of something else; a class or function that nobody knows.
    """
    if isinstance(config, str):
        return config
    if not isinstance(config, dict) or set(config) != {"class_name", "config"}:
        raise ValueError(f"Improper config format: {config}")
    column_type: Any = (custom_objects or {}).get(config["class_name"]) or _column_types().get(config["class_name"])
    if column_type is None:
        raise ValueError(f"Unknown feature_column_v2: {config['class_name']}")
    if not issubclass(column_type, FeatureColumn):
        raise ValueError(f"Expected FeatureColumn class, instead found: {column_type}")
    columns_by_name = {} if columns_by_name is None else columns_by_name
    made = column_type._from_config(config["config"], custom_objects, columns_by_name)
    return columns_by_name.setdefault(f"{column_type.__name__}:{made.name}", made)


def deserialize_feature_columns(configs: Any, custom_objects: Any = None) -> list[Any]:
    """Makes columns of what `serialize_feature_columns` returned; what several of them share is shared again."""
    columns_by_name: dict[str, Any] = {}
    return [deserialize_feature_column(config, custom_objects, columns_by_name) for config in configs]


def _column_types() -> dict[str, type]:
    from tangraph_estimators.feature_columns import newer

    return {name: getattr(newer, name) for name in newer.COLUMN_TYPES}


def config_of(column: Any) -> dict[str, Any]:
    """Returns the fields of a column as plain values."""
    config = column._asdict()
    for field, value in config.items():
        if field in {"source_column", "categorical_column"}:
            config[field] = serialize_feature_column(value)
        elif field == "keys":
            config[field] = tuple(serialize_feature_column(key) for key in value)
        elif field == "dtype":
            config[field] = value.name
        elif field == "initializer":
            config[field] = tf.keras.initializers.serialize(value)
        elif field == "normalizer_fn":
            config[field] = _name_of(value)
    plain: dict[str, Any] = config
    return plain


def from_config(column_type: Any, config: Any, custom_objects: Any, columns_by_name: Any) -> Any:
    """Makes a column of its fields as `config_of` returned them.

    Raises:
      ValueError: other fields than the column has; a function that nobody knows.
    """
    if set(config) != set(column_type._fields):
        raise ValueError(f"Invalid config: {config}, expected keys: {column_type._fields}")
    fields = {field: tuple(value) if isinstance(value, list) else value for field, value in config.items()}
    for field, value in fields.items():
        if field in {"source_column", "categorical_column"}:
            fields[field] = deserialize_feature_column(value, custom_objects, columns_by_name)
        elif field == "keys":
            fields[field] = tuple(deserialize_feature_column(key, custom_objects, columns_by_name) for key in value)
        elif field == "dtype":
            fields[field] = tf.as_dtype(value)
        elif field == "initializer":
            fields[field] = tf.keras.initializers.deserialize(value, custom_objects=custom_objects)
        elif field == "normalizer_fn":
            fields[field] = _function_named(value, custom_objects)
    return column_type(**fields)


def _name_of(function: Any) -> str | None:
    return None if function is None else str(function.__name__)


def _function_named(name: Any, custom_objects: Any) -> Any:
    if name is None or callable(name):
        return name
    found = (custom_objects or {}).get(name)
    if found is None:
        raise ValueError(f"Unknown object: {name}")
    return found
