"""`tensorflow.python.feature_column.feature_column_v2`: the newer generation of feature columns."""

from __future__ import annotations

from typing import Any

from tangraph_compat.internals import public
from tangraph_compat.internals.homes import names_gathered

__getattr__, __dir__ = names_gathered(
    __name__, "feature_column.input_layer", "tangraph_estimators.feature_columns.newer"
)


def make_parse_example_spec_v2(feature_columns: Any) -> dict[str, Any]:
    """`tf.compat.v2.feature_column.make_parse_example_spec`."""
    spec: dict[str, Any] = public("compat.v2.feature_column.make_parse_example_spec")(feature_columns)
    return spec
