"""TensorSpec: the type and shape of a tensor that is not there yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_shape import TensorShape

if TYPE_CHECKING:
    from tangraph.framework.dtypes import DType


@export("TensorSpec")
class TensorSpec:
    """Describes a tensor.

    Args:
      shape: anything that converts to a TensorShape.
      dtype: the element type.
      name: a name for the tensor.

    Raises:
      TypeError: `shape` is no shape, or `dtype` no type.

    >>> import tangraph as tf
    >>> tf.TensorSpec([None, 2], tf.int32, "x")
    TensorSpec(shape=(?, 2), dtype=tf.int32, name='x')
    """

    __slots__ = ("_dtype", "_name", "_shape")

    value_type = Tensor

    def __init__(self, shape: Any, dtype: Any = dtypes.float32, name: str | None = None) -> None:
        self._shape = TensorShape(shape)
        self._dtype = dtypes.as_dtype(dtype)
        self._name = name

    @classmethod
    def from_spec(cls, spec: Any, name: str | None = None) -> TensorSpec:
        """Returns the spec of the same shape and type, under a name of its own when one is given."""
        return cls(spec.shape, spec.dtype, name or spec.name)

    @classmethod
    def from_tensor(cls, tensor: Any, name: str | None = None) -> TensorSpec:
        """Returns the spec of a tensor; its name is the operation's when none is given.

        Raises:
          ValueError: it is no tensor.
        """
        if not isinstance(tensor, Tensor):
            raise ValueError("`tensor` should be a tf.Tensor")
        return TensorSpec(tensor.shape, tensor.dtype, name or tensor.op.name)

    @property
    def shape(self) -> TensorShape:
        """The shape."""
        return self._shape

    @property
    def dtype(self) -> DType:
        """The element type."""
        return self._dtype

    @property
    def name(self) -> str | None:
        """The name, if one was given."""
        return self._name

    def is_compatible_with(self, spec_or_tensor: Any) -> bool:
        """Says whether a tensor or spec has this type and a shape that may be this one."""
        return (
            isinstance(spec_or_tensor, (TensorSpec, Tensor))
            and self._dtype.is_compatible_with(spec_or_tensor.dtype)
            and self._shape.is_compatible_with(spec_or_tensor.shape)
        )

    def most_specific_compatible_type(self, other: Any) -> TensorSpec:
        """Returns the spec of all tensors that either spec describes.

        Raises:
          ValueError: the types differ.
        """
        if type(self) is not type(other) or self._dtype != other.dtype:
            raise ValueError(f"Types are not compatible: {self!r} vs {other!r}")
        shape = self._shape.most_specific_compatible_shape(other.shape)
        return TensorSpec(shape, self._dtype, self._name if self._name == other.name else None)

    def __repr__(self) -> str:
        return f"TensorSpec(shape={self._shape}, dtype={self._dtype!r}, name={self._name!r})"

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, TensorSpec)
            and type(self) is type(other)
            and self._shape.raw == other._shape.raw
            and self._dtype == other._dtype
            and self._name == other._name
        )

    def __hash__(self) -> int:
        return hash((self._shape.raw, self._dtype))
