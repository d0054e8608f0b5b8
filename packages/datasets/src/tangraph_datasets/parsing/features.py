"""What is read from an example: FixedLenFeature and its like."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tangraph.framework import dtypes
from tangraph.framework.dtypes import DType, as_dtype
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.framework.tensor_shape import TensorShape
from tangraph.ops.array.constant import constant
from tangraph.ops.array.reshape import reshape
from tangraph.ops.sparse.rows import sparse_merge
from tangraph.plugin import export
from tangraph.util import tf_logging


@export("VarLenFeature", "io.VarLenFeature")
class VarLenFeature(NamedTuple):
    """A feature of any number of values, read as a SparseTensor.

    Attributes:
      dtype: float32, int64 or string.
    """

    dtype: Any


@export("SparseFeature", "io.SparseFeature")
class SparseFeature(NamedTuple):
    """A SparseTensor that is written as two features or more: where its values stand, and the values.

    Attributes:
      index_key: the feature with the indices, or a list of them, one a dimension.
      value_key: the feature with the values.
      dtype: their type.
      size: the size of the dimension, or a list of sizes.
      already_sorted: whether the indices ascend.
    """

    index_key: Any
    value_key: str
    dtype: Any
    size: Any
    already_sorted: bool = False


@export("FixedLenFeature", "io.FixedLenFeature")
class FixedLenFeature(NamedTuple):
    """A feature of one shape, read as a tensor.

    Attributes:
      shape: the shape.
      dtype: float32, int64 or string.
      default_value: what an example has that lacks the feature; None where it must not lack it.
    """

    shape: Any
    dtype: Any
    default_value: Any = None


@export("FixedLenSequenceFeature", "io.FixedLenSequenceFeature")
class FixedLenSequenceFeature(NamedTuple):
    """A sequence, of any length, of values of one shape, read as a tensor; in a batch it is padded.

    Attributes:
      shape: the shape of a value.
      dtype: float32, int64 or string.
      allow_missing: whether an example that lacks the feature has a sequence of length 0.
      default_value: what fills up shorter sequences of a batch.
    """

    shape: Any
    dtype: Any
    allow_missing: bool = False
    default_value: Any = None


@dataclass
class RawFeatures:
    """Features as the parsing operations take them.

    Attributes:
      sparse_keys, sparse_types: those read as SparseTensors.
      dense_keys, dense_types, dense_shapes: those read as tensors.
      dense_defaults: default values by key.
    """

    sparse_keys: list[str] = field(default_factory=list)
    sparse_types: list[DType] = field(default_factory=list)
    dense_keys: list[str] = field(default_factory=list)
    dense_types: list[DType] = field(default_factory=list)
    dense_shapes: list[TensorShape] = field(default_factory=list)
    dense_defaults: dict[str, Any] = field(default_factory=dict)

    def add(self, key: str, feature: Any) -> None:
        """Adds a feature.

        Raises:
          ValueError: it lacks its type, its shape or a key, or contradicts another.
        """
        if isinstance(feature, SparseFeature):
            self._add_sparse_feature(key, feature)
            return
        if not isinstance(feature, (VarLenFeature, FixedLenFeature, FixedLenSequenceFeature)):
            raise ValueError(f"Invalid feature {key}:{feature}.")
        if not feature.dtype:
            raise ValueError(f"Missing type for feature {key}.")
        if isinstance(feature, VarLenFeature):
            self.sparse_keys.append(key)
            self.sparse_types.append(as_dtype(feature.dtype))
            return
        if feature.shape is None:
            raise ValueError(f"Missing shape for feature {key}.")
        shape = TensorShape(feature.shape)
        if isinstance(feature, FixedLenFeature):
            _check_fixed(key, feature, shape)
        elif feature.allow_missing:
            self.dense_defaults[key] = None
        self.dense_keys.append(key)
        self.dense_shapes.append(shape)
        self.dense_types.append(as_dtype(feature.dtype))
        if feature.default_value is not None:
            self.dense_defaults[key] = feature.default_value

    def _add_sparse_feature(self, key: str, feature: SparseFeature) -> None:
        if not feature.index_key:
            raise ValueError(f"Missing index_key for SparseFeature {feature}.")
        if not feature.value_key:
            raise ValueError(f"Missing value_key for SparseFeature {feature}.")
        if not feature.dtype:
            raise ValueError(f"Missing type for feature {key}.")
        index_keys = [feature.index_key] if isinstance(feature.index_key, str) else list(feature.index_key)
        if len(index_keys) > 1:
            tf_logging.warning(
                "SparseFeature is a complicated feature config and should only be used after careful consideration of "
                "VarLenFeature."
            )
        for index_key in sorted(index_keys):
            self._add_part(index_key, dtypes.int64, "int64")
        wanted = as_dtype(feature.dtype)
        self._add_part(feature.value_key, wanted, str(wanted))

    def _add_part(self, key: str, dtype: DType, text: str) -> None:
        if key not in self.sparse_keys:
            self.sparse_keys.append(key)
            self.sparse_types.append(dtype)
            return
        found = self.sparse_types[self.sparse_keys.index(key)]
        if found is not dtype:
            raise ValueError(f"Conflicting type {found} vs {text} for feature {key}.")

    def default_tensors(self) -> list[Tensor]:
        """Returns the default values as tensors: an empty one where there is none, a scalar where it fills up."""
        return [
            _default_tensor(key, dtype, shape, self.dense_defaults.get(key))
            for key, dtype, shape in zip(self.dense_keys, self.dense_types, self.dense_shapes, strict=True)
        ]

    def check(self) -> None:
        """Checks that there is something to read, and nothing under the same key twice.

        Raises:
          ValueError: it is not so.
        """
        if not self.sparse_keys and not self.dense_keys:
            raise ValueError("Must provide at least one sparse key or dense key")
        common = set(self.sparse_keys) & set(self.dense_keys)
        if common:
            raise ValueError(f"Dense and sparse keys must not intersect; intersection: {common}")


def _check_fixed(key: str, feature: FixedLenFeature, shape: TensorShape) -> None:
    if feature.shape and shape.ndims and shape[0].value is None:
        raise ValueError(f"First dimension of shape for feature {key} unknown. Consider using FixedLenSequenceFeature.")
    if not shape.is_fully_defined():
        raise ValueError(f"All dimensions of shape for feature {key} need to be known but received {feature.shape}.")


def constant_name(prefix: str, key: str) -> str:
    """Returns the name of a constant for a feature, whose key may hold what a name may not."""
    return prefix + re.sub(r"[^A-Za-z0-9_.\-/]", "_", key)


def _default_tensor(key: str, dtype: DType, shape: TensorShape, value: Any) -> Tensor:
    if shape.ndims and shape[0].value is None:
        if value is None:
            return convert_to_tensor("" if dtype is dtypes.string else 0, dtype=dtype)
        return reshape(convert_to_tensor(value, dtype=dtype, name=constant_name("padding_", key)), [])
    if value is None:
        return constant([], dtype=dtype)
    if isinstance(value, Tensor):
        return value
    return reshape(convert_to_tensor(value, dtype=dtype, name=constant_name("key_", key)), shape)


def raw_features(features: Mapping[str, Any] | None, kinds: Sequence[type]) -> RawFeatures:
    """Returns features as the parsing operations take them, in the order of their keys.

    Raises:
      ValueError: one is not of these kinds, or incomplete.
    """
    raw = RawFeatures()
    for key in sorted(features or ()):
        feature = (features or {})[key]
        for kind in (VarLenFeature, SparseFeature, FixedLenFeature, FixedLenSequenceFeature):
            if isinstance(feature, kind) and kind not in kinds:
                raise ValueError(f"Unsupported {kind.__name__} {feature}.")
        raw.add(key, feature)
    return raw


def with_length_dimension(features: Mapping[str, Any]) -> dict[str, Any]:
    """Returns features whose sequences have their unknown length in front of their shape.

    Raises:
      ValueError: a sequence must not be missing, which cannot be had in an Example.
    """
    result = dict(features)
    for key, feature in features.items():
        if isinstance(feature, FixedLenSequenceFeature):
            if not feature.allow_missing:
                raise ValueError("Unsupported: FixedLenSequenceFeature requires allow_missing to be True.")
            result[key] = feature._replace(shape=[None, *feature.shape])
    return result


def with_sparse_features(features: Mapping[str, Any], tensors: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the tensors by the keys of the features, each SparseFeature put together from its parts."""
    result = dict(tensors)
    for key in sorted(features):
        feature = features[key]
        if isinstance(feature, SparseFeature):
            single = isinstance(feature.index_key, str)
            ids = result[feature.index_key] if single else [result[k] for k in feature.index_key]
            result[key] = sparse_merge(
                ids, result[feature.value_key], vocab_size=feature.size, already_sorted=feature.already_sorted
            )
    return {key: result[key] for key in _in_order(result, features)}


def _in_order(tensors: Iterable[str], features: Mapping[str, Any]) -> list[str]:
    return [key for key in tensors if key in features]
