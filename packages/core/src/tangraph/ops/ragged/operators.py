"""Python's operators on RaggedTensors. Importing this module puts them on the class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tangraph.ops.math import arithmetic, comparison, division, logical, power, unary
from tangraph.ops.ragged.tensor import RaggedTensor


def _plain(function: Callable[..., Any]) -> Callable[..., Any]:
    def operator(*args: Any) -> Any:
        return function(*args)

    return operator


def _reflected(function: Callable[..., Any]) -> Callable[..., Any]:
    def operator(y: Any, x: Any) -> Any:
        return function(x, y)

    return operator


_BINARY: dict[str, Callable[..., Any]] = {
    "add": arithmetic.add,
    "sub": arithmetic.subtract,
    "mul": arithmetic.multiply,
    "div": division.div,
    "truediv": division.truediv,
    "floordiv": division.floordiv,
    "mod": division.floormod,
    "pow": power.pow,
    "and": logical.logical_and,
    "or": logical.logical_or,
    "xor": logical.logical_xor,
}
_OTHERS: dict[str, Callable[..., Any]] = {
    "__lt__": comparison.less,
    "__le__": comparison.less_equal,
    "__gt__": comparison.greater,
    "__ge__": comparison.greater_equal,
    "__neg__": unary.negative,
    "__abs__": unary.abs,
    "__invert__": logical.logical_not,
}


def _install() -> None:
    for name, function in _BINARY.items():
        setattr(RaggedTensor, f"__{name}__", _plain(function))
        setattr(RaggedTensor, f"__r{name}__", _reflected(function))
    for name, function in _OTHERS.items():
        setattr(RaggedTensor, name, _plain(function))


_install()
