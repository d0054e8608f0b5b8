"""A FileWriter's writer that writes through operations in a session's graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import dtypes
from tangraph.framework.scopes import name_scope
from tangraph.ops.array.constant import constant, placeholder_with_default
from tangraph.util import file_io
from tangraph_summary.contrib.state import always_record_summaries
from tangraph_summary.contrib.writers import create_file_writer
from tangraph_summary.contrib.writing import import_event

if TYPE_CHECKING:
    from tangraph.client.session import BaseSession


class SessionWriter:
    """Writes events to the file that writers of `tf.contrib.summary` for the same folder write to.

    Args:
      session: the session.
      logdir: the folder, which is made if it is not there.
      max_queue: how many events may wait to be written.
      flush_secs: how often what was written is flushed.
      filename_suffix: the end of the file's name.
    """

    def __init__(
        self,
        session: BaseSession,
        logdir: Any,
        max_queue: int = 10,
        flush_secs: float = 120,
        filename_suffix: str | None = None,
    ) -> None:
        self._session = session
        self._logdir = logdir
        self._closed = False
        file_io.makedirs(logdir)
        with session.graph.as_default(), name_scope("filewriter"):
            writer = create_file_writer(logdir, max_queue, int(flush_secs * 1000), filename_suffix)
            with always_record_summaries(), writer.as_default():
                self._event = placeholder_with_default(constant("unused", dtypes.string), shape=[])
                self._add: Any = import_event(self._event)
            self._init: Any = writer.init()
            self._flush: Any = writer.flush()
            self._close: Any = writer.close()
        session.run(self._init)

    def get_logdir(self) -> Any:
        """Returns the folder."""
        return self._logdir

    def reopen(self) -> None:
        """Begins a new file if the writer was closed."""
        if self._closed:
            self._closed = False
            self._session.run(self._init)

    def add_event(self, event: Any) -> None:
        """Writes an event; nothing happens when the writer is closed."""
        if not self._closed:
            self._session.run(self._add, feed_dict={self._event: event.SerializeToString()})

    def flush(self) -> None:
        """Waits until all events are in the file."""
        self._session.run(self._flush)

    def close(self) -> None:
        """Writes what is left and closes the file."""
        if not self._closed:
            self.flush()
            self._session.run(self._close)
            self._closed = True
