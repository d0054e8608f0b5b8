"""Streams of bytes that are compressed with zlib, as a zlib or a gzip stream."""

from __future__ import annotations

import io
import zlib
from typing import IO, Final

from tangraph.plugin import errors

#: What zlib calls the two formats.
WINDOW_BITS: Final = {"ZLIB": zlib.MAX_WBITS, "GZIP": zlib.MAX_WBITS | 16}
_CHUNK: Final = 1 << 18


class Inflating(io.RawIOBase):
    """Reads what a compressed stream holds; one that ends early ends here too, and several may follow each other.

    Args:
      file: the compressed stream.
      compression: "ZLIB" or "GZIP".
    """

    def __init__(self, file: IO[bytes], compression: str) -> None:
        super().__init__()
        self._file = file
        self._bits = WINDOW_BITS[compression]
        self._inflater = zlib.decompressobj(self._bits)
        self._rest = b""

    def readable(self) -> bool:
        """Returns True."""
        return True

    def readinto(self, buffer: object) -> int:
        """Fills a buffer; returns the number of bytes.

        Raises:
          DataLossError: the stream is damaged.
        """
        view = memoryview(buffer)  # type: ignore[arg-type]
        while True:
            if self._inflater.eof:
                self._rest = self._inflater.unused_data
                self._inflater = zlib.decompressobj(self._bits)
            data = self._rest or self._file.read(_CHUNK)
            if not data:
                return 0
            try:
                found = self._inflater.decompress(data, len(view))
            except zlib.error as error:
                raise _damaged(error) from None
            self._rest = self._inflater.unconsumed_tail
            if found:
                view[: len(found)] = found
                return len(found)

    def close(self) -> None:
        """Closes the compressed stream too."""
        self._file.close()
        super().close()


def _damaged(error: zlib.error) -> errors.DataLossError:
    # zlib says "Error -3 while decompressing data: incorrect header check".
    code, _, text = str(error).removeprefix("Error ").partition(" while decompressing data: ")
    return errors.DataLossError(None, None, f"inflate() failed with error {code}: {text}")


def inflate(data: bytes, compression: str) -> bytes:
    """Returns what a compressed string holds.

    Raises:
      DataLossError: it is damaged, or cut off.
    """
    inflater = zlib.decompressobj(WINDOW_BITS[compression])
    try:
        found = inflater.decompress(data)
    except zlib.error as error:
        raise _damaged(error) from None
    if not inflater.eof:
        raise errors.DataLossError(None, None, f"The {compression} stream is cut off after {len(data)} bytes.")
    return found


def opened(path: str, compression: str) -> IO[bytes]:
    """Opens a file for reading what it holds; "" for one that is not compressed.

    Raises:
      OSError: it cannot be opened.
    """
    file = open(path, "rb")  # noqa: SIM115  the caller closes it
    return io.BufferedReader(Inflating(file, compression), _CHUNK) if compression else file
