"""Sorted tables of byte strings (LevelDB's format): what a checkpoint's index is."""

from __future__ import annotations

import struct
from typing import Final

from tangraph_interop.checkpoint import checksum
from tangraph_interop.checkpoint.snappy import decompress
from tangraph_interop.checkpoint.varint import FormatError, read_varint, write_varint

_MAGIC: Final = 0xDB4775248B80FB57
_FOOTER: Final = 48
_TRAILER: Final = 5
_BLOCK_SIZE: Final = 262144
_RESTART_INTERVAL: Final = 16
_PLAIN: Final = 0
_SNAPPY: Final = 1
# How much longer than its block the keys of a block may be together: a damaged file must not take all memory.
_MOST_SHARED: Final = 100


class NoTableError(FormatError):
    """Bytes that do not even look like a table."""


class _Block:
    """A block that is being filled: keys share prefixes with the key before, except at restarts."""

    def __init__(self, interval: int) -> None:
        self.data = bytearray()
        self._restarts = [0]
        self._interval = interval
        self._count = 0
        self.last = b""

    def add(self, key: bytes, value: bytes) -> None:
        shared = 0
        if self._count < self._interval:
            while shared < min(len(key), len(self.last)) and key[shared] == self.last[shared]:
                shared += 1
        else:
            self._restarts.append(len(self.data))
            self._count = 0
        self.data += write_varint(shared) + write_varint(len(key) - shared) + write_varint(len(value))
        self.data += key[shared:] + value
        self.last = key
        self._count += 1

    def finish(self) -> bytes:
        return bytes(self.data) + struct.pack(f"<{len(self._restarts) + 1}I", *self._restarts, len(self._restarts))


def write_table(entries: dict[bytes, bytes]) -> bytes:
    """Returns a table with the entries, sorted by key."""
    out = bytearray()

    def append(block: bytes) -> bytes:
        handle = write_varint(len(out)) + write_varint(len(block))
        kind = bytes([_PLAIN])
        out.extend(block + kind + struct.pack("<I", checksum.masked_of(block + kind)))
        return handle

    index = _Block(1)
    block = _Block(_RESTART_INTERVAL)
    keys = sorted(entries)
    for position, key in enumerate(keys):
        block.add(key, entries[key])
        if len(block.data) >= _BLOCK_SIZE or position == len(keys) - 1:
            following = keys[position + 1] if position < len(keys) - 1 else None
            index.add(_bound(key, following), append(block.finish()))
            block = _Block(_RESTART_INTERVAL)
    footer = append(_Block(_RESTART_INTERVAL).finish()) + append(index.finish())
    return bytes(out) + footer.ljust(_FOOTER - 8, b"\x00") + struct.pack("<Q", _MAGIC)


def _bound(key: bytes, following: bytes | None) -> bytes:
    """Returns a short key that is not below a block's last key, and below the first one of the next block."""
    if following is None:
        place = next((i for i, byte in enumerate(key) if byte != 0xFF), None)
    else:
        place = next((i for i, pair in enumerate(zip(key, following, strict=False)) if pair[0] != pair[1]), None)
        if place is not None and (key[place] == 0xFF or key[place] + 1 >= following[place]):
            place = None
    return key if place is None else key[:place] + bytes([key[place] + 1])


def read_table(data: bytes) -> dict[bytes, bytes]:
    """Returns the entries of a table.

    Raises:
      FormatError: it is no table, or its checksums say that it is damaged.
    """
    if len(data) < _FOOTER or struct.unpack("<Q", data[-8:])[0] != _MAGIC:
        raise NoTableError("not an sstable (bad magic number)")
    start, size, position = _handle(data, len(data) - _FOOTER)
    _block(data, start, size)  # nothing is in this one; its checksum must be right all the same
    start, size, _ = _handle(data, position)
    entries: dict[bytes, bytes] = {}
    end = 0
    for _, handle in _block_entries(_block(data, start, size)):
        offset, length, _ = _handle(handle, 0)
        if offset < end:
            raise FormatError("blocks overlap")
        end = offset + length
        entries.update(_block_entries(_block(data, offset, length)))
    return entries


def _handle(data: bytes, position: int) -> tuple[int, int, int]:
    offset, position = read_varint(data, position)
    size, position = read_varint(data, position)
    return offset, size, position


def _block(data: bytes, offset: int, size: int) -> bytes:
    end = offset + size
    if end + _TRAILER > len(data):
        raise FormatError("truncated block read")
    (stored,) = struct.unpack("<I", data[end + 1 : end + _TRAILER])
    if checksum.masked_of(data[offset : end + 1]) != stored:
        raise FormatError("block checksum mismatch")
    kind = data[end]
    if kind not in {_PLAIN, _SNAPPY}:
        raise FormatError(f"a block is compressed in an unknown way: {kind}")
    block = data[offset:end]
    return decompress(block) if kind == _SNAPPY else block


def _block_entries(block: bytes) -> list[tuple[bytes, bytes]]:
    if len(block) < 4:
        raise FormatError("bad block contents")
    (restarts,) = struct.unpack("<I", block[-4:])
    end = len(block) - 4 * (restarts + 1)
    if end < 0:
        raise FormatError("bad block contents")
    entries = []
    position, key = 0, b""
    room = _MOST_SHARED * len(block) + _BLOCK_SIZE
    while position < end:
        shared, position = read_varint(block, position)
        unshared, position = read_varint(block, position)
        length, position = read_varint(block, position)
        if shared > len(key) or position + unshared + length > end:
            raise FormatError("bad entry in block")
        key = key[:shared] + block[position : position + unshared]
        room -= len(key)
        if room < 0:
            raise FormatError("keys share more than keys do")
        position += unshared
        entries.append((key, block[position : position + length]))
        position += length
    return entries
