"""One FileWriter a folder, for all who write there."""

from __future__ import annotations

import threading
from typing import ClassVar

from tangraph.export import export
from tangraph.framework import stacks
from tangraph_summary.writer.file_writer import FileWriter


@export("summary.FileWriterCache")
class FileWriterCache:
    """Keeps a `tf.summary.FileWriter` for each folder."""

    _cache: ClassVar[dict[str, FileWriter]] = {}
    _lock: ClassVar[threading.RLock] = threading.RLock()

    @staticmethod
    def clear() -> None:
        """Closes all writers and forgets them."""
        with FileWriterCache._lock:
            for writer in FileWriterCache._cache.values():
                writer.close()
            FileWriterCache._cache.clear()

    @staticmethod
    def get(logdir: str) -> FileWriter:
        """Returns the writer of a folder; a new one begins with the default graph."""
        with FileWriterCache._lock:
            if logdir not in FileWriterCache._cache:
                FileWriterCache._cache[logdir] = FileWriter(logdir, graph=stacks.get_default_graph())
            return FileWriterCache._cache[logdir]
