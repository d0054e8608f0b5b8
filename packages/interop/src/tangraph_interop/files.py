"""Files that are either whole or not there: written under a temporary name, synced, renamed."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO


@contextlib.contextmanager
def whole_file(path: str | Path) -> Iterator[IO[bytes]]:
    """Opens a file to be written, which replaces the one of that name when the block ends without an error."""
    target = os.fspath(path)
    temporary = f"{target}.tempstate{uuid.uuid4().hex}"
    try:
        with open(temporary, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    sync_folder(target)


def sync_folder(path: str | Path) -> None:
    """Makes the names in the folder of a file last, where the system can do so."""
    folder = os.path.dirname(os.fspath(path)) or "."
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_file(path: str | Path, data: bytes) -> None:
    """Writes a whole file."""
    with whole_file(path) as file:
        file.write(data)
