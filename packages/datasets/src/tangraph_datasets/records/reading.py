"""Reads files of records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tangraph.plugin import errors, export
from tangraph.util.compat import as_str
from tangraph_datasets.files import file_error
from tangraph_datasets.records.compression import opened
from tangraph_datasets.records.options import TFRecordOptions
from tangraph_interop.records import read_records

#: The bytes of a record that are not its own: its length and two checksums.
OVERHEAD = 16


def records_of(path: str, compression: str = "") -> Iterator[tuple[int, bytes]]:
    """Yields the records of a file, each with its offset.

    Args:
      path: the file.
      compression: "GZIP", "ZLIB" or "".

    Raises:
      NotFoundError: there is no such file.
      DataLossError: a record is damaged; the text names the file and the offset.
    """
    try:
        file = opened(path, compression)
    except OSError as error:
        raise file_error(error, path) from None
    with file:
        offset = 0
        try:
            for record in read_records(file):
                yield offset, record
                offset += OVERHEAD + len(record)
        except errors.DataLossError as error:
            raise errors.DataLossError(None, None, f"{error.message} (file '{path}')") from None
        except OSError as error:
            raise file_error(error, path) from None


@export("python_io.tf_record_iterator", "io.tf_record_iterator")
def tf_record_iterator(path: Any, options: Any = None) -> Iterator[bytes]:
    """Yields the records of a file, as bytes.

    Args:
      path: the file.
      options: TFRecordOptions, or a kind of compression.

    Raises:
      NotFoundError: there is no such file.
      DataLossError: a record is damaged or cut off; the text names the file and the offset.
      ValueError: there is no such compression.
    """
    compression = TFRecordOptions.get_compression_type_string(options)
    for _, record in records_of(as_str(path), compression):
        yield record
