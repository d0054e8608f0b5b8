"""What layers of columns have in common."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph_estimators.feature_columns.features import FeatureTransformationCache
from tangraph_estimators.feature_columns.normalized import check_batch_sizes, in_order
from tangraph_estimators.feature_columns.state import _StateManagerImpl
from tangraph_layers.engine.layer import Layer


def scope_of(name: str) -> Any:
    """Opens a variable scope and no name scope."""
    return tf.variable_scope(name, auxiliary_name_scope=False)


class _BaseFeaturesLayer(Layer):
    """Columns as a layer, whose call takes a dictionary of features.

    Args:
      feature_columns: the columns.
      expected_column_type: what they all are.
      trainable: whether variables are trained.
      name: the layer's name.
      **kwargs: see `tf.keras.layers.Layer`.

    Raises:
      ValueError: a column of another type, two columns of one name, or no columns.
    """

    _is_feature_layer = True

    def __init__(
        self, feature_columns: Any, expected_column_type: type, trainable: bool, name: str | None, **kwargs: Any
    ) -> None:
        super().__init__(name=name, trainable=trainable, **kwargs)
        self._feature_columns = in_order(feature_columns)
        self._state_manager = _StateManagerImpl(self, self.trainable)
        for column in self._feature_columns:
            if not isinstance(column, expected_column_type):
                raise ValueError(
                    f"Items of feature_columns must be a {expected_column_type}. You can wrap a categorical column "
                    f"with an embedding_column or indicator_column. Given: {column}"
                )

    def build(self, input_shape: Any) -> None:
        """Makes the variables of the columns."""
        del input_shape
        for column in self._feature_columns:
            with scope_of(self.name), scope_of(column.name):
                column.create_state(self._state_manager)
        super().build(None)

    def _target_shape(self, input_shape: Any, total_elements: int) -> Any:
        raise NotImplementedError

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the outputs for a shape of the inputs."""
        elements = sum(column.variable_shape.num_elements() for column in self._feature_columns)
        return self._target_shape(input_shape, elements)

    def _cache(self, features: Any) -> FeatureTransformationCache:
        if not isinstance(features, dict):
            raise ValueError("We expected a dictionary here. Instead we got: ", features)
        return FeatureTransformationCache(features)

    def _flattened(self, column: Any, tensor: Any) -> Any:
        elements = column.variable_shape.num_elements()
        return tf.reshape(tensor, shape=self._target_shape(tf.shape(tensor), elements))

    def _side_by_side(self, tensors: list[Any]) -> Any:
        check_batch_sizes(tensors, self._feature_columns)
        return tf.concat(tensors, -1)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make an equal layer, without its variables."""
        from tangraph_estimators.feature_columns.serialization import serialize_feature_columns

        return {**super().get_config(), "feature_columns": serialize_feature_columns(self._feature_columns)}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Makes a layer from what `get_config` returned."""
        from tangraph_estimators.feature_columns.serialization import deserialize_feature_columns

        columns = deserialize_feature_columns(config["feature_columns"], custom_objects=custom_objects)
        return cls(**{**config, "feature_columns": columns})
