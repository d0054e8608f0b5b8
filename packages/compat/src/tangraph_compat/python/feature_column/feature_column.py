"""`tensorflow.python.feature_column.feature_column`: the older generation of feature columns."""

from tangraph_compat.internals.homes import names_gathered

__getattr__, __dir__ = names_gathered(
    __name__, "feature_column.input_layer", "tangraph_estimators.feature_columns.older"
)
