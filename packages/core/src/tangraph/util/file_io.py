"""`tf.gfile` and `tf.io.gfile`: files and folders, with TensorFlow's names and error classes."""

from __future__ import annotations

import errno
import glob as glob_lib
import os
import re
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from tangraph.export import export
from tangraph.framework import errors
from tangraph.util.compat import as_bytes, as_str_any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

_WILDCARD = re.compile(r"[*?\[\\]")
_MODES = ("r", "w", "a", "r+", "w+", "a+")


class FileStatistics(NamedTuple):
    """What `Stat` returns: length in bytes, time of the last change in nanoseconds, and whether it is a folder."""

    length: int
    mtime_nsec: int
    is_directory: bool


@contextmanager
def translated(path: str) -> Iterator[None]:
    """Raises TensorFlow's error for the system's, with the path in its text."""
    try:
        yield
    except OSError as error:
        classes = {
            errno.ENOENT: errors.NotFoundError,
            errno.EEXIST: errors.AlreadyExistsError,
            errno.EACCES: errors.PermissionDeniedError,
            errno.EPERM: errors.PermissionDeniedError,
            errno.ENOSPC: errors.ResourceExhaustedError,
            errno.EISDIR: errors.FailedPreconditionError,
            errno.ENOTDIR: errors.FailedPreconditionError,
            errno.ENOTEMPTY: errors.FailedPreconditionError,
        }
        kind = classes.get(error.errno or 0, errors.UnknownError)
        raise kind(None, None, f"{path}; {error.strerror}") from None


def _path(name: Any) -> str:
    return as_str_any(os.fspath(name) if hasattr(name, "__fspath__") else name)


@export("gfile.GFile", "gfile.Open", "gfile.FastGFile", "io.gfile.GFile")
class GFile:
    """A file, opened when it is first read or written.

    Args:
      name: its path.
      mode: "r", "w", "a", "r+", "w+" or "a+", with "b" for bytes in place of text (UTF-8).

    Raises:
      InvalidArgumentError: another mode.
    """

    def __init__(self, name: Any, mode: str = "r") -> None:
        self._name = name
        self._mode = mode
        self._binary = "b" in mode
        if mode.replace("b", "") not in _MODES:
            raise errors.InvalidArgumentError(
                None, None, f"mode is not {' or '.join(repr(m) for m in _MODES)}. Received: {mode!r}"
            )
        self._file: Any = None

    @property
    def name(self) -> Any:
        """The path."""
        return self._name

    @property
    def mode(self) -> str:
        """The mode it was opened in."""
        return self._mode

    def _opened(self) -> Any:
        if self._file is None:
            path = _path(self._name)
            with translated(path):
                self._file = open(path, f"{self._mode.replace('b', '')}b")  # noqa: SIM115  closed by `close`
        return self._file

    def _readable(self) -> Any:
        if "r" not in self._mode and "+" not in self._mode:
            raise errors.PermissionDeniedError(None, None, f"File isn't open for reading: {_path(self._name)}")
        return self._opened()

    def _given(self, data: bytes) -> Any:
        return data if self._binary else data.decode()

    def size(self) -> int:
        """Returns the length in bytes."""
        return stat(self._name).length

    def read(self, n: int = -1) -> Any:
        """Returns the next `n` bytes (all that are left by default), as text unless the mode has "b"."""
        return self._given(self._readable().read(n))

    def readline(self) -> Any:
        """Returns the next line with its end, or an empty string at the end of the file."""
        return self._given(self._readable().readline())

    def readlines(self) -> list[Any]:
        """Returns the lines that are left."""
        return [self._given(line) for line in self._readable()]

    def write(self, file_content: Any) -> None:
        """Writes text or bytes.

        Raises:
          PermissionDeniedError: the file is open for reading.
        """
        if self._mode.replace("b", "") == "r":
            raise errors.PermissionDeniedError(None, None, f"File isn't open for writing: {_path(self._name)}")
        self._opened().write(as_bytes(file_content))

    def seek(self, offset: int | None = None, whence: int = 0, position: int | None = None) -> None:
        """Goes to a position, from the start (0), from here (1) or from the end (2)."""
        if position is not None:
            offset = position
        if offset is None:
            raise TypeError("seek(): offset argument required")
        self._readable().seek(offset, whence)

    def tell(self) -> int:
        """Returns the position."""
        return int(self._opened().tell())

    def flush(self) -> None:
        """Hands what was written to the system."""
        if self._file is not None:
            self._file.flush()

    def close(self) -> None:
        """Closes the file; reading opens it again."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __del__(self) -> None:
        # Programs read files without closing them; Python would warn.
        if getattr(self, "_file", None) is not None:
            self._file.close()

    def seekable(self) -> bool:
        """Says that `seek` works."""
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    next = __next__


@export("gfile.Exists", "io.gfile.exists")
def exists(path: Any) -> bool:
    """Says whether there is such a file or folder."""
    return os.path.exists(_path(path))


@export("gfile.Remove", "io.gfile.remove")
def remove(path: Any) -> None:
    """Deletes a file; NotFoundError when there is none."""
    with translated(_path(path)):
        os.remove(_path(path))


@export("gfile.Glob", "io.gfile.glob")
def glob(pattern: Any) -> list[str]:
    """Returns the paths that match a pattern, or any of a list of patterns.

    Raises:
      NotFoundError: the folder before the first wildcard does not exist.
    """
    patterns = [pattern] if isinstance(pattern, (str, bytes)) or hasattr(pattern, "__fspath__") else pattern
    return [path for single in patterns for path in _matching(_path(single))]


def _matching(pattern: str) -> list[str]:
    folder = os.path.dirname(_WILDCARD.split(pattern, maxsplit=1)[0])
    if folder and not os.path.isdir(folder):
        raise errors.NotFoundError(None, None, f"{folder}; No such file or directory")
    return sorted(glob_lib.glob(pattern))


@export("gfile.MkDir", "io.gfile.mkdir")
def mkdir(path: Any) -> None:
    """Makes a folder, whose parent must exist; one that is there already is left as it is."""
    if not os.path.isdir(_path(path)):
        with translated(_path(path)):
            os.mkdir(_path(path))


@export("gfile.MakeDirs", "io.gfile.makedirs")
def makedirs(path: Any) -> None:
    """Makes a folder and its parents."""
    with translated(_path(path)):
        os.makedirs(_path(path), exist_ok=True)


@export("gfile.Copy", "io.gfile.copy")
def copy(src: Any, dst: Any, overwrite: bool = False) -> None:
    """Copies a file; AlreadyExistsError when the target is there, unless `overwrite`."""
    _check_target(dst, overwrite=overwrite)
    with translated(_path(src)):
        shutil.copyfile(_path(src), _path(dst))


@export("gfile.Rename", "io.gfile.rename")
def rename(src: Any, dst: Any, overwrite: bool = False) -> None:
    """Renames a file or folder; AlreadyExistsError when the target is there, unless `overwrite`."""
    with translated(_path(src)):
        os.stat(_path(src))
        _check_target(dst, overwrite=overwrite)
        os.replace(_path(src), _path(dst))


def _check_target(path: Any, *, overwrite: bool) -> None:
    if not overwrite and exists(path):
        raise errors.AlreadyExistsError(None, None, f"file already exists: {_path(path)}")


@export("gfile.DeleteRecursively", "io.gfile.rmtree")
def rmtree(path: Any) -> None:
    """Deletes a folder with all that is in it; NotFoundError when there is none."""
    if not exists(path):
        raise errors.NotFoundError(None, None, f"{_path(path)} not found")
    with translated(_path(path)):
        shutil.rmtree(_path(path)) if isdir(path) else os.remove(_path(path))


@export("gfile.IsDirectory", "io.gfile.isdir")
def isdir(path: Any) -> bool:
    """Says whether there is such a folder."""
    return os.path.isdir(_path(path))


@export("gfile.ListDirectory", "io.gfile.listdir")
def listdir(path: Any) -> list[str]:
    """Returns the names in a folder, sorted; NotFoundError when there is none."""
    if not isdir(path):
        raise errors.NotFoundError(None, None, f"Could not find directory {_path(path)}")
    return sorted(os.listdir(_path(path)))


@export("gfile.Stat", "io.gfile.stat")
def stat(path: Any) -> FileStatistics:
    """Returns length and time of a file; NotFoundError when there is none."""
    with translated(_path(path)):
        found = os.stat(_path(path))
    return FileStatistics(found.st_size, found.st_mtime_ns, os.path.isdir(_path(path)))


@export("gfile.Walk")
def walk(top: Any, in_order: bool = True) -> Iterator[tuple[str, list[str], list[str]]]:
    """Yields (folder, names of folders in it, names of files in it), parents first when `in_order`."""
    for folder, folders, files in os.walk(_path(top), topdown=in_order):
        folders.sort()
        yield folder, list(folders), sorted(files)


@export("io.gfile.walk")
def walk_v2(top: Any, topdown: bool = True, onerror: Any = None) -> Iterator[tuple[str, list[str], list[str]]]:
    """As `gfile.Walk`; `onerror` is called with what cannot be listed."""
    for folder, folders, files in os.walk(_path(top), topdown=topdown, onerror=onerror):
        folders.sort()
        yield folder, list(folders), sorted(files)
