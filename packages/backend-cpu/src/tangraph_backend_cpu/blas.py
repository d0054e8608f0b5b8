"""The BLAS library that NumPy calls, and how many threads it uses.

OpenBLAS has threads of its own, which go on spinning for a while after each product, at the cost of whoever needs the
processor next. A product that our own threads share is many calls of BLAS, each of which must stay in its thread:
`one_thread` sees to that, and puts the setting back.

Other libraries, and an OpenBLAS that runs on OpenMP, are left alone.
"""

from __future__ import annotations

import ctypes
import functools
import importlib
import itertools
import os
import pathlib
import sys
import threading
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: What stands before and after the names of OpenBLAS' functions, in the builds that there are.
_SPELLINGS: Final = tuple(itertools.product(("scipy_", ""), ("64_", "", "_64")))
#: What `openblas_get_parallel` says of a build without threads, and of one that has its own.
_NONE, _OWN = 0, 1


class Control(NamedTuple):
    """OpenBLAS' functions for its number of threads."""

    get: Callable[[], int]
    set: Callable[[int], None]
    has_threads: bool


@functools.cache
def control() -> Control | None:
    """Returns the functions of the OpenBLAS that NumPy uses; None where it is another library, or cannot be told."""
    for library in _libraries():
        for prefix, suffix in _SPELLINGS:
            get, put, kind = [
                getattr(library, f"{prefix}openblas_{name}{suffix}", None)
                for name in ("get_num_threads", "set_num_threads", "get_parallel")
            ]
            if get is not None and put is not None and kind is not None and kind() in (_NONE, _OWN):
                put.argtypes, put.restype = [ctypes.c_int], None
                return Control(get, put, kind() == _OWN)
    return None


def _libraries() -> Iterator[ctypes.PyDLL]:
    """Yields where OpenBLAS' functions may be found: a module's handle finds those of the libraries that it was linked to."""
    caller: Any = importlib.import_module("numpy._core._multiarray_umath")
    paths = [pathlib.Path(caller.__file__)]
    if sys.platform == "win32":
        paths = sorted(pathlib.Path(np.__file__).parents[1].glob("numpy.libs/*openblas*.dll"))
    for path in paths:
        try:
            # The interpreter's lock is kept: the calls are short, and a lock that is let go may be long in coming back.
            yield ctypes.PyDLL(str(path))
        except OSError:  # not a file of its own: NumPy is linked into the interpreter
            continue


def threads() -> int | None:
    """Returns how many threads a product may use by the user's setting; None where nobody says."""
    found = control()
    if found is None or not found.has_threads:
        return None
    return one_thread().setting or found.get()


class OneThread:
    """A context in which OpenBLAS stays in the thread that calls it. Several may overlap, in several threads.

    Attributes:
      setting: the number of threads to go back to; 0 while nobody is inside.
    """

    __slots__ = ("_get", "_lock", "_set", "_users", "setting")

    def __init__(self, get: Callable[[], int], put: Callable[[int], None]) -> None:
        self._get, self._set = get, put
        self._lock = threading.Lock()
        self._users = 0
        self.setting = 0
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._leave)

    def _leave(self) -> None:
        """A forked child has none of the threads that may be inside."""
        self._lock = threading.Lock()
        if self._users and self.setting != 1:
            self._set(self.setting)
        self._users = self.setting = 0

    def __enter__(self) -> None:
        with self._lock:
            self._users += 1
            if self._users == 1:
                self.setting = self._get()
                if self.setting != 1:
                    self._set(1)

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._users -= 1
            if not self._users:
                # Somebody who has set another number meanwhile keeps it.
                if self.setting != 1 and self._get() == 1:
                    self._set(self.setting)
                self.setting = 0


@functools.cache
def one_thread() -> OneThread:
    """Returns the context in which each call of OpenBLAS stays in its thread; it does nothing for another library.

    >>> with one_thread():
    ...     np.dot(np.ones((2, 2)), np.ones(2)).tolist()
    [2.0, 2.0]
    """
    found = control()
    return OneThread(lambda: 1, lambda _: None) if found is None else OneThread(found.get, found.set)
