"""What columns make of features, column by column."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph_estimators.feature_columns.features import FeatureTransformationCache, _LazyBuilder
from tangraph_estimators.feature_columns.normalized import by_names, in_order, normalized


def _transform_features(features: dict[str, Any], feature_columns: Any) -> dict[Any, Any]:
    """Returns what columns of the older generation make of features, by column."""
    columns = by_names(normalized(feature_columns))
    with tf.name_scope(None, default_name="transform_features", values=features.values()):
        return _by_column(columns, _LazyBuilder(features).get)


def _transform_features_v2(features: dict[str, Any], feature_columns: Any, state_manager: Any) -> dict[Any, Any]:
    """Returns what columns of the newer generation make of features, by column."""
    columns = in_order(feature_columns)
    with tf.name_scope(None, default_name="transform_features", values=features.values()):
        cache = FeatureTransformationCache(features)
        return _by_column(columns, lambda column: cache.get(column, state_manager))


def _by_column(columns: list[Any], made: Any) -> dict[Any, Any]:
    outputs = {}
    for column in columns:
        with tf.name_scope(None, default_name=column.name):
            outputs[column] = made(column)
    return outputs
