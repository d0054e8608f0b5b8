"""Columns that a program defines itself, of either generation; the numbers are arithmetic."""

from __future__ import annotations

import numpy as np
import pytest

import tangraph as tf
from tangraph_estimators.feature_columns import newer, older


class OldDouble(older._DenseColumn):
    name = "double"
    _parse_example_spec = None
    _variable_shape = tf.TensorShape([2])

    def _transform_feature(self, inputs):
        return inputs.get("a") * 2.0

    def _get_dense_tensor(self, inputs, weight_collections=None, trainable=None):
        shift = tf.get_variable("shift", [2], initializer=tf.ones_initializer(), collections=weight_collections)
        return inputs.get(self) + shift


class NewDouble(newer.DenseColumn):
    name = "double"
    parse_example_spec = None
    variable_shape = tf.TensorShape([2])
    parents = ("a",)
    _is_v2_column = True

    def _get_config(self):
        return {}

    def create_state(self, state_manager):
        state_manager.create_variable(self, "shift", [2], tf.float32, initializer=tf.ones_initializer())

    def transform_feature(self, transformation_cache, state_manager):
        return transformation_cache.get("a", state_manager) * 2.0

    def get_dense_tensor(self, transformation_cache, state_manager):
        return transformation_cache.get(self, state_manager) + state_manager.get_variable(self, "shift")


def computed(tensor):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return session.run(tensor).tolist()


@pytest.fixture
def graph():
    with tf.Graph().as_default() as graph:
        yield graph


@pytest.mark.usefixtures("graph")
class TestOwnColumns:
    def test_older_in_input_layer(self):
        variables = {}
        out = tf.feature_column.input_layer({"a": [[1.0, 2.0]]}, OldDouble(), cols_to_vars=variables)
        assert computed(out) == [[3.0, 5.0]]
        assert [v.name for [v] in variables.values()] == ["input_layer/double/shift:0"]
        assert tf.get_collection(tf.GraphKeys.MODEL_VARIABLES) == tf.global_variables()

    def test_newer_in_dense_features(self):
        layer = tf.keras.layers.DenseFeatures([NewDouble(), tf.feature_column.numeric_column("a", 2)])
        assert computed(layer({"a": tf.constant([[1.0, 2.0]])})) == [[1.0, 2.0, 3.0, 5.0]]
        assert [v.name for v in layer.trainable_weights] == ["dense_features/double/shift:0"]

    def test_each_generation_refuses_the_other(self):
        with pytest.raises(ValueError, match="must be a _FeatureColumn"):
            tf.feature_column.input_layer({"a": [[1.0, 2.0]]}, [NewDouble()])
        with pytest.raises(ValueError, match="must be a FeatureColumn"):
            tf.keras.layers.DenseFeatures([OldDouble()])

    def test_a_column_that_makes_none(self):
        class Nothing(OldDouble):
            def _transform_feature(self, inputs):
                return None

        with pytest.raises(ValueError, match="Column double is not supported"):
            tf.feature_column.input_layer({"a": [[1.0, 2.0]]}, [Nothing()])

    def test_a_feature_is_made_once(self):
        calls = []
        column = tf.feature_column.numeric_column("a", normalizer_fn=lambda x: calls.append(x) or x)
        buckets = tf.feature_column.bucketized_column(column, [1.5])
        out = tf.feature_column.input_layer({"a": [1.0, 2.0]}, [column, buckets])
        assert computed(out) == [[1.0, 1.0, 0.0], [2.0, 0.0, 1.0]]
        assert len(calls) == 1

    def test_older_mixed_into_newer(self):
        inner = older._categorical_column_with_identity("a", 3)
        column = tf.feature_column.indicator_column(inner)
        assert not newer.is_feature_column_v2([column])
        assert computed(tf.feature_column.input_layer({"a": [[1], [2]]}, column)) == [[0, 1, 0], [0, 0, 1]]


def test_columns_are_values():
    column = tf.feature_column.numeric_column("a")
    assert column == tf.feature_column.numeric_column("a")
    assert {column: 1}[tf.feature_column.numeric_column("a")] == 1
    assert column._replace(key="b").name == "b"
    assert [c.key for c in sorted([column._replace(key="b"), column])] == ["a", "b"]
    assert isinstance(column, newer.DenseColumn)
    assert isinstance(column, older._DenseColumn)
    assert not isinstance(column, older._NumericColumn)


def test_state_manager():
    manager = newer._StateManagerImpl(None, trainable=True)
    column = tf.feature_column.numeric_column("a")
    manager.add_resource(column, "table", 3)
    assert manager.get_resource(column, "table") == 3
    with pytest.raises(ValueError, match="Resource does not exist"):
        manager.get_resource(column, "other")
    with pytest.raises(ValueError, match="Variable does not exist"):
        manager.get_variable(column, "weights")
    with pytest.raises(NotImplementedError, match="StateManager.get_var"):
        newer.StateManager().get_variable(column, "weights")


def test_nothing_is_imported_before_it_is_used():
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        older.nothing
    assert "_NumericColumn" in dir(older)
    assert np.all([name in dir(newer) for name in newer.COLUMN_TYPES])
