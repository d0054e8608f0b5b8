"""Python's operators on tensors. Importing this module puts them on `Tensor`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor import OVERLOADABLE_OPERATORS, Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.math import arithmetic, comparison, division, logical, power, unary

if TYPE_CHECKING:
    from collections.abc import Callable


def _add(x: Any, y: Any, name: str) -> Tensor:
    # AddV2 knows no strings.
    return arithmetic.add(x, y, name) if x.dtype.name == "string" else arithmetic.add_v2(x, y, name)


def _mul(x: Any, y: Any, name: str) -> Any:
    if isinstance(y, Tensor):
        return arithmetic.multiply(x, y, name)
    # A tensor times a SparseTensor is sparse.
    from tangraph.framework.make_op import make_op

    values = make_op("SparseDenseCwiseMul", y.indices, y.values, y.dense_shape, x, name=name)
    return type(y)(y.indices, values, y.dense_shape)


def _xor(x: Any, y: Any, name: str) -> Tensor:
    return logical.logical_xor(x, y, name)


def _matmul(x: Any, y: Any, name: str) -> Tensor:
    from tangraph.ops.math.matmul import matmul

    return matmul(x, y, name=name)


_BINARY: dict[str, Callable[[Any, Any, str], Any]] = {
    "add": _add,
    "sub": arithmetic.subtract,
    "mul": _mul,
    "div": division.div,
    "truediv": division.truediv,
    "floordiv": division.floordiv,
    "mod": division.floormod,
    "pow": power.pow,
    "and": logical.logical_and,
    "or": logical.logical_or,
    "xor": _xor,
    "matmul": _matmul,
}


def _from_left(name: str, function: Callable[[Any, Any, str], Any]) -> Callable[[Any, Any], Any]:
    reflected = f"__r{name}__"

    def operator(x: Any, y: Any) -> Any:
        with name_scope(None, name, [x, y]) as scope:
            if not isinstance(y, Tensor) and not _is_sparse(y):
                try:
                    y = convert_to_tensor(y, dtype_hint=x.dtype.base, name="y")
                except TypeError:
                    # What is no tensor may know what to do with one.
                    if hasattr(type(y), reflected):
                        return NotImplemented
                    raise
            return function(x, y, scope)

    return operator


def _from_right(name: str, function: Callable[[Any, Any, str], Any]) -> Callable[[Any, Any], Any]:
    def operator(y: Any, x: Any) -> Any:
        with name_scope(None, name, [x, y]) as scope:
            x = convert_to_tensor(x, dtype=y.dtype.base, name="x")
            return function(x, y, scope)

    return operator


def _is_sparse(value: Any) -> bool:
    return type(value).__name__ == "SparseTensor" and hasattr(value, "dense_shape")


def _getitem(tensor: Any, key: Any, var: Any = None) -> Tensor:
    from tangraph.ops.array.slicing import slice_helper

    return slice_helper(tensor, key, var)


def _methods() -> dict[str, Callable[..., Any]]:
    methods: dict[str, Callable[..., Any]] = {
        "__lt__": comparison.less,
        "__le__": comparison.less_equal,
        "__gt__": comparison.greater,
        "__ge__": comparison.greater_equal,
        "__neg__": unary.negative,
        "__abs__": unary.abs,
        "__invert__": logical.logical_not,
        "__getitem__": _getitem,
    }
    for name, function in _BINARY.items():
        methods[f"__{name}__"] = _from_left(name, function)
        methods[f"__r{name}__"] = _from_right(name, function)
    return methods


def sparse_by_dense(x: Any, y: Any, name: str, op_type: str) -> Any:
    """Returns a SparseTensor times or by a dense tensor: operator `name`, by the op `op_type`."""
    from tangraph.framework.make_op import make_op

    with name_scope(None, name, [x.indices, x.values, x.dense_shape, y]) as scope:
        y = convert_to_tensor(y, dtype=x.dtype.base, name="y")
        values = make_op(op_type, x.indices, x.values, x.dense_shape, y, name=scope)
        return type(x)(x.indices, values, x.dense_shape)


def _install() -> None:
    methods = _methods()
    for name in OVERLOADABLE_OPERATORS:
        method = methods[name]
        if name != "__getitem__" and not getattr(method, "__qualname__", "").startswith("_from_"):
            method = _plain(method)
        method.__name__ = method.__qualname__ = name
        setattr(Tensor, name, method)


def _plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """A new function, whose name may be set."""

    def operator(*args: Any) -> Any:
        return function(*args)

    return operator


_install()
