"""Dense columns as a layer."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_estimators.feature_columns.interface import DenseColumn
from tangraph_estimators.feature_columns.layers import _BaseFeaturesLayer


@export("keras.layers.DenseFeatures")
class DenseFeatures(_BaseFeaturesLayer):
    """What columns make of features, side by side, in the order of the columns' names.

    Args:
      feature_columns: dense columns: numeric, bucketized, indicator and embedding columns.
      trainable: whether variables are trained.
      name: the layer's name; "dense_features" when None.
      **kwargs: see `tf.keras.layers.Layer`.

    The layer is called on a dictionary from keys to tensors or SparseTensors, and returns [batch, sum of the columns'
    sizes] of float32.

    Raises:
      ValueError: a column that is not dense, two columns of one name, or no columns.

    >>> size, price = tf.feature_column.numeric_column("size", 2), tf.feature_column.numeric_column("price")
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     layer = tf.keras.layers.DenseFeatures([size, price])
    ...     session.run(layer({"size": tf.constant([[1.0, 2.0]]), "price": tf.constant([[9.0]])})).tolist()
    [[9.0, 1.0, 2.0]]
    """

    def __init__(self, feature_columns: Any, trainable: bool = True, name: str | None = None, **kwargs: Any) -> None:
        super().__init__(feature_columns, DenseColumn, trainable, name, **kwargs)

    def _target_shape(self, input_shape: Any, total_elements: int) -> Any:
        return (input_shape[0], total_elements)

    def call(self, features: Any, cols_to_output_tensors: dict[Any, Any] | None = None) -> Any:
        """Returns the values, [batch, sum of the columns' sizes].

        Args:
          features: a dictionary from keys to tensors or SparseTensors.
          cols_to_output_tensors: a dictionary that gets the tensor of each column.

        Raises:
          ValueError: `features` is no dictionary, or lacks a feature.
        """
        cache = self._cache(features)
        tensors = []
        for column in self._feature_columns:
            with tf.name_scope(column.name):
                tensor = self._flattened(column, column.get_dense_tensor(cache, self._state_manager))
                if cols_to_output_tensors is not None:
                    cols_to_output_tensors[column] = tensor
                tensors.append(tensor)
        return self._side_by_side(tensors)
