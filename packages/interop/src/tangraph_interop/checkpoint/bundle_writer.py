"""Writes checkpoints in the format V2."""

from __future__ import annotations

import contextlib
import glob
import os
import shutil
import struct
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

from tangraph.framework import dtypes
from tangraph.framework.dtypes import DType
from tangraph.framework.errors import InvalidArgumentError
from tangraph.util.file_io import translated
from tangraph_interop.checkpoint import checksum
from tangraph_interop.checkpoint.bundle import data_file, index_file, set_shape, shape_of
from tangraph_interop.checkpoint.bundle_reader import BundleReader
from tangraph_interop.checkpoint.files import Array
from tangraph_interop.checkpoint.slices import TensorSlice, parse_spec
from tangraph_interop.checkpoint.sstable import write_table
from tangraph_interop.checkpoint.varint import write_varint
from tangraph_interop.files import remove_older, sync_folder, temporaries, temporary_name, whole_file, write_file
from tangraph_interop.messages import BundleEntryProto, BundleHeaderProto

_VERSION: Final = 1
_CHUNK: Final = 1 << 20


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
          ResourceExhaustedError: the disk is full; a checkpoint of that name that was there is still whole.
        """
        path = data_file(self._prefix, 0, 1)
        with _replaced(self._prefix, [path]):
            with whole_file(path) as file:
                for name, spec, value, dtype in items:
                    self._write_item(file, name, spec, np.asarray(value), dtype)
            for name, entry in self._whole.items():
                self._put(name.encode(), entry, name)
            write_index(self._prefix, 1, self._entries)

    def _write_item(self, file: IO[bytes], name: str, spec: str, array: Array, dtype: DType) -> None:
        if not spec:
            self._put(name.encode(), self._data(file, array, dtype), name)
            return
        shape, part, part_shape = parse_spec(spec)
        if part_shape != array.shape:
            raise InvalidArgumentError(
                None,
                None,
                f"Slice in shape_and_slice specification does not match the shape of the tensor to save: {spec}, "
                f"tensor: {list(array.shape)}",
            )
        self._add_slice(name, shape, part, dtype)
        self._put(part.key(name), self._data(file, array, dtype), name)

    def _add_slice(self, name: str, shape: tuple[int, ...], part: TensorSlice, dtype: DType) -> None:
        entry = self._whole.get(name)
        if entry is None:
            entry = self._whole[name] = BundleEntryProto(dtype=dtype.as_datatype_enum)
            set_shape(entry, shape)
        elif shape_of(entry) != shape or entry.dtype != dtype.as_datatype_enum:
            raise InvalidArgumentError(None, None, f"The slices of {name} are of tensors of different shape or type.")
        entry.slices.append(part.to_proto())

    def _put(self, key: bytes, entry: BundleEntryProto, name: str) -> None:
        if key in self._entries:
            raise InvalidArgumentError(None, None, f"Adding duplicate key: {name}")
        self._entries[key] = entry.SerializeToString()

    def _data(self, file: IO[bytes], array: Array, dtype: DType) -> BundleEntryProto:
        entry = BundleEntryProto(dtype=dtype.as_datatype_enum, offset=self._offset)
        set_shape(entry, array.shape)
        entry.size, crc = _write_strings(file, array) if dtype is dtypes.string else _write_numbers(file, array)
        entry.crc32c = checksum.mask(crc)
        self._offset += entry.size
        return entry


def _write_numbers(file: IO[bytes], array: Array) -> tuple[int, int]:
    """Writes elements; returns their size and checksum."""
    little = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False)
    data = little.reshape(-1).view(np.uint8)
    crc = 0
    for start in range(0, data.size, _CHUNK):
        # A copy: another thread may be training the variable, and what is written must have the checksum.
        piece = data[start : start + _CHUNK].tobytes()
        crc = checksum.extend(crc, piece)
        file.write(piece)
    return data.size, crc


def _write_strings(file: IO[bytes], array: Array) -> tuple[int, int]:
    """Writes strings: their lengths, a checksum of these, then their bytes."""
    items = [item if isinstance(item, bytes) else str(item).encode() for item in array.ravel().tolist()]
    crc = 0
    for item in items:
        crc = checksum.extend(crc, struct.pack("<I" if len(item) <= 0xFFFFFFFF else "<Q", len(item)))
    lengths = b"".join([write_varint(len(item)) for item in items])
    stored = struct.pack("<I", checksum.mask(crc))
    body = b"".join(items)
    file.write(lengths + stored + body)
    return len(lengths) + len(stored) + len(body), checksum.extend(checksum.extend(crc, stored), body)


def write_index(prefix: str, shards: int, entries: dict[bytes, bytes]) -> None:
    """Writes the index of a checkpoint."""
    header = BundleHeaderProto(num_shards=shards)
    header.version.producer = _VERSION
    write_file(index_file(prefix), write_table({**entries, b"": header.SerializeToString()}))


@contextlib.contextmanager
def _replaced(prefix: str, paths: Sequence[str]) -> Iterator[None]:
    """Keeps the data files of a checkpoint that is overwritten in the block, until its new index is there.

    The index is replaced in one moment, the data files in others. Whoever is killed in between leaves the old index;
    the reader finds the bytes that it tells of in the links that are made here.
    """
    began = time.time()
    links: dict[str, str] = {}
    with translated(prefix):
        for path in paths:
            if os.path.exists(index_file(prefix)) and os.path.exists(path):
                links[path] = temporary_name(path)
                try:
                    os.link(path, links[path])
                except OSError:  # a file system without links
                    shutil.copyfile(path, links[path])
    if links:
        sync_folder(prefix)
    try:
        yield
    except BaseException:
        for path in paths:
            with contextlib.suppress(OSError):
                os.replace(links[path], path) if path in links else os.unlink(path)
        raise
    finally:
        # A link that was put back may still be there: a rename of a file to itself does nothing.
        for link in links.values():
            with contextlib.suppress(OSError):
                os.unlink(link)
    left = [temporary for path in paths for temporary in temporaries(path)]
    remove_older([*left, *glob.glob(f"{glob.escape(prefix)}_temp_*")], began)


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
        _merge_entries(merged, reader, shard)
        for number in range(reader.num_shards):
            moves.append((data_file(reader.prefix, number, reader.num_shards), data_file(destination, shard, count)))
            shard += 1
    with translated(destination):
        os.makedirs(os.path.dirname(destination) or ".", exist_ok=True)
    with _replaced(destination, [new for _, new in moves]):
        for old, new in moves:
            with translated(old):
                os.replace(old, new)
        sync_folder(destination)
        write_index(destination, count, merged)
    for reader in readers:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(index_file(reader.prefix))
    if delete_old_dirs:
        kept = Path(destination).parent
        for folder in {Path(reader.prefix).parent for reader in readers} - {kept}:
            with contextlib.suppress(OSError):
                folder.rmdir()


def _merge_entries(merged: dict[bytes, bytes], reader: BundleReader, first_shard: int) -> None:
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
            entry.shard_id += first_shard
        merged[key] = entry.SerializeToString()
