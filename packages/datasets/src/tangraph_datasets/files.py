"""read_file, write_file and matching_files: whole files as strings."""

from __future__ import annotations

import glob
import os
import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.framework import raw_shape
from tangraph.plugin import KernelSet, OpSet, errors, export, make_op

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.tensor import Tensor
    from tangraph.plugin import KernelContext, ShapeContext

ops = OpSet()
kernel = KernelSet()

_WILD: Final = re.compile(r"[*?\[\\]")


def _read_shape(c: ShapeContext) -> Raw:
    raw_shape.with_rank(c.shapes[0], 0)
    return ()


def _write_shape(c: ShapeContext) -> list[Raw]:
    raw_shape.with_rank(c.shapes[0], 0)
    raw_shape.with_rank(c.shapes[1], 0)
    return []


def _matching_shape(c: ShapeContext) -> Raw:
    raw_shape.with_rank_at_most(c.shapes[0], 1)
    return (None,)


READ = ops.define("ReadFile", ["filename: string"], ["contents: string"], shape=_read_shape, stateful=True)
WRITE = ops.define("WriteFile", ["filename: string", "contents: string"], shape=_write_shape, stateful=True)
MATCHING = ops.define("MatchingFiles", ["pattern: string"], ["filenames: string"], shape=_matching_shape, stateful=True)
ops.without_gradient("ReadFile", "WriteFile", "MatchingFiles")


def path_of(value: Any) -> str:
    """Returns the path that a string scalar holds.

    Raises:
      InvalidArgumentError: it is no scalar.
    """
    if isinstance(value, np.ndarray):
        if value.ndim:
            raise errors.InvalidArgumentError(
                None, None, f"Input filename tensor must be scalar, but had shape: {raw_shape.to_str(value.shape)}"
            )
        value = value.item()
    return os.fsdecode(value)


def file_error(error: OSError, path: str) -> errors.OpError:
    """Returns the error of TensorFlow's that an OSError about a file is."""
    text = f"{path}; {error.strerror or error}"
    if isinstance(error, FileNotFoundError):
        return errors.NotFoundError(None, None, text)
    if isinstance(error, PermissionError):
        return errors.PermissionDeniedError(None, None, text)
    if isinstance(error, (IsADirectoryError, NotADirectoryError)):
        return errors.FailedPreconditionError(None, None, text)
    return errors.UnknownError(None, None, text)


@kernel("ReadFile")
def _read(k: KernelContext) -> Callable[..., bytes]:
    """The bytes of a file."""
    del k

    def run(filename: Any) -> bytes:
        path = path_of(filename)
        try:
            with open(path, "rb") as file:
                return file.read()
        except OSError as error:
            raise file_error(error, path) from None

    return run


@kernel("WriteFile")
def _write(k: KernelContext) -> Callable[..., None]:
    """Writes a file, and the folders that it needs."""
    del k

    def run(filename: Any, contents: Any) -> None:
        from tangraph_interop.files import write_file as write_whole

        path = path_of(filename)
        data = contents.item() if isinstance(contents, np.ndarray) else contents
        try:
            folder = os.path.dirname(path)
            if folder:
                os.makedirs(folder, exist_ok=True)
            write_whole(path, data)
        except OSError as error:
            raise file_error(error, path) from None

    return run


@kernel("MatchingFiles")
def _matching(k: KernelContext) -> Callable[..., Any]:
    """The names of files, sorted."""
    del k

    def run(pattern: Any) -> Any:
        patterns = [os.fsdecode(p) for p in np.asarray(pattern, object).ravel().tolist()]
        for p in patterns:
            folder = os.path.dirname(_WILD.split(p, maxsplit=1)[0])
            if folder and not os.path.isdir(folder):
                raise errors.NotFoundError(None, None, f"{folder}; No such file or directory")
        names = sorted(os.fsencode(name) for p in patterns for name in glob.glob(p))
        out = np.empty(len(names), object)
        out[:] = names
        return out

    return run


@export("read_file", "io.read_file")
def read_file(filename: Any, name: str | None = None) -> Tensor:
    """Returns the contents of a file, a string scalar.

    Args:
      filename: a string scalar.
      name: the operation's name.

    In a run it raises NotFoundError for a file that is not there.
    """
    contents: Tensor = make_op(READ, filename, name=name)
    return contents


@export("write_file", "io.write_file")
def write_file(filename: Any, contents: Any, name: str | None = None) -> Operation:
    """Returns the operation that writes a file, with the folders that it needs; the file is whole or not there.

    Args:
      filename: a string scalar.
      contents: a string scalar.
      name: the operation's name.
    """
    operation: Operation = make_op(WRITE, filename, contents, name=name)
    return operation


@export("matching_files", "io.matching_files")
def matching_files(pattern: Any, name: str | None = None) -> Tensor:
    """Returns the names of the files that match a pattern, sorted: strings, shape ``[n]``.

    Args:
      pattern: a string, or strings of shape ``[m]``, in which `*`, `?` and `[...]` stand for names.
      name: the operation's name.

    In a run it raises NotFoundError for a pattern whose folder, up to the first of these, is not there.
    """
    names: Tensor = make_op(MATCHING, pattern, name=name)
    return names
