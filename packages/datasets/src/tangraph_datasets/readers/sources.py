"""The readers themselves: what a session keeps of them between its runs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any, Final

from tangraph.client.deadline import time_left
from tangraph.framework.dtypes import string
from tangraph.framework.message import Message
from tangraph.framework.message_fields import bytestring, int64
from tangraph.plugin import errors
from tangraph.util.compat import as_str
from tangraph_datasets.files import file_error
from tangraph_datasets.queues.storage import Queue, invalid
from tangraph_datasets.records.compression import opened
from tangraph_datasets.records.reading import records_of

Pair = tuple[bytes, bytes]
_CHUNK: Final = 1 << 18


class ReaderBaseState(Message):
    """How far a reader is."""

    work_started = int64(1)
    work_finished = int64(2)
    num_records_produced = int64(3)
    current_work = bytestring(4)


class Reader:
    """Takes names of files from a queue, one when the one before is used up, and gives their records.

    Attributes:
      name: for errors.
      produced: how many records it has given.
      finished: how many files are used up.
    """

    kind = ""
    serializes = False

    def __init__(self, name: str) -> None:
        self.name = name
        self.produced = 0
        self.finished = 0
        self._started = 0
        self._work = b""
        self._records: Iterator[Pair] | None = None
        self._lock = threading.Lock()

    @property
    def value(self) -> Any:
        """What fetching the handle of an old op gives: container and name."""
        import numpy as np

        return np.array([b"localhost", self.name.encode()], object)

    def records(self, work: bytes) -> Iterator[Pair]:
        """Yields the keys and values of one file."""
        raise NotImplementedError

    def _acquire(self) -> None:
        left = time_left()
        if not self._lock.acquire(timeout=-1 if left is None else left):
            time_left()

    def read(self, queue: Queue) -> Pair:
        """Returns the next record; waits for a file if need be.

        Raises:
          OutOfRangeError: the queue is closed and empty.
          NotFoundError: a file is not there.
          DataLossError: a file is damaged.
        """
        self._acquire()
        try:
            while True:
                found = self._next(queue)
                if found is not None:
                    return found
        finally:
            self._lock.release()

    def read_up_to(self, queue: Queue, count: int) -> list[Pair]:
        """Returns the next records, of one file, at least one and at most so many; see :meth:`read`."""
        if count <= 0:
            raise invalid(f"Input num_records must be a positive integer, but got {count}")
        self._acquire()
        try:
            found: list[Pair] = []
            while not found:
                first = self._next(queue)
                if first is None:
                    continue
                found.append(first)
                # Whether the file is used up shows when more is asked for; a reader of whole files knows at once.
                while len(found) < count and self._records is not None:
                    following = self._next(queue)
                    if following is None:
                        break
                    found.append(following)
            return found
        finally:
            self._lock.release()

    def _next(self, queue: Queue) -> Pair | None:
        """Returns the next record; None when the file at hand is used up."""
        if self._records is None:
            self._begin(queue)
        assert self._records is not None
        found = next(self._records, None)
        if found is None:
            self._end()
        else:
            self.produced += 1
            if self.serializes:  # one record a file
                self._end()
        return found

    def _begin(self, queue: Queue) -> None:
        if queue.dtypes != [string]:
            names = ", ".join(d.name for d in queue.dtypes)
            raise invalid(f"Type mismatch. Reader '{self.name}' takes names from a queue of strings, not of ({names})")
        self._work = b""
        (work,) = queue.dequeue()
        self._work = work if isinstance(work, bytes) else bytes(work.item())
        self._started += 1
        self._records = self.records(self._work)

    def _end(self) -> None:
        self._records = None
        self.finished += 1

    def reset(self) -> None:
        """Makes it as it was at first."""
        with self._lock:
            self.produced = self.finished = self._started = 0
            self._work = b""
            self._records = None

    def serialize(self) -> bytes:
        """Returns how far it is, as :meth:`restore` takes it.

        Raises:
          UnimplementedError: this kind cannot.
        """
        if not self.serializes:
            raise errors.UnimplementedError(None, None, "Reader SerializeState")
        with self._lock:
            message = ReaderBaseState()
            message.work_started, message.work_finished = self._started, self.finished
            message.num_records_produced, message.current_work = self.produced, self._work
            data: bytes = message.SerializeToString()
            return data

    def restore(self, state: bytes) -> None:
        """Makes it as far as it was when `state` was serialized.

        Raises:
          UnimplementedError: this kind cannot.
          InvalidArgumentError: `state` is no such thing.
        """
        if not self.serializes:
            raise errors.UnimplementedError(None, None, "Reader RestoreState")
        whose = f"{self.kind} '{self.name}'"
        try:
            message = ReaderBaseState.FromString(state)
        except ValueError:
            text = state.decode(errors="replace")
            raise invalid(f"Could not parse state for {whose}: {text}") from None
        started, finished = message.work_started, message.work_finished
        if started < 0 or finished < 0 or message.num_records_produced < 0 or started != finished:
            raise invalid(
                f"Inconsistent work started vs. finished when restoring in {whose}: work_started: {started} "
                f"work_finished: {finished} num_records_produced: {message.num_records_produced}"
            )
        with self._lock:
            self._started, self.finished, self.produced = started, finished, message.num_records_produced
            self._work = message.current_work
            self._records = None


class IdentityReader(Reader):
    """Gives the names themselves."""

    kind = "IdentityReader"
    serializes = True

    def records(self, work: bytes) -> Iterator[Pair]:
        """See :class:`Reader`."""
        yield work, work


class WholeFileReader(Reader):
    """Gives files as a whole."""

    kind = "WholeFileReader"
    serializes = True

    def records(self, work: bytes) -> Iterator[Pair]:
        """See :class:`Reader`."""
        path = as_str(work)
        try:
            with open(path, "rb") as file:
                data = file.read()
        except OSError as error:
            raise file_error(error, path) from None
        yield work, data


class TextLineReader(Reader):
    """Gives the lines of files, without what ends them."""

    kind = "TextLineReader"

    def __init__(self, name: str, skip_header_lines: int) -> None:
        super().__init__(name)
        self._skip = skip_header_lines

    def records(self, work: bytes) -> Iterator[Pair]:
        """See :class:`Reader`."""
        path = as_str(work)
        try:
            with open(path, "rb") as file:
                for number, line in enumerate(file, 1):
                    if number > self._skip:
                        # Every carriage return goes, as in TensorFlow, wherever it stands.
                        yield b"%s:%d" % (work, number), line.removesuffix(b"\n").replace(b"\r", b"")
        except OSError as error:
            raise file_error(error, path) from None


class TFRecordReader(Reader):
    """Gives the records of TFRecord files."""

    kind = "TFRecordReader"

    def __init__(self, name: str, compression_type: str) -> None:
        super().__init__(name)
        self._compression = compression_type

    def records(self, work: bytes) -> Iterator[Pair]:
        """See :class:`Reader`."""
        for offset, record in records_of(as_str(work), self._compression):
            yield b"%s:%d" % (work, offset), record


class FixedLengthRecordReader(Reader):
    """Gives pieces of files that are all of the same length."""

    kind = "FixedLengthRecordReader"

    def __init__(
        self, name: str, header_bytes: int, record_bytes: int, footer_bytes: int, hop_bytes: int, encoding: str
    ) -> None:
        super().__init__(name)
        for what, size, least in (
            ("header_bytes", header_bytes, 0),
            ("record_bytes", record_bytes, 1),
            ("footer_bytes", footer_bytes, 0),
            ("hop_bytes", hop_bytes, 0),
        ):
            if size < least:
                raise invalid(f"{what} must be >= {least} but got {size}")
        if encoding not in {"", "ZLIB", "GZIP"}:
            raise invalid("encoding must be '', 'ZLIB' or 'GZIP'. Received: " + repr(encoding))
        self._header, self._record, self._footer = header_bytes, record_bytes, footer_bytes
        self._hop = hop_bytes or record_bytes
        self._encoding = encoding

    def records(self, work: bytes) -> Iterator[Pair]:
        """See :class:`Reader`."""
        path = as_str(work)
        try:
            with opened(path, self._encoding) as file:
                file.read(self._header)
                # One piece, and what may turn out to be the footer.
                window = file.read(self._record + self._footer)
                number = 0
                while len(window) == self._record + self._footer:
                    yield b"%s:%d" % (work, number), window[: self._record]
                    number += 1
                    skipped = self._hop - len(window)
                    if skipped > 0:
                        file.read(skipped)
                    window = window[self._hop :]
                    window += file.read(self._record + self._footer - len(window))
        except OSError as error:
            raise file_error(error, path) from None
