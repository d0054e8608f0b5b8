"""Batches by number, and what makes batches ahead of the model that takes them."""

from __future__ import annotations

import multiprocessing
import multiprocessing.pool
import queue
import random
import threading
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, Final

import tangraph as tf
from tangraph.export import export

if TYPE_CHECKING:
    from collections.abc import Iterator


@export("keras.utils.Sequence")
class Sequence:
    """Batches by number: subclasses define `__len__` and `__getitem__`, which returns a batch.

    >>> class Squares(tf.keras.utils.Sequence):
    ...     def __len__(self):
    ...         return 3
    ...
    ...     def __getitem__(self, index):
    ...         return index**2
    >>> list(Squares())
    [0, 1, 4]
    """

    @abstractmethod
    def __getitem__(self, index: int) -> Any:
        """Returns a batch: (inputs, targets) or (inputs, targets, weights)."""
        raise NotImplementedError

    @abstractmethod
    def __len__(self) -> int:
        """Returns how many batches an epoch has."""
        raise NotImplementedError

    def on_epoch_end(self) -> None:
        """Called after each epoch."""

    def __iter__(self) -> Iterator[Any]:
        for number in range(len(self)):
            yield self[number]


class _End:
    """What stands for the end of a generator."""


# What a worker process takes its batches from; each has its own copy.
_in_worker: dict[str, Any] = {}


def _prepare_worker(source: Any) -> None:
    _in_worker["source"] = source


def _worker_item(number: int) -> Any:
    return _in_worker["source"][number]


def _worker_next() -> Any:
    return next(_in_worker["source"], _End)


@export("keras.utils.SequenceEnqueuer")
class SequenceEnqueuer:
    """Makes batches in other threads or processes, into a queue.

    Args:
      sequence: where the batches come from.
      use_multiprocessing: whether in processes, and not in threads.
    """

    def __init__(self, sequence: Any, use_multiprocessing: bool = False) -> None:
        self.sequence = sequence
        self.use_multiprocessing = use_multiprocessing
        self.workers = 0
        self.queue: Any = None
        self.run_thread: threading.Thread | None = None
        self.stop_signal: Any = None

    def is_running(self) -> bool:
        """Returns whether batches are being made."""
        return self.stop_signal is not None and not self.stop_signal.is_set()

    def start(self, workers: int = 1, max_queue_size: int = 10) -> None:
        """Starts to make batches.

        Args:
          workers: how many threads or processes do.
          max_queue_size: how many batches may wait.
        """
        self.workers = workers
        self.queue = queue.Queue(max_queue_size)
        self.stop_signal = threading.Event()
        self.run_thread = threading.Thread(target=self._run, daemon=True)
        self.run_thread.start()

    def stop(self, timeout: float | None = None) -> None:
        """Ends making batches, and forgets those that wait.

        Args:
          timeout: how long to wait for the thread to end, in seconds.
        """
        if self.stop_signal is None:
            return
        self.stop_signal.set()
        while self.run_thread is not None and self.run_thread.is_alive():
            # A full queue would keep the thread waiting.
            self._clear()
            self.run_thread.join(timeout if timeout is not None else 0.01)
            if timeout is not None:
                break
        self._clear()

    def _clear(self) -> None:
        while True:
            try:
                self.queue.get_nowait()
            except queue.Empty:
                return
            self.queue.task_done()

    def _pool(self) -> Any:
        if not self.use_multiprocessing:
            return multiprocessing.pool.ThreadPool(self.workers)
        context = multiprocessing.get_context("fork")
        return context.Pool(self.workers, initializer=_prepare_worker, initargs=(self.sequence,))

    def _put(self, result: Any) -> bool:
        """Puts a batch in the making into the queue; returns False when that is no longer wanted."""
        while not self.stop_signal.is_set():
            try:
                self.queue.put(result, timeout=0.05)
            except queue.Full:
                continue
            return True
        return False

    def _run(self) -> None:
        raise NotImplementedError

    def get(self) -> Iterator[Any]:
        """Yields the batches."""
        while self.is_running():
            try:
                result = self.queue.get(timeout=0.05)
            except queue.Empty:
                if self.run_thread is not None and not self.run_thread.is_alive() and self.queue.empty():
                    return
                continue
            try:
                batch = result.get()
            except Exception:
                self.queue.task_done()
                self.stop()
                raise
            self.queue.task_done()
            if batch is _End:
                return
            if batch is not None:
                yield batch


@export("keras.utils.OrderedEnqueuer")
class OrderedEnqueuer(SequenceEnqueuer):
    """Makes the batches of a `Sequence`, epoch after epoch.

    Args:
      sequence: the sequence.
      use_multiprocessing: see `SequenceEnqueuer`.
      shuffle: whether the batches of each epoch come in another order.
    """

    def __init__(self, sequence: Any, use_multiprocessing: bool = False, shuffle: bool = False) -> None:
        super().__init__(sequence, use_multiprocessing)
        self.shuffle = shuffle

    def _run(self) -> None:
        order = list(range(len(self.sequence)))
        while True:
            if self.shuffle:
                random.shuffle(order)
            with self._pool() as pool:
                for number in order:
                    item = _worker_item if self.use_multiprocessing else self.sequence.__getitem__
                    if not self._put(pool.apply_async(item, (number,))):
                        return
                # The epoch ends when its batches are taken.
                while self.queue.unfinished_tasks and not self.stop_signal.is_set():
                    self.stop_signal.wait(0.002)
            if self.stop_signal.is_set():
                return
            self.sequence.on_epoch_end()


@export("keras.utils.GeneratorEnqueuer")
class GeneratorEnqueuer(SequenceEnqueuer):
    """Takes what a generator yields ahead.

    Args:
      sequence: the generator.
      use_multiprocessing: whether in processes, of which each has a copy of it.
      random_seed: not used.
    """

    def __init__(self, sequence: Any, use_multiprocessing: bool = False, random_seed: Any = None) -> None:
        super().__init__(sequence, use_multiprocessing)
        self._lock: Final = threading.Lock()

    def start(self, workers: int = 1, max_queue_size: int = 10) -> None:
        """See `SequenceEnqueuer.start`."""
        if not self.use_multiprocessing and workers > 1:
            tf.logging.warning(
                "Using a generator with several workers takes from it in one thread at a time. Use `keras.utils.Sequence`."
            )
        super().start(workers, max_queue_size)

    def _next(self) -> Any:
        with self._lock:
            return next(self.sequence, _End)

    def _run(self) -> None:
        with self._pool() as pool:
            while self._put(pool.apply_async(_worker_next if self.use_multiprocessing else self._next)):
                pass
