"""`tensorflow.python.framework.tensor_shape`: what is public, and the functions that made shapes before 1.0."""

from __future__ import annotations

from typing import Any

from tangraph.framework.tensor_shape import TensorShape
from tangraph_compat.internals import names_of

__getattr__, __dir__ = names_of(__name__)


def as_shape(shape: Any) -> TensorShape:
    """Returns a shape as a TensorShape."""
    return shape if isinstance(shape, TensorShape) else TensorShape(shape)


def scalar() -> TensorShape:
    """Returns the shape of a scalar."""
    return TensorShape([])


def vector(length: Any) -> TensorShape:
    """Returns the shape of a vector."""
    return TensorShape([length])


def matrix(rows: Any, cols: Any) -> TensorShape:
    """Returns the shape of a matrix."""
    return TensorShape([rows, cols])


def unknown_shape(rank: int | None = None, **kwargs: Any) -> TensorShape:
    """Returns a shape of unknown dimensions, and of unknown rank unless one is given.

    Raises:
      TypeError: there are other arguments.
    """
    rank = kwargs.pop("ndims", rank)
    if kwargs:
        raise TypeError(f"Unknown argument: {min(kwargs)}")
    return TensorShape(None) if rank is None else TensorShape([None] * rank)
