"""Arrays of strings: object arrays of bytes, and single bytes objects."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np


def flat(x: Any) -> list[bytes]:
    """Returns the strings of an array as a list."""
    return [x] if isinstance(x, bytes) else np.asarray(x, object).ravel().tolist()


def made(strings: Iterable[bytes], shape: tuple[int, ...]) -> Any:
    """Returns an array of strings; of shape (), the string itself."""
    values = list(strings)
    if shape == ():
        return values[0]
    result = np.empty(len(values), object)
    result[:] = values
    return result.reshape(shape)


def shape_of(x: Any) -> tuple[int, ...]:
    """Returns the shape of an array of strings."""
    return () if isinstance(x, bytes) else np.shape(x)


def each(function: Callable[[bytes], bytes]) -> Callable[[Any], Any]:
    """Returns a function of arrays that applies another to each string."""

    def run(x: Any) -> Any:
        return function(x) if isinstance(x, bytes) else made(map(function, flat(x)), np.shape(x))

    return run


def numbers(values: Any, dtype: Any, shape: tuple[int, ...]) -> Any:
    """Returns numbers as an array of a type; of shape (), as a scalar."""
    result = np.array(values, dtype).reshape(shape)
    return result[()] if shape == () else result


def encoded(attr: str | bytes) -> bytes:
    """Returns a string attr as bytes."""
    return attr if isinstance(attr, bytes) else attr.encode()
