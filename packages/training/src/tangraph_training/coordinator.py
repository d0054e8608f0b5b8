"""Coordinator: stops several threads together, and brings home the first error of any of them."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any, NoReturn

from tangraph.framework import errors
from tangraph.plugin import export
from tangraph.util import tf_logging

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


@export("train.Coordinator")
class Coordinator:
    """Lets threads stop together.

    Each thread asks :meth:`should_stop` from time to time; any of them may call :meth:`request_stop`, with an error if it
    has one. Who started them calls :meth:`join`, which waits for them and raises the first error.

    Args:
      clean_stop_exception_types: errors that mean that all is well; (OutOfRangeError,) when None, since that is how an
        input ends.

    >>> import threading
    >>> import tangraph as tf
    >>> coord = tf.train.Coordinator()
    >>> def work():
    ...     while not coord.should_stop():
    ...         coord.request_stop()
    >>> threads = [threading.Thread(target=work) for _ in range(2)]
    >>> for thread in threads:
    ...     thread.start()
    >>> coord.join(threads)
    """

    def __init__(self, clean_stop_exception_types: Iterable[type[BaseException]] | None = None) -> None:
        if clean_stop_exception_types is None:
            clean_stop_exception_types = (errors.OutOfRangeError,)
        self._clean_stop_exception_types = tuple(clean_stop_exception_types)
        self._lock = threading.Lock()
        self._stop_event = threading.Event()
        self._error: _ExcInfo | None = None
        self._joined = False
        self._registered_threads: set[threading.Thread] = set()

    def request_stop(self, ex: Any = None) -> None:
        """Asks the threads to stop.

        Args:
          ex: an exception, or what `sys.exc_info()` returns. The first one is raised by :meth:`join`, with the traceback
            of the thread that it comes from, unless it is of `clean_stop_exception_types`. After `join` it is raised
            here.
        """
        with self._lock:
            info = self._exc_info(ex)
            if info is not None and self._joined:
                _reraise(info)
            if self._stop_event.is_set():
                return
            if info is not None and self._error is None:
                if isinstance(ex, tuple):
                    tf_logging.info("Error reported to Coordinator: %s", info[1], exc_info=info)
                else:
                    tf_logging.info("Error reported to Coordinator: %s, %s", type(ex), ex)
                self._error = info
            self._stop_event.set()

    def _exc_info(self, ex: Any) -> _ExcInfo | None:
        """Returns what to raise; None for what is no error, or ends things in good order."""
        error = ex[1] if isinstance(ex, tuple) and len(ex) == 3 else ex
        if ex is None or isinstance(error, self._clean_stop_exception_types):
            return None
        if isinstance(error, BaseException):
            trace = ex[2] if isinstance(ex, tuple) else error.__traceback__
            return type(error), error, trace
        current = sys.exc_info()
        if not isinstance(ex, tuple) and current[0] is not None and current[1] is not None:
            return current[0], current[1], current[2]
        found = ex if isinstance(ex, tuple) else current
        wrong = ValueError(f"ex must be a tuple or sys.exc_info must return the current exception: {found}")
        return ValueError, wrong, None

    def clear_stop(self) -> None:
        """Makes as if nobody had asked to stop."""
        with self._lock:
            self._joined = False
            self._error = None
            self._stop_event.clear()

    def should_stop(self) -> bool:
        """Returns whether somebody has asked to stop."""
        return self._stop_event.is_set()

    @contextlib.contextmanager
    def stop_on_exception(self) -> Iterator[None]:
        """A context manager in which an exception is a :meth:`request_stop` with it, and goes no further."""
        try:
            yield
        except BaseException:  # noqa: BLE001  it is raised by join
            self.request_stop(ex=sys.exc_info())

    def wait_for_stop(self, timeout: float | None = None) -> bool:
        """Waits until somebody asks to stop, or so many seconds; returns whether somebody has asked."""
        return self._stop_event.wait(timeout)

    def register_thread(self, thread: threading.Thread) -> None:
        """Adds a thread to those that :meth:`join` waits for."""
        with self._lock:
            self._registered_threads.add(thread)

    def join(
        self,
        threads: Iterable[threading.Thread] | None = None,
        stop_grace_period_secs: float = 120,
        ignore_live_threads: bool = False,
    ) -> None:
        """Waits for threads: until all have ended, or somebody asks to stop and a grace period is over.

        Args:
          threads: threads besides those that were registered.
          stop_grace_period_secs: how many seconds they may take to end after a request to stop.
          ignore_live_threads: whether it is no error when some still run then.

        Raises:
          RuntimeError: threads still run after the grace period.
          Exception: the first that was reported to :meth:`request_stop`.
        """
        with self._lock:
            waited_for = list(self._registered_threads.union(threads or ()))
        while any(t.is_alive() for t in waited_for) and not self.wait_for_stop(0.05):
            pass
        deadline = time.monotonic() + max(stop_grace_period_secs, 0.0)
        for thread in waited_for:
            if thread.is_alive():
                thread.join(max(deadline - time.monotonic(), 0.0))
        stragglers = " ".join(t.name for t in waited_for if t.is_alive())
        with self._lock:
            self._joined = True
            self._registered_threads = set()
            if self._error is not None:
                _reraise(self._error)
            if stragglers:
                text = f"Coordinator stopped with threads still running: {stragglers}"
                if not ignore_live_threads:
                    raise RuntimeError(text)
                tf_logging.info(text)

    @property
    def joined(self) -> bool:
        """Whether :meth:`join` has ended."""
        return self._joined

    def raise_requested_exception(self) -> None:
        """Raises what :meth:`join` would raise; nothing when no error was reported."""
        with self._lock:
            if self._error is not None:
                _reraise(self._error)


def _reraise(info: _ExcInfo) -> NoReturn:
    """Raises an exception with the traceback that it had in its own thread."""
    raise info[1].with_traceback(info[2])


@export("train.LooperThread")
class LooperThread(threading.Thread):
    """A daemon thread that does something over and over, until its coordinator says stop; its errors stop the others.

    Args:
      coord: the coordinator.
      timer_interval_secs: from one beginning to the next; without a pause when None.
      target: what it does; when None, a subclass overrides :meth:`run_loop`.
      args, kwargs: arguments of `target`.

    Raises:
      ValueError: `coord` is no Coordinator, or there are arguments but no target.
    """

    def __init__(
        self,
        coord: Coordinator,
        timer_interval_secs: float | None,
        target: Callable[..., object] | None = None,
        args: Sequence[Any] | None = None,
        kwargs: dict[str, Any] | None = None,
    ) -> None:
        if not isinstance(coord, Coordinator):
            raise ValueError(f"'coord' argument must be a Coordinator: {coord}")
        super().__init__(daemon=True)
        if target is None and (args or kwargs):
            raise ValueError("'args' and 'kwargs' argument require that you also pass 'target'")
        self._coord = coord
        self._timer_interval_secs = timer_interval_secs
        self._loop_target = target
        self._loop_args = args or ()
        self._loop_kwargs = kwargs or {}
        coord.register_thread(self)

    @staticmethod
    def loop(
        coord: Coordinator,
        timer_interval_secs: float | None,
        target: Callable[..., object],
        args: Sequence[Any] | None = None,
        kwargs: dict[str, Any] | None = None,
    ) -> LooperThread:
        """Starts a thread that calls a function over and over, and returns it."""
        looper = LooperThread(coord, timer_interval_secs, target=target, args=args, kwargs=kwargs)
        looper.start()
        return looper

    def run(self) -> None:
        """What the thread does."""
        with self._coord.stop_on_exception():
            self.start_loop()
            if self._timer_interval_secs is None:
                while not self._coord.should_stop():
                    self.run_loop()
            else:
                following = time.time()
                while not self._coord.wait_for_stop(max(following - time.time(), 0.0)):
                    following += self._timer_interval_secs
                    self.run_loop()
            self.stop_loop()

    def start_loop(self) -> None:
        """Called once, before the first :meth:`run_loop`."""

    def stop_loop(self) -> None:
        """Called once, after the last :meth:`run_loop`."""

    def run_loop(self) -> None:
        """Called over and over; calls the target."""
        if self._loop_target is not None:
            self._loop_target(*self._loop_args, **self._loop_kwargs)
