"""The names of the older generation, as programs import them from `tensorflow.python.feature_column`."""

from typing import Any

import tangraph as tf
from tangraph_estimators.feature_columns.bucketized import _bucketized_column, _BucketizedColumn
from tangraph_estimators.feature_columns.crossed import _crossed_column, _CrossedColumn
from tangraph_estimators.feature_columns.embedding import _embedding_column, _EmbeddingColumn
from tangraph_estimators.feature_columns.features import _LazyBuilder
from tangraph_estimators.feature_columns.hashed import _categorical_column_with_hash_bucket, _HashedCategoricalColumn
from tangraph_estimators.feature_columns.identity import _categorical_column_with_identity, _IdentityCategoricalColumn
from tangraph_estimators.feature_columns.indicator import _indicator_column, _IndicatorColumn
from tangraph_estimators.feature_columns.input_layer import InputLayer, _internal_input_layer, input_layer
from tangraph_estimators.feature_columns.interface import (
    _CategoricalColumn,
    _DenseColumn,
    _FeatureColumn,
    _SequenceDenseColumn,
)
from tangraph_estimators.feature_columns.linear_model import _LinearModel, linear_model
from tangraph_estimators.feature_columns.normalized import by_names, normalized
from tangraph_estimators.feature_columns.numeric import _numeric_column, _NumericColumn
from tangraph_estimators.feature_columns.parsing import make_parse_example_spec
from tangraph_estimators.feature_columns.sequence_categorical import _SequenceCategoricalColumn
from tangraph_estimators.feature_columns.shared_embedding import _SharedEmbeddingColumn
from tangraph_estimators.feature_columns.vocabulary import (
    _categorical_column_with_vocabulary_file,
    _categorical_column_with_vocabulary_list,
    _VocabularyFileCategoricalColumn,
    _VocabularyListCategoricalColumn,
)
from tangraph_estimators.feature_columns.weighted import _weighted_categorical_column, _WeightedCategoricalColumn


def _transform_features(features: dict[str, Any], feature_columns: Any) -> dict[Any, Any]:
    """Returns what each column makes of features, by column."""
    columns = normalized(feature_columns)
    outputs = {}
    with tf.name_scope(None, default_name="transform_features", values=features.values()):
        builder = _LazyBuilder(features)
        for column in by_names(columns):
            with tf.name_scope(None, default_name=column.name):
                outputs[column] = builder.get(column)
    return outputs
