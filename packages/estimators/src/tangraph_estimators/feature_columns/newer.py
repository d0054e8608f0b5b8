"""The names of the newer generation, as programs import them from `tensorflow.python.feature_column`."""

from typing import Final

from tangraph_estimators.feature_columns.bucketized import BucketizedColumn, bucketized_column
from tangraph_estimators.feature_columns.crossed import CrossedColumn, crossed_column
from tangraph_estimators.feature_columns.dense_features import DenseFeatures
from tangraph_estimators.feature_columns.embedding import EmbeddingColumn, embedding_column
from tangraph_estimators.feature_columns.features import FeatureTransformationCache
from tangraph_estimators.feature_columns.hashed import HashedCategoricalColumn, categorical_column_with_hash_bucket
from tangraph_estimators.feature_columns.identity import IdentityCategoricalColumn, categorical_column_with_identity
from tangraph_estimators.feature_columns.indicator import IndicatorColumn, indicator_column
from tangraph_estimators.feature_columns.input_layer import InputLayer, input_layer
from tangraph_estimators.feature_columns.interface import (
    CategoricalColumn,
    DenseColumn,
    FeatureColumn,
    SequenceDenseColumn,
    is_feature_column_v2,
)
from tangraph_estimators.feature_columns.layers import _BaseFeaturesLayer
from tangraph_estimators.feature_columns.linear_model import linear_model
from tangraph_estimators.feature_columns.numeric import NumericColumn, numeric_column
from tangraph_estimators.feature_columns.parsing import make_parse_example_spec, make_parse_example_spec_v2
from tangraph_estimators.feature_columns.sequence_categorical import (
    SequenceCategoricalColumn,
    sequence_categorical_column_with_hash_bucket,
    sequence_categorical_column_with_identity,
    sequence_categorical_column_with_vocabulary_file,
    sequence_categorical_column_with_vocabulary_list,
)
from tangraph_estimators.feature_columns.sequence_features import SequenceFeatures, concatenate_context_input
from tangraph_estimators.feature_columns.sequence_numeric import SequenceNumericColumn, sequence_numeric_column
from tangraph_estimators.feature_columns.serialization import (
    deserialize_feature_column,
    deserialize_feature_columns,
    serialize_feature_column,
    serialize_feature_columns,
)
from tangraph_estimators.feature_columns.shared_embedding import shared_embedding_columns
from tangraph_estimators.feature_columns.state import StateManager, _StateManagerImpl
from tangraph_estimators.feature_columns.vocabulary import (
    VocabularyFileCategoricalColumn,
    VocabularyListCategoricalColumn,
    categorical_column_with_vocabulary_file,
    categorical_column_with_vocabulary_file_v2,
    categorical_column_with_vocabulary_list,
)
from tangraph_estimators.feature_columns.weighted import WeightedCategoricalColumn, weighted_categorical_column

COLUMN_TYPES: Final = (
    "BucketizedColumn",
    "CrossedColumn",
    "EmbeddingColumn",
    "HashedCategoricalColumn",
    "IdentityCategoricalColumn",
    "IndicatorColumn",
    "NumericColumn",
    "SequenceCategoricalColumn",
    "SequenceNumericColumn",
    "VocabularyFileCategoricalColumn",
    "VocabularyListCategoricalColumn",
    "WeightedCategoricalColumn",
)
