"""From Python values to tensors: `convert_to_tensor` and the registered conversions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tangraph.framework.dtypes import DType


class ConversionRegistry:
    """Conversion functions by base type and priority."""

    def __init__(self) -> None:
        self._functions: list[tuple[int, int, Any, Callable[..., Any]]] = []
        self._cache: dict[type, list[tuple[Any, Callable[..., Any]]]] = {}

    def add(self, base_type: Any, function: Callable[..., Any], priority: int) -> None:
        """Adds a function; a lower priority is tried first."""
        self._functions.append((priority, len(self._functions), base_type, function))
        self._functions.sort(key=lambda entry: entry[:2])
        self._cache.clear()

    def functions(self, cls: type) -> list[tuple[Any, Callable[..., Any]]]:
        """Returns (base type, function) for the conversions that apply to a class, in the order to try."""
        found = self._cache.get(cls)
        if found is None:
            found = self._cache[cls] = [(b, f) for _, _, b, f in self._functions if issubclass(cls, b)]
        return found


conversions = ConversionRegistry()


@export("register_tensor_conversion_function")
def register_tensor_conversion_function(
    base_type: type | tuple[type, ...], conversion_func: Callable[..., Any], priority: int = 100
) -> None:
    """Registers how instances of a type become tensors.

    Args:
      base_type: a class, or a tuple of them.
      conversion_func: ``f(value, dtype=None, name=None, as_ref=False)`` -> Tensor, or NotImplemented.
      priority: lower is tried first.

    Raises:
      TypeError: a type that is none, or a function that is not callable.
    """
    for cls in base_type if isinstance(base_type, tuple) else (base_type,):
        if not isinstance(cls, type):
            raise TypeError(f"base_type must be a type or a tuple of types. Received: {base_type!r}")
    if not callable(conversion_func):
        raise TypeError(f"conversion_func must be callable. Received: {conversion_func!r}")
    conversions.add(base_type, conversion_func, priority)


def internal_convert_to_tensor(
    value: Any,
    dtype: Any = None,
    name: str | None = None,
    as_ref: bool = False,
    preferred_dtype: Any = None,
) -> Tensor:
    """As `convert_to_tensor`; with `as_ref`, a variable gives its reference and not its value."""
    if dtype is not None:
        dtype = dtypes.as_dtype(dtype)
    if isinstance(value, Tensor):
        if dtype is not None and not dtype.is_compatible_with(value.dtype):
            raise ValueError(
                f"Tensor conversion requested dtype {dtype.name} for Tensor with dtype {value.dtype.name}: {value!r}"
            )
        return value
    preferred = None if preferred_dtype is None else dtypes.as_dtype(preferred_dtype)
    for base_type, function in conversions.functions(type(value)):
        result: Any = NotImplemented
        if dtype is None and preferred is not None:
            result = _convert_preferred(function, value, preferred, name, as_ref)
        if result is NotImplemented:
            result = function(value, dtype=dtype, name=name, as_ref=as_ref)
        if result is NotImplemented:
            continue
        if not isinstance(result, Tensor):
            raise RuntimeError(
                f"Error converting value to Tensor: Conversion function {function!r} for type {base_type} returned "
                f"non-Tensor: {result!r}"
            )
        if dtype is not None and not dtype.is_compatible_with(result.dtype):
            raise RuntimeError(
                f"Conversion function {function!r} for type {base_type} returned incompatible dtype: requested = "
                f"{dtype.name}, actual = {result.dtype.name}"
            )
        return result
    raise TypeError(f"Cannot convert {value!r} with type {type(value)} to Tensor: no conversion function registered.")


def _convert_preferred(
    function: Callable[..., Any], value: Any, preferred: DType, name: str | None, as_ref: bool
) -> Any:
    try:
        result = function(value, dtype=preferred, name=name, as_ref=as_ref)
    except (TypeError, ValueError):
        return NotImplemented
    if result is not NotImplemented and result.dtype.base is not preferred.base:
        raise TypeError(
            f"convert_to_tensor did not convert to the preferred dtype: {result.dtype.base.name} vs "
            f"{preferred.base.name} "
        )
    return result


@export("convert_to_tensor")
def convert_to_tensor(
    value: Any,
    dtype: Any = None,
    name: str | None = None,
    preferred_dtype: Any = None,
    dtype_hint: Any = None,
) -> Tensor:
    """Returns a tensor for a tensor, variable, array, number, string or nested list of these.

    Args:
      value: what to convert; its type must have a registered conversion.
      dtype: the element type wanted; inferred when None.
      name: name for a new operation.
      preferred_dtype: tried first when `dtype` is None; no error when it does not fit.
      dtype_hint: the same, by its newer name.

    Raises:
      TypeError: no conversion is registered, or the value does not fit `dtype`.
      ValueError: `value` is a tensor of another type.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     tf.convert_to_tensor([1, 2])
    <tf.Tensor 'Const:0' shape=(2,) dtype=int32>
    """
    return internal_convert_to_tensor(
        value, dtype, name, preferred_dtype=dtype_hint if preferred_dtype is None else preferred_dtype
    )


def internal_convert_n_to_tensor(
    values: Sequence[Any], dtype: Any = None, name: str | None = None, as_ref: bool = False, preferred_dtype: Any = None
) -> list[Tensor]:
    """Converts each element of a sequence; names get ``_0``, ``_1``, ... appended."""
    return [
        internal_convert_to_tensor(v, dtype, None if name is None else f"{name}_{i}", as_ref, preferred_dtype)
        for i, v in enumerate(values)
    ]


@export("convert_to_tensor_or_indexed_slices")
def convert_to_tensor_or_indexed_slices(value: Any, dtype: Any = None, name: str | None = None) -> Any:
    """As `convert_to_tensor`, but an IndexedSlices or SparseTensor stays what it is."""
    return internal_convert_to_tensor_or_indexed_slices(value, dtype, name)


def internal_convert_to_tensor_or_indexed_slices(
    value: Any, dtype: Any = None, name: str | None = None, as_ref: bool = False
) -> Any:
    """As above; with `as_ref`, a variable gives its reference."""
    if isinstance(value, Tensor):
        return internal_convert_to_tensor(value, dtype, name, as_ref)
    if hasattr(value, "indices") and hasattr(value, "values") and hasattr(value, "dense_shape"):
        if dtype and not dtypes.as_dtype(dtype).is_compatible_with(value.dtype):
            raise ValueError(
                f"Tensor conversion requested dtype {dtypes.as_dtype(dtype).name} for Tensor with dtype "
                f"{value.dtype.name}: {value!s}"
            )
        return value
    return internal_convert_to_tensor(value, dtype, name, as_ref)


def internal_convert_n_to_tensor_or_indexed_slices(
    values: Sequence[Any], dtype: Any = None, name: str | None = None, as_ref: bool = False
) -> list[Any]:
    """Converts each element; None stays None."""
    return [
        None
        if v is None
        else internal_convert_to_tensor_or_indexed_slices(v, dtype, None if name is None else f"{name}_{i}", as_ref)
        for i, v in enumerate(values)
    ]


def _constant_conversion(value: Any, dtype: Any = None, name: str | None = None, as_ref: bool = False) -> Any:
    del as_ref
    from tangraph.ops.array.constant import constant

    return constant(value, dtype=dtype, name=name or "Const")


def _dimension_conversion(value: Any, dtype: Any = None, name: str | None = None, as_ref: bool = False) -> Any:
    del as_ref
    if dtype not in (None, dtypes.int32, dtypes.int64):
        raise TypeError(f"Cannot convert a Dimension to dtype {dtype}")
    if value.value is None:
        raise ValueError(f"Cannot convert an unknown Dimension to a Tensor: {value}")
    from tangraph.ops.array.constant import constant

    return constant(value.value, dtype=dtype or dtypes.int32, name=name or "shape_as_tensor")


def _shape_conversion(value: Any, dtype: Any = None, name: str | None = None, as_ref: bool = False) -> Any:
    del as_ref
    if not value.is_fully_defined():
        raise ValueError(f"Cannot convert a partially known TensorShape to a Tensor: {value}")
    if dtype not in (None, dtypes.int32, dtypes.int64):
        raise TypeError(f"Cannot convert a TensorShape to dtype {dtype.name}")
    dims = value.as_list()
    if dtype is None:
        dtype = dtypes.int64 if any(d >= 2**31 for d in dims) else dtypes.int32
    from tangraph.ops.array.constant import constant

    return constant(np.array(dims, dtype.np), dtype=dtype, name=name or "shape_as_tensor")


def _autopack_conversion(value: Any, dtype: Any = None, name: str | None = None, as_ref: bool = False) -> Any:
    """Lists and tuples: one constant, or a Pack where tensors stand among the elements."""
    if as_ref or not _contains_tensor(value):
        return NotImplemented
    from tangraph.ops.array.packing import autopack

    return autopack(value, dtype, name or "packed")


def _contains_tensor(value: Any) -> bool:
    todo = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, (list, tuple)):
            todo.extend(item)
        elif is_dense_tensor_like(item):
            return True
    return False


def is_dense_tensor_like(value: Any) -> bool:
    """Says whether a value is a tensor, or a variable that stands for one."""
    return isinstance(value, Tensor) or hasattr(value, "_as_graph_element") or getattr(value, "is_tensor_like", False)


def _register_standard_conversions() -> None:
    from tangraph.framework.tensor_shape import Dimension, TensorShape

    conversions.add((list, tuple), _autopack_conversion, 99)
    conversions.add((list, tuple), _constant_conversion, 100)
    conversions.add((np.ndarray, np.generic), _constant_conversion, 100)
    conversions.add(TensorShape, _shape_conversion, 100)
    conversions.add(Dimension, _dimension_conversion, 100)
    conversions.add(object, _constant_conversion, 200)


_register_standard_conversions()
