"""Checkpoints in TensorFlow's first format: one file (or one a device), a sorted table that holds the elements too."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from tangraph.framework import dtypes
from tangraph.framework.dtypes import DType
from tangraph.framework.errors import DataLossError, InvalidArgumentError, NotFoundError
from tangraph.framework.tensor_proto import read_elements, write_elements
from tangraph_interop.checkpoint.files import Array, assemble
from tangraph_interop.checkpoint.slices import TensorSlice, parse_spec
from tangraph_interop.checkpoint.sstable import NoTableError, read_table, write_table
from tangraph_interop.checkpoint.varint import FormatError
from tangraph_interop.files import write_file
from tangraph_interop.messages import SavedSliceMeta, SavedTensorSlices
from tangraph_interop.wire import codec

_VERSION: Final = 1
_META_KEY: Final = b""


class TableReader:
    """Reads a checkpoint in the format V1.

    Attributes:
      prefix: the checkpoint's name, or a pattern that its files have.

    Raises:
      DataLossError: a file is no checkpoint, or is damaged.
    """

    def __init__(self, prefix: str, files: Sequence[str]) -> None:
        self.prefix = prefix
        self._tensors: dict[str, SavedSliceMeta] = {}
        self._entries: dict[bytes, bytes] = {}
        for path in files:
            self._add(path)

    def _add(self, path: str) -> None:
        try:
            entries = read_table(Path(path).read_bytes())
            if _META_KEY not in entries:
                raise FormatError("Cannot find the saved tensor slices meta data")
            meta = SavedTensorSlices.FromString(entries.pop(_META_KEY)).meta
        except NoTableError as error:
            raise DataLossError(
                None,
                None,
                f"Unable to open table file {path}: Data loss: {error}: perhaps your file is in a different file format "
                "and you need to use a different restore operator?",
            ) from None
        except (OSError, ValueError) as error:
            raise DataLossError(None, None, f"Unable to open table file {path}: Data loss: {error}") from None
        self._entries.update(entries)
        for tensor in meta.tensor:
            known = self._tensors.get(tensor.name)
            if known is None:
                self._tensors[tensor.name] = tensor
            elif known.type != tensor.type or _shape_of(known) != _shape_of(tensor):
                raise DataLossError(
                    None, None, f"Tensor {tensor.name} has another shape or type in {path} than in other shards"
                )
            else:
                known.slice.extend(tensor.slice)

    def names(self) -> list[str]:
        """Returns the names of the tensors, sorted."""
        return sorted(self._tensors)

    def has(self, name: str) -> bool:
        """Returns whether there is a tensor of that name."""
        return name in self._tensors

    def dtype(self, name: str) -> DType:
        """Returns the type of a tensor."""
        return dtypes.as_dtype(self._tensor(name).type)

    def shape(self, name: str) -> tuple[int, ...]:
        """Returns the shape of a tensor."""
        return _shape_of(self._tensor(name))

    def read(self, name: str, part: TensorSlice | None = None) -> Any:
        """Returns a tensor, or a slice of it.

        Raises:
          NotFoundError: there is none of that name, or no slices that cover what is asked for.
          DataLossError: an entry is damaged.
        """
        tensor = self._tensor(name)
        shape, dtype = _shape_of(tensor), self.dtype(name)
        wanted = part or TensorSlice.full(len(shape))
        stored = [TensorSlice.from_proto(message) for message in tensor.slice]
        if wanted in stored:
            return self._load(name, wanted, shape, dtype)
        loaders = [(piece, lambda piece=piece: self._load(name, piece, shape, dtype)) for piece in stored]
        return assemble(self.prefix, name, dtype, shape, wanted, loaders)

    def _tensor(self, name: str) -> SavedSliceMeta:
        found = self._tensors.get(name)
        if found is None:
            raise NotFoundError(None, None, f'Tensor name "{name}" not found in checkpoint files {self.prefix}')
        return found

    def _load(self, name: str, part: TensorSlice, shape: tuple[int, ...], dtype: DType) -> Array:
        data = self._entries.get(part.key(name))
        if data is None:
            raise DataLossError(None, None, f"A slice of {name} is missing in checkpoint {self.prefix}")
        sizes = [end - begin for begin, end in part.ranges(shape)]
        try:
            flat = read_elements(codec.parse(SavedTensorSlices, data).data.data, dtype)
            if flat.size != math.prod(sizes):
                raise FormatError(f"{flat.size} elements for the shape {sizes}")
        except (ValueError, TypeError) as error:
            raise DataLossError(None, None, f"Tensor {name} of {self.prefix} is damaged: {error}") from None
        return flat.reshape(sizes)


def _shape_of(tensor: SavedSliceMeta) -> tuple[int, ...]:
    return tuple(dim.size for dim in tensor.shape.dim)


def write_tables(path: str, items: Sequence[tuple[str, str, Any, DType]]) -> None:
    """Writes a checkpoint in the format V1, of one file.

    Args:
      path: the file.
      items: name, shape and slice ("" for a whole tensor), value and type of each tensor.

    Raises:
      InvalidArgumentError: a slice does not fit, or stands there twice.
    """
    header = SavedTensorSlices()
    header.meta.versions.producer = _VERSION
    entries: dict[bytes, bytes] = {}
    tensors: dict[str, SavedSliceMeta] = {}
    for name, spec, value, dtype in items:
        array = np.asarray(value)
        shape, part, part_shape = parse_spec(spec) if spec else (array.shape, TensorSlice.full(array.ndim), array.shape)
        if part_shape != array.shape:
            raise InvalidArgumentError(
                None,
                None,
                f"Slice in shape_and_slice specification does not match the shape of the tensor to save: {spec}, "
                f"tensor: {list(array.shape)}",
            )
        tensor = tensors.get(name)
        if tensor is None:
            tensor = tensors[name] = header.meta.tensor.add(name=name, type=dtype.as_datatype_enum)
            tensor.shape.SetInParent()
            tensor.shape.dim.extend([type(tensor.shape).Dim(size=size) for size in shape])
        elif _shape_of(tensor) != shape or tensor.type != dtype.as_datatype_enum:
            raise InvalidArgumentError(None, None, f"Mismatching shapes or types: existing tensor {name}")
        key = part.key(name)
        if key in entries:
            raise InvalidArgumentError(None, None, f"Adding duplicate key: {name}")
        tensor.slice.append(part.to_proto())
        entries[key] = _entry(name, part, array, dtype)
    entries[_META_KEY] = header.SerializeToString()
    write_file(path, write_table(entries))


def _entry(name: str, part: TensorSlice, array: Array, dtype: DType) -> bytes:
    message = codec.protobuf_class(SavedTensorSlices)()
    message.data.name = name
    message.data.slice.CopyFrom(codec.to_protobuf(part.to_proto()))
    write_elements(message.data.data, array.ravel(), dtype)
    data: bytes = message.SerializeToString()
    return data
