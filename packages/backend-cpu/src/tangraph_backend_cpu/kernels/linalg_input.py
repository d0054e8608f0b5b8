"""What kernels of linear algebra check of their inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from tangraph.framework import errors, raw_shape

if TYPE_CHECKING:
    from tangraph.plan.kernel import KernelContext


def raise_invalid(text: str) -> NoReturn:
    """Raises InvalidArgumentError."""
    raise errors.InvalidArgumentError(None, None, text)


def checked(x: Any, index: int = 0) -> Any:
    """Returns matrices.

    Raises:
      InvalidArgumentError: of rank less than two.
    """
    if x.ndim < 2:
        raise_invalid(f"Input tensor {index} must have rank >= 2, got {x.ndim}")
    return x


def squares(x: Any) -> Any:
    """Returns square matrices.

    Raises:
      InvalidArgumentError: they are none.
    """
    checked(x)
    if x.shape[-1] != x.shape[-2]:
        raise_invalid("Input matrix must be square.")
    return x


def systems(matrix: Any, rhs: Any, *, is_square: bool = True) -> None:
    """Checks the inputs of systems of equations.

    Raises:
      InvalidArgumentError: the shapes do not fit.
    """
    checked(matrix)
    checked(rhs, 1)
    if matrix.shape[:-2] != rhs.shape[:-2]:
        raise_invalid(
            "All input tensors must have the same outer dimensions.\nReceived: "
            f"{raw_shape.to_str(matrix.shape)} and {raw_shape.to_str(rhs.shape)}"
        )
    if is_square and matrix.shape[-1] != matrix.shape[-2]:
        raise_invalid("Input matrix must be square.")
    if matrix.shape[-2] != rhs.shape[-2]:
        raise_invalid("Input matrix and rhs are incompatible.")


def computed_in(k: KernelContext) -> Any:
    """Returns the type that LAPACK computes a node's type in."""
    dtype = k.input_dtypes[0].np
    return np.dtype(np.float32) if dtype == np.float16 else dtype
