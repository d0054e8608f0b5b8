"""Diagonals and bands of matrices."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import errors, raw_shape
from tangraph.plugin import KernelSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


def _at_least(x: Any, rank: int, what: str = "input") -> None:
    if x.ndim < rank:
        raise errors.InvalidArgumentError(
            None, None, f"{what} must be at least {rank}-dim, received shape: {raw_shape.to_str(x.shape)}"
        )


@kernel("Diag")
def diag(k: KernelContext) -> Callable[..., Any]:
    """A tensor of twice the rank with a given diagonal."""
    xp, dtype = k.xp, k.output_dtypes[0].np

    def made(x: Any) -> Any:
        _at_least(x, 1)
        result = xp.zeros((x.size, x.size), dtype)
        places = xp.arange(x.size)
        result[places, places] = x.ravel()
        return result.reshape(x.shape + x.shape)

    return made


@kernel("DiagPart")
def diag_part(k: KernelContext) -> Callable[..., Any]:
    """The diagonal of a tensor of even rank."""
    del k

    def taken(x: Any) -> Any:
        half = x.ndim // 2
        if x.ndim % 2 or not x.ndim:
            raise errors.InvalidArgumentError(
                None, None, f"The rank of the tensor should be even and positive, got shape {raw_shape.to_str(x.shape)}"
            )
        for i in range(half):
            if x.shape[i] != x.shape[i + half]:
                raise errors.InvalidArgumentError(
                    None,
                    None,
                    f"Invalid shape {raw_shape.to_str(x.shape)}: dimensions {i} and {i + half} do not match.",
                )
        size = math.prod(x.shape[:half])
        return x.reshape(size, size).diagonal().copy().reshape(x.shape[:half])

    return taken


@kernel("MatrixDiag")
def matrix_diag(k: KernelContext) -> Callable[..., Any]:
    """Square matrices with given diagonals."""
    xp, dtype = k.xp, k.output_dtypes[0].np
    empty = b"" if dtype.hasobject else 0

    def made(x: Any) -> Any:
        _at_least(x, 1, "diagonal")
        size = x.shape[-1]
        result = xp.full((*x.shape, size), empty, dtype)
        places = xp.arange(size)
        result[..., places, places] = x
        return result

    return made


@kernel("MatrixDiagPart")
def matrix_diag_part(k: KernelContext) -> Callable[..., Any]:
    """The diagonals of matrices."""
    del k

    def taken(x: Any) -> Any:
        _at_least(x, 2)
        return x.diagonal(axis1=-2, axis2=-1).copy()

    return taken


@kernel("MatrixSetDiag")
def matrix_set_diag(k: KernelContext) -> Callable[..., Any]:
    """Copies of matrices with other diagonals."""
    xp = k.xp

    def replaced(x: Any, diagonal: Any) -> Any:
        _at_least(x, 2)
        _at_least(diagonal, 1, "diagonal")
        expected = (*x.shape[:-2], min(x.shape[-2:]))
        if diagonal.shape != expected:
            raise errors.InvalidArgumentError(
                None,
                None,
                "must have diagonal.shape == input.shape[:-2] + min(input.shape[-2:]), but received input shape: "
                f"{raw_shape.to_str(x.shape)} and diagonal shape: {raw_shape.to_str(diagonal.shape)}",
            )
        result = x.copy()
        places = xp.arange(expected[-1])
        result[..., places, places] = diagonal
        return result

    return replaced


@kernel("MatrixBandPart")
def matrix_band_part(k: KernelContext) -> Callable[..., Any]:
    """Copies of matrices with zeros outside of a band."""
    xp, dtype = k.xp, k.output_dtypes[0].np
    zero = np.zeros((), dtype)[()] if not dtype.hasobject else b""

    def banded(x: Any, lower: Any, upper: Any) -> Any:
        _at_least(x, 2)
        rows, columns = x.shape[-2:]
        below, above = int(lower), int(upper)
        for what, number, size in (("lower", below, rows), ("upper", above, columns)):
            if number > size:
                raise errors.InvalidArgumentError(
                    None,
                    None,
                    f"num_{what} must be negative or less or equal to number of "
                    f"{'rows' if what == 'lower' else 'columns'} ({size}) got: {number}",
                )
        offset = xp.arange(columns)[None, :] - xp.arange(rows)[:, None]
        inside = xp.ones((rows, columns), bool)
        if below >= 0:
            inside &= offset >= -below
        if above >= 0:
            inside &= offset <= above
        return xp.where(inside, x, zero)

    return banded
