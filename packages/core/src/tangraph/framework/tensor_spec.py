"""TensorSpec: the type and shape of a tensor that is not there yet."""

from __future__ import annotations

from typing import Any

import numpy as np

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.dtypes import DType
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.framework.tensor_shape import TensorShape
from tangraph.framework.type_spec import TypeSpec, register_type_spec_from_value_converter


@export("TensorSpec")
class TensorSpec(TypeSpec):
    """The type of a tensor: shape, element type, and perhaps a name.

    Args:
      shape: a shape, as far as it is known.
      dtype: the element type.
      name: a name, or None.

    >>> import tangraph as tf
    >>> tf.TensorSpec([None, 3], tf.int32)
    TensorSpec(shape=(?, 3), dtype=tf.int32, name=None)
    """

    def __init__(self, shape: Any, dtype: Any = dtypes.float32, name: str | None = None) -> None:
        self._shape = TensorShape(shape)
        self._dtype: DType = dtypes.as_dtype(dtype)
        self._name = name

    @classmethod
    def from_spec(cls, spec: Any, name: str | None = None) -> TensorSpec:
        """Returns a spec like another."""
        return cls(spec.shape, spec.dtype, name or spec.name)

    @classmethod
    def from_tensor(cls, tensor: Any, name: str | None = None) -> TensorSpec:
        """Returns the spec of a tensor, with the name of its operation.

        Raises:
          ValueError: it is no tensor.
        """
        if not isinstance(tensor, Tensor):
            raise ValueError(f"`tensor` should be a tf.Tensor. Received: {tensor!r}")
        return TensorSpec(tensor.shape, tensor.dtype, name or tensor.op.name)

    @property
    def shape(self) -> TensorShape:
        """The shape, as far as it is known."""
        return self._shape

    @property
    def dtype(self) -> DType:
        """The element type."""
        return self._dtype

    @property
    def name(self) -> str | None:
        """The name, or None."""
        return self._name

    @property
    def value_type(self) -> Any:
        """The class of the values: Tensor."""
        return Tensor

    def is_compatible_with(self, spec_or_value: Any) -> bool:
        """Says whether a tensor, or one of another spec, fits in type and shape."""
        return (
            isinstance(spec_or_value, (TensorSpec, Tensor))
            and self._dtype.is_compatible_with(spec_or_value.dtype)
            and self._shape.is_compatible_with(spec_or_value.shape)
        )

    def most_specific_compatible_type(self, other: TypeSpec) -> TensorSpec:
        """Returns the narrowest spec that both fit.

        Raises:
          ValueError: the element types differ, or the other is no TensorSpec.
        """
        if not isinstance(other, TensorSpec) or type(self) is not type(other) or self._dtype != other.dtype:
            raise ValueError(f"Types are not compatible: {self!r} vs {other!r}")
        shape = self._shape.most_specific_compatible_shape(other.shape)
        return TensorSpec(shape, self._dtype, self._name if self._name == other.name else None)

    def _serialize(self) -> tuple[Any, ...]:
        return self._shape, self._dtype, self._name

    @property
    def _component_specs(self) -> Any:
        return self

    def _components_of(self, value: Any) -> Any:
        try:
            value = convert_to_tensor(value, self._dtype)
        except (TypeError, ValueError):
            fits = False
        else:
            fits = value.shape.is_compatible_with(self._shape)
        if not fits:
            raise ValueError(
                f"Value {value!r} is not convertible to a tensor with dtype {self._dtype} and shape {self._shape}."
            )
        return value

    def _made_of(self, components: Any) -> Any:
        return components

    def _from_compatible_tensor_list(self, tensor_list: list[Any]) -> Any:
        (tensor,) = tensor_list
        tensor.set_shape(self._shape)
        return tensor

    def _batch(self, batch_size: int | None) -> TensorSpec:
        return TensorSpec(TensorShape([batch_size]).concatenate(self._shape), self._dtype)

    def _unbatch(self) -> TensorSpec:
        if self._shape.ndims == 0:
            raise ValueError("Unbatching a tensor is only supported for rank >= 1")
        return TensorSpec(self._shape[1:], self._dtype)

    def _to_legacy_output_types(self) -> Any:
        return self._dtype

    def _to_legacy_output_shapes(self) -> Any:
        return self._shape

    def _to_legacy_output_classes(self) -> Any:
        return Tensor

    def __repr__(self) -> str:
        return f"TensorSpec(shape={self.shape}, dtype={self.dtype!r}, name={self.name!r})"


register_type_spec_from_value_converter(np.ndarray, lambda array: TensorSpec(array.shape, array.dtype))
register_type_spec_from_value_converter(Tensor, lambda tensor: TensorSpec(tensor.shape, tensor.dtype))
