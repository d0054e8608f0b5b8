"""Threads that share the work of one kernel, and sleep while there is none.

NumPy releases the interpreter's lock inside its loops and its calls of BLAS, so pieces of a large operation run side by side
in threads. How an operation is cut depends on its shapes and on how many threads there may be, never on what the machine
is doing: a seeded run does not differ from itself. Who computes a piece does depend on it: the caller takes pieces too,
and where no other thread is awake in time, it takes them all.
"""

from __future__ import annotations

import itertools
import os
import queue
import threading
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph_backend_cpu import blas

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class _Job:
    """Some tasks, whoever does them."""

    __slots__ = ("_done", "_left", "_lock", "_tasks", "error")

    def __init__(self, tasks: Sequence[Callable[[], Any]]) -> None:
        self._tasks = list(reversed(tasks))
        self._left = len(tasks)
        self._lock = threading.Lock()
        self._done = threading.Lock()
        self._done.acquire()
        self.error: BaseException | None = None

    def work(self) -> None:
        """Does tasks until there are none; after an error, the rest is dropped."""
        while True:
            try:
                task = self._tasks.pop()
            except IndexError:
                return
            try:
                if self.error is None:
                    task()
            except BaseException as error:  # noqa: BLE001  the caller raises it again
                self.error = error
            finally:
                with self._lock:
                    self._left -= 1
                    last = not self._left
                if last:
                    self._done.release()

    def wait(self) -> None:
        """Waits for the tasks that others do; nothing may go on in them when a run ends, even an interrupted one."""
        interrupt = None
        while True:
            try:
                self._done.acquire()
                break
            except BaseException as error:  # noqa: BLE001  raised again below
                interrupt = error
        if interrupt is not None:
            raise interrupt


class Pool:
    """Threads that wait for jobs.

    They are daemons, and idle whenever no `run` is under way, so that they hold up no interpreter's end.

    >>> pool = Pool()
    >>> found = [0, 0]
    >>> pool.run([lambda: found.__setitem__(0, 1), lambda: found.__setitem__(1, 2)], 2)
    >>> found
    [1, 2]
    """

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._count = 0

    def run(self, tasks: Sequence[Callable[[], Any]], count: int) -> None:
        """Runs tasks on so many threads, the caller's being one; returns when all of them have ended.

        They begin in their order. A task may itself call `run`, and several threads may call it at the same time: each
        makes headway by itself.

        Raises:
          BaseException: what a task raised, the first one where there are several.
        """
        helpers = min(len(tasks), count) - 1
        if helpers < 1:
            for task in tasks:
                task()
            return
        if self._count < helpers:
            self._start(helpers)
        job = _Job(tasks)
        for _ in range(helpers):
            self._jobs.put(job)
        job.work()
        job.wait()
        if job.error is not None:
            try:
                raise job.error
            finally:
                job.error = None  # else the error's traceback and the job refer to each other

    def _start(self, count: int) -> None:
        with self._lock:
            while self._count < min(count, cores() - 1):
                self._count += 1
                threading.Thread(target=_serve, args=(self._jobs,), name="tangraph-cpu", daemon=True).start()


def _serve(jobs: queue.SimpleQueue[_Job]) -> None:
    # As in `Session.run`: what overflows is inf, without a word.
    with np.errstate(all="ignore"):
        while True:
            jobs.get().work()


def cores() -> int:
    """Returns how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def available(wanted: int = 0) -> int:
    """Returns how many threads an operation may be shared by: not more than there are processors, nor than BLAS may use.

    Args:
      wanted: the session's `intra_op_parallelism_threads`; 0 for as many as there are.
    """
    allowed = min(cores(), blas.threads() or cores())
    return min(allowed, wanted) if wanted > 0 else allowed


def cut(size: int, count: int, multiple: int = 1) -> list[slice]:
    """Returns slices of about one size, `count` of them at most, that begin at multiples of a number.

    >>> cut(100, 2, 16)
    [slice(0, 48, None), slice(48, 100, None)]
    """
    units = max(1, size // multiple)
    count = max(1, min(count, units))
    ends = [units * i // count * multiple for i in range(count)] + [size]
    return [slice(start, end) for start, end in itertools.pairwise(ends)]


class _Shared:
    """The process's pool; a forked child, in which its threads are not, makes another one."""

    def __init__(self) -> None:
        self.pool = Pool()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._renew)

    def _renew(self) -> None:
        self.pool = Pool()


_shared: Final = _Shared()


def run(tasks: Sequence[Callable[[], Any]], count: int) -> None:
    """Runs tasks on the process's threads; see `Pool.run`."""
    _shared.pool.run(tasks, count)
