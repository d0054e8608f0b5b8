"""The simulated device's array: a NumPy array that nobody on the host may touch.

It is no `ndarray` subclass. NumPy's functions refuse it, and so do its own operators when the other side is a host
array; numbers and NumPy scalars are let in, as CuPy does, since they travel as kernel arguments. Reading a value back
(`bool`, `int`, `item`) works and is counted as the transfer that it is.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np

from tangraph_backend_cuda.simulated.transfers import TRANSFERS


class MixedDevicesError(TypeError):
    """A host array met a device array."""


def unwrap(value: Any) -> Any:
    """Returns what stands behind an argument of a device function.

    Raises:
      MixedDevicesError: it is a host array, or has one in it.
    """
    if isinstance(value, DeviceArray):
        return value.peek()
    if isinstance(value, np.ndarray):
        raise MixedDevicesError(
            f"a host array cannot be used on the device: move it first. Received: shape {value.shape}, {value.dtype}"
        )
    if isinstance(value, (list, tuple)):
        items = [unwrap(v) for v in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if isinstance(value, dict):
        return {k: unwrap(v) for k, v in value.items()}
    return value


def wrap(value: Any) -> Any:
    """Returns a result of NumPy as one of the device: arrays and NumPy scalars become device arrays."""
    if isinstance(value, (np.ndarray, np.generic)):
        return DeviceArray(np.asarray(value))
    if isinstance(value, (list, tuple)):
        items = [wrap(v) for v in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    return value


class DeviceArray:
    """An array of the simulated device.

    Args:
      data: the NumPy array that holds its elements; nobody else may hold it.
    """

    __slots__ = ("__weakref__", "_data")
    #: NumPy's operators and ufuncs give up at once.
    __array_ufunc__: Final = None
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, data: np.ndarray[Any, Any]) -> None:
        if data.dtype.hasobject or data.dtype.kind in "SU":
            raise TypeError(f"strings and objects stay on the host. Received: an array of {data.dtype}")
        self._data = data

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise MixedDevicesError("a device array does not become a host array by itself: move it with to_host().")

    # -- what is known without looking at the elements ------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        """As NumPy's."""
        shape: tuple[int, ...] = self._data.shape
        return shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """As NumPy's."""
        dtype: np.dtype[Any] = self._data.dtype
        return dtype

    @property
    def ndim(self) -> int:
        """As NumPy's."""
        return self._data.ndim

    @property
    def size(self) -> int:
        """As NumPy's."""
        return self._data.size

    @property
    def nbytes(self) -> int:
        """As NumPy's."""
        return self._data.nbytes

    @property
    def itemsize(self) -> int:
        """As NumPy's."""
        return self._data.itemsize

    @property
    def strides(self) -> tuple[int, ...]:
        """As NumPy's."""
        return self._data.strides

    @property
    def base(self) -> Any:
        """As NumPy's: whether the array is a view."""
        return self._data.base

    @property
    def flags(self) -> Any:
        """As NumPy's."""
        return self._data.flags

    @property
    def T(self) -> DeviceArray:
        """As NumPy's."""
        return DeviceArray(self._data.T)

    @property
    def real(self) -> DeviceArray:
        """As NumPy's."""
        return DeviceArray(self._data.real)

    @real.setter
    def real(self, value: Any) -> None:
        self._data.real = unwrap(value)

    @property
    def imag(self) -> DeviceArray:
        """As NumPy's."""
        return DeviceArray(self._data.imag)

    @imag.setter
    def imag(self, value: Any) -> None:
        self._data.imag = unwrap(value)

    def peek(self) -> np.ndarray[Any, Any]:
        """Returns the host array behind it, for the device's own functions: neither a copy nor a transfer."""
        return self._data

    def __len__(self) -> int:
        return len(self._data)

    def __repr__(self) -> str:
        return f"<DeviceArray {self.dtype}{list(self.shape)}>"

    # -- reading back: each of these waits for the device -----------------------------------------------------------

    def _read(self) -> np.ndarray[Any, Any]:
        TRANSFERS.count_read(self._data.nbytes)
        return self._data

    def __bool__(self) -> bool:
        return bool(self._read())

    def __int__(self) -> int:
        return int(self._read())

    def __float__(self) -> float:
        return float(self._read())

    def __complex__(self) -> complex:
        return complex(self._read())

    def __index__(self) -> int:
        return operator.index(self._read()[()])

    def item(self, *args: Any) -> Any:
        """As NumPy's; counted."""
        return self._read().item(*args)

    def tolist(self) -> Any:
        """As NumPy's; counted."""
        return self._read().tolist()

    # -- elements ---------------------------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[DeviceArray]:
        return (DeviceArray(np.asarray(row)) for row in self._data)

    def __getitem__(self, key: Any) -> DeviceArray:
        parts = key if isinstance(key, tuple) else (key,)
        if any(isinstance(part, DeviceArray) and part.dtype.kind == "b" for part in parts):
            TRANSFERS.count_read(0)  # how many are picked is not known before
        return DeviceArray(np.asarray(self._data[unwrap(key)]))

    def __setitem__(self, key: Any, value: Any) -> None:
        self._data[unwrap(key)] = unwrap(value)


def _method(name: str) -> Callable[..., Any]:
    function = getattr(np.ndarray, name)

    def call(self: DeviceArray, *args: Any, **kwargs: Any) -> Any:
        out = kwargs.get("out")
        result = function(self._data, *unwrap(args), **unwrap(kwargs))
        return out if out is not None else wrap(result)

    call.__name__ = name
    return call


def _binary(function: Callable[..., Any], *, reflected: bool = False) -> Callable[..., Any]:
    def call(self: DeviceArray, other: Any) -> Any:
        if not isinstance(other, (DeviceArray, np.ndarray, np.generic, bool, int, float, complex)):
            return NotImplemented
        mine, theirs = self._data, unwrap(other)
        return wrap(function(theirs, mine) if reflected else function(mine, theirs))

    return call


def _unary(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self: wrap(function(self._data))


def _in_place(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(self: DeviceArray, other: Any) -> DeviceArray:
        function(self._data, unwrap(other), out=self._data)
        return self

    return call


_METHODS: Final = (
    "all any argmax argmin argpartition argsort astype clip compress conj conjugate copy cumprod cumsum diagonal dot "
    "fill flatten max mean min nonzero partition prod ravel repeat reshape round searchsorted sort squeeze std sum "
    "swapaxes take trace transpose var view"
)
_BINARY: Final = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "truediv": np.true_divide,
    "floordiv": np.floor_divide,
    "mod": np.remainder,
    "pow": np.power,
    "matmul": np.matmul,
    "and": np.bitwise_and,
    "or": np.bitwise_or,
    "xor": np.bitwise_xor,
    "lshift": np.left_shift,
    "rshift": np.right_shift,
}
_COMPARISONS: Final = {
    "eq": np.equal,
    "ne": np.not_equal,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
}
for _name in _METHODS.split():
    setattr(DeviceArray, _name, _method(_name))
for _name, _ufunc in _BINARY.items():
    setattr(DeviceArray, f"__{_name}__", _binary(_ufunc))
    setattr(DeviceArray, f"__r{_name}__", _binary(_ufunc, reflected=True))
    setattr(DeviceArray, f"__i{_name}__", _in_place(_ufunc))
for _name, _ufunc in _COMPARISONS.items():
    setattr(DeviceArray, f"__{_name}__", _binary(_ufunc))
for _name, _ufunc in {"neg": np.negative, "pos": np.positive, "abs": np.absolute, "invert": np.invert}.items():
    setattr(DeviceArray, f"__{_name}__", _unary(_ufunc))
