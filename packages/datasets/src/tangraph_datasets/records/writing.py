"""TFRecordWriter: writes files of records."""

from __future__ import annotations

import os
import zlib
from types import TracebackType
from typing import IO, Any, Self

from tangraph.plugin import errors, export
from tangraph.util.compat import as_str
from tangraph_datasets.files import file_error
from tangraph_datasets.records.compression import WINDOW_BITS
from tangraph_datasets.records.options import TFRecordOptions
from tangraph_interop.records import framed


@export("python_io.TFRecordWriter", "io.TFRecordWriter")
class TFRecordWriter:
    """Writes records to a file, which others may read while it grows: after :meth:`flush` they see what was written.

    Args:
      path: the file, which is replaced.
      options: TFRecordOptions, or a kind of compression.

    Raises:
      NotFoundError: its folder does not exist.
      ValueError: there is no such compression.

    >>> import os, tempfile
    >>> import tangraph as tf
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "x.tfrecord")
    ...     with tf.python_io.TFRecordWriter(path) as writer:
    ...         writer.write(b"one")
    ...         writer.write(b"two")
    ...     list(tf.python_io.tf_record_iterator(path))
    [b'one', b'two']
    """

    def __init__(self, path: Any, options: Any = None) -> None:
        if not isinstance(options, TFRecordOptions):
            options = TFRecordOptions(compression_type=options)
        compression = TFRecordOptions.get_compression_type_string(options)
        self._deflater = _deflater(options, compression) if compression else None
        self._file: IO[bytes] | None = None
        name = as_str(path)
        try:
            self._file = open(name, "wb")  # noqa: SIM115  close() closes it
        except OSError as error:
            raise file_error(error, name) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            raise errors.FailedPreconditionError(None, None, "Writer not initialized or previously closed")
        return self._file

    def write(self, record: bytes) -> None:
        """Adds a record.

        Raises:
          TypeError: it is no bytes.
          FailedPreconditionError: the writer is closed.
        """
        file = self._opened()
        if not isinstance(record, (bytes, bytearray, memoryview)):
            raise TypeError(f"expected bytes, {type(record).__name__} found")
        data = framed(bytes(record))
        file.write(data if self._deflater is None else self._deflater.compress(data))

    def flush(self) -> None:
        """Makes what was written visible to others.

        Raises:
          FailedPreconditionError: the writer is closed.
        """
        file = self._opened()
        if self._deflater is not None:
            file.write(self._deflater.flush(zlib.Z_SYNC_FLUSH))
        file.flush()

    def close(self) -> None:
        """Ends the file; does nothing the second time."""
        if self._file is None:
            return
        file, self._file = self._file, None
        with file:
            if self._deflater is not None:
                file.write(self._deflater.flush())
            file.flush()
            os.fsync(file.fileno())

    def __del__(self) -> None:
        if hasattr(self, "_file"):
            self.close()


def _deflater(options: TFRecordOptions, compression: str) -> Any:
    def given(value: int | None, default: int) -> int:
        return default if value is None else value

    return zlib.compressobj(
        given(options.compression_level, zlib.Z_DEFAULT_COMPRESSION),
        zlib.DEFLATED,
        given(options.window_bits, WINDOW_BITS[compression]),
        given(options.mem_level, 9),
        given(options.compression_strategy, zlib.Z_DEFAULT_STRATEGY),
    )
