"""The layers of a network of feature columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tangraph as tf
from tangraph_estimators.canned.summaries import add_layer_summary
from tangraph_estimators.feature_columns.dense_features import DenseFeatures
from tangraph_estimators.feature_columns.input_layer import InputLayer
from tangraph_estimators.feature_columns.interface import is_feature_column_v2
from tangraph_estimators.mode_keys import ModeKeys
from tangraph_layers.engine.layer import Layer


class DNNModel(Layer):
    """Columns, hidden layers, and logits.

    Args:
      units: how many logits there are.
      hidden_units: the sizes of the hidden layers.
      feature_columns: the columns.
      activation_fn: the activation of the hidden layers.
      dropout: the rate at which hidden units are dropped in training; None for none.
      input_layer_partitioner: what cuts the variables of the columns.
      batch_norm: whether hidden layers are normalized.
      name: the model's name.
    """

    def __init__(
        self,
        units: int,
        hidden_units: Sequence[int],
        feature_columns: Any,
        activation_fn: Any,
        dropout: float | None,
        input_layer_partitioner: Any,
        batch_norm: bool,
        name: str,
    ) -> None:
        super().__init__(name=name)
        self._input_layer: Any
        if is_feature_column_v2(feature_columns):
            self._input_layer = DenseFeatures(feature_columns=feature_columns, name="input_layer")
        else:
            self._input_layer = InputLayer(feature_columns, name="input_layer", create_scope_now=False)
        self._input_layer_partitioner = input_layer_partitioner
        # For each hidden layer: its name, and the layers that make it up.
        self._hidden: list[tuple[str, Any, Any, Any]] = []
        for number, size in enumerate(hidden_units):
            with tf.variable_scope(f"hiddenlayer_{number}") as scope:
                dense = _dense(size, activation_fn, scope)
                drop = None if dropout is None else tf.layers.Dropout(rate=dropout)
                norm = _batch_norm(f"batchnorm_{number}") if batch_norm else None
                self._hidden.append((scope.name, dense, drop, norm))
        with tf.variable_scope("logits") as scope:
            self._logits_layer = _dense(units, None, scope)
            self._logits_name = scope.name

    def call(self, features: Any, mode: Any) -> Any:
        """Returns the logits, [batch, units], of a dictionary of features."""
        training = mode == ModeKeys.TRAIN
        # The scope outside of this layer's own one.
        with tf.name_scope(tf.get_default_graph().get_name_scope().rpartition("/")[0] + "/"):
            with tf.variable_scope("input_from_feature_columns", partitioner=self._input_layer_partitioner):
                net = self._input_layer(features)
            for name, dense, drop, norm in self._hidden:
                net = dense(net)
                if drop is not None and training:
                    net = drop(net, training=True)
                if norm is not None:
                    net = norm(net, training=training)
                add_layer_summary(net, name)
            logits = self._logits_layer(net)
            add_layer_summary(logits, self._logits_name)
            return logits


def _dense(units: int, activation: Any, scope: Any) -> Any:
    layer = tf.layers.Dense(
        units=units,
        activation=activation,
        kernel_initializer=tf.glorot_uniform_initializer(),
        name=scope.name,
        _scope=scope,
    )
    layer._use_resource_variables = True  # as the layers in a Keras model have them
    return layer


def _batch_norm(name: str) -> Any:
    layer = tf.layers.BatchNormalization(momentum=0.999, trainable=True, name=name, _scope=name)
    layer._use_resource_variables = True
    return layer
