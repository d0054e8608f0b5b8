"""Reads checkpoints in the format V2."""

from __future__ import annotations

import math
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from tangraph.framework import dtypes
from tangraph.framework.dtypes import DType
from tangraph.framework.errors import DataLossError, InvalidArgumentError, NotFoundError
from tangraph_interop.checkpoint import checksum
from tangraph_interop.checkpoint.bundle import data_file, index_file, shape_of
from tangraph_interop.checkpoint.files import Array, assemble
from tangraph_interop.checkpoint.slices import TensorSlice
from tangraph_interop.checkpoint.sstable import read_table
from tangraph_interop.checkpoint.varint import FormatError, read_varint
from tangraph_interop.files import temporaries
from tangraph_interop.messages import BundleEntryProto, BundleHeaderProto

_T = TypeVar("_T")


class BundleReader:
    """Reads a checkpoint.

    Attributes:
      prefix: the checkpoint's name.
      num_shards: how many data files it has.

    Raises:
      NotFoundError: there is no such checkpoint.
      DataLossError: its index is damaged.
    """

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        try:
            data = Path(index_file(prefix)).read_bytes()
        except OSError:
            raise NotFoundError(
                None,
                None,
                f"Unsuccessful TensorSliceReader constructor: Failed to find any matching files for {prefix}",
            ) from None
        try:
            entries = read_table(data)
            if b"" not in entries:
                raise FormatError("the index has no header")
            header = BundleHeaderProto.FromString(entries.pop(b""))
            self._entries = {key: BundleEntryProto.FromString(value) for key, value in entries.items()}
        except ValueError as error:
            raise DataLossError(None, None, f"{error}. Received: {index_file(prefix)}") from None
        self.num_shards = header.num_shards
        if header.endianness != BundleHeaderProto.Endianness.LITTLE:
            raise InvalidArgumentError(None, None, f"{prefix} was written on a machine with another byte order")
        # Keys of slices begin with a zero byte, which no name of a tensor does.
        self._names = {
            key.decode(errors="surrogateescape"): entry for key, entry in self._entries.items() if key[:1] != b"\x00"
        }

    def raw_entries(self) -> list[tuple[bytes, BundleEntryProto]]:
        """Returns the entries of the index, slices among them."""
        return list(self._entries.items())

    def names(self) -> list[str]:
        """Returns the names of the tensors, sorted as the index has them."""
        return list(self._names)

    def has(self, name: str) -> bool:
        """Returns whether there is a tensor of that name."""
        return name in self._names

    def dtype(self, name: str) -> DType:
        """Returns the type of a tensor."""
        return self._dtype_of(name, self._entry(name))

    def shape(self, name: str) -> tuple[int, ...]:
        """Returns the shape of a tensor."""
        return shape_of(self._entry(name))

    def read(self, name: str, part: TensorSlice | None = None) -> Any:
        """Returns a tensor, or a slice of it.

        Raises:
          NotFoundError: there is none of that name, or no slices that cover what is asked for.
          DataLossError: its bytes are damaged.
        """
        entry = self._entry(name)
        shape = shape_of(entry)
        if not entry.slices:
            whole = self._load(name, entry)
            if part is None:
                return whole
            return whole[tuple(slice(begin, end) for begin, end in part.ranges(shape))].copy()
        pieces = [TensorSlice.from_proto(message) for message in entry.slices]
        loaders = [(piece, lambda piece=piece: self._load_slice(name, piece)) for piece in pieces]
        wanted = part or TensorSlice.full(len(shape))
        return assemble(self.prefix, name, self._dtype_of(name, entry), shape, wanted, loaders)

    def verify(self) -> None:
        """Reads everything.

        Raises:
          NotFoundError: a data file is missing.
          DataLossError: something is damaged.
        """
        for key, entry in self._entries.items():
            if not entry.slices:
                name = key.decode(errors="replace").lstrip("\x00").partition("\x00")[0]
                self._from_files(name, entry, self._check_numbers)

    def _entry(self, name: str) -> BundleEntryProto:
        entry = self._names.get(name)
        if entry is None:
            raise NotFoundError(None, None, f"Key {name} not found in checkpoint")
        return entry

    def _dtype_of(self, name: str, entry: BundleEntryProto) -> DType:
        try:
            return dtypes.as_dtype(entry.dtype)
        except TypeError:
            raise self._damaged(name, f"has an unknown type: {entry.dtype}") from None

    def _damaged(self, name: str, what: str) -> DataLossError:
        return DataLossError(None, None, f"Tensor {name} of {self.prefix} {what}")

    def _load_slice(self, name: str, piece: TensorSlice) -> Array:
        entry = self._entries.get(piece.key(name))
        if entry is None:
            raise DataLossError(None, None, f"A slice of {name} is missing in checkpoint {self.prefix}")
        return self._load(name, entry)

    # -- bytes -------------------------------------------------------------------------------------------------------

    def _load(self, name: str, entry: BundleEntryProto) -> Array:
        """Returns the elements behind an entry, whose checksum is right."""
        shape = shape_of(entry)
        if min(shape, default=0) < 0:
            raise self._damaged(name, f"has a negative shape: {list(shape)}")
        if self._dtype_of(name, entry) is dtypes.string:
            return self._from_files(name, entry, self._read_strings).reshape(shape)
        return self._from_files(name, entry, self._read_numbers)

    def _from_files(self, name: str, entry: BundleEntryProto, read: Callable[[str, str, BundleEntryProto], _T]) -> _T:
        """Reads from the data file; where that fails, from what an interrupted save left of the file before it."""
        path = data_file(self.prefix, entry.shard_id, self.num_shards)
        try:
            return read(path, name, entry)
        except (DataLossError, NotFoundError):
            for other in temporaries(path):
                try:
                    return read(other, name, entry)
                except (DataLossError, NotFoundError):
                    continue
            raise

    def _fill(self, path: str, name: str, entry: BundleEntryProto, target: Any) -> None:
        """Reads an entry's bytes into a buffer of their size."""
        try:
            with open(path, "rb", buffering=0) as file:
                file.seek(entry.offset)
                view, done = memoryview(target).cast("B"), 0
                while done < entry.size:
                    count = file.readinto(view[done:])
                    if not count:
                        raise self._damaged(name, f"is cut off in {path}")
                    done += count
        except (OSError, OverflowError, ValueError):
            raise self._unreadable(path) from None

    def _unreadable(self, path: str) -> NotFoundError:
        return NotFoundError(None, None, f"{path}; No such file or directory")

    def _check_size(self, path: str, name: str, entry: BundleEntryProto) -> None:
        """Before memory is taken for it: the file must have the bytes that the index tells of."""
        try:
            size = os.path.getsize(path)
        except OSError:
            raise self._unreadable(path) from None
        if entry.offset < 0 or entry.size < 0 or entry.offset + entry.size > size:
            raise self._damaged(name, f"is cut off in {path}")

    def _read_numbers(self, path: str, name: str, entry: BundleEntryProto) -> Array:
        shape, dtype = shape_of(entry), self._dtype_of(name, entry).np
        if entry.size != math.prod(shape) * dtype.itemsize:
            raise self._damaged(name, f"has not the size of its shape {list(shape)}")
        self._check_size(path, name, entry)
        value = np.empty(shape, dtype)
        data = value.reshape(-1).view(np.uint8)
        if data.size:
            self._fill(path, name, entry, data)
        self._check(path, name, entry.crc32c, checksum.extend(0, data))
        return value

    def _check_numbers(self, path: str, name: str, entry: BundleEntryProto) -> None:
        """Reads an entry for its checksum only; what strings have besides it is part of it."""
        if self._dtype_of(name, entry) is dtypes.string:
            self._read_strings(path, name, entry)
        else:
            self._read_numbers(path, name, entry)

    def _read_strings(self, path: str, name: str, entry: BundleEntryProto) -> Array:
        self._check_size(path, name, entry)
        buffer = bytearray(entry.size)
        if entry.size:
            self._fill(path, name, entry, buffer)
        data = bytes(buffer)
        count = math.prod(shape_of(entry))
        lengths: list[int] = []
        position = crc = 0
        try:
            for _ in range(count):
                length, position = read_varint(data, position)
                crc = checksum.extend(crc, struct.pack("<I" if length <= 0xFFFFFFFF else "<Q", length))
                lengths.append(length)
        except (FormatError, struct.error) as error:
            raise self._damaged(name, f"has strings without lengths: {error}") from None
        stored = data[position : position + 4]
        position += 4
        if len(stored) < 4 or position + sum(lengths) != len(data):
            raise self._damaged(name, "has strings of wrong lengths")
        self._check(path, name, struct.unpack("<I", stored)[0], crc)
        self._check(path, name, entry.crc32c, checksum.extend(checksum.extend(crc, stored), data[position:]))
        flat = np.empty(count, object)
        for index, length in enumerate(lengths):
            flat[index] = data[position : position + length]
            position += length
        return flat

    def _check(self, path: str, name: str, stored: int, computed: int) -> None:
        if checksum.unmask(stored) != computed:
            raise DataLossError(
                None,
                None,
                f"Checksum does not match: stored {checksum.unmask(stored)} vs. calculated on the restored bytes "
                f"{computed}. Received: tensor {name} in {path}",
            )
