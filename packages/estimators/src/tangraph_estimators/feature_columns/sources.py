"""Where a column gets what it is made of: one interface for what the two generations of columns are given."""

from __future__ import annotations

from typing import Any

import tangraph as tf


class OldSource:
    """What functions of the older generation give a column.

    Args:
      inputs: a `_LazyBuilder`.
      weight_collections: the collections of the variables.
      trainable: whether the variables are trained.
    """

    def __init__(self, inputs: Any, weight_collections: Any = None, trainable: Any = None) -> None:
        self._inputs = inputs
        self.weight_collections = weight_collections
        self.trainable = trainable

    def get(self, key: Any) -> Any:
        """Returns a feature, or what a column makes of the features."""
        return self._inputs.get(key)

    def made(self, column: Any) -> Any:
        """Returns what a column makes of the features, made anew."""
        return column._transform_feature(self._inputs)

    def ids(self, column: Any) -> Any:
        """Returns the IdWeightPair of a categorical column."""
        return column._get_sparse_tensors(
            self._inputs, weight_collections=self.weight_collections, trainable=self.trainable
        )

    def embedding(self, column: Any) -> Any:
        """Returns the variable of an embedding column, in the current variable scope."""
        collections = self.weight_collections
        if collections and tf.GraphKeys.GLOBAL_VARIABLES not in collections:
            collections.append(tf.GraphKeys.GLOBAL_VARIABLES)
        return tf.get_variable(
            name="embedding_weights",
            shape=(column.categorical_column._num_buckets, column.dimension),
            dtype=tf.float32,
            initializer=column.initializer,
            trainable=column.trainable and self.trainable,
            collections=collections,
        )

    @staticmethod
    def buckets(column: Any) -> int:
        """Returns the number of ids of a categorical column."""
        number: int = column._num_buckets
        return number

    @staticmethod
    def spec(column: Any) -> dict[str, Any]:
        """Returns what a column's examples are parsed by."""
        spec: dict[str, Any] = column._parse_example_spec
        return spec


class NewSource:
    """What layers of the newer generation give a column.

    Args:
      cache: a `FeatureTransformationCache`.
      state_manager: who keeps the variables.
    """

    def __init__(self, cache: Any, state_manager: Any) -> None:
        self._cache = cache
        self.state_manager = state_manager

    def get(self, key: Any) -> Any:
        """Returns a feature, or what a column makes of the features."""
        return self._cache.get(key, self.state_manager)

    def made(self, column: Any) -> Any:
        """Returns what a column makes of the features, made anew."""
        return column.transform_feature(self._cache, self.state_manager)

    def ids(self, column: Any) -> Any:
        """Returns the IdWeightPair of a categorical column."""
        return column.get_sparse_tensors(self._cache, self.state_manager)

    def embedding(self, column: Any) -> Any:
        """Returns the variable of an embedding column."""
        return self.state_manager.get_variable(column, name="embedding_weights")

    @staticmethod
    def buckets(column: Any) -> int:
        """Returns the number of ids of a categorical column."""
        number: int = column.num_buckets
        return number

    @staticmethod
    def spec(column: Any) -> dict[str, Any]:
        """Returns what a column's examples are parsed by."""
        spec: dict[str, Any] = column.parse_example_spec
        return spec


Source = OldSource | NewSource
Generation = type[OldSource] | type[NewSource]
