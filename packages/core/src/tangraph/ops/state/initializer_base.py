"""What initializers are, and the arithmetic that several of them share."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Self

from tangraph.export import export
from tangraph.framework import dtypes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tangraph.framework.dtypes import DType
    from tangraph.framework.tensor import Tensor


@export("keras.initializers.Initializer")
class Initializer:
    """Makes the initial value of a variable from its shape; an instance is called as a function.

    A subclass has ``__call__(shape, dtype=None, partition_info=None)`` and, to be written to a config, `get_config`.
    """

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        """Returns a tensor.

        Args:
          shape: its shape.
          dtype: its element type; the initializer's own when None.
          partition_info: which part of a partitioned variable it is for, or None.
        """
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make an equal initializer."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Returns an initializer made with the arguments in `config`."""
        return cls(**config)


class TypedInitializer(Initializer):
    """An initializer with an element type of its own.

    Attributes:
      dtype: the element type when the call names none.
    """

    def __init__(self, dtype: Any = dtypes.float32) -> None:
        self.dtype: DType = dtypes.as_dtype(dtype)

    def _wanted(self, dtype: Any) -> Any:
        return self.dtype if dtype is None else dtype


class FloatInitializer(TypedInitializer):
    """An initializer of floating-point variables.

    Raises:
      ValueError: `dtype` is no floating-point type.
    """

    def __init__(self, dtype: Any = dtypes.float32) -> None:
        super().__init__(dtype)
        if not self.dtype.is_floating:
            raise ValueError(f"Expected floating point type, got {self.dtype}.")


def compute_fans(shape: Sequence[int]) -> tuple[int, int]:
    """Returns the numbers of units that a weight of this shape joins: (in, out).

    >>> compute_fans([2, 3]), compute_fans([3, 3, 2, 4])
    ((2, 3), (18, 36))
    """
    if len(shape) < 1:
        return 1, 1
    if len(shape) == 1:
        return int(shape[0]), int(shape[0])
    field = math.prod(int(d) for d in shape[:-2])
    return int(shape[-2]) * field, int(shape[-1]) * field
