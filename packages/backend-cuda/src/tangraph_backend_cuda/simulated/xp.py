"""NumPy's functions for the simulated device's arrays: the array module that kernels are written against.

It has what CuPy 14 has, and no more: a kernel that runs here finds its functions on a GPU.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any, Final

import numpy as np

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
_MODULES: Final = frozenset({"linalg", "fft", "lib", "lib.stride_tricks"})
#: Functions of NumPy that kernels might want and that CuPy lacks.
ABSENT: Final = frozenset(
    """
    apply_over_axes block einsum_path errstate frompyfunc geomspace histogram_bin_edges insert isnat matvec nanpercentile
    nanquantile ndenumerate ndindex nditer polydiv spacing unstack vecdot vecmat vectorize
    """.split()  # noqa: SIM905  a table
)
_REDUCES: Final = frozenset({"add", "multiply"})
#: CuPy's ufuncs have all methods, and raise NotImplementedError in all but these.
METHODS: Final = {
    "reduce": _REDUCES,
    "accumulate": _REDUCES,
    "reduceat": frozenset({"add"}),
    "at": frozenset({"add", "subtract", "maximum", "minimum", "bitwise_and", "bitwise_or", "bitwise_xor"}),
}


class Ufunc:
    """A NumPy ufunc for device arrays; `out=` may be a device array."""

    __slots__ = ("__name__", "_ufunc", "nin", "nout")

    def __init__(self, ufunc: np.ufunc) -> None:
        self._ufunc = ufunc
        self.nin = ufunc.nin
        self.nout = ufunc.nout
        self.__name__ = ufunc.__name__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Computes; returns `out` where it was given."""
        return _call(self._ufunc, args, kwargs)

    def _method(self, name: str) -> Callable[..., Any]:
        if self.__name__ not in METHODS[name]:
            raise NotImplementedError(f"CuPy has no {self.__name__}.{name}")
        method: Callable[..., Any] = getattr(self._ufunc, name)
        return method

    def reduce(self, *args: Any, **kwargs: Any) -> Any:
        """As NumPy's."""
        return _call(self._method("reduce"), args, kwargs)

    def accumulate(self, *args: Any, **kwargs: Any) -> Any:
        """As NumPy's."""
        return _call(self._method("accumulate"), args, kwargs)

    def reduceat(self, *args: Any, **kwargs: Any) -> Any:
        """As NumPy's."""
        return _call(self._method("reduceat"), args, kwargs)

    def outer(self, *args: Any, **kwargs: Any) -> Any:
        """As NumPy's."""
        return _call(self._ufunc.outer, args, kwargs)

    def at(self, *args: Any) -> None:
        """As NumPy's."""
        self._method("at")(*unwrap(args))

    def __repr__(self) -> str:
        return f"<device ufunc {self.__name__!r}>"


def _call(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    out = kwargs.get("out")
    result = function(*unwrap(args), **unwrap(kwargs))
    if out is not None:
        return out[0] if isinstance(out, tuple) and len(out) == 1 else out
    return wrap(result)


class Module:
    """A module of NumPy for device arrays.

    Args:
      module: NumPy or one of its modules, or SciPy's special functions.
      name: what it is called.
    """

    #: What a plan takes for a ufunc of this library, and what kernels ask for its arrays.
    ufunc: Final = Ufunc
    ndarray: Final = DeviceArray

    def __init__(self, module: types.ModuleType, name: str = "") -> None:
        self._module = module
        self._path = name
        #: With it, kernels find the library's own special functions: those of `cupy` are in `cupyx.scipy.special`.
        self.__name__ = f"{__package__}.cupy"

    def __getattr__(self, name: str) -> Any:
        """Makes the device's version of a function at its first use."""
        if name in ABSENT:
            raise AttributeError(f"CuPy has no function '{name}'")
        found = self._make(name, getattr(self._module, name))
        self.__dict__[name] = found
        return found

    def _make(self, name: str, value: Any) -> Any:
        if isinstance(value, np.ufunc):
            return Ufunc(value)
        if isinstance(value, types.ModuleType):
            path = f"{self._path}.{name}".removeprefix(".")
            if path not in _MODULES:
                raise AttributeError(f"the simulated device has no module '{path}'")
            return Module(value, path)
        if name in _PLAIN:
            return _plain(value)
        if name in _MAKERS:
            return _maker(value)
        if isinstance(value, type) or not callable(value):
            return value
        if name in _COUNTING:
            return _counting(value)
        return lambda *args, **kwargs: _call(value, args, kwargs)


def _plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that looks at types and shapes alone, of arrays of either side."""

    def call(*args: Any, **kwargs: Any) -> Any:
        return function(*[a.peek() if isinstance(a, DeviceArray) else a for a in args], **kwargs)

    return function if isinstance(function, type) else call


def _counting(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        TRANSFERS.count_read(0)
        return _call(function, args, kwargs)

    return call


def _maker(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(value: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(value, DeviceArray):
            made = function(value.peek(), *args, **kwargs)
            return value if made is value.peek() else wrap(made)
        if isinstance(value, np.ndarray):
            TRANSFERS.count_upload(value.nbytes)
            return wrap(np.array(value, *args, **kwargs))
        return wrap(function(unwrap(value), *args, **kwargs))

    return call
