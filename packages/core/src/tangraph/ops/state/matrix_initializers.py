"""Initializers of matrices: the identity, and orthogonal ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.make_op import make_op
from tangraph.framework.tensor_shape import TensorShape
from tangraph.ops.state.initializer_base import FloatInitializer

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor


@export("initializers.identity", "keras.initializers.Identity", "keras.initializers.identity")
class Identity(FloatInitializer):
    """The identity matrix; of a partitioned variable, its rows or columns.

    Args:
      gain: what to multiply it by.
      dtype: the element type, a floating-point one, when the call names none.
    """

    def __init__(self, gain: float = 1.0, dtype: Any = dtypes.float32) -> None:
        super().__init__(dtype)
        self.gain = gain

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        """Returns a matrix of a shape; ValueError for another rank."""
        whole = shape if partition_info is None else partition_info.full_shape
        if len(whole) != 2:
            raise ValueError("Identity matrix initializer can only be used for 2D matrices.")
        if isinstance(whole, TensorShape):
            whole = whole.as_list()
        from tangraph.ops.array.diag import eye

        rows, columns = whole
        matrix: Any = eye(rows, columns, dtype=self._wanted(dtype))
        if partition_info is not None:
            from tangraph.ops.array.slicing import slice as cut

            matrix = cut(matrix, partition_info.var_offset, shape)
        return self.gain * matrix  # type: ignore[no-any-return]

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make an equal initializer."""
        return {"gain": self.gain, "dtype": self.dtype.name}


def _orthogonal(rows: int, columns: int, dtype: Any, seed: int | None) -> Any:
    """Returns a random matrix with orthonormal columns, evenly distributed among those; rows >= columns."""
    from tangraph.ops.array.diag import diag_part
    from tangraph.ops.random.normal import random_normal

    normal = random_normal([rows, columns] if rows == columns else (rows, columns), dtype=dtype, seed=seed)
    q, r = make_op("Qr", normal, full_matrices=False)
    # The signs of the diagonal make the distribution uniform.
    return q * make_op("Sign", diag_part(r))


@export(
    "orthogonal_initializer",
    "initializers.orthogonal",
    "keras.initializers.Orthogonal",
    "keras.initializers.orthogonal",
)
class Orthogonal(FloatInitializer):
    """A random orthogonal matrix, reshaped (Saxe et al., 2014).

    Args:
      gain: what to multiply it by.
      seed: the operation's seed.
      dtype: the element type, a floating-point one, when the call names none.
    """

    def __init__(self, gain: float = 1.0, seed: int | None = None, dtype: Any = dtypes.float32) -> None:
        super().__init__(dtype)
        self.gain = gain
        self.seed = seed

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        """Returns values of a shape; ValueError when the rank is less than two."""
        if len(shape) < 2:
            raise ValueError("The tensor to initialize must be at least two-dimensional")
        from tangraph.ops.array.reshape import reshape
        from tangraph.ops.array.transpose import matrix_transpose

        rows, columns = math.prod(int(d) for d in shape[:-1]), int(shape[-1])
        q = _orthogonal(max(rows, columns), min(rows, columns), self._wanted(dtype), self.seed)
        if rows < columns:
            q = matrix_transpose(q)
        return self.gain * reshape(q, shape)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make an equal initializer."""
        return {"gain": self.gain, "seed": self.seed, "dtype": self.dtype.name}


@export("contrib.framework.convolutional_delta_orthogonal")
class ConvolutionDeltaOrthogonal(FloatInitializer):
    """A convolution kernel that is an orthogonal matrix in its middle and zero elsewhere (Xiao et al., 2018).

    Args:
      gain: what to multiply it by.
      seed: the operation's seed.
      dtype: the element type, a floating-point one, when the call names none.
    """

    def __init__(self, gain: float = 1.0, seed: int | None = None, dtype: Any = dtypes.float32) -> None:
        super().__init__(dtype)
        self.gain = gain
        self.seed = seed

    def __call__(self, shape: Any, dtype: Any = None, partition_info: Any = None) -> Tensor:
        """Returns values of a shape of rank 3, 4 or 5 with no more channels in than out; ValueError for others."""
        if not 3 <= len(shape) <= 5:
            raise ValueError("The tensor to initialize must be at least three-dimensional and at most five-dimensional")
        if shape[-2] > shape[-1]:
            raise ValueError("In_filters cannot be greater than out_filters.")
        from tangraph.ops.array.reshape import expand_dims
        from tangraph.ops.array.scatter_nd import scatter_nd
        from tangraph.ops.math.cast import cast

        dtype = self._wanted(dtype)
        q = _orthogonal(shape[-1], shape[-1], dtype, self.seed)[: shape[-2], :]
        q *= cast(self.gain, dtype=dtype)
        middle = [[(d - 1) // 2 for d in shape[:-2]]]
        return scatter_nd(middle, expand_dims(q, 0), shape)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make an equal initializer."""
        return {"gain": self.gain, "seed": self.seed, "dtype": self.dtype.name}
