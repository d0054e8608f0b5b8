"""How a column answers either generation's questions by methods that are written once.

A column's own class has `_title`, `_made`, `_spec` and, by its kind, `_shape`, `_dense`, `_buckets`, `_ids` and
`_sequence`; each gets a source, or which generation asks. The classes here stand before it in the list of bases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tangraph as tf
from tangraph_estimators.feature_columns.interface import (
    CategoricalColumn,
    DenseColumn,
    FeatureColumn,
    SequenceDenseColumn,
    _CategoricalColumn,
    _DenseColumn,
    _FeatureColumn,
    _SequenceDenseColumn,
)
from tangraph_estimators.feature_columns.sources import Generation, NewSource, OldSource, Source


class _Bridged:
    if TYPE_CHECKING:

        @property
        def _title(self) -> str: ...
        def _made(self, source: Source) -> Any: ...
        def _spec(self, generation: Generation) -> dict[str, Any]: ...
        def _shape(self, generation: Generation) -> Any: ...
        def _dense(self, source: Source) -> Any: ...
        def _buckets(self, generation: Generation) -> int: ...
        def _ids(self, source: Source) -> Any: ...
        def _sequence(self, source: Source) -> Any: ...

    @property
    def name(self) -> str:
        """The column's name, which is that of its scope."""
        return self._title


class OldColumn(_Bridged, _FeatureColumn):
    """A column that the older generation's functions take."""

    def _transform_feature(self, inputs: Any) -> Any:
        return self._made(OldSource(inputs))

    @property
    def _parse_example_spec(self) -> dict[str, Any]:
        return self._spec(OldSource)


class OldDense(OldColumn, _DenseColumn):
    """A dense column that they take."""

    @property
    def _variable_shape(self) -> tf.TensorShape:
        return tf.TensorShape(self._shape(OldSource))

    def _get_dense_tensor(self, inputs: Any, weight_collections: Any = None, trainable: Any = None) -> Any:
        return self._dense(OldSource(inputs, weight_collections, trainable))


class OldCategorical(OldColumn, _CategoricalColumn):
    """A categorical column that they take."""

    @property
    def _num_buckets(self) -> int:
        return self._buckets(OldSource)

    def _get_sparse_tensors(self, inputs: Any, weight_collections: Any = None, trainable: Any = None) -> Any:
        return self._ids(OldSource(inputs, weight_collections, trainable))


class OldSequence(OldColumn, _SequenceDenseColumn):
    """A column of sequences that they take."""

    def _get_sequence_dense_tensor(self, inputs: Any, weight_collections: Any = None, trainable: Any = None) -> Any:
        return self._sequence(OldSource(inputs, weight_collections, trainable))


class NewColumn(_Bridged, FeatureColumn):
    """A column that the newer generation's layers take."""

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> Any:
        """Returns what the column makes of the features that the cache gets."""
        return self._made(NewSource(transformation_cache, state_manager))

    @property
    def parse_example_spec(self) -> dict[str, Any]:
        """What examples are parsed by: a dictionary from keys to `tf.FixedLenFeature` and its like."""
        return self._spec(NewSource)

    @property
    def _is_v2_column(self) -> bool:
        return all(
            isinstance(parent, str) or (isinstance(parent, FeatureColumn) and parent._is_v2_column)
            for parent in self.parents
        )

    def _get_config(self) -> dict[str, Any]:
        from tangraph_estimators.feature_columns.serialization import config_of

        return config_of(self)

    @classmethod
    def _from_config(cls, config: Any, custom_objects: Any = None, columns_by_name: Any = None) -> Any:
        from tangraph_estimators.feature_columns.serialization import from_config

        return from_config(cls, config, custom_objects, columns_by_name)


class NewDense(NewColumn, DenseColumn):
    """A dense column that they take."""

    @property
    def variable_shape(self) -> tf.TensorShape:
        """The shape of an example's value."""
        return tf.TensorShape(self._shape(NewSource))

    def get_dense_tensor(self, transformation_cache: Any, state_manager: Any) -> Any:
        """Returns the values, [batch, *shape]."""
        return self._dense(NewSource(transformation_cache, state_manager))


class NewCategorical(NewColumn, CategoricalColumn):
    """A categorical column that they take."""

    @property
    def num_buckets(self) -> int:
        """The number of ids."""
        return self._buckets(NewSource)

    def get_sparse_tensors(self, transformation_cache: Any, state_manager: Any) -> Any:
        """Returns an IdWeightPair."""
        return self._ids(NewSource(transformation_cache, state_manager))


class NewSequence(NewColumn, SequenceDenseColumn):
    """A column of sequences that they take."""

    def get_sequence_dense_tensor(self, transformation_cache: Any, state_manager: Any) -> Any:
        """Returns a TensorSequenceLengthPair."""
        return self._sequence(NewSource(transformation_cache, state_manager))
