"""Checkpoints as files: an index (a sorted table) of the tensors, and their bytes in data shards."""

from __future__ import annotations

import contextlib
import math
import os
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

from tangraph.framework import dtypes
from tangraph.framework.dtypes import DType
from tangraph.framework.errors import DataLossError, InvalidArgumentError, NotFoundError
from tangraph_interop.checkpoint import checksum
from tangraph_interop.checkpoint.slices import TensorSlice
from tangraph_interop.checkpoint.sstable import read_table, write_table
from tangraph_interop.checkpoint.varint import FormatError, read_varint, write_varint
from tangraph_interop.files import whole_file, write_file
from tangraph_interop.messages import BundleEntryProto, BundleHeaderProto

Array = np.ndarray[Any, Any]
_VERSION: Final = 1


def data_file(prefix: str, shard: int, shards: int) -> str:
    """Returns the name of a data shard."""
    return f"{prefix}.data-{shard:05d}-of-{shards:05d}"


def index_file(prefix: str) -> str:
    """Returns the name of the index."""
    return f"{prefix}.index"


# -- writing -----------------------------------------------------------------------------------------------------


class BundleWriter:
    """Writes a checkpoint of one shard; the index, which makes it a checkpoint, comes last."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._entries: dict[bytes, bytes] = {}
        self._whole: dict[str, BundleEntryProto] = {}
        self._offset = 0

    def write(self, items: Sequence[tuple[str, str, Any, DType]]) -> None:
        """Writes the checkpoint.

        Args:
          items: name, shape and slice ("" for a whole tensor), value and type of each tensor.

        Raises:
          InvalidArgumentError: a name stands there twice, or a slice does not fit.
        """
        from tangraph_interop.checkpoint.slices import parse_spec

        with whole_file(data_file(self._prefix, 0, 1)) as file:
            for name, spec, value, dtype in items:
                array = np.asarray(value)
                if not spec:
                    self._put(name.encode(), self._data(file, array, dtype), name)
                    continue
                shape, part, part_shape = parse_spec(spec)
                if part_shape != array.shape:
                    raise InvalidArgumentError(
                        None,
                        None,
                        f"Slice in shape_and_slice specification does not match the shape of the tensor to save: "
                        f"{spec}, tensor: {list(array.shape)}",
                    )
                self._add_slice(name, shape, part, dtype)
                self._put(part.key(name), self._data(file, array, dtype), name)
        for name, entry in self._whole.items():
            self._put(name.encode(), entry, name)
        write_index(self._prefix, 1, self._entries)

    def _add_slice(self, name: str, shape: tuple[int, ...], part: TensorSlice, dtype: DType) -> None:
        entry = self._whole.get(name)
        if entry is None:
            entry = self._whole[name] = BundleEntryProto(dtype=dtype.as_datatype_enum)
            _set_shape(entry, shape)
        elif _shape_of(entry) != shape or entry.dtype != dtype.as_datatype_enum:
            raise InvalidArgumentError(None, None, f"The slices of {name} are of tensors of different shape or type.")
        entry.slices.append(part.to_proto())

    def _put(self, key: bytes, entry: BundleEntryProto, name: str) -> None:
        if key in self._entries:
            raise InvalidArgumentError(None, None, f"Adding duplicate key: {name}")
        self._entries[key] = entry.SerializeToString()

    def _data(self, file: IO[bytes], array: Array, dtype: DType) -> BundleEntryProto:
        entry = BundleEntryProto(dtype=dtype.as_datatype_enum, offset=self._offset)
        _set_shape(entry, array.shape)
        data, crc = _encode_strings(array) if dtype is dtypes.string else _encode(array)
        file.write(data)
        entry.size = len(data)
        entry.crc32c = checksum.mask(crc)
        self._offset += len(data)
        return entry


def _encode(array: Array) -> tuple[bytes, int]:
    data = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
    return data, checksum.extend(0, data)


def _encode_strings(array: Array) -> tuple[bytes, int]:
    """Strings: their lengths, a checksum of these, then their bytes."""
    items = [item if isinstance(item, bytes) else str(item).encode() for item in array.ravel().tolist()]
    crc = 0
    for item in items:
        crc = checksum.extend(crc, struct.pack("<I" if len(item) <= 0xFFFFFFFF else "<Q", len(item)))
    lengths = b"".join([write_varint(len(item)) for item in items])
    stored = struct.pack("<I", checksum.mask(crc))
    body = b"".join(items)
    return lengths + stored + body, checksum.extend(checksum.extend(crc, stored), body)


def _set_shape(entry: BundleEntryProto, shape: Sequence[int]) -> None:
    entry.shape.SetInParent()
    for size in shape:
        entry.shape.dim.add(size=size)


def _shape_of(entry: BundleEntryProto) -> tuple[int, ...]:
    return tuple(dim.size for dim in entry.shape.dim)


def write_index(prefix: str, shards: int, entries: dict[bytes, bytes]) -> None:
    """Writes the index of a checkpoint."""
    header = BundleHeaderProto(num_shards=shards)
    header.version.producer = _VERSION
    write_file(index_file(prefix), write_table({**entries, b"": header.SerializeToString()}))


def merge_bundles(prefixes: Sequence[str], destination: str, *, delete_old_dirs: bool = True) -> None:
    """Makes one checkpoint of several: their data shards are renamed, their indices become one.

    Raises:
      InvalidArgumentError: two of them have the same tensor.
    """
    readers = [BundleReader(prefix) for prefix in dict.fromkeys(prefixes)]
    count = sum(reader.num_shards for reader in readers)
    merged: dict[bytes, bytes] = {}
    moves = []
    shard = 0
    for reader in readers:
        for key, entry in reader.raw_entries():
            if entry.slices and key in merged:
                known = BundleEntryProto.FromString(merged[key])
                known.slices.extend(entry.slices)
                entry = known
            elif key in merged:
                raise InvalidArgumentError(
                    None, None, f"Duplicate tensor keyed by {key.decode(errors='replace')} encountered, when merging"
                )
            else:
                entry.shard_id += shard
            merged[key] = entry.SerializeToString()
        for number in range(reader.num_shards):
            moves.append((data_file(reader.prefix, number, reader.num_shards), data_file(destination, shard, count)))
            shard += 1
    os.makedirs(os.path.dirname(destination) or ".", exist_ok=True)
    for old, new in moves:
        os.replace(old, new)
    write_index(destination, count, merged)
    for reader in readers:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(index_file(reader.prefix))
    if delete_old_dirs:
        kept = Path(destination).parent
        for folder in {Path(reader.prefix).parent for reader in readers} - {kept}:
            with contextlib.suppress(OSError):
                folder.rmdir()


# -- reading -----------------------------------------------------------------------------------------------------


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
        return dtypes.as_dtype(self._entry(name).dtype)

    def shape(self, name: str) -> tuple[int, ...]:
        """Returns the shape of a tensor."""
        return _shape_of(self._entry(name))

    def read(self, name: str, part: TensorSlice | None = None) -> Any:
        """Returns a tensor, or a slice of it.

        Raises:
          NotFoundError: there is none of that name, or no slices that cover what is asked for.
          DataLossError: its bytes are damaged.
        """
        entry = self._entry(name)
        shape = _shape_of(entry)
        if not entry.slices:
            whole = self._load(name, entry)
            if part is None:
                return whole
            return whole[tuple(slice(begin, end) for begin, end in part.ranges(shape))].copy()
        return self._assemble(name, entry, part or TensorSlice.full(len(shape)))

    def _entry(self, name: str) -> BundleEntryProto:
        entry = self._names.get(name)
        if entry is None:
            raise NotFoundError(None, None, f"Key {name} not found in checkpoint")
        return entry

    def _assemble(self, name: str, entry: BundleEntryProto, wanted: TensorSlice) -> Array:
        """Puts a slice together from those that are stored."""
        shape = _shape_of(entry)
        ranges = wanted.ranges(shape)
        result = np.zeros([end - begin for begin, end in ranges], dtypes.as_dtype(entry.dtype).np)
        covered = np.zeros(result.shape, bool)
        for stored in map(TensorSlice.from_proto, entry.slices):
            there = stored.ranges(shape)
            common = [(max(a, c), min(b, d)) for (a, b), (c, d) in zip(ranges, there, strict=True)]
            if any(begin >= end for begin, end in common):
                continue
            piece = self._entries.get(stored.key(name))
            if piece is None:
                raise DataLossError(None, None, f"A slice of {name} is missing in checkpoint {self.prefix}")
            target = tuple(slice(b - o, e - o) for (b, e), (o, _) in zip(common, ranges, strict=True))
            source = tuple(slice(b - o, e - o) for (b, e), (o, _) in zip(common, there, strict=True))
            result[target] = self._load(name, piece)[source]
            covered[target] = True
        if not covered.all():
            raise NotFoundError(None, None, f"The slices of {name} in checkpoint {self.prefix} do not cover {wanted}")
        return result

    def _load(self, name: str, entry: BundleEntryProto) -> Any:
        """Returns the elements behind an entry, whose checksum is right."""
        data = self._bytes(name, entry)
        shape = _shape_of(entry)
        dtype = dtypes.as_dtype(entry.dtype)
        if dtype is dtypes.string:
            return self._load_strings(name, entry, data).reshape(shape)
        self._check(name, entry.crc32c, checksum.extend(0, data))
        if len(data) != math.prod(shape) * dtype.np.itemsize:
            raise DataLossError(
                None, None, f"Tensor {name} of {self.prefix} has not the size of its shape {list(shape)}"
            )
        return np.frombuffer(data, dtype.np).reshape(shape).copy()

    def _load_strings(self, name: str, entry: BundleEntryProto, data: bytes) -> Array:
        count = math.prod(_shape_of(entry))
        lengths: list[int] = []
        position = crc = 0
        try:
            for _ in range(count):
                length, position = read_varint(data, position)
                crc = checksum.extend(crc, struct.pack("<I" if length <= 0xFFFFFFFF else "<Q", length))
                lengths.append(length)
        except FormatError as error:
            raise DataLossError(None, None, f"Tensor {name} of {self.prefix}: {error}") from None
        stored = data[position : position + 4]
        position += 4
        if len(stored) < 4 or position + sum(lengths) != len(data):
            raise DataLossError(None, None, f"Tensor {name} of {self.prefix} has strings of wrong lengths")
        self._check(name, struct.unpack("<I", stored)[0], crc)
        self._check(name, entry.crc32c, checksum.extend(checksum.extend(crc, stored), data[position:]))
        flat = np.empty(count, object)
        for index, length in enumerate(lengths):
            flat[index] = data[position : position + length]
            position += length
        return flat

    def _check(self, name: str, stored: int, computed: int) -> None:
        if checksum.unmask(stored) != computed:
            raise DataLossError(
                None,
                None,
                f"Checksum does not match: stored {checksum.unmask(stored)} vs. calculated on the restored bytes "
                f"{computed}. Received: tensor {name} of {self.prefix}",
            )

    def _bytes(self, name: str, entry: BundleEntryProto) -> bytes:
        path = data_file(self.prefix, entry.shard_id, self.num_shards)
        try:
            with open(path, "rb") as file:
                file.seek(entry.offset)
                data = file.read(entry.size) if entry.size >= 0 else b""
        except (OSError, OverflowError, ValueError):
            raise NotFoundError(None, None, f"{path}; No such file or directory") from None
        if len(data) != entry.size:
            raise DataLossError(None, None, f"Tensor {name} is cut off in {path}")
        return data
