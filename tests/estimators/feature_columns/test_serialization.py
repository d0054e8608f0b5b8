"""Columns as dictionaries, and back."""

from __future__ import annotations

import pytest

import tangraph as tf
from tangraph_estimators.feature_columns.serialization import (
    deserialize_feature_column,
    deserialize_feature_columns,
    serialize_feature_column,
    serialize_feature_columns,
)

fc = tf.feature_column


def double(x):
    return x * 2.0


COLUMNS = [
    fc.numeric_column("a", shape=2, default_value=3.0),
    fc.numeric_column("n", normalizer_fn=double),
    fc.bucketized_column(fc.numeric_column("b"), [1.0, 2.0]),
    fc.categorical_column_with_vocabulary_file("f", "words.txt", 5),
    fc.indicator_column(fc.crossed_column(["p", fc.categorical_column_with_vocabulary_list("q", ["x", "y"])], 7)),
    fc.weighted_categorical_column(fc.categorical_column_with_hash_bucket("h", 5, tf.int64), "w"),
    fc.sequence_numeric_column("sn"),
    fc.sequence_categorical_column_with_identity("sc", 4, 1),
]


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_there_and_back(column):
    config = serialize_feature_column(column)
    assert config["class_name"] == type(column).__name__
    assert deserialize_feature_column(config, custom_objects={"double": double}) == column


def test_embedding():
    # Initializers are no values: two of one kind differ.
    column = fc.embedding_column(
        fc.categorical_column_with_identity("c", 3), 2, combiner="sum", initializer=tf.constant_initializer(0.5)
    )
    made = deserialize_feature_column(serialize_feature_column(column))
    assert made._replace(initializer=None) == column._replace(initializer=None)
    assert made.initializer.get_config() == column.initializer.get_config()


def test_what_is_shared_stays_shared():
    number = fc.numeric_column("b")
    columns = [number, fc.bucketized_column(number, [1.0])]
    one, other = deserialize_feature_columns(serialize_feature_columns(columns))
    assert other.source_column is one


def test_layer():
    columns = [fc.numeric_column("a"), fc.indicator_column(fc.categorical_column_with_identity("c", 2))]
    layer = tf.keras.layers.DenseFeatures(columns, name="mine")
    with tf.Graph().as_default(), tf.Session() as session:
        made = tf.keras.layers.DenseFeatures.from_config(layer.get_config())
        out = made({"a": tf.constant([4.0]), "c": tf.constant([1])})
        assert out.op.name == "mine/concat"
        assert session.run(out).tolist() == [[4.0, 0.0, 1.0]]


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({"class_name": "Nobody", "config": {}}, "Unknown feature_column_v2: Nobody"),
        ({"class_name": "NumericColumn", "config": {"key": "a"}}, "Invalid config: {'key': 'a'}, expected keys"),
        ({"name": 1}, "Improper config format"),
        (serialize_feature_column(fc.numeric_column("n", normalizer_fn=double)), "Unknown object: double"),
    ],
)
def test_bad_configs(config, text):
    with pytest.raises(ValueError, match=text):
        deserialize_feature_column(config)


def test_what_is_no_column():
    with pytest.raises(ValueError, match="Instance: 3 is not a FeatureColumn"):
        serialize_feature_column(3)
