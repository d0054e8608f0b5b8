"""When two values are the same, and what to say when they are not."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from tangraph.framework import dtypes

#: The error of one operation in a type, relative to the largest value expected.
TOLERANCE: Final = {
    "float64": 1e-11,
    "complex128": 1e-11,
    "float32": 3e-6,
    "complex64": 3e-6,
    "float16": 4e-3,
    "bfloat16": 3e-2,
}


def widened(array: Any) -> Any:
    """Returns a float or complex array in the widest type of its kind; others as they are."""
    array = np.asarray(array)
    kind = dtypes.as_dtype(array.dtype).kind if array.dtype != object else ""
    if kind == "f":
        return array.astype(np.float64)
    return array.astype(np.complex128) if kind == "c" else array


def plain(value: Any) -> Any:
    """Returns a fetched value as an array: strings of rank 0 too."""
    if isinstance(value, bytes):
        held = np.empty((), object)
        held[()] = value
        return held
    return np.asarray(value)


def assert_close(value: Any, expected: Any, dtype: dtypes.DType, what: str, factor: float = 1.0) -> None:
    """Raises AssertionError unless a value is what is expected, within the error of its type."""
    value, expected = plain(value), plain(expected)
    if value.shape != expected.shape:
        raise AssertionError(f"{what}: shape {value.shape}, expected {expected.shape}")
    tolerance = TOLERANCE.get(dtype.name, 0.0) * factor
    if not tolerance or dtype.kind not in "fc":
        same = value == expected.astype(value.dtype)
    else:
        found, wanted = widened(value), widened(expected)
        finite = np.abs(wanted[np.isfinite(wanted)])
        scale = max(float(finite.max(initial=0.0)), 1e-30)
        with np.errstate(all="ignore"):
            wanted = widened(wanted.astype(dtype.np))
            same = (found == wanted) | (np.abs(found - wanted) <= tolerance * scale)
        same |= np.isnan(found) & np.isnan(wanted)
    if not np.all(same):
        wrong = np.argwhere(~np.asarray(same))
        at = tuple(int(i) for i in wrong[0])
        raise AssertionError(
            f"{what}: {len(wrong)} of {value.size} elements differ, the first at {list(at)}: "
            f"{value[at]!r}, expected {expected[at]!r}\nvalue:\n{value}\nexpected:\n{expected}"
        )


def assert_same(value: Any, expected: Any, what: str) -> None:
    """Raises AssertionError unless two values are equal bit for bit (nan equals nan)."""
    value, expected = plain(value), plain(expected)
    if value.dtype != expected.dtype or value.shape != expected.shape:
        raise AssertionError(f"{what}: {value.dtype}{value.shape}, expected {expected.dtype}{expected.shape}")
    if value.dtype == object or value.dtype.names:  # strings, quantized numbers
        equal = value.tolist() == expected.tolist()
    else:
        equal = bool(np.all((value == expected) | ((value != value) & (expected != expected))))  # noqa: PLR0124
    if not equal:
        raise AssertionError(f"{what}:\n{value}\nexpected:\n{expected}")
