"""Datasets of what files hold: lines, records, pieces of a fixed length, columns."""

from __future__ import annotations

import glob
from collections.abc import Callable, Iterator, Sequence
from typing import IO, Any, Final

import numpy as np

from tangraph.plugin import errors
from tangraph.util.compat import as_str
from tangraph_datasets.data.values.base import DatasetValue, Element, IterationContext
from tangraph_datasets.data.values.stacking import invalid
from tangraph_datasets.files import file_error
from tangraph_datasets.parsing.csv import Column, fields_of
from tangraph_datasets.records.compression import opened
from tangraph_datasets.records.reading import records_of

COMPRESSIONS: Final = ("", "ZLIB", "GZIP")


class _Files(DatasetValue):
    """What the files of a list hold, one file after the other.

    Args:
      paths: the files.
      compression: "", "ZLIB" or "GZIP".
    """

    def __init__(self, paths: Sequence[bytes], compression: str = "") -> None:
        if compression not in COMPRESSIONS:
            raise invalid("Unsupported compression_type.")
        self._paths = [as_str(path) for path in paths]
        self._compression = compression

    def iterate(self, context: IterationContext, place: str) -> Iterator[Element]:
        """See `DatasetValue.iterate`."""
        del context, place
        return _FileAfterFile(self._paths, self._read)

    def _read(self, path: str) -> Iterator[Element]:
        """Goes over the elements of one file."""
        raise NotImplementedError


class _FileAfterFile:
    """Goes on with the next file where one ends or is damaged; one that cannot be opened is tried again and again."""

    __slots__ = ("_begun", "_elements", "_path", "_paths", "_read")

    def __init__(self, paths: Sequence[str], read: Callable[[str], Iterator[Element]]) -> None:
        self._paths, self._read = iter(paths), read
        self._elements: Iterator[Element] = iter(())
        self._path = ""
        self._begun = True

    def __iter__(self) -> _FileAfterFile:
        return self

    def __next__(self) -> Element:
        while True:
            try:
                element = next(self._elements)
            except StopIteration:
                self._path = next(self._paths)
                self._elements, self._begun = self._read(self._path), False
                continue
            except errors.DataLossError:
                raise
            except errors.OpError:
                if not self._begun:
                    self._elements = self._read(self._path)
                raise
            self._begun = True
            return element


class TextLines(_Files):
    """The lines of files, without what ends them."""

    def _read(self, path: str) -> Iterator[Element]:
        try:
            with opened(path, self._compression) as file:
                for line in file:
                    text = line.removesuffix(b"\n")
                    # Every carriage return goes, as in TensorFlow, wherever it stands.
                    yield (text.replace(b"\r", b"") if b"\r" in text else text,)
        except OSError as error:
            raise file_error(error, path) from None


class Records(_Files):
    """The records of TFRecord files."""

    def _read(self, path: str) -> Iterator[Element]:
        for _, record in records_of(path, self._compression):
            yield (record,)


class FixedLengthRecords(_Files):
    """Pieces of files that are all of the same length.

    Args:
      paths, compression: as for other files.
      header_bytes, record_bytes, footer_bytes: the lengths of what comes first, of a piece, of what comes last.
    """

    def __init__(
        self, paths: Sequence[bytes], header_bytes: int, record_bytes: int, footer_bytes: int, compression: str = ""
    ) -> None:
        super().__init__(paths, compression)
        if header_bytes < 0:
            raise invalid("`header_bytes` must be >= 0")
        if record_bytes <= 0:
            raise invalid("`record_bytes` must be > 0")
        if footer_bytes < 0:
            raise invalid("`footer_bytes` must be >= 0")
        self._header, self._record, self._footer = header_bytes, record_bytes, footer_bytes

    def _read(self, path: str) -> Iterator[Element]:
        try:
            if not self._compression:
                self._check_size(path)
            with opened(path, self._compression) as file:
                file.read(self._header)
                yield from self._pieces(file)
        except OSError as error:
            raise file_error(error, path) from None

    def _check_size(self, path: str) -> None:
        with open(path, "rb") as file:
            size = file.seek(0, 2)
        body = size - self._header - self._footer
        if body % self._record:
            raise invalid(
                f'Excluding the header ({self._header} bytes) and footer ({self._footer} bytes), input file "{path}" '
                f"has body length {body} bytes, which is not an exact multiple of the record length "
                f"({self._record} bytes)."
            )

    def _pieces(self, file: IO[bytes]) -> Iterator[Element]:
        # One piece, and what may turn out to be the footer.
        window = file.read(self._record + self._footer)
        while len(window) == self._record + self._footer:
            yield (window[: self._record],)
            window = window[self._record :]
            window += file.read(self._record + self._footer - len(window))
        if len(window) > self._footer:
            raise errors.DataLossError(
                None,
                None,
                f"Expected a record of {self._record} bytes, and behind it a footer of {self._footer}, but got "
                f"{len(window)} bytes at the end of a file.",
            )


class CsvLines(_Files):
    """The columns of CSV files, an element a line; a line may go on behind a quoted end of line.

    Args:
      paths, compression: as for other files.
      columns: how each column that is wanted is read, with its default.
      delim: the byte between fields.
      quotes: whether `"` around a field lets it hold anything.
      na_value: what stands for an empty field.
      header: whether the first line is left out.
      select: the numbers of the columns that are wanted; all where it is empty.
    """

    def __init__(
        self,
        paths: Sequence[bytes],
        columns: Sequence[tuple[Column, Any]],
        *,
        delim: int,
        quotes: bool,
        na_value: bytes,
        header: bool,
        select: Sequence[int],
        compression: str = "",
    ) -> None:
        super().__init__(paths, compression)
        self._columns, self._delim, self._quotes = columns, delim, quotes
        self._na_value, self._header, self._select = na_value, header, select

    def iterate(self, context: IterationContext, place: str) -> Iterator[Element]:
        """See `DatasetValue.iterate`."""
        del context, place
        return map(self._parsed, _FileAfterFile(self._paths, self._read))

    def _read(self, path: str) -> Iterator[Element]:
        try:
            with opened(path, self._compression) as file:
                lines = _logical_lines(file, quotes=self._quotes)
                if self._header and next(lines, None) is None:
                    raise invalid("Can't read header of file")
                for line in lines:
                    yield (line,)
        except OSError as error:
            raise file_error(error, path) from None

    def _parsed(self, element: Element) -> Element:
        fields = fields_of(element[0], self._delim, quotes=self._quotes) or [b""]
        wanted = fields if not self._select else [fields[index] for index in self._select if index < len(fields)]
        pairs = zip(wanted, self._columns, strict=False)
        read = tuple([column.scalar(column.read(f, default, self._na_value, "")) for f, (column, default) in pairs])
        if len(wanted) != len(self._columns):
            found = "more" if len(wanted) > len(self._columns) else len(wanted)
            raise invalid(f"Expect {len(self._columns)} fields but have {found} in record")
        return read


def _logical_lines(file: IO[bytes], *, quotes: bool) -> Iterator[bytes]:
    """Yields lines without their ends; where quotes are open, a line goes on."""
    pending = b""
    for line in file:
        pending += line
        if quotes and pending.count(b'"') % 2:
            continue
        yield pending.removesuffix(b"\n").removesuffix(b"\r")
        pending = b""
    if pending:
        yield pending


class MatchingFiles(DatasetValue):
    """The names of the files that match patterns, in order."""

    def __init__(self, patterns: Sequence[bytes]) -> None:
        self._patterns = [as_str(pattern) for pattern in patterns]

    def iterate(self, context: IterationContext, place: str) -> Iterator[Element]:
        """See `DatasetValue.iterate`."""
        del context, place
        found = sorted({path for pattern in self._patterns for path in glob.iglob(pattern)})
        if not found:
            raise errors.NotFoundError(None, None, "Don't find any matched files")
        return iter([(path.encode(),) for path in found])


def texts(value: Any) -> list[bytes]:
    """Returns the strings of a tensor of strings."""
    items: list[bytes] = np.asarray(value, object).reshape(-1).tolist()
    return items
