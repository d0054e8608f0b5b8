"""ReaderBase and its kinds."""

from __future__ import annotations

from typing import Any, NamedTuple

from tangraph.framework import dtypes
from tangraph.framework.operation import Operation
from tangraph.framework.tensor import Tensor
from tangraph.plugin import export, make_op
from tangraph_datasets.records.options import TFRecordOptions


class ReaderReadV2(NamedTuple):
    """A record and what it is called."""

    key: Any
    value: Any


class ReaderReadUpToV2(NamedTuple):
    """Records and what they are called."""

    keys: Any
    values: Any


@export("ReaderBase")
class ReaderBase:
    """What the kinds of readers share: names of files come from a queue, records go out.

    Args:
      reader_ref: the tensor that holds the reader's handle.
      supports_serialize: whether :meth:`serialize_state` works.
    """

    def __init__(self, reader_ref: Tensor, supports_serialize: bool = False) -> None:
        self._reader_ref = reader_ref
        self._supports_serialize = supports_serialize

    @property
    def reader_ref(self) -> Tensor:
        """The tensor that holds the handle."""
        return self._reader_ref

    @property
    def supports_serialize(self) -> bool:
        """Whether :meth:`serialize_state` works."""
        return self._supports_serialize

    def _op(self, name: str, *inputs: Any, op_name: str | None) -> Any:
        new = self._reader_ref.dtype is dtypes.resource
        return make_op(f"{name}V2" if new else name, self._reader_ref, *inputs, name=op_name)

    def _queue(self, queue: Any) -> Tensor:
        handle: Tensor = queue if isinstance(queue, Tensor) else queue.queue_ref
        if self._reader_ref.dtype is not dtypes.resource:
            old: Tensor = make_op("FakeQueue", handle)
            return old
        return handle

    def read(self, queue: Any, name: str | None = None) -> ReaderReadV2:
        """Returns the next record, as (key, value), two string scalars.

        When the present file is used up, the next name is taken from the queue, which may have to be waited for.

        Args:
          queue: a queue of names, or its handle.
          name: the operation's name.

        In a run it raises OutOfRangeError when the queue is closed and empty, NotFoundError for a file that is not
        there, and DataLossError for a damaged one.
        """
        return ReaderReadV2(*self._op("ReaderRead", self._queue(queue), op_name=name))

    def read_up_to(self, queue: Any, num_records: Any, name: str | None = None) -> ReaderReadUpToV2:
        """Returns the next records of a file, as (keys, values), strings of shape ``[n]``, n at most `num_records`.

        Args:
          queue: a queue of names, or its handle.
          num_records: an int64 scalar.
          name: the operation's name.
        """
        return ReaderReadUpToV2(*self._op("ReaderReadUpTo", self._queue(queue), num_records, op_name=name))

    def num_records_produced(self, name: str | None = None) -> Tensor:
        """Returns an int64 scalar: how many records the reader has given."""
        result: Tensor = self._op("ReaderNumRecordsProduced", op_name=name)
        return result

    def num_work_units_completed(self, name: str | None = None) -> Tensor:
        """Returns an int64 scalar: how many files are used up."""
        result: Tensor = self._op("ReaderNumWorkUnitsCompleted", op_name=name)
        return result

    def serialize_state(self, name: str | None = None) -> Tensor:
        """Returns a string scalar that says how far the reader is; some kinds cannot (`supports_serialize`)."""
        result: Tensor = self._op("ReaderSerializeState", op_name=name)
        return result

    def restore_state(self, state: Any, name: str | None = None) -> Operation:
        """Returns the operation that makes the reader as far as a string of :meth:`serialize_state` says."""
        operation: Operation = self._op("ReaderRestoreState", state, op_name=name)
        return operation

    def reset(self, name: str | None = None) -> Operation:
        """Returns the operation that makes the reader as it was at first."""
        operation: Operation = self._op("ReaderReset", op_name=name)
        return operation


@export("WholeFileReader")
class WholeFileReader(ReaderBase):
    """Gives files as a whole: the key is the name, the value what the file holds.

    Args:
      name: the operation's name.
    """

    def __init__(self, name: str | None = None) -> None:
        super().__init__(make_op("WholeFileReaderV2", name=name), supports_serialize=True)


@export("TextLineReader")
class TextLineReader(ReaderBase):
    """Gives the lines of files, without what ends them: the key is ``"<name>:<number of the line>"``.

    Args:
      skip_header_lines: how many lines at the beginning of each file are left out.
      name: the operation's name.
    """

    def __init__(self, skip_header_lines: int | None = None, name: str | None = None) -> None:
        super().__init__(make_op("TextLineReaderV2", skip_header_lines=skip_header_lines or 0, name=name))


@export("FixedLengthRecordReader")
class FixedLengthRecordReader(ReaderBase):
    """Gives pieces of files that are all of the same length: the key is ``"<name>:<number of the piece>"``.

    Args:
      record_bytes: the length of a piece.
      header_bytes: how many bytes at the beginning of a file are left out.
      footer_bytes: how many bytes at its end are left out.
      hop_bytes: from the beginning of a piece to that of the next; `record_bytes` when None or 0.
      name: the operation's name.
      encoding: "ZLIB" or "GZIP" for compressed files.
    """

    def __init__(
        self,
        record_bytes: int,
        header_bytes: int | None = None,
        footer_bytes: int | None = None,
        hop_bytes: int | None = None,
        name: str | None = None,
        encoding: str | None = None,
    ) -> None:
        handle = make_op(
            "FixedLengthRecordReaderV2",
            record_bytes=record_bytes,
            header_bytes=header_bytes or 0,
            footer_bytes=footer_bytes or 0,
            hop_bytes=hop_bytes or 0,
            encoding=encoding or "",
            name=name,
        )
        super().__init__(handle)


@export("TFRecordReader")
class TFRecordReader(ReaderBase):
    """Gives the records of TFRecord files: the key is ``"<name>:<offset of the record>"``.

    Args:
      name: the operation's name.
      options: TFRecordOptions, or a kind of compression.
    """

    def __init__(self, name: str | None = None, options: Any = None) -> None:
        compression = TFRecordOptions.get_compression_type_string(options)
        super().__init__(make_op("TFRecordReaderV2", compression_type=compression, name=name))


@export("LMDBReader")
class LMDBReader(ReaderBase):
    """Would give the records of LMDB files; the graph can be built, but a run raises UnimplementedError.

    Args:
      name: the operation's name.
      options: not used.
    """

    def __init__(self, name: str | None = None, options: Any = None) -> None:
        del options
        super().__init__(make_op("LMDBReader", name=name))


@export("IdentityReader")
class IdentityReader(ReaderBase):
    """Gives the names themselves, as keys and as values.

    Args:
      name: the operation's name.
    """

    def __init__(self, name: str | None = None) -> None:
        super().__init__(make_op("IdentityReaderV2", name=name), supports_serialize=True)
