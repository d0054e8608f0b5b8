"""Event files: records that are serialized `tf.Event` messages, the first of which names the version."""

from __future__ import annotations

import os
import socket
import threading
import time
from typing import IO, Any, Final

from tangraph.util import file_io
from tangraph_interop.records import framed
from tangraph_interop.wire import codec
from tangraph_summary.messages import Event

_VERSION: Final = "brain.Event:2"


class EventFile:
    """An event file that is written to: ``<prefix>.out.tfevents.<seconds>.<host><suffix>``.

    The file is made when the first event is written, and another one after `close`. Several threads may write.
    """

    def __init__(self, prefix: str, suffix: str = "") -> None:
        self._prefix = prefix
        self._suffix = suffix
        self._file: IO[bytes] | None = None
        self._lock = threading.Lock()
        self.path = ""

    def open(self) -> None:
        """Makes the file, unless it is there already."""
        with self._lock:
            self._open()

    def write(self, event: bytes) -> None:
        """Adds a serialized event."""
        with self._lock:
            self._open().write(framed(event))

    def flush(self) -> None:
        """Hands what was written to the operating system, so that readers see it."""
        with self._lock:
            if self._file is not None:
                self._file.flush()

    def close(self) -> None:
        """Writes what is left."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def _open(self) -> IO[bytes]:
        if self._file is None:
            seconds = int(time.time())
            self._file, self.path = self._new_file(seconds)
            version: Any = codec.protobuf_class(Event)(wall_time=seconds, file_version=_VERSION)
            self._file.write(framed(version.SerializeToString()))
            self._file.flush()
        return self._file

    def _new_file(self, seconds: int) -> tuple[IO[bytes], str]:
        """Opens a file that was not there: another writer may have begun one in the same second."""
        while True:
            path = f"{self._prefix}.out.tfevents.{seconds:010d}.{socket.gethostname()}{self._suffix}"
            try:
                return open(path, "xb"), path
            except FileExistsError:
                seconds += 1


def events_path(logdir: str) -> str:
    """Returns the prefix of the event files of a folder, which is made if it is not there.

    Raises:
      OpError: the folder cannot be made.
    """
    file_io.makedirs(logdir)
    return os.path.join(logdir, "events")
