"""A writer of event files that does not keep its caller waiting: a thread of its own writes."""

from __future__ import annotations

import atexit
import contextlib
import os
import queue
import threading
import time
import weakref
from typing import Any, Final

from tangraph_summary.writer.event_file import EventFile, events_path

_END: Final = None
_open_writers: Final[weakref.WeakSet[EventFileWriter]] = weakref.WeakSet()


@atexit.register
def _flush_all() -> None:
    """Saves what programs that do not close their writers have written."""
    for writer in list(_open_writers):
        with contextlib.suppress(Exception):  # nobody is left to be told
            writer.flush()


class EventFileWriter:
    """Writes events to a new file in a folder.

    Args:
      logdir: the folder, which is made if it is not there.
      max_queue: how many events may wait to be written before `add_event` waits too; 0 or less for any number.
      flush_secs: how often what was written is flushed.
      filename_suffix: the end of the file's name.
    """

    def __init__(
        self, logdir: Any, max_queue: int = 10, flush_secs: float = 120, filename_suffix: str | None = None
    ) -> None:
        self._logdir = os.fspath(logdir) if isinstance(logdir, os.PathLike) else str(logdir)
        self._file = EventFile(events_path(self._logdir), filename_suffix or "")
        self._flush_secs = flush_secs
        self._events: queue.Queue[Any] = queue.Queue(max_queue)
        self._failure: BaseException | None = None
        self._closed = False
        if filename_suffix:
            self._file.open()
        self._start()

    def get_logdir(self) -> str:
        """Returns the folder."""
        return self._logdir

    def reopen(self) -> None:
        """Begins a new file if the writer was closed."""
        if self._closed:
            self._closed = False
            self._start()

    def add_event(self, event: Any) -> None:
        """Hands over an event (a `tf.Event`); nothing happens when the writer is closed.

        Raises:
          OSError: an event before this one could not be written.
        """
        if not self._closed:
            self._check()
            if not self._worker.is_alive():  # this is a fork of the process that made it
                self._start()
            self._events.put(event)

    def flush(self) -> None:
        """Waits until all events are in the file.

        Raises:
          OSError: an event could not be written.
        """
        if self._worker.is_alive():
            self._events.join()
        self._file.flush()
        self._check()

    def close(self) -> None:
        """Writes what is left and closes the file; a closed writer stays as it is.

        Raises:
          OSError: an event could not be written.
        """
        if not self._closed:
            self._closed = True
            _open_writers.discard(self)
            if self._worker.is_alive():
                self._events.put(_END)
                self._worker.join()
            self._file.close()
            self._check()

    def _start(self) -> None:
        self._worker = threading.Thread(target=self._write, name="tangraph-events", daemon=True)
        self._worker.start()
        _open_writers.add(self)

    def _check(self) -> None:
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def _write(self) -> None:
        next_flush = 0.0
        while True:
            event = self._events.get()
            try:
                if event is _END:
                    return
                self._file.write(event.SerializeToString())
                if time.monotonic() >= next_flush:
                    self._file.flush()
                    next_flush = time.monotonic() + self._flush_secs
            except Exception as error:  # noqa: BLE001  the thread goes on, so that nobody waits for ever
                self._failure = error
            finally:
                self._events.task_done()
