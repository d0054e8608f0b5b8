"""The layer of a linear model of feature columns of the newer generation."""

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


class LinearModelLayer(Layer):
    """A weighted sum of what columns make of features, plus a bias.

    Args:
      feature_columns: the columns.
      units: how many sums there are.
      sparse_combiner: how the weights of an example with several ids are combined: "sum", "mean" or "sqrtn".
      name: the layer's name.

    Raises:
      ValueError: what is no column, two columns of one name, or no columns.
    """

    def __init__(self, feature_columns: Any, units: int, sparse_combiner: str, name: str) -> None:
        super().__init__(name=name)
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
        """Makes the variables of the columns, their weights, and the bias."""
        zeros = tf.zeros_initializer()
        with scope_of(self.name):
            for column in self._feature_columns:
                with scope_of(column.name):
                    column.create_state(self._state_manager)
                    if isinstance(column, CategoricalColumn):
                        rows = column.num_buckets
                    else:
                        rows = column.variable_shape.num_elements()
                    self._state_manager.create_variable(
                        column, "weights", (rows, self._units), tf.float32, self.trainable, initializer=zeros
                    )
            self.bias = self.add_weight(
                "bias_weights",
                shape=[self._units],
                dtype=tf.float32,
                initializer=zeros,
                trainable=self.trainable,
                use_resource=True,
                getter=tf.get_variable,
            )
        super().build(None)

    def call(self, features: Any) -> Any:  # type: ignore[override]  # the name that the argument has in TensorFlow
        """Returns the sums, [batch, units], of a dictionary of features.

        Raises:
          ValueError: it is none.
        """
        if not isinstance(features, dict):
            raise ValueError(f"We expected a dictionary here. Instead we got: {features}")
        with tf.name_scope(self.name):
            cache = FeatureTransformationCache(features)
            sums = []
            for column in self._feature_columns:
                with tf.name_scope(column.name):
                    sums.append(self._sum_of(column, cache))
            check_batch_sizes(sums, self._feature_columns)
            total = tf.add_n(sums, name="weighted_sum_no_bias")
            return tf.nn.bias_add(total, self.bias, name="weighted_sum")

    def _sum_of(self, column: Any, cache: Any) -> Any:
        weight = self._state_manager.get_variable(column, "weights")
        if isinstance(column, CategoricalColumn):
            pair = column.get_sparse_tensors(cache, self._state_manager)
            return weighted_ids(pair, weight, self._sparse_combiner)
        tensor = column.get_dense_tensor(cache, self._state_manager)
        return weighted_values(tensor, column.variable_shape.num_elements(), weight)


class LinearModel(Layer):
    """The model around the layer, which has the scope that it has in TensorFlow; see LinearModelLayer."""

    def __init__(self, feature_columns: Any, units: int, sparse_combiner: str, name: str) -> None:
        super().__init__(name=name)
        self.layer = LinearModelLayer(feature_columns, units, sparse_combiner, name)

    def call(self, features: Any) -> Any:  # type: ignore[override]  # the name that the argument has in TensorFlow
        """Returns the sums, [batch, units], of a dictionary of features."""
        return self.layer(features)
