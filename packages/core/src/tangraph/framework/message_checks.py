"""Checks of the values that are assigned to fields of messages."""

from __future__ import annotations

import math
import operator
import struct
from collections.abc import Callable
from typing import Any, Final

import numpy as np

#: Checks a value and returns it as it is stored.
Check = Callable[[Any], Any]


def _wrong_type(value: Any, expected: str) -> TypeError:
    return TypeError(f"{value!r} has type {type(value).__name__}, but expected one of: {expected}")


def _integer_check(low: int, high: int) -> Check:
    def check(value: Any) -> int:
        try:
            number = operator.index(value)
        except TypeError:
            raise _wrong_type(value, "int") from None
        if not low <= number <= high:
            raise ValueError(f"Value out of range: {value}")
        return int(number)

    return check


def _check_double(value: Any) -> float:
    if isinstance(value, (str, bytes)) or not hasattr(value, "__float__"):
        raise _wrong_type(value, "int, float")
    return float(value)


def _check_float(value: Any) -> float:
    number = _check_double(value)
    try:
        return struct.unpack("f", struct.pack("f", number))[0]  # type: ignore[no-any-return]
    except OverflowError:
        return math.copysign(math.inf, number)


def _check_bool(value: Any) -> bool:
    if not isinstance(value, (bool, int, float, np.bool_, np.number)):
        raise _wrong_type(value, "int, bool")
    return bool(value)


def _check_string(value: Any) -> str:
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            raise ValueError(
                f"{value!r} has type bytes, but isn't valid UTF-8 encoding. Non-UTF-8 strings must be converted to "
                "unicode objects before being added."
            ) from None
    if not isinstance(value, str):
        raise _wrong_type(value, "bytes, unicode")
    return value


def _check_bytes(value: Any) -> bytes:
    if not isinstance(value, bytes):
        raise _wrong_type(value, "bytes")
    return value


check_int32: Final[Check] = _integer_check(-(2**31), 2**31 - 1)
#: The check of each kind of field.
CHECKS: Final[dict[str, Check]] = {
    "int32": check_int32,
    "int64": _integer_check(-(2**63), 2**63 - 1),
    "uint32": _integer_check(0, 2**32 - 1),
    "uint64": _integer_check(0, 2**64 - 1),
    "float": _check_float,
    "double": _check_double,
    "bool": _check_bool,
    "string": _check_string,
    "bytes": _check_bytes,
}
