"""Files that are either whole or not there: written under a temporary name, synced, renamed."""

from __future__ import annotations

import contextlib
import glob
import os
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Final

from tangraph.util.file_io import translated

_BUFFER: Final = 1 << 18


@contextlib.contextmanager
def whole_file(path: str | Path) -> Iterator[IO[bytes]]:
    """Opens a file to be written, which replaces the one of that name when the block ends without an error.

    Raises:
      OpError: the system refuses; the class is TensorFlow's (ResourceExhaustedError when the disk is full).
    """
    target = os.fspath(path)
    temporary = temporary_name(target)
    with translated(target):
        try:
            with open(temporary, "wb", buffering=_BUFFER) as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, target)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
        sync_folder(target)


def temporary_name(target: str) -> str:
    """Returns a new name beside a file, for what becomes the file or was it."""
    return f"{target}.tempstate{uuid.uuid4().hex}"


def temporaries(target: str) -> list[str]:
    """Returns what an interrupted process left beside a file."""
    return sorted(glob.glob(f"{glob.escape(target)}.tempstate*"))


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
    """Writes a whole file, and removes what interrupted processes left of it."""
    began = time.time()
    with whole_file(path) as file:
        file.write(data)
    remove_older(temporaries(os.fspath(path)), began)


def remove_older(paths: Iterable[str], before: float) -> None:
    """Deletes files and folders that were last changed before a time; what is changed now, another process writes."""
    for path in paths:
        with contextlib.suppress(OSError):
            if os.path.getmtime(path) < before:
                shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
