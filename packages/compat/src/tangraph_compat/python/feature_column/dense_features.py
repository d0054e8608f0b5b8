"""`tensorflow.python.feature_column.dense_features`: dense feature columns as a layer."""

from tangraph_compat.internals.homes import names_gathered

__getattr__, __dir__ = names_gathered(
    __name__, "feature_column.input_layer", "tangraph_estimators.feature_columns.newer"
)
