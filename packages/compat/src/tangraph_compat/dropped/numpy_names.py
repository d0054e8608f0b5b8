"""Names that NumPy has dropped, most of them in 1.24 and 2.0."""

from __future__ import annotations

import builtins
import ctypes
import functools
import gc
import operator
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, Final

from tangraph_compat.dropped import answer, asked_by_library, constant, gone, numpy_scalars, used

_BUILTINS: Final = {"int": int, "float": float, "bool": bool, "object": object, "str": str, "complex": complex}

# Dropped name -> the name, or the dotted name, that NumPy has for it.
_RENAMED: Final = {
    "unicode": "str_",
    "float_": "float64",
    "complex_": "complex128",
    "unicode_": "str_",
    "string_": "bytes_",
    "NaN": "nan",
    "NAN": "nan",
    "Inf": "inf",
    "Infinity": "inf",
    "infty": "inf",
    "PINF": "inf",
    "singlecomplex": "complex64",
    "longfloat": "longdouble",
    "longcomplex": "clongdouble",
    "clongfloat": "clongdouble",
    "cfloat": "complex128",
    "int0": "intp",
    "uint0": "uintp",
    "void0": "void",
    "object0": "object_",
    "str0": "str_",
    "bytes0": "bytes_",
    "bool8": "bool_",
    "product": "prod",
    "cumproduct": "cumprod",
    "sometrue": "any",
    "alltrue": "all",
    "round_": "round",
    "row_stack": "vstack",
    "rank": "ndim",
    "alen": "size",
    "mat": "asmatrix",
    "trapz": "trapezoid",
    "in1d": "isin",
    "typeDict": "sctypeDict",
    "DataSource": "lib.npyio.DataSource",
    "byte_bounds": "lib.array_utils.byte_bounds",
    "issubclass_": "issubdtype",
}


def complete(module: ModuleType) -> None:
    """Has `numpy` answer, and gives arrays their dropped methods back."""
    names: dict[str, Callable[[], Any]] = {name: constant(value) for name, value in _BUILTINS.items()}
    names |= {old: lambda new=new: operator.attrgetter(new)(module) for old, new in _RENAMED.items()}  # type: ignore[misc]
    names |= {
        "NINF": constant(-module.inf),
        "PZERO": constant(0.0),
        "NZERO": constant(-0.0),
        "asscalar": constant(lambda a: a.item()),
        "asfarray": constant(lambda a, dtype=module.float64: module.asarray(a, dtype=dtype)),
        "alen": constant(lambda a: len(module.atleast_1d(a))),
        "in1d": constant(lambda a, b, *args, **kwargs: module.isin(module.ravel(a), b, *args, **kwargs)),
        "msort": constant(lambda a: module.sort(a, axis=0)),
        "cast": lambda: _Cast(module),
        "find_common_type": constant(lambda arrays, scalars: module.result_type(*arrays, *scalars)),
        "issubsctype": constant(module.issubdtype),
        "loads": gone("np.loads is gone from NumPy: use pickle.loads"),
    }
    answer(module, names, "np")
    _complete_arrays(module)
    _complete_functions(module)
    numpy_scalars.complete(module)
    numpy_scalars.print_plainly(module)


def _complete_functions(module: ModuleType) -> None:
    """Has functions take again what NumPy 1 took: an old keyword, rows of different lengths."""
    reshape = module.reshape

    @functools.wraps(reshape)
    def reshape_either(*args: Any, **kwargs: Any) -> Any:
        if "newshape" in kwargs:
            used.add("np.reshape(newshape=)")
            # By position: NumPy 2.0 has no `shape`, and later ones have no `newshape`.
            args = (*args, kwargs.pop("newshape")) if args else (kwargs.pop("a"), kwargs.pop("newshape"))
        return reshape(*args, **kwargs)

    module.reshape = reshape_either  # type: ignore[attr-defined]
    to_array = module.array
    for name in ("array", "asarray", "nan_to_num"):
        setattr(module, name, _ragged_too(getattr(module, name), to_array, f"np.{name} of rows of different lengths"))


def _ragged_too(function: Callable[..., Any], to_array: Callable[..., Any], name: str) -> Callable[..., Any]:
    """Returns a function that takes rows of different lengths for an array of objects, as NumPy 1 did."""

    @functools.wraps(function)
    def take_either(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except ValueError as error:
            typed = len(args) > 1 or kwargs.get("dtype") is not None
            if typed or not args or "inhomogeneous" not in str(error) or asked_by_library():
                raise
        used.add(name)
        return function(to_array(args[0], dtype=object), **kwargs)

    return take_either


class _Cast:
    """`np.cast`: np.cast["float32"](x), np.cast[np.float32](x)."""

    def __init__(self, module: ModuleType) -> None:
        self._numpy = module

    def __getitem__(self, dtype: Any) -> Callable[[Any], Any]:
        return lambda value: self._numpy.asarray(value).astype(dtype)


def _complete_arrays(module: ModuleType) -> None:
    """Gives `ndarray` the methods back that NumPy 2 has dropped; `tostring` is in every old TFRecord writer.

    A class that is written in C takes no attributes. Its dictionary does, in CPython.
    """
    if sys.implementation.name != "cpython":
        return
    methods = {
        "tostring": lambda array, order="C": array.tobytes(order),
        "itemset": _itemset,
        "ptp": module.ptp,
        "newbyteorder": lambda array, new_order="S": array.view(array.dtype.newbyteorder(new_order)),
    }
    held = gc.get_referents(vars(module.ndarray))[0]
    if not isinstance(held, dict):
        return
    for name, method in methods.items():
        # The first versions of NumPy 2 still have the names: one that works, and some that raise.
        held[name] = _Method(name, method, held.get(name) if name == "tostring" else None)
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(module.ndarray))


def _itemset(array: Any, *args: Any) -> None:
    *index, value = args
    if not index:
        array[(0,) * array.ndim] = value
    elif len(index) == 1 and isinstance(index[0], builtins.int):
        array.flat[index[0]] = value
    else:
        array[tuple(index[0] if len(index) == 1 else index)] = value


class _Method:
    """A method that is there for programs; libraries get NumPy's own, or hear that there is none."""

    def __init__(self, name: str, function: Callable[..., Any], own: Any = None) -> None:
        self._name = name
        self._function = function
        self._own = own

    def __get__(self, array: Any, owner: type) -> Any:
        if asked_by_library():
            if self._own is not None:
                return self._own.__get__(array, owner)
            raise AttributeError(f"'numpy.ndarray' object has no attribute '{self._name}'")
        used.add(f"ndarray.{self._name}")
        return self._function if array is None else self._function.__get__(array)
