"""Python functions as kernels."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import dtypes, errors
from tangraph.framework.dtypes import cpp_name
from tangraph.ops.script import functions
from tangraph.plugin import KernelSet
from tangraph_backend_cpu.kernels.control_arrays import invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


@kernel("PyFunc", "PyFuncStateless")
def py_func(k: KernelContext) -> Callable[..., Any]:
    """Calls the function with arrays (NumPy scalars for rank 0), and checks what it returns."""
    token, wanted = k.attr("token"), k.attr("Tout")

    def call(*args: Any) -> Any:
        function = _function(token)
        try:
            returned = function(*[_as_argument(a) for a in args])
            values = [_convert(v) for v in _as_list(returned)]
        except (Exception, SystemExit) as error:
            raise _translated(error) from error
        if len(values) != len(wanted):
            raise invalid(f"{token} returns {len(values)} values, but expects to see {len(wanted)} values.")
        for index, (value, dtype) in enumerate(zip(values, wanted, strict=True)):
            found = dtypes.as_dtype(value.dtype)
            if found is not dtype:
                raise invalid(
                    f"{index}-th value returned by {token} is {cpp_name(found)}, but expects {cpp_name(dtype)}"
                )
        return _results(values)

    return call


@kernel("EagerPyFunc")
def py_function(k: KernelContext) -> Callable[..., Any]:
    """Calls the function with arrays that have `numpy()`, and converts what it returns."""
    token, wanted = k.attr("token"), k.attr("Tout")

    def call(*args: Any) -> Any:
        function = _function(token)
        try:
            returned = function(*[_as_eager(a) for a in args])
            values = list(returned) if isinstance(returned, (tuple, list)) else _as_list(returned)
            if len(wanted) == 1 and len(values) > 1 and not hasattr(values[0], "shape"):
                values = [returned]
            arrays = [_convert_to(v, dtype) for v, dtype in zip(values, wanted, strict=False)]
        except (Exception, SystemExit) as error:
            raise _translated(error) from error
        if len(arrays) < len(wanted):
            raise invalid(f"{token} returns {len(arrays)} values, but expects to see {len(wanted)} values.")
        return _results(arrays)

    return call


class EagerArray(np.ndarray[Any, Any]):
    """What `py_function` hands to the function: an array that also answers to `numpy()`."""

    def numpy(self) -> Any:
        """Returns the plain array, or NumPy scalar."""
        return np.asarray(self)[()]


def _as_argument(value: Any) -> Any:
    """What the function gets: an array of rank 0 as the scalar that it holds."""
    return value[()] if isinstance(value, np.ndarray) and not value.shape else value


def _as_eager(value: Any) -> Any:
    return np.asarray(value, None if not isinstance(value, bytes) else object).view(EagerArray)


def _function(token: str) -> Callable[..., Any]:
    function = functions.get(token)
    if function is None:
        raise invalid(f"ValueError: callback {token} is not found")
    return function


def _as_list(returned: Any) -> list[Any]:
    if returned is None:
        return []
    return list(returned) if isinstance(returned, (tuple, list)) else [returned]


def _convert(value: Any) -> Any:
    """A returned value as an array of its own type; strings as objects."""
    array = np.asarray(value, order="C")
    if array.dtype.kind == "S":
        return array.astype(object)
    if array.dtype.kind in "UT":
        return _encoded(array)
    if array.dtype == object:
        return _encoded(array)
    return array


def _encoded(array: Any) -> Any:
    result = np.empty(array.shape, object)
    flat = result.reshape(-1)
    for index, item in enumerate(array.reshape(-1).tolist()):
        if not isinstance(item, (str, bytes)):
            raise errors.InternalError(None, None, f"Unsupported object type {type(item).__name__}")
        flat[index] = item.encode() if isinstance(item, str) else item
    return result


def _convert_to(value: Any, dtype: Any) -> Any:
    if isinstance(value, EagerArray):
        found = dtypes.as_dtype(value.dtype)
        if found is not dtype:
            raise ValueError(
                f"Tensor conversion requested dtype {dtype.name} for Tensor with dtype {found.name}: {value!r}"
            )
        return np.asarray(value)
    return _convert(value) if dtype is dtypes.string else np.asarray(value, dtype.np)


def _results(values: Sequence[Any]) -> Any:
    """Arrays of rank 0 as scalars; a single value as it is, several as a tuple."""
    done = tuple([v if v.shape else v[()] for v in values])
    return done[0] if len(done) == 1 else done


def _translated(error: BaseException) -> errors.OpError:
    """What TensorFlow makes of an exception inside a function, with its traceback in the message."""
    if isinstance(error, errors.InternalError) and error.op is None:
        return error
    kinds: list[tuple[Any, type[Any]]] = [
        ((ValueError, TypeError), errors.InvalidArgumentError),
        (StopIteration, errors.OutOfRangeError),
        (MemoryError, errors.ResourceExhaustedError),
        (NotImplementedError, errors.UnimplementedError),
    ]
    kind = next((result for given, result in kinds if isinstance(error, given)), errors.UnknownError)
    lines = traceback.format_exception(type(error), error, error.__traceback__)
    found: errors.OpError = kind(None, None, f"{type(error).__name__}: {error}\n{''.join(lines)}")
    return found
