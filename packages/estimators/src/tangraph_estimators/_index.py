"""What this package provides, by name. Written by tools/index.py: do not edit."""

NAMES: dict[str, str] = {
    "compat.v2.feature_column.categorical_column_with_vocabulary_file": "tangraph_estimators.feature_columns.vocabulary:categorical_column_with_vocabulary_file_v2",
    "compat.v2.feature_column.make_parse_example_spec": "tangraph_estimators.feature_columns.parsing:make_parse_example_spec_v2",
    "compat.v2.feature_column.shared_embeddings": "tangraph_estimators.feature_columns.shared_vectors:shared_embedding_columns_v2",
    "contrib.feature_column.sequence_categorical_column_with_hash_bucket": "tangraph_estimators.feature_columns.contrib:sequence_categorical_column_with_hash_bucket",
    "contrib.feature_column.sequence_categorical_column_with_identity": "tangraph_estimators.feature_columns.contrib:sequence_categorical_column_with_identity",
    "contrib.feature_column.sequence_categorical_column_with_vocabulary_file": "tangraph_estimators.feature_columns.contrib:sequence_categorical_column_with_vocabulary_file",
    "contrib.feature_column.sequence_categorical_column_with_vocabulary_list": "tangraph_estimators.feature_columns.contrib:sequence_categorical_column_with_vocabulary_list",
    "contrib.feature_column.sequence_input_layer": "tangraph_estimators.feature_columns.contrib:sequence_input_layer",
    "contrib.feature_column.sequence_numeric_column": "tangraph_estimators.feature_columns.contrib:sequence_numeric_column",
    "estimator.ModeKeys": "tangraph_estimators.mode_keys:ModeKeys",
    "feature_column.bucketized_column": "tangraph_estimators.feature_columns.bucketized:bucketized_column",
    "feature_column.categorical_column_with_hash_bucket": "tangraph_estimators.feature_columns.hashed:categorical_column_with_hash_bucket",
    "feature_column.categorical_column_with_identity": "tangraph_estimators.feature_columns.identity:categorical_column_with_identity",
    "feature_column.categorical_column_with_vocabulary_file": "tangraph_estimators.feature_columns.vocabulary:categorical_column_with_vocabulary_file",
    "feature_column.categorical_column_with_vocabulary_list": "tangraph_estimators.feature_columns.vocabulary:categorical_column_with_vocabulary_list",
    "feature_column.crossed_column": "tangraph_estimators.feature_columns.crossed:crossed_column",
    "feature_column.embedding_column": "tangraph_estimators.feature_columns.embedding:embedding_column",
    "feature_column.indicator_column": "tangraph_estimators.feature_columns.indicator:indicator_column",
    "feature_column.input_layer": "tangraph_estimators.feature_columns.input_layer:input_layer",
    "feature_column.linear_model": "tangraph_estimators.feature_columns.linear_model:linear_model",
    "feature_column.make_parse_example_spec": "tangraph_estimators.feature_columns.parsing:make_parse_example_spec",
    "feature_column.numeric_column": "tangraph_estimators.feature_columns.numeric:numeric_column",
    "feature_column.sequence_categorical_column_with_hash_bucket": "tangraph_estimators.feature_columns.sequence_categorical:sequence_categorical_column_with_hash_bucket",
    "feature_column.sequence_categorical_column_with_identity": "tangraph_estimators.feature_columns.sequence_categorical:sequence_categorical_column_with_identity",
    "feature_column.sequence_categorical_column_with_vocabulary_file": "tangraph_estimators.feature_columns.sequence_categorical:sequence_categorical_column_with_vocabulary_file",
    "feature_column.sequence_categorical_column_with_vocabulary_list": "tangraph_estimators.feature_columns.sequence_categorical:sequence_categorical_column_with_vocabulary_list",
    "feature_column.sequence_numeric_column": "tangraph_estimators.feature_columns.sequence_numeric:sequence_numeric_column",
    "feature_column.shared_embedding_columns": "tangraph_estimators.feature_columns.shared_embedding:shared_embedding_columns",
    "feature_column.weighted_categorical_column": "tangraph_estimators.feature_columns.weighted:weighted_categorical_column",
    "keras.experimental.SequenceFeatures": "tangraph_estimators.feature_columns.sequence_features:SequenceFeatures",
    "keras.layers.DenseFeatures": "tangraph_estimators.feature_columns.dense_features:DenseFeatures",
}

OPS: dict[str, str] = {}

KERNELS: dict[str, str] = {}
