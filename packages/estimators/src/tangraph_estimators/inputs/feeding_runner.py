"""The runner of a queue whose threads feed what they add."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import tangraph as tf
from tangraph_datasets.queues.runner import QueueRunner


class FeedingQueueRunner(QueueRunner):
    """A QueueRunner each of whose operations has a function that says what is fed to it.

    Args:
      queue: the queue.
      enqueue_ops: operations that add to it, one thread each.
      feed_fns: functions without arguments, one for each operation; they raise OutOfRangeError at the end.
    """

    def __init__(
        self, queue: Any, enqueue_ops: Sequence[Any], feed_fns: Sequence[Callable[[], dict[Any, Any]]]
    ) -> None:
        closed = (tf.errors.OutOfRangeError, tf.errors.CancelledError)
        super().__init__(queue, enqueue_ops, queue_closed_exception_types=closed)
        self._feed_fns = dict(zip(enqueue_ops, feed_fns, strict=True))

    def _run(self, sess: Any, enqueue_op: Any, coord: Any) -> None:
        """What a thread does."""
        if coord is not None:
            coord.register_thread(threading.current_thread())
        feed_fn = self._feed_fns[enqueue_op]
        try:
            while not (coord is not None and coord.should_stop()):
                sess.run(enqueue_op, feed_dict=feed_fn())
        except self._closed_types:
            if self._count_down(sess) == 0:
                self._close(sess, self._close_op)
            return
        except Exception as error:  # noqa: BLE001  whatever the input raises
            if coord is not None:
                coord.request_stop(error)
            else:
                self._fail(sess, error)
        self._count_down(sess)
