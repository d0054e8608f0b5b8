"""Reads messages of examples into arrays; the kernels of the parsing operations are made of this."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from tangraph.framework import raw_shape
from tangraph.framework.dtypes import DType, cpp_name, string
from tangraph.framework.message import Message
from tangraph.framework.raw_shape import Raw
from tangraph_datasets.parsing.raw import invalid

_KINDS: Final = {"int64": "int64_list", "float32": "float_list", "string": "bytes_list"}
_NAMES: Final = {"int64_list": "int64", "float_list": "float", "bytes_list": "string"}


class Column(NamedTuple):
    """A feature that is asked for.

    Attributes:
      key: its name.
      dtype: its type.
      shape: the shape of its values; None for one that becomes a SparseTensor.
      default: what stands for a missing one; empty where it must not be missing.
    """

    key: str
    dtype: DType
    shape: Raw = None
    default: Any = None

    @property
    def kind(self) -> str:
        """The field of a Feature that holds values of the type."""
        return _KINDS[self.dtype.name]

    @property
    def type_name(self) -> str:
        """The type in errors."""
        return cpp_name(self.dtype)

    def array(self, values: Any) -> Any:
        """Returns the values of one or several features as an array of one dimension."""
        if self.dtype is not string:
            return np.array(values, self.dtype.np)
        out = np.empty(len(values), object)
        out[:] = values
        return out

    def shaped(self, values: list[Any], shape: tuple[int, ...]) -> Any:
        """Returns values as a tensor of a shape."""
        array = self.array(values)
        return array.reshape(shape) if shape else array[0]

    def filled(self, rows: Sequence[Sequence[Any]], stride: int, shape: Any, fill: Any) -> Any:
        """Returns rows of different lengths as one tensor ``[rows, longest, *shape]``."""
        longest = max((len(row) for row in rows), default=0)
        out = np.empty((len(rows), longest), self.dtype.np)
        out[...] = fill
        for i, row in enumerate(rows):
            out[i, : len(row)] = row if self.dtype is not string else self.array(row)
        return out.reshape(len(rows), longest // stride if stride else 0, *shape)


def parser_of(message_type: type[Message]) -> Callable[[bytes], Any]:
    """Returns a function that parses messages of a class, with the protobuf library itself for its speed.

    It raises ValueError for bytes that are no such message.
    """
    from google.protobuf.message import DecodeError

    from tangraph_interop.wire import codec

    kind = codec.protobuf_class(message_type)

    def parse(data: bytes) -> Any:
        try:
            return kind.FromString(data)
        except DecodeError as error:
            raise ValueError(str(error)) from None

    return parse


def could_not_parse(data: bytes) -> Exception:
    """Returns the error for bytes that are no example."""
    return invalid(f"Could not parse example input, value: '{data.decode(errors='replace')}'")


def kind_of(feature: Any) -> str | None:
    """Returns which field of a Feature is set."""
    found: str | None = feature.WhichOneof("kind")
    return found


def name_of_kind(kind: str) -> str:
    """Returns the type, in errors, of what a field of a Feature holds."""
    return _NAMES[kind]


def feature_of(features: Any, key: str) -> Any:
    """Returns a Feature that holds something, or None."""
    if key not in features:
        return None
    feature = features[key]
    return None if feature.WhichOneof("kind") is None else feature


def values_in(feature: Any, kind: str) -> Any:
    """Returns the values of a Feature."""
    return getattr(feature, kind).value


def ragged_indices(counts: Sequence[int]) -> Any:
    """Returns the indices ``[n, 2]`` of a SparseTensor whose rows have so many elements, at their left."""
    lengths = np.asarray(counts, np.int64)
    total = int(lengths.sum())
    rows = np.repeat(np.arange(len(lengths)), lengths)
    starts = np.repeat(np.cumsum(lengths) - lengths, lengths)
    return np.stack([rows, np.arange(total) - starts], axis=1).astype(np.int64).reshape(total, 2)


def vector_indices(count: int) -> Any:
    """Returns the indices ``[n, 1]`` of a SparseTensor of one dimension without gaps."""
    return np.arange(count, dtype=np.int64).reshape(count, 1)


def stride_of(column: Column) -> int:
    """Returns how many values make one step of a sequence whose length is the first dimension of its shape."""
    assert column.shape is not None
    return raw_shape.num_elements(column.shape[1:]) or 0


def split_inputs(values: Sequence[Any], *counts: int) -> list[list[Any]]:
    """Returns a kernel's inputs in groups of so many each."""
    groups = []
    at = 0
    for count in counts:
        groups.append(list(values[at : at + count]))
        at += count
    return groups


def text(value: Any) -> str:
    """Returns a string scalar as text."""
    data = value.item() if isinstance(value, np.ndarray) else value
    return str(data, "utf-8", "surrogateescape") if isinstance(data, bytes) else str(data)
