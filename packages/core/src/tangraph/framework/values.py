"""Values that programs give to arrays: what ``tf.constant`` makes of Python numbers, strings, lists and arrays."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from tangraph.framework import dtypes
from tangraph.framework.dimension import Dimension
from tangraph.framework.dtypes import DType
from tangraph.util import compat

Array = np.ndarray[Any, Any]

_INT32_MIN, _INT32_MAX = -(2**31), 2**31 - 1
_FLOAT16_MAX: Final = 65504
_FLOAT32, _FLOAT64, _INT32, _INT64 = dtypes.float32.np, dtypes.float64.np, dtypes.int32.np, dtypes.int64.np
_OBJECT: Final = np.dtype(object)
_BY_PYTHON_TYPE: Final = {int: _INT32, float: _FLOAT32}

_NUMBERS: Final = frozenset({int, float, bool, complex})
_FLOATS: Final = frozenset({float})
_INTS: Final = frozenset({int})
_STRINGS: Final = frozenset({str, bytes})
_SEQUENCES: Final = frozenset({list, tuple})
# Which of Python's own types a list may hold when a dtype of the kind is asked for...
_PYTHON_TYPES: Final[dict[str, frozenset[type]]] = {
    "f": frozenset({int, float, bool}),
    "i": frozenset({int, bool}),
    "u": frozenset({int, bool}),
    "c": _NUMBERS,
    "b": frozenset({bool}),
}
# ... and which types at all.
_ELEMENT_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "f": compat.real_types,
    "i": (*compat.integral_types, Dimension),
    "u": (*compat.integral_types, Dimension),
    "c": compat.complex_types,
    "b": (bool, np.bool_),
    "q": (tuple,),
    "": compat.bytes_or_text_types,
}


def to_ndarray(
    values: Any,
    dtype: Any = None,
    shape: Any = None,
    verify_shape: bool = False,
    allow_broadcast: bool = False,
) -> Array:
    """Returns a new array that holds what ``tf.constant(values, dtype, shape)`` means.

    Without a dtype, Python ints become int32 (int64 or uint64 when they do not fit), floats float32, complex
    numbers complex128, strings bytes in an object array (UTF-8); arrays and NumPy scalars keep their dtype. With a
    dtype, Python values have to be of its kind, while arrays are cast; ints that do not fit wrap around.

    Args:
      values: a number, a string, an array, or lists and tuples of them, nested to any depth.
      dtype: what `as_dtype` takes, or None.
      shape: the shape of the result, None for that of ``values``. When it has more elements than ``values``, the
        last value is repeated.
      verify_shape: whether ``shape`` has to be that of ``values``.
      allow_broadcast: whether only a single value may be repeated (as ``tf.constant`` of TensorFlow 2 has it).

    Raises:
      TypeError: a value is not of the kind of ``dtype`` or of no kind at all, or ``verify_shape`` finds another shape.
      ValueError: ``values`` is None, ragged, or has more elements than ``shape``.

    >>> to_ndarray([[1.5, 2], [3, 4]])
    array([[1.5, 2. ],
           [3. , 4. ]], dtype=float32)
    >>> to_ndarray([1, 2], shape=[4])
    array([1, 2, 2, 2], dtype=int32)
    """
    if dtype is not None:
        dtype = dtypes.as_dtype(dtype).base
    if shape is None:
        return convert(values, dtype)
    shape = [int(size) for size in shape]
    array = convert(values, dtype, shape)
    check_shape(array, shape, verify_shape, allow_broadcast)
    return fill(array, shape)


def convert(values: Any, dtype: DType | None, shape: list[int] | None = None) -> Array:
    """Returns a new array of ``values`` in the shape that they have.

    Args:
      values: as for :func:`to_ndarray`.
      dtype: a dtype that is no ref, or None.
      shape: the shape that is asked for. It matters only when it has no elements: then Python values are not looked
        at (as in TensorFlow), and the result is empty.
    """
    if shape is not None and 0 in shape and not isinstance(values, (np.ndarray, np.generic)):
        return np.empty(shape, _FLOAT32 if dtype is None else dtype.np)
    kind = type(values)
    if kind is float or kind is int:
        # Numbers that no dtype has a limit below, by far the most frequent: no further question.
        if -_FLOAT16_MAX < values < _FLOAT16_MAX and (dtype is None or dtype.kind == "f"):
            return np.array(values, _BY_PYTHON_TYPE[kind] if dtype is None else dtype.np)
        return _from_numbers(values, {kind}, dtype)
    leaves = _leaf_types(values) if kind in _SEQUENCES else {kind}
    if leaves <= _NUMBERS:
        return _from_numbers(values, leaves, dtype)
    if leaves <= _STRINGS:
        return _from_strings(values, dtype)
    if values is None:
        raise ValueError("None values not supported.")
    if _is_array_like(values):
        return _from_array(values, dtype)
    return _from_anything(values, dtype)


def check_shape(array: Array, shape: list[int], verify_shape: bool, allow_broadcast: bool) -> None:
    """Raises what ``tf.constant`` raises when ``array`` cannot be given ``shape``.

    Raises:
      TypeError: the shape had to be the same, and is not.
      ValueError: the array has more elements than the shape.
    """
    size = math.prod(shape)
    if allow_broadcast:
        wrong = array.shape not in ((), (1,)) and array.size != size
    else:
        wrong = verify_shape and array.shape != tuple(shape)
    if wrong:
        raise TypeError(f"Expected Tensor's shape: {tuple(shape)}, got {array.shape}.")
    if not allow_broadcast and array.size > size:
        raise ValueError(f"Too many elements provided. Needed at most {size}, but received {array.size}")


def fill(array: Array, shape: list[int]) -> Array:
    """Returns ``array`` in ``shape``, its last value repeated as often as needed (zeros when it is empty)."""
    flat = array.ravel()
    size = math.prod(shape)
    if flat.size < size:
        last = flat[-1] if flat.size else b"" if array.dtype == _OBJECT else np.zeros((), array.dtype)
        longer = np.empty(size, array.dtype)
        longer[: flat.size] = flat
        longer[flat.size :] = last
        flat = longer
    return flat.reshape(shape)


def _leaf_types(values: Any) -> set[type]:
    """Returns the types of the elements of nested lists and tuples."""
    found = set(map(type, values))
    if found.isdisjoint(_SEQUENCES):
        return found
    leaves = found - _SEQUENCES
    for value in values:
        if type(value) in _SEQUENCES:
            leaves |= _leaf_types(value)
    return leaves


def _leaves(values: Any) -> Iterator[Any]:
    if isinstance(values, (list, tuple)):
        for value in values:
            yield from _leaves(value)
    else:
        yield values


def _from_numbers(values: Any, leaves: set[type], dtype: DType | None) -> Array:
    """Converts Python numbers, alone or in lists; ``leaves`` are their types."""
    if dtype is None:
        return _from_plain(values, leaves)
    if not leaves <= _PYTHON_TYPES.get(dtype.kind, frozenset()):
        return _from_anything(values, dtype)
    return _cast(values, dtype)


def _from_plain(values: Any, leaves: set[type]) -> Array:
    """Does what :func:`_infer` does, in less time, for Python numbers."""
    try:
        if leaves == _FLOATS:
            with np.errstate(over="ignore"):
                return np.array(values, _FLOAT32)
        if leaves == _INTS and type(values[0]) is int and min(values) >= _INT32_MIN and max(values) <= _INT32_MAX:
            return np.array(values, _INT32)
        array = np.array(values)
    except (TypeError, ValueError):
        return _infer(values)
    return _infer(values) if array.dtype == _OBJECT else _narrowed(array)


def _cast(values: Any, dtype: DType) -> Array:
    """Converts numbers that are known to suit ``dtype``, as C casts do: ints wrap around, floats become infinite."""
    if dtype.kind in ("i", "u"):
        try:
            return np.array(values, _INT64).astype(dtype.np, copy=False)
        except OverflowError:
            if dtype.kind == "i":
                raise
        return _wrapped(values).astype(dtype.np, copy=False)
    with np.errstate(all="ignore"):
        return np.array(values, dtype.np)


def _wrapped(values: Any) -> Array:
    """Returns ints as uint64, modulo 2**64.

    Raises:
      OverflowError: one has more than 64 bits.
    """
    exact = np.array(values, _OBJECT)
    for value in exact.flat:
        if not -(2**63) <= value < 2**64:
            raise OverflowError(f"Python int too large to convert to C long: {value}")
    return np.array(exact & (2**64 - 1), np.uint64)


def _infer(values: Any) -> Array:
    """Converts to what NumPy finds, with 32 bits instead of 64 where Python numbers allow it."""
    try:
        array = np.array(values)
    except ValueError:
        # Ragged. Without expecting a dtype, TensorFlow's NumPy made an array of lists, which it then refused.
        array = np.array(values, _OBJECT)
    if list(array.shape) != _dense_shape(values):
        raise _ragged(values, array.shape)
    if dtypes.as_dtype(array.dtype) is not dtypes.string:
        return _narrowed(array)
    try:
        return _string_array([_bytes(value) for value in _leaves(values)], array.shape)
    except TypeError:
        raise _failed(values) from None


def _narrowed(array: Array) -> Array:
    """Returns float64 as float32, and int64 as int32 if it fits; other arrays as they are."""
    if array.dtype == _INT64:
        narrow = array.astype(_INT32)
        return narrow if (narrow == array).all() else array
    if array.dtype == _FLOAT64:
        with np.errstate(over="ignore"):
            return array.astype(_FLOAT32)
    return array


def _dense_shape(values: Any) -> list[int]:
    """Returns the shape that nested lists and tuples have if they are not ragged."""
    shape = []
    while isinstance(values, (list, tuple)):
        shape.append(len(values))
        if not values:
            break
        values = values[0]
    return shape


def _from_strings(values: Any, dtype: DType | None) -> Array:
    """Converts strings, alone or in lists."""
    if dtype is not None and dtype is not dtypes.string:
        return _from_anything(values, dtype)
    if not isinstance(values, (list, tuple)):
        return np.array(_bytes(values), _OBJECT)
    array = np.array(values, _OBJECT)
    try:
        flat = [value.encode() if type(value) is str else _bytes(value) for value in array.ravel().tolist()]
    except TypeError:
        raise _ragged(values, array.shape) from None
    return _string_array(flat, array.shape)


def _bytes(value: Any) -> bytes:
    return bytes(compat.as_bytes(value))


def _string_array(flat: list[bytes], shape: tuple[int, ...]) -> Array:
    array = np.empty(len(flat), _OBJECT)
    array[:] = flat
    return array.reshape(shape)


def _is_array_like(values: Any) -> bool:
    if isinstance(values, (np.ndarray, np.generic)):
        return True
    if _is_symbolic(values) or isinstance(values, (type, list, tuple)):
        return False
    if callable(getattr(values, "__array__", None)) or isinstance(getattr(values, "__array_interface__", None), dict):
        return True
    try:
        memoryview(values)
    except TypeError:
        return False
    return True


def _from_array(values: Any, dtype: DType | None) -> Array:
    """Converts an array, a NumPy scalar, or what turns itself into one; the dtype is cast to, whatever it is."""
    array = np.asarray(values)
    found = dtypes.as_dtype(array.dtype)
    if dtype is None:
        dtype = found
    if not dtype.is_numpy_compatible:
        raise TypeError(f"Incompatible types: {dtype} vs. {found.name}. Value is {values}")
    if dtype is dtypes.string:
        return _string_array([_bytes(value) for value in array.ravel().tolist()], array.shape)
    with np.errstate(all="ignore"):
        return np.array(array, dtype.np, order="C")


def _from_anything(values: Any, dtype: DType | None) -> Array:
    """Converts lists of NumPy scalars and other mixtures, and finds what is wrong with the rest."""
    if dtype is None:
        _refuse_symbolic(values)
        return _infer(values)
    if not dtype.is_numpy_compatible:
        _refuse_symbolic(values)
        raise TypeError(
            f"Incompatible types: {dtype} vs. {dtypes.as_dtype(np.array(values).dtype).name}. Value is {values}"
        )
    if dtype.kind == "q":
        return _from_tuples(values, dtype)
    allowed = _ELEMENT_TYPES[dtype.kind]
    for leaf in _leaves(values):
        if isinstance(leaf, Sequence) and not isinstance(leaf, (str, bytes)):
            raise _ragged(values, np.array(values, _OBJECT).shape)
        if not isinstance(leaf, allowed) or (isinstance(leaf, np.bool_) and dtype.kind != "b"):
            raise _mismatch(leaf, dtype)
    return _from_strings(values, dtype) if dtype is dtypes.string else _cast(values, dtype)


def _from_tuples(values: Any, dtype: DType) -> Array:
    """Converts quantized values, each a tuple of one number."""
    pending = [values]
    while pending:
        value = pending.pop(0)
        if isinstance(value, list):
            pending[:0] = value
        elif not isinstance(value, tuple):
            raise _mismatch(value, dtype)
    return np.array(values, dtype.np)


def _is_symbolic(value: Any) -> bool:
    """Whether ``value`` is a tensor or a variable (or the like), which NumPy had better not look into."""
    return hasattr(value, "graph") and hasattr(value, "dtype")


def _refuse_symbolic(values: Any) -> None:
    from tangraph.framework.tensor import Tensor

    for leaf in _leaves(values):
        if isinstance(leaf, Tensor):
            raise TypeError("List of Tensors when single Tensor expected")
        if _is_symbolic(leaf):
            raise _failed(values)


def _ragged(values: Any, shape: tuple[int, ...]) -> ValueError:
    return ValueError(
        f"Argument must be a dense tensor: {values} - got shape {list(shape)}, but wanted {_dense_shape(values)}."
    )


def _failed(values: Any) -> TypeError:
    return TypeError(
        f"Failed to convert object of type {type(values)} to Tensor. Contents: {values}. "
        "Consider casting elements to a supported type."
    )


def _mismatch(leaf: Any, dtype: DType) -> TypeError:
    shown = leaf.item() if isinstance(leaf, np.generic) else leaf
    return TypeError(f"Expected {dtype.name}, got {shown!r} of type '{type(leaf).__name__}' instead.")
