"""SparseTensorSpec: the type of a SparseTensor."""

from __future__ import annotations

from typing import Any

import numpy as np

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.constant_value import constant_value_as_shape
from tangraph.framework.dtypes import DType
from tangraph.framework.make_op import make_op
from tangraph.framework.sparse_tensor import SparseTensor, SparseTensorValue
from tangraph.framework.tensor_shape import TensorShape, as_shape
from tangraph.framework.tensor_spec import TensorSpec
from tangraph.framework.type_spec import TypeSpec, register_type_spec_from_value_converter


@export("SparseTensorSpec")
class SparseTensorSpec(TypeSpec):
    """The type of a SparseTensor.

    Args:
      shape: the shape of the whole, as far as it is known.
      dtype: the type of its values.

    In a dataset a SparseTensor stands as one variant tensor of shape ``[3]``.

    >>> import tangraph as tf
    >>> tf.SparseTensorSpec([None, 3], tf.int32)
    SparseTensorSpec(TensorShape([Dimension(None), Dimension(3)]), tf.int32)
    """

    def __init__(self, shape: Any = None, dtype: Any = dtypes.float32) -> None:
        self._shape = as_shape(shape)
        self._dtype: DType = dtypes.as_dtype(dtype)

    @classmethod
    def from_value(cls, value: Any) -> SparseTensorSpec:
        """Returns the spec of a SparseTensor or its value.

        Raises:
          TypeError: it is neither.
        """
        if isinstance(value, SparseTensorValue):
            if isinstance(value.values, np.ndarray):
                return cls(TensorShape(value.dense_shape), value.values.dtype)
            value = SparseTensor.from_value(value)
        if not isinstance(value, SparseTensor):
            raise TypeError(f"Expected SparseTensor or SparseTensorValue. Received: {value!r}")
        return cls(value.shape, value.dtype)

    @property
    def shape(self) -> TensorShape:
        """The shape of the whole, as far as it is known."""
        return self._shape

    @property
    def dtype(self) -> DType:
        """The type of the values."""
        return self._dtype

    @property
    def value_type(self) -> Any:
        """The class of the values: SparseTensor."""
        return SparseTensor

    def _serialize(self) -> tuple[Any, ...]:
        return self._shape, self._dtype

    @property
    def _component_specs(self) -> Any:
        rank = self._shape.ndims
        return [
            TensorSpec([None, rank], dtypes.int64),
            TensorSpec([None], self._dtype),
            TensorSpec([rank], dtypes.int64),
        ]

    def _components_of(self, value: Any) -> Any:
        value = SparseTensor.from_value(value)
        return [value.indices, value.values, value.dense_shape]

    def _made_of(self, components: Any) -> Any:
        return SparseTensor(*components)

    @property
    def _flat_tensor_specs(self) -> list[TensorSpec]:
        return [TensorSpec(None, dtypes.variant)]

    def _to_tensor_list(self, value: Any) -> list[Any]:
        parts = self._components_of(value)
        return [make_op("SerializeSparse", *parts, out_type=dtypes.variant)]

    def _to_batched_tensor_list(self, value: Any) -> list[Any]:
        if self._shape.merge_with(constant_value_as_shape(value.dense_shape)).ndims == 0:
            raise ValueError("Unbatching a sparse tensor is only supported for rank >= 1")
        parts = [value.indices, value.values, value.dense_shape]
        return [make_op("SerializeManySparse", *parts, out_type=dtypes.variant)]

    def _from_compatible_tensor_list(self, tensor_list: list[Any]) -> Any:
        result = SparseTensor(*make_op("DeserializeSparse", tensor_list[0], dtype=self._dtype))
        rank = self._shape.ndims
        result.indices.set_shape([None, rank])
        result.dense_shape.set_shape([rank])
        return result

    def _batch(self, batch_size: int | None) -> SparseTensorSpec:
        return SparseTensorSpec(TensorShape([batch_size]).concatenate(self._shape), self._dtype)

    def _unbatch(self) -> SparseTensorSpec:
        if self._shape.ndims == 0:
            raise ValueError("Unbatching a tensor is only supported for rank >= 1")
        return SparseTensorSpec(self._shape[1:], self._dtype)

    def _to_legacy_output_types(self) -> Any:
        return self._dtype

    def _to_legacy_output_shapes(self) -> Any:
        return self._shape


register_type_spec_from_value_converter(SparseTensor, SparseTensorSpec.from_value)
register_type_spec_from_value_converter(SparseTensorValue, SparseTensorSpec.from_value)
