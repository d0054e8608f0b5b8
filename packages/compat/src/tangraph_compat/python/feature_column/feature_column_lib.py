"""`tensorflow.python.feature_column.feature_column_lib`: feature columns of both generations; the newer one comes first."""

from tangraph_compat.internals.homes import names_gathered
from tangraph_compat.python.feature_column import feature_column_v2

make_parse_example_spec_v2 = feature_column_v2.make_parse_example_spec_v2

__getattr__, __dir__ = names_gathered(
    __name__, "feature_column.input_layer", "tangraph_estimators.feature_columns.newer"
)
