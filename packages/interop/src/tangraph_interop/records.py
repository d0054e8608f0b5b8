"""Files of records (TFRecord files, event files): each with its length and checksums of both."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import IO, Final

from tangraph.framework.errors import DataLossError
from tangraph_interop.checkpoint import checksum

_LENGTH: Final = struct.Struct("<Q")
_CHECKSUM: Final = struct.Struct("<I")
_HEADER: Final = _LENGTH.size + _CHECKSUM.size


def framed(record: bytes) -> bytes:
    """Returns a record as it stands in a file.

    >>> len(framed(b"abc"))
    19
    """
    length = _LENGTH.pack(len(record))
    return b"".join([length, _checksum_of(length), record, _checksum_of(record)])


def _checksum_of(data: bytes) -> bytes:
    return _CHECKSUM.pack(checksum.masked_of(data))


def read_records(file: IO[bytes]) -> Iterator[bytes]:
    """Yields the records of a file.

    Raises:
      DataLossError: a record is cut off, or its checksums say that it is damaged.

    >>> import io
    >>> list(read_records(io.BytesIO(framed(b"abc") + framed(b""))))
    [b'abc', b'']
    """
    offset = 0
    while header := file.read(_HEADER):
        length = _part(header, _LENGTH.size, offset)
        (size,) = _LENGTH.unpack(length)
        # What a damaged file calls a length was found out by its checksum; so this one can be trusted.
        offset += _HEADER
        yield _part(file.read(size + _CHECKSUM.size), size, offset)
        offset += size + _CHECKSUM.size


def _part(data: bytes, size: int, offset: int) -> bytes:
    """Returns the `size` bytes in front of their checksum."""
    if len(data) < size + _CHECKSUM.size:
        raise DataLossError(None, None, f"truncated record at {offset}")
    part = data[:size]
    if data[size:] != _checksum_of(part):
        raise DataLossError(None, None, f"corrupted record at {offset}")
    return part
