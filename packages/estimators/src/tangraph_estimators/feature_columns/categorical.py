"""What columns of ids that come from one feature have in common."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph_estimators.feature_columns.checks import check_same_kind, check_string_or_int
from tangraph_estimators.feature_columns.features import to_sparse
from tangraph_estimators.feature_columns.interface import IdWeightPair
from tangraph_estimators.feature_columns.sources import Generation, Source


class FromOneFeature:
    """Makes ids of one feature, which is a SparseTensor or becomes one; has the fields `key` and, mostly, `dtype`."""

    key: Any
    dtype: Any

    @property
    def _title(self) -> str:
        title: str = self.key
        return title

    @property
    def parents(self) -> list[Any]:
        """The key."""
        return [self.key]

    def _spec(self, generation: Generation) -> dict[str, Any]:
        del generation
        return {self.key: tf.VarLenFeature(self.dtype)}

    def _ids(self, source: Source) -> IdWeightPair:
        return IdWeightPair(source.get(self), None)

    def _sparse(self, source: Source) -> Any:
        return to_sparse(source.get(self.key))

    def _lookup_input(self, source: Source) -> tuple[Any, Any]:
        """Returns the feature as words of a table, and the type of the table's words."""
        tensor = self._sparse(source)
        check_same_kind(self.key, self.dtype, tensor.dtype)
        check_string_or_int(tensor.dtype, prefix=f"column_name: {self.key} input_tensor")
        if tensor.dtype.is_integer:
            return tf.cast(tensor, tf.int64), tf.int64
        return tensor, self.dtype

    def _looked_up(self, source: Source, table: Any, tensor: Any) -> Any:
        manager = getattr(source, "state_manager", None)
        if manager is not None:
            manager.add_resource(self, f"{self.key}_lookup", table)
        return table.lookup(tensor)
