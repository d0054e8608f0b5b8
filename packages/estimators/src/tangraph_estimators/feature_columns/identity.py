"""Columns of integers that are ids already."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import tangraph as tf
from tangraph.export import export
from tangraph_estimators.feature_columns.bridges import NewCategorical, OldCategorical
from tangraph_estimators.feature_columns.categorical import FromOneFeature
from tangraph_estimators.feature_columns.checks import check_key
from tangraph_estimators.feature_columns.sources import Generation, Source


class _Fields(NamedTuple):
    key: Any
    number_buckets: int
    default_value: int | None


class _OldFields(NamedTuple):
    key: Any
    num_buckets: int
    default_value: int | None


class _Identity(FromOneFeature):
    dtype = tf.int64
    default_value: Any
    _choose: ClassVar[Callable[..., Any]]

    if TYPE_CHECKING:

        def _buckets(self, generation: Generation) -> int: ...

    def _made(self, source: Source) -> Any:
        tensor = self._sparse(source)
        if not tensor.dtype.is_integer:
            raise ValueError(f"Invalid input, not integer. key: {self.key} dtype: {tensor.dtype}")
        values = tf.cast(tensor.values, tf.int64, name="values")
        number = tf.cast(self._buckets(type(source)), tf.int64, name="num_buckets")
        zero = tf.cast(0, tf.int64, name="zero")
        if self.default_value is None:
            values = self._asserted(values, number, zero)
        else:
            outside = tf.logical_or(values < zero, values >= number, name="out_of_range")
            dims = tf.shape(values)
            defaults = tf.fill(dims, tf.cast(self.default_value, tf.int64), name="default_values")
            values = type(self)._choose(outside, defaults, values)
        return tf.SparseTensor(indices=tensor.indices, values=values, dense_shape=tensor.dense_shape)

    def _asserted(self, values: Any, number: Any, zero: Any) -> Any:
        less = tf.assert_less(
            values,
            number,
            data=(values, number),
            message=f'Bucket index for categorical column "{self.key}" exceeds number of buckets',
            name="assert_less_than_num_buckets",
        )
        greater = tf.assert_greater_equal(
            values,
            zero,
            data=(values,),
            message=f'Negative bucket index for categorical column "{self.key}"',
            name="assert_greater_or_equal_0",
        )
        with tf.control_dependencies((less, greater)):
            return tf.identity(values)


class IdentityCategoricalColumn(NewCategorical, OldCategorical, _Identity, _Fields):
    """See `tf.feature_column.categorical_column_with_identity`."""

    _choose = staticmethod(tf.where_v2)
    parents = _Identity.parents

    def _buckets(self, generation: Generation) -> int:
        del generation
        return self.number_buckets


class _IdentityCategoricalColumn(OldCategorical, _Identity, _OldFields):
    """An IdentityCategoricalColumn of the older generation."""

    _choose = staticmethod(tf.where)

    def _buckets(self, generation: Generation) -> int:
        del generation
        return self.num_buckets


@export("feature_column.categorical_column_with_identity")
def categorical_column_with_identity(
    key: str, num_buckets: int, default_value: int | None = None
) -> IdentityCategoricalColumn:
    """Makes a column of integers that are ids as they are.

    Args:
      key: the feature's key; its type is an integer one. A dense feature's -1 count as missing.
      num_buckets: the number of ids, which are below it.
      default_value: what other ids become; an error when None.

    Raises:
      ValueError: a number of ids below 1; a default value that is no id; a key that is no string.
      tf.errors.InvalidArgumentError: when run, an id outside of the range, if there is no default value.

    >>> day = tf.feature_column.categorical_column_with_identity("day", 3, default_value=0)
    >>> column = tf.feature_column.indicator_column(day)
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.feature_column.input_layer({"day": [[2], [7]]}, [column])).tolist()
    [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """
    _check(key, num_buckets, default_value)
    return IdentityCategoricalColumn(key, num_buckets, default_value)


def _categorical_column_with_identity(
    key: str, num_buckets: int, default_value: int | None = None
) -> _IdentityCategoricalColumn:
    """Makes a column of ids of the older generation."""
    _check(key, num_buckets, default_value)
    return _IdentityCategoricalColumn(key, num_buckets, default_value)


def _check(key: Any, num_buckets: int, default_value: int | None) -> None:
    if num_buckets < 1:
        raise ValueError(f"num_buckets {num_buckets} < 1, column_name {key}")
    if default_value is not None and not 0 <= default_value < num_buckets:
        raise ValueError(f"default_value {default_value} not in range [0, {num_buckets}), column_name {key}")
    check_key(key)
