"""``tf.compat``: strings and number types whichever way a program spells them."""

from __future__ import annotations

import datetime as dt
import numbers
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import numpy as np

from tangraph.export import export

#: What counts as an integer, a real number, a complex number, a string.
integral_types: Final = (numbers.Integral, np.integer)
real_types: Final = (numbers.Real, np.integer, np.floating)
complex_types: Final = (numbers.Complex, np.number)
bytes_or_text_types: Final = (bytes, str)

__tf_values__ = {
    "compat.integral_types": integral_types,
    "compat.real_types": real_types,
    "compat.complex_types": complex_types,
    "compat.bytes_or_text_types": bytes_or_text_types,
}

# TensorFlow 1.15 was built for consumers up to this day.
_BUILT_FOR: Final = dt.date(2019, 8, 21)
_horizon: list[dt.date] = [_BUILT_FOR]


@export("compat.as_bytes")
def as_bytes(bytes_or_text: Any, encoding: str = "utf-8") -> bytes:
    """Returns a string as bytes.

    Raises:
      TypeError: it is no string.

    >>> as_bytes("a"), as_bytes(b"a")
    (b'a', b'a')
    """
    if isinstance(bytes_or_text, bytearray):
        return bytes(bytes_or_text)
    if isinstance(bytes_or_text, str):
        return bytes_or_text.encode(encoding)
    if isinstance(bytes_or_text, bytes):
        return bytes_or_text
    raise TypeError(f"Expected binary or unicode string, got {bytes_or_text!r}")


@export("compat.as_text", "compat.as_str")
def as_text(bytes_or_text: Any, encoding: str = "utf-8") -> str:
    """Returns a string as text.

    Raises:
      TypeError: it is no string.
      UnicodeDecodeError: the bytes are no text in the encoding.

    >>> as_text(b"a"), as_text("a")
    ('a', 'a')
    """
    if isinstance(bytes_or_text, str):
        return bytes_or_text
    if isinstance(bytes_or_text, bytes):
        return bytes_or_text.decode(encoding)
    raise TypeError(f"Expected binary or unicode string, got {bytes_or_text!r}")


as_str = as_text


@export("compat.as_str_any")
def as_str_any(value: Any) -> str:
    """Returns anything as text: bytes decoded, the rest by ``str``.

    >>> as_str_any(3), as_str_any(b"ab")
    ('3', 'ab')
    """
    return as_text(value) if isinstance(value, bytes) else str(value)


@export("compat.path_to_str")
def path_to_str(path: Any) -> Any:
    """Returns a path object as text; what is no path object is returned as it is.

    >>> import pathlib
    >>> path_to_str(pathlib.PurePosixPath("/tmp/a"))
    '/tmp/a'
    """
    return as_str_any(path.__fspath__()) if hasattr(path, "__fspath__") else path


@export("compat.forward_compatible")
def forward_compatible(year: int, month: int, day: int) -> bool:
    """Returns whether consumers of our graphs are newer than a day; the answer is that of TensorFlow 1.15.

    >>> forward_compatible(2019, 1, 1), forward_compatible(2025, 1, 1)
    (True, False)
    """
    return _horizon[-1] > dt.date(year, month, day)


@export("compat.forward_compatibility_horizon")
@contextmanager
def forward_compatibility_horizon(year: int, month: int, day: int) -> Iterator[None]:
    """Context manager: inside, :func:`forward_compatible` answers for consumers as of a day."""
    _horizon.append(dt.date(year, month, day))
    try:
        yield
    finally:
        _horizon.pop()
