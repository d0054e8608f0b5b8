"""What a column is asked: the abstract classes of TensorFlow's two generations of feature columns.

The older generation's methods begin with an underscore, and its functions (`input_layer`, `linear_model`) call them; the
newer one's have no underscore, and layers (`DenseFeatures`) call them. Columns of a program's own derive from these.
"""

from __future__ import annotations

import abc
from typing import Any, NamedTuple

import tangraph as tf


class IdWeightPair(NamedTuple):
    """What a categorical column comes to.

    Attributes:
      id_tensor: a SparseTensor of ids, int64.
      weight_tensor: a SparseTensor of their weights, with the same indices; or None.
    """

    id_tensor: Any
    weight_tensor: Any


class TensorSequenceLengthPair(NamedTuple):
    """What a column of sequences comes to.

    Attributes:
      dense_tensor: the values, [batch, longest, ...].
      sequence_length: the lengths, int64 [batch].
    """

    dense_tensor: Any
    sequence_length: Any


class _Ordered:
    """Columns are ordered as their texts are."""

    def __lt__(self, other: Any) -> bool:
        return str(self) < str(other)

    def __gt__(self, other: Any) -> bool:
        return str(self) > str(other)


class _FeatureColumn(_Ordered, abc.ABC):
    """A column of the older generation."""

    @property
    @abc.abstractmethod
    def name(self) -> str:
        """The column's name, which is that of its scope."""

    @property
    def _var_scope_name(self) -> str:
        return self.name

    @abc.abstractmethod
    def _transform_feature(self, inputs: Any) -> Any:
        """Returns what the column makes of the features that `inputs` gets."""

    @property
    @abc.abstractmethod
    def _parse_example_spec(self) -> dict[str, Any]:
        """What examples are parsed by."""

    def _reset_config(self) -> None:
        """Forgets what was kept when the column was first used; there is nothing to forget here."""


class _DenseColumn(_FeatureColumn):
    """A column whose value is a tensor."""

    @property
    @abc.abstractmethod
    def _variable_shape(self) -> tf.TensorShape:
        """The shape of an example's value."""

    @abc.abstractmethod
    def _get_dense_tensor(self, inputs: Any, weight_collections: Any = None, trainable: Any = None) -> Any:
        """Returns the values, [batch, *shape]."""


class _CategoricalColumn(_FeatureColumn):
    """A column whose value is ids."""

    IdWeightPair = IdWeightPair

    @property
    @abc.abstractmethod
    def _num_buckets(self) -> int:
        """The number of ids."""

    @abc.abstractmethod
    def _get_sparse_tensors(self, inputs: Any, weight_collections: Any = None, trainable: Any = None) -> Any:
        """Returns an IdWeightPair."""


class _SequenceDenseColumn(_FeatureColumn):
    """A column whose value is a sequence of tensors."""

    TensorSequenceLengthPair = TensorSequenceLengthPair

    @abc.abstractmethod
    def _get_sequence_dense_tensor(self, inputs: Any, weight_collections: Any = None, trainable: Any = None) -> Any:
        """Returns a TensorSequenceLengthPair."""


class FeatureColumn(_Ordered, abc.ABC):
    """A column of the newer generation."""

    @property
    @abc.abstractmethod
    def name(self) -> str:
        """The column's name, which is that of its scope."""

    @abc.abstractmethod
    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> Any:
        """Returns what the column makes of the features that the cache gets."""

    @property
    @abc.abstractmethod
    def parse_example_spec(self) -> dict[str, Any]:
        """What examples are parsed by: a dictionary from keys to `tf.FixedLenFeature` and its like."""

    def create_state(self, state_manager: Any) -> None:
        """Makes the column's variables."""

    @property
    @abc.abstractmethod
    def _is_v2_column(self) -> bool:
        """Whether all columns in this one are of the newer generation."""

    @property
    @abc.abstractmethod
    def parents(self) -> list[Any]:
        """The columns and keys that this one is made of."""

    @abc.abstractmethod
    def _get_config(self) -> dict[str, Any]:
        """Returns what an equal column is made from."""

    @classmethod
    def _from_config(cls, config: Any, custom_objects: Any = None, columns_by_name: Any = None) -> Any:
        """Makes a column from what `_get_config` returned."""


class DenseColumn(FeatureColumn):
    """A column whose value is a tensor."""

    @property
    @abc.abstractmethod
    def variable_shape(self) -> tf.TensorShape:
        """The shape of an example's value."""

    @abc.abstractmethod
    def get_dense_tensor(self, transformation_cache: Any, state_manager: Any) -> Any:
        """Returns the values, [batch, *shape]."""


class CategoricalColumn(FeatureColumn):
    """A column whose value is ids."""

    IdWeightPair = IdWeightPair

    @property
    @abc.abstractmethod
    def num_buckets(self) -> int:
        """The number of ids."""

    @abc.abstractmethod
    def get_sparse_tensors(self, transformation_cache: Any, state_manager: Any) -> Any:
        """Returns an IdWeightPair."""


class SequenceDenseColumn(FeatureColumn):
    """A column whose value is a sequence of tensors."""

    TensorSequenceLengthPair = TensorSequenceLengthPair

    @abc.abstractmethod
    def get_sequence_dense_tensor(self, transformation_cache: Any, state_manager: Any) -> Any:
        """Returns a TensorSequenceLengthPair."""


def is_feature_column_v2(feature_columns: Any) -> bool:
    """Returns whether all of some columns are of the newer generation, with all that is in them."""
    return all(isinstance(column, FeatureColumn) and column._is_v2_column for column in feature_columns)
