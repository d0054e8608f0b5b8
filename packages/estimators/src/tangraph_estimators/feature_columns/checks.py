"""Checks of the arguments that columns are made from."""

from __future__ import annotations

from typing import Any

import tangraph as tf


def checked_shape(shape: Any, key: Any) -> tuple[int, ...]:
    """Returns a shape as a tuple.

    Raises:
      AssertionError: there is none.
      TypeError: a dimension is no integer.
      ValueError: a dimension is below 1.
    """
    if shape is None:
        raise AssertionError(f"shape must not be None. key: {key}")
    checked: tuple[int, ...] = tuple(shape) if tf.nest.is_nested(shape) else (shape,)
    for dimension in checked:
        if not isinstance(dimension, int):
            raise TypeError(f"shape dimensions must be integer. shape: {checked}, key: {key}")
        if dimension < 1:
            raise ValueError(f"shape dimensions must be greater than 0. shape: {checked}, key: {key}")
    return checked


def check_number_type(dtype: Any, key: Any) -> None:
    """Raises a ValueError for a type that is no number's."""
    if not (dtype.is_integer or dtype.is_floating):
        raise ValueError(f"dtype must be convertible to float. dtype: {dtype}, key: {key}")


def check_normalizer(normalizer_fn: Any) -> None:
    """Raises a TypeError for what cannot be called."""
    if normalizer_fn is not None and not callable(normalizer_fn):
        raise TypeError(f"normalizer_fn must be a callable. Given: {normalizer_fn}")


def check_key(key: Any) -> None:
    """Raises a ValueError for a key that is no string."""
    if not isinstance(key, str):
        raise ValueError(f"key must be a string. Got: type {type(key)}. Given key: {key}.")


def check_string_or_int(dtype: Any, prefix: str) -> None:
    """Raises a ValueError for a type that is neither string nor an integer type."""
    if dtype != tf.string and not dtype.is_integer:
        raise ValueError(f"{prefix} dtype must be string or integer. dtype: {dtype}.")


def check_same_kind(key: str, column_dtype: Any, tensor_dtype: Any) -> None:
    """Raises a ValueError unless a feature is of strings where its column is, and of integers where that is."""
    if column_dtype.is_integer != tensor_dtype.is_integer:
        raise ValueError(
            f"Column dtype and SparseTensors dtype must be compatible. key: {key}, column dtype: {column_dtype}, "
            f"tensor dtype: {tensor_dtype}"
        )


def checked_default(shape: tuple[int, ...], default_value: Any, dtype: Any, key: Any) -> Any:
    """Returns a default value as nested tuples of a shape; None for None.

    Raises:
      ValueError: it is of another shape.
      TypeError: it is not of the type.
    """
    if default_value is None:
        return None
    if isinstance(default_value, int) or (isinstance(default_value, float) and dtype.is_floating):
        return _filled(shape, default_value)
    if callable(getattr(default_value, "tolist", None)):
        default_value = default_value.tolist()
    if tf.nest.is_nested(default_value):
        if not _fits(default_value, shape):
            raise ValueError(
                f"The shape of default_value must be equal to given shape. default_value: {default_value}, "
                f"shape: {shape}, key: {key}"
            )
        numbers = tf.nest.flatten(default_value)
        if all(isinstance(x, int) for x in numbers):
            return _as_tuple(default_value)
        if dtype.is_floating and any(isinstance(x, float) for x in numbers):
            return _as_tuple(default_value)
    raise TypeError(
        f"default_value must be compatible with dtype. default_value: {default_value}, dtype: {dtype}, key: {key}"
    )


def _filled(shape: tuple[int, ...], value: Any) -> Any:
    return tuple(_filled(shape[1:], value) for _ in range(shape[0])) if shape else value


def _as_tuple(value: Any) -> Any:
    return tuple(_as_tuple(x) for x in value) if tf.nest.is_nested(value) else value


def _fits(value: Any, shape: tuple[int, ...]) -> bool:
    if tf.nest.is_nested(value) != bool(shape):
        return False
    if not shape:
        return True
    return len(value) == shape[0] and all(_fits(x, shape[1:]) for x in value)
