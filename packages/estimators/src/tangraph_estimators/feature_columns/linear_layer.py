"""A linear model of columns of the newer generation, as a layer."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph_estimators.feature_columns.features import FeatureTransformationCache
from tangraph_estimators.feature_columns.interface import CategoricalColumn, DenseColumn
from tangraph_estimators.feature_columns.layers import scope_of
from tangraph_estimators.feature_columns.linear_model import weighted_ids, weighted_values
from tangraph_estimators.feature_columns.normalized import check_batch_sizes, in_order
from tangraph_estimators.feature_columns.state import _StateManagerImpl
from tangraph_layers.engine.layer import Layer


class _LinearModelLayer(Layer):
    """The weights of all columns, and the bias.

    Args:
      feature_columns: columns; categorical ones have a weight for each id.
      units: how many sums there are.
      sparse_combiner: how the weights of an example with several ids are combined: "sum", "mean" or "sqrtn".
      trainable: whether variables are trained.
      name: the layer's name.
      **kwargs: see `tf.keras.layers.Layer`.

    Raises:
      ValueError: what is no column, two columns of one name, or no columns.
    """

    def __init__(
        self,
        feature_columns: Any,
        units: int = 1,
        sparse_combiner: str = "sum",
        trainable: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, trainable=trainable, **kwargs)
        self._feature_columns = in_order(feature_columns)
        for column in self._feature_columns:
            if not isinstance(column, DenseColumn | CategoricalColumn):
                raise ValueError(
                    f"Items of feature_columns must be either a DenseColumn or CategoricalColumn. Given: {column}"
                )
        self._units = units
        self._sparse_combiner = sparse_combiner
        self._state_manager = _StateManagerImpl(self, self.trainable)
        self.bias: Any = None

    def build(self, input_shape: Any) -> None:
        """Makes the variables."""
        del input_shape
        with scope_of(self.name):
            for column in self._feature_columns:
                with scope_of(column.name):
                    self._build_column(column)
            self.bias = self.add_weight(
                name="bias_weights",
                dtype=tf.float32,
                shape=[self._units],
                initializer=tf.zeros_initializer(),
                trainable=self.trainable,
                use_resource=True,
                getter=tf.get_variable,
            )
        super().build(None)

    def _build_column(self, column: Any) -> None:
        column.create_state(self._state_manager)
        categorical = isinstance(column, CategoricalColumn)
        rows = column.num_buckets if categorical else column.variable_shape.num_elements()
        self._state_manager.create_variable(
            column,
            name="weights",
            dtype=tf.float32,
            shape=(rows, self._units),
            initializer=tf.zeros_initializer(),
            trainable=self.trainable,
        )

    def call(self, features: Any) -> Any:
        """Returns the sums, [batch, units].

        Args:
          features: a dictionary from keys to tensors or SparseTensors.

        Raises:
          ValueError: `features` is no dictionary, or lacks a feature.
        """
        if not isinstance(features, dict):
            raise ValueError(f"We expected a dictionary here. Instead we got: {features}")
        with tf.name_scope(self.name):
            cache = FeatureTransformationCache(features)
            sums = []
            for column in self._feature_columns:
                with tf.name_scope(column.name):
                    sums.append(self._weighted(column, cache))
            check_batch_sizes(sums, self._feature_columns)
            return tf.nn.bias_add(tf.add_n(sums, name="weighted_sum_no_bias"), self.bias, name="weighted_sum")

    def _weighted(self, column: Any, cache: FeatureTransformationCache) -> Any:
        weight = self._state_manager.get_variable(column, "weights")
        if isinstance(column, CategoricalColumn):
            pair = column.get_sparse_tensors(cache, self._state_manager)
            return weighted_ids(pair, weight, self._sparse_combiner)
        tensor = column.get_dense_tensor(cache, self._state_manager)
        return weighted_values(tensor, column.variable_shape.num_elements(), weight)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make an equal layer, without its variables."""
        from tangraph_estimators.feature_columns.serialization import serialize_feature_columns

        return {
            **super().get_config(),
            "feature_columns": serialize_feature_columns(self._feature_columns),
            "units": self._units,
            "sparse_combiner": self._sparse_combiner,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Makes a layer from what `get_config` returned."""
        from tangraph_estimators.feature_columns.serialization import deserialize_feature_columns

        columns = deserialize_feature_columns(config["feature_columns"], custom_objects=custom_objects)
        return cls(**{**config, "feature_columns": columns})


class LinearModel(Layer):
    """A layer around `_LinearModelLayer`, with the scopes that TensorFlow's model has.

    Args:
      feature_columns, units, sparse_combiner, trainable, name, **kwargs: see `_LinearModelLayer`.
    """

    def __init__(
        self,
        feature_columns: Any,
        units: int = 1,
        sparse_combiner: str = "sum",
        trainable: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.layer = _LinearModelLayer(feature_columns, units, sparse_combiner, trainable, name=self.name, **kwargs)

    def call(self, features: Any) -> Any:
        """Returns the sums, [batch, units], of a dictionary of features."""
        return self.layer(features)

    @property
    def bias(self) -> Any:
        """The variable of the bias; None before the first call."""
        return self.layer.bias
