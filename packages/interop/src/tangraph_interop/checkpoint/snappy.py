"""Blocks that were compressed by Snappy, as tables of older programs have them."""

from __future__ import annotations

from tangraph_interop.checkpoint.varint import FormatError, read_varint

# The longest copy (64 bytes) takes three bytes, so nothing grows by more than this.
_MOST = 64


def decompress(data: bytes) -> bytes:
    r"""Returns what was compressed.

    Raises:
      FormatError: the bytes are no such data.

    >>> decompress(b"\x0a\x08abc\x0d\x03")
    b'abcabcabca'
    """
    size, position = read_varint(data, 0)
    if size > _MOST * len(data):
        raise FormatError("compressed block is too short for its size")
    out = bytearray()
    end = len(data)
    while position < end:
        tag = data[position]
        position += 1
        kind = tag & 3
        if kind == 0:
            length, position = _literal_length(data, position, tag >> 2)
            if position + length > end:
                raise FormatError("compressed block is cut off")
            out += data[position : position + length]
            position += length
        else:
            width = (1, 2, 4)[kind - 1]
            if position + width > end:
                raise FormatError("compressed block is cut off")
            offset = int.from_bytes(data[position : position + width], "little")
            position += width
            length = (tag >> 2) + 1
            if kind == 1:
                length, offset = (tag >> 2 & 7) + 4, offset | tag >> 5 << 8
            if not 0 < offset <= len(out):
                raise FormatError("compressed block refers to what is before it")
            _copy(out, offset, length)
        if len(out) > size:
            break
    if len(out) != size:
        raise FormatError("compressed block has another size than it says")
    return bytes(out)


def _literal_length(data: bytes, position: int, code: int) -> tuple[int, int]:
    if code < 60:
        return code + 1, position
    width = code - 59
    return int.from_bytes(data[position : position + width], "little") + 1, position + width


def _copy(out: bytearray, offset: int, length: int) -> None:
    """Appends bytes from before the end; where the two overlap, the bytes repeat."""
    start = len(out) - offset
    piece = out[start : start + length]
    while len(piece) < length:
        piece += piece[: length - len(piece)]
    out += piece
