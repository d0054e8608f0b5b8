"""`tf.contrib.slim.queues`: the queue runners of the graph, for the time of a `with` block."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import tangraph as tf
from tangraph.export import export

if TYPE_CHECKING:
    from collections.abc import Iterator

_RUNNING: Final = threading.Lock()


@export("contrib.slim.queues.NestedQueueRunnerError")
class NestedQueueRunnerError(Exception):
    """Queue runners were started inside a block that had started them."""


@export("contrib.slim.queues.QueueRunners")
@contextmanager
def QueueRunners(session: Any) -> Iterator[None]:
    """Runs the graph's queue runners in a session while the block runs.

    Args:
      session: the session.

    Raises:
      NestedQueueRunnerError: they run already.
    """
    if not _RUNNING.acquire(blocking=False):
        raise NestedQueueRunnerError("QueueRunners cannot be nested")
    try:
        coordinator = tf.train.Coordinator()
        threads = [
            thread
            for runner in tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS)
            for thread in runner.create_threads(session, coord=coordinator, daemon=True, start=True)
        ]
        try:
            yield
        finally:
            coordinator.request_stop()
            try:
                coordinator.join(threads, stop_grace_period_secs=120)
            except RuntimeError:
                session.close()
    finally:
        _RUNNING.release()
