"""`tensorflow.python.feature_column`: what is public there is public here, and what is not is there too."""

from __future__ import annotations

import importlib

import pytest

import tangraph as tf

HERE = "tangraph_compat.python.feature_column"


def module(name):
    return importlib.import_module(f"{HERE}.{name}")


@pytest.mark.parametrize(
    ("name", "attributes"),
    [
        ("feature_column", "_NumericColumn _LazyBuilder _LinearModel InputLayer _internal_input_layer"),
        ("feature_column", "_EmbeddingColumn _SharedEmbeddingColumn _transform_features _numeric_column"),
        ("feature_column_v2", "NumericColumn FeatureTransformationCache LinearModel _StateManagerImpl"),
        ("feature_column_lib", "DenseColumn SequenceFeatures is_feature_column_v2 serialize_feature_columns"),
        ("sequence_feature_column", "SequenceNumericColumn concatenate_context_input"),
        ("serialization", "deserialize_feature_column serialize_feature_column"),
        ("utils", "sequence_length_from_sparse_tensor"),
    ],
)
def test_names(name, attributes):
    for attribute in attributes.split():
        assert callable(getattr(module(name), attribute))


def test_public_names_are_the_same_objects():
    assert module("feature_column_lib").numeric_column is tf.feature_column.numeric_column
    assert module("feature_column").linear_model is tf.feature_column.linear_model
    assert module("dense_features").DenseFeatures is tf.keras.layers.DenseFeatures
    inner = importlib.import_module(
        "tangraph_compat.contrib.feature_column.python.feature_column.sequence_feature_column"
    )
    assert inner.sequence_input_layer is tf.contrib.feature_column.sequence_input_layer


def test_the_older_module_has_no_newer_names():
    with pytest.raises(AttributeError, match="'numeric_column'"):
        module("feature_column").numeric_column
