"""Columns of numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import tangraph as tf
from tangraph.export import export
from tangraph_estimators.feature_columns.bridges import NewDense, OldDense
from tangraph_estimators.feature_columns.checks import (
    check_key,
    check_normalizer,
    check_number_type,
    checked_default,
    checked_shape,
)
from tangraph_estimators.feature_columns.sources import Generation, Source


class _Fields(NamedTuple):
    key: str
    shape: tuple[int, ...]
    default_value: Any
    dtype: Any
    normalizer_fn: Callable[[Any], Any] | None


class _Numeric(_Fields):
    @property
    def _title(self) -> str:
        return self.key

    def _spec(self, generation: Generation) -> dict[str, Any]:
        del generation
        return {self.key: tf.FixedLenFeature(self.shape, self.dtype, self.default_value)}

    def _made(self, source: Source) -> Any:
        tensor = source.get(self.key)
        if isinstance(tensor, tf.SparseTensor):
            raise ValueError(
                "The corresponding Tensor of numerical column must be a Tensor. SparseTensor is not supported. "
                f"key: {self.key}"
            )
        if self.normalizer_fn is not None:
            tensor = self.normalizer_fn(tensor)
        return tf.cast(tensor, tf.float32)

    def _shape(self, generation: Generation) -> Any:
        del generation
        return self.shape

    def _dense(self, source: Source) -> Any:
        return source.get(self)


class NumericColumn(NewDense, OldDense, _Numeric):
    """See `tf.feature_column.numeric_column`."""

    @property
    def parents(self) -> list[Any]:
        """The key."""
        return [self.key]


class _NumericColumn(OldDense, _Numeric):
    """A NumericColumn of the older generation."""


@export("feature_column.numeric_column")
def numeric_column(
    key: str,
    shape: Any = (1,),
    default_value: Any = None,
    dtype: Any = tf.float32,
    normalizer_fn: Callable[[Any], Any] | None = None,
) -> NumericColumn:
    """Makes a column of numbers, which come out as float32.

    Args:
      key: the feature's key.
      shape: an example's shape, a number or a sequence of numbers.
      default_value: what parsed examples have that lack the feature: a number, or numbers in the column's shape.
      dtype: the feature's type in examples, an integer or floating type.
      normalizer_fn: what is done to the feature before it becomes float32, a function from a tensor to a tensor.

    Raises:
      TypeError: a dimension is no integer; a default value of another type; a normalizer that cannot be called.
      ValueError: a dimension below 1; a default value of another shape; a type that is no number's.

    >>> age = tf.feature_column.numeric_column("age", normalizer_fn=lambda x: x / 10.0)
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.feature_column.input_layer({"age": [20.0, 35.0]}, [age])).tolist()
    [[2.0], [3.5]]
    """
    return NumericColumn(*_checked(key, shape, default_value, dtype, normalizer_fn))


def _numeric_column(
    key: str, shape: Any = (1,), default_value: Any = None, dtype: Any = tf.float32, normalizer_fn: Any = None
) -> _NumericColumn:
    """Makes a numeric column of the older generation."""
    return _NumericColumn(*_checked(key, shape, default_value, dtype, normalizer_fn))


def _checked(key: Any, shape: Any, default_value: Any, dtype: Any, normalizer_fn: Any) -> _Fields:
    shape = checked_shape(shape, key)
    check_number_type(dtype, key)
    default_value = checked_default(shape, default_value, dtype, key)
    check_normalizer(normalizer_fn)
    check_key(key)
    return _Fields(key, shape, default_value, dtype, normalizer_fn)
