"""The names of the newer generation, as programs import them from `tensorflow.python.feature_column`."""

from __future__ import annotations

from typing import Final

from tangraph_estimators.feature_columns.homes import gathered

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

NAMES: Final = """
    bucketized: BucketizedColumn bucketized_column
    crossed: CrossedColumn crossed_column
    dense_features: DenseFeatures
    embedding: EmbeddingColumn embedding_column
    features: FeatureTransformationCache
    hashed: HashedCategoricalColumn categorical_column_with_hash_bucket
    identity: IdentityCategoricalColumn categorical_column_with_identity
    indicator: IndicatorColumn indicator_column
    input_layer: InputLayer input_layer
    interface: CategoricalColumn DenseColumn FeatureColumn SequenceDenseColumn is_feature_column_v2
    layers: _BaseFeaturesLayer
    lengths: sequence_length_from_sparse_tensor
    linear_layer: LinearModel _LinearModelLayer
    linear_model: linear_model
    numeric: NumericColumn numeric_column
    parsing: make_parse_example_spec make_parse_example_spec_v2
    sequence_categorical: SequenceCategoricalColumn sequence_categorical_column_with_hash_bucket
    sequence_categorical: sequence_categorical_column_with_identity
    sequence_categorical: sequence_categorical_column_with_vocabulary_file
    sequence_categorical: sequence_categorical_column_with_vocabulary_list
    sequence_features: SequenceFeatures concatenate_context_input
    sequence_numeric: SequenceNumericColumn sequence_numeric_column
    serialization: deserialize_feature_column deserialize_feature_columns
    serialization: serialize_feature_column serialize_feature_columns
    shared_embedding: shared_embedding_columns
    shared_vectors: SharedEmbeddingColumn SharedEmbeddingColumnCreator shared_embedding_columns_v2
    state: StateManager _StateManagerImpl
    transformed: _transform_features_v2
    vocabulary: VocabularyFileCategoricalColumn categorical_column_with_vocabulary_file
    vocabulary: categorical_column_with_vocabulary_file_v2
    vocabulary: VocabularyListCategoricalColumn categorical_column_with_vocabulary_list
    weighted: WeightedCategoricalColumn weighted_categorical_column
"""

__getattr__, __dir__ = gathered(__name__, NAMES)
