"""NumPy's functions for the simulated device's arrays: the array module that kernels are written against.

It has what CuPy 14 has (`cupy_api.txt`), takes the arguments and the types that CuPy takes, and no more: a kernel that
runs here finds its functions on a GPU.
"""

from __future__ import annotations

import importlib
import types
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from tangraph_backend_cuda.simulated import cupy_api
from tangraph_backend_cuda.simulated.array import DeviceArray, unwrap, wrap
from tangraph_backend_cuda.simulated.transfers import TRANSFERS

#: Functions of types and shapes: they look at no element and answer on the host.
_PLAIN: Final = frozenset(
    [
        "broadcast_shapes",
        "can_cast",
        "dtype",
        "finfo",
        "iinfo",
        "isdtype",
        "isscalar",
        "issubdtype",
        "may_share_memory",
        "min_scalar_type",
        "ndim",
        "promote_types",
        "result_type",
        "s_",
        "shape",
        "shares_memory",
        "size",
    ]
)
#: Functions that make device arrays of host data; a transfer.
_MAKERS: Final = frozenset({"array", "asarray", "asanyarray", "ascontiguousarray"})
#: Functions whose results have a size that depends on the elements: the host waits to hear it.
_COUNTING: Final = frozenset({"argwhere", "bincount", "compress", "extract", "flatnonzero", "nonzero", "unique"})
#: Modules below the array module; those with a name have functions of their own here.
_MODULES: Final = {
    "fft": None,
    "lib": None,
    "lib.stride_tricks": None,
    "linalg": "tangraph_backend_cuda.simulated.linalg",
}
_REDUCES: Final = frozenset({"add", "multiply"})
#: CuPy's ufuncs have all methods, and raise NotImplementedError in all but these.
METHODS: Final = {
    "reduce": _REDUCES,
    "accumulate": _REDUCES,
    "reduceat": frozenset({"add"}),
    "at": frozenset({"add", "subtract", "maximum", "minimum", "bitwise_and", "bitwise_or", "bitwise_xor"}),
}
_METHOD_OPTIONS: Final = frozenset({"axis", "dtype", "out", "keepdims"})
_WORDS: Final = frozenset({"int32", "uint32"})
_REALS: Final = _WORDS | {"uint64", "float32", "float64"}
#: The types that `at` adds, compares and so on in: those that CUDA does it for in one step.
ATOMIC: Final = {
    "add": _REALS | {"float16"},
    "subtract": _WORDS,
    "maximum": _REALS,
    "minimum": _REALS,
    **dict.fromkeys(["bitwise_and", "bitwise_or", "bitwise_xor"], _WORDS | {"uint64"}),
}


class Ufunc:
    """A NumPy ufunc for device arrays; `out=` may be a device array.

    Args:
      ufunc: NumPy's or SciPy's.
      entry: what CuPy says of its own.
    """

    __slots__ = ("__name__", "_entry", "_ufunc", "nin", "nout")

    def __init__(self, ufunc: np.ufunc, entry: cupy_api.Entry) -> None:
        self._ufunc = ufunc
        self._entry = entry
        self.nin = ufunc.nin
        self.nout = ufunc.nout
        self.__name__ = ufunc.__name__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Computes; returns `out` where it was given."""
        self._entry.check_call(args, kwargs)
        if self._entry.loops and "dtype" not in kwargs:
            self._entry.check_types(getattr(value, "dtype", None) for value in args[: self.nin])
        return _call(self._ufunc, args, kwargs)

    def _method(self, name: str, kwargs: dict[str, Any]) -> Callable[..., Any]:
        if self.__name__ not in METHODS[name]:
            raise NotImplementedError(f"CuPy has no {self.__name__}.{name}")
        wrong = kwargs.keys() - _METHOD_OPTIONS
        if wrong:
            raise TypeError(f"CuPy's {self.__name__}.{name} takes {sorted(_METHOD_OPTIONS)}. Received: {sorted(wrong)}")
        method: Callable[..., Any] = getattr(self._ufunc, name)
        return method

    def reduce(self, *args: Any, **kwargs: Any) -> Any:
        """As NumPy's."""
        return _call(self._method("reduce", kwargs), args, kwargs)

    def accumulate(self, *args: Any, **kwargs: Any) -> Any:
        """As NumPy's."""
        return _call(self._method("accumulate", kwargs), args, kwargs)

    def reduceat(self, *args: Any, **kwargs: Any) -> Any:
        """As NumPy's."""
        return _call(self._method("reduceat", kwargs), args, kwargs)

    def outer(self, *args: Any, **kwargs: Any) -> Any:
        """As NumPy's."""
        return _call(self._ufunc.outer, args, kwargs)

    def at(self, *args: Any) -> None:
        """As NumPy's, in the types that CuPy has it for."""
        method, dtype = self._method("at", {}), args[0].dtype.name
        if dtype not in ATOMIC[self.__name__]:
            raise TypeError(f"CuPy has {self.__name__}.at for {sorted(ATOMIC[self.__name__])}. Received: {dtype}")
        method(*unwrap(args))

    def __repr__(self) -> str:
        return f"<device ufunc {self.__name__!r}>"


def _call(function: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    out = kwargs.get("out")
    result = function(*unwrap(args), **unwrap(kwargs))
    if out is not None:
        return out[0] if isinstance(out, tuple) and len(out) == 1 else out
    return wrap(result)


class Module:
    """A module of NumPy for device arrays.

    Args:
      module: NumPy or one of its modules, or SciPy's special functions.
      name: CuPy's name of it.
    """

    #: What a plan takes for a ufunc of this library, and what kernels ask for its arrays.
    ufunc: Final = Ufunc
    ndarray: Final = DeviceArray

    def __init__(self, module: types.ModuleType, name: str = "cupy") -> None:
        self._module = module
        self._path = name
        #: With it, kernels find the library's own special functions: those of `cupy` are in `cupyx.scipy.special`.
        self.__name__ = f"{__package__}.cupy"

    def __getattr__(self, name: str) -> Any:
        """Makes the device's version of a function at its first use."""
        found = self._module_of(name) or self._make(name)
        self.__dict__[name] = found
        return found

    def _module_of(self, name: str) -> Any:
        path = f"{self._path}.{name}"
        inner = path.removeprefix("cupy.")
        if inner not in _MODULES:
            return None
        own = _MODULES[inner]
        return Module(getattr(self._module, name), path) if own is None else importlib.import_module(own)

    def _make(self, name: str) -> Any:
        entry = cupy_api.find(f"{self._path}.{name}")
        value = getattr(self._module, name)
        if isinstance(value, np.ufunc):
            return Ufunc(value, entry)
        if name in _PLAIN:
            return _plain(value)
        if name in _MAKERS:
            return _maker(value, entry)
        if isinstance(value, type) or not callable(value):
            return value
        return _function(value, entry, counts=name in _COUNTING)


def _function(function: Callable[..., Any], entry: cupy_api.Entry, *, counts: bool) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        entry.check_call(args, kwargs)
        if counts:
            TRANSFERS.count_read(0)
        return _call(function, args, kwargs)

    return call


def _plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that looks at types and shapes alone, of arrays of either side."""

    def call(*args: Any, **kwargs: Any) -> Any:
        return function(*[a.peek() if isinstance(a, DeviceArray) else a for a in args], **kwargs)

    return function if isinstance(function, type) else call


def _maker(function: Callable[..., Any], entry: cupy_api.Entry) -> Callable[..., Any]:
    def call(value: Any, *args: Any, **kwargs: Any) -> Any:
        entry.check_call((value, *args), kwargs)
        if isinstance(value, DeviceArray):
            made = function(value.peek(), *args, **kwargs)
            return value if made is value.peek() else wrap(made)
        if isinstance(value, np.ndarray):
            TRANSFERS.count_upload(value.nbytes)
            return wrap(np.array(value, *args, **kwargs))
        return wrap(function(unwrap(value), *args, **kwargs))

    return call
