"""The names of the older generation, as programs import them from `tensorflow.python.feature_column`."""

from __future__ import annotations

from tangraph_estimators.feature_columns.homes import gathered

__getattr__, __dir__ = gathered(
    __name__,
    """
    bucketized: _BucketizedColumn _bucketized_column
    crossed: _CrossedColumn _crossed_column
    embedding: _EmbeddingColumn _embedding_column
    features: _LazyBuilder
    hashed: _HashedCategoricalColumn _categorical_column_with_hash_bucket
    identity: _IdentityCategoricalColumn _categorical_column_with_identity
    indicator: _IndicatorColumn _indicator_column
    input_layer: InputLayer _internal_input_layer input_layer
    interface: _CategoricalColumn _DenseColumn _FeatureColumn _SequenceDenseColumn
    linear_model: _LinearModel linear_model
    numeric: _NumericColumn _numeric_column
    parsing: make_parse_example_spec
    sequence_categorical: _SequenceCategoricalColumn
    sequence_numeric: _SequenceNumericColumn
    shared_embedding: _SharedEmbeddingColumn
    transformed: _transform_features
    vocabulary: _VocabularyFileCategoricalColumn _categorical_column_with_vocabulary_file
    vocabulary: _VocabularyListCategoricalColumn _categorical_column_with_vocabulary_list
    weighted: _WeightedCategoricalColumn _weighted_categorical_column
""",
)
