"""What the inputs of an op case are: shapes, types and values, drawn from a fixed seed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from tangraph.framework import dtypes

#: Stands for the type that a case is checked in, one after the other.
CASE_TYPE: Final = "T"
_WORDS: Final = (b"", b"a", b"bc", b"\xce\xb1", b"tangram")


@dataclass(frozen=True, eq=False)
class Input:
    """One input of an op case.

    Attributes:
      shape: its shape.
      dtype: "T" for the type that the case is checked in, or the name of a fixed one.
      low, high: the range of numbers that are drawn; both may appear. Unsigned types start at 0.
      values: the values themselves, instead of drawn ones.
      constant: whether it is always a constant of the graph (axes, shapes), and never fed.
      differentiable: whether gradients with respect to it are checked, where its type has any.
      spread: whether no two elements are close, so that sorting and maxima do not change when inputs move a little.
    """

    shape: tuple[int, ...] = ()
    dtype: str = CASE_TYPE
    low: float = -2.0
    high: float = 2.0
    values: Any = None
    constant: bool = False
    differentiable: bool = True
    spread: bool = False

    def dtype_in(self, case_type: str) -> dtypes.DType:
        """Returns its dtype when the case is checked in `case_type`."""
        return dtypes.as_dtype(case_type if self.dtype == CASE_TYPE else self.dtype)

    def fixed(self) -> Input:
        """Returns the same input, left out of the check of gradients."""
        return replace(self, differentiable=False)

    def make(self, case_type: str, rng: np.random.Generator) -> Any:
        """Returns an array for the case in `case_type`."""
        dtype = self.dtype_in(case_type)
        if self.values is not None:
            return _strings(self.values) if dtype is dtypes.string else np.array(self.values).astype(dtype.np)
        if self.spread:
            return self._spread(dtype, rng)
        return self._draw(dtype, rng)

    def _spread(self, dtype: dtypes.DType, rng: np.random.Generator) -> Any:
        size = math.prod(self.shape)
        steps = rng.permutation(size).reshape(self.shape)
        if dtype.is_floating:
            return (self.low + (steps + 0.25) * ((self.high - self.low) / max(size, 1))).astype(dtype.np)
        return (max(math.ceil(self.low), 0) + steps if dtype.is_unsigned else math.ceil(self.low) + steps).astype(
            dtype.np
        )

    def _draw(self, dtype: dtypes.DType, rng: np.random.Generator) -> Any:
        match dtype.kind:
            case "f":
                return rng.uniform(self.low, self.high, self.shape).astype(dtype.np)
            case "c":
                real, imaginary = (rng.uniform(self.low, self.high, self.shape) for _ in range(2))
                return (real + 1j * imaginary).astype(dtype.np)
            case "b":
                return np.asarray(rng.random(self.shape) < 0.5)
            case "i" | "u" | "q":
                low = max(math.ceil(self.low), 0) if dtype.name.startswith(("u", "q")) else math.ceil(self.low)
                return np.asarray(rng.integers(low, max(math.floor(self.high), low) + 1, self.shape)).astype(dtype.np)
        if dtype is dtypes.string:
            return _strings(np.array(_WORDS, object)[rng.integers(0, len(_WORDS), self.shape)])
        raise TypeError(f"Values of type {dtype.name} cannot be drawn; give some. Received: {self}")


def _strings(values: Any) -> Any:
    """Returns an object array of bytes."""
    array = np.array(values, object)
    encoded = [v.encode() if isinstance(v, str) else v for v in array.ravel().tolist()]
    result = np.empty(array.size, object)
    result[:] = encoded
    return result.reshape(array.shape)


def of(*shape: int, low: float = -2.0, high: float = 2.0, dtype: str = CASE_TYPE, differentiable: bool = True) -> Input:
    """Returns an input with numbers from a range (or strings or bools, as the type is)."""
    return Input(shape, dtype, low, high, differentiable=differentiable)


def positive(*shape: int, dtype: str = CASE_TYPE) -> Input:
    """Returns an input with numbers that are greater than zero."""
    return Input(shape, dtype, 0.25, 3.0)


def distinct(*shape: int, low: float = -2.0, high: float = 2.0, dtype: str = CASE_TYPE) -> Input:
    """Returns an input of which no two elements are close. Integers are 0, 1, 2, ... from `low` in some order."""
    return Input(shape, dtype, low, high, spread=True)


def integers(*shape: int, below: int, start: int = 0, dtype: str = "int32") -> Input:
    """Returns an input with integers from `start` to `below` - 1."""
    return Input(shape, dtype, start, below - 1)


def bools(*shape: int) -> Input:
    """Returns an input with truth values."""
    return Input(shape, "bool")


def texts(*shape: int) -> Input:
    """Returns an input with strings."""
    return Input(shape, "string")


def given(values: Any, dtype: str = CASE_TYPE, *, differentiable: bool = True) -> Input:
    """Returns an input with these values."""
    return Input(np.shape(values), dtype, values=values, differentiable=differentiable)


def known(values: Any, dtype: str = "int32") -> Input:
    """Returns an input that is a constant of the graph, such as an axis or a shape."""
    return Input(np.shape(values), dtype, values=values, constant=True, differentiable=False)
