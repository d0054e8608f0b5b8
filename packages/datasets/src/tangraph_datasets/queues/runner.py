"""QueueRunner: the threads that fill a queue."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tangraph.client.session import BaseSession
from tangraph.framework import errors, stacks
from tangraph.framework.graph_keys import GraphKeys
from tangraph.framework.operation import Operation
from tangraph.framework.scopes import add_to_collection, get_collection
from tangraph.ops.state.scoped_names import prepend_name_scope, strip_name_scope
from tangraph.plugin import export
from tangraph.util import tf_logging

if TYPE_CHECKING:
    from tangraph_interop.messages import QueueRunnerDef


@export("train.QueueRunner", "train.queue_runner.QueueRunner")
class QueueRunner:
    """A queue with the operations that fill it, each of which a thread runs over and over.

    A thread ends when its operation raises one of `queue_closed_exception_types` (the input is used up; the last thread
    closes the queue), when the coordinator says stop, and when the operation fails. Then the coordinator gets the error,
    or, where there is none, the queue is closed, so that who reads from it is told.

    Args:
      queue: the queue.
      enqueue_ops: operations that add to it, one thread each.
      close_op: closes the queue; made when None.
      cancel_op: closes the queue and cancels what waits to be added; made when None.
      queue_closed_exception_types: a tuple of `tf.errors` that mean the end of the input; OutOfRangeError when None.
      queue_runner_def: a QueueRunnerDef, instead of all these.
      import_scope: the scope in which the operations of `queue_runner_def` are.

    Raises:
      ValueError: `queue` or `enqueue_ops` is missing, or there is `queue_runner_def` too.
      TypeError: `queue_closed_exception_types` is no such tuple.
    """

    def __init__(
        self,
        queue: Any = None,
        enqueue_ops: Sequence[Operation] | None = None,
        close_op: Operation | None = None,
        cancel_op: Operation | None = None,
        queue_closed_exception_types: tuple[type[errors.OpError], ...] | None = None,
        queue_runner_def: Any = None,
        import_scope: str | None = None,
    ) -> None:
        if queue_runner_def is not None:
            if queue is not None or enqueue_ops:
                raise ValueError("queue_runner_def and queue are mutually exclusive.")
            self._init_from_proto(queue_runner_def, import_scope)
        else:
            self._init_from_args(queue, enqueue_ops, close_op, cancel_op, queue_closed_exception_types)
        self._lock = threading.Lock()
        self._runs_per_session: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()
        self._exceptions_raised: list[Exception] = []

    def _init_from_args(self, queue: Any, enqueue_ops: Any, close_op: Any, cancel_op: Any, closed_types: Any) -> None:
        if queue is None or not enqueue_ops:
            raise ValueError("Must provide queue and enqueue_ops.")
        if closed_types is not None and (
            not isinstance(closed_types, tuple)
            or not closed_types
            or not all(issubclass(t, errors.OpError) for t in closed_types)
        ):
            raise TypeError(
                f"queue_closed_exception_types, when provided, must be a tuple of tf.error types, but saw: {closed_types}"
            )
        self._queue = queue
        self._enqueue_ops = list(enqueue_ops)
        self._closed_types = closed_types or (errors.OutOfRangeError,)
        self._close_op: Operation = queue.close() if close_op is None else close_op
        self._cancel_op: Operation = queue.close(cancel_pending_enqueues=True) if cancel_op is None else cancel_op

    def _init_from_proto(self, message: QueueRunnerDef, import_scope: str | None) -> None:
        graph = stacks.get_default_graph()

        def find(name: str) -> Any:
            return graph.as_graph_element(prepend_name_scope(name, import_scope))

        self._queue = find(message.queue_name)
        self._enqueue_ops = [find(name) for name in message.enqueue_op_name]
        self._close_op = find(message.close_op_name)
        self._cancel_op = find(message.cancel_op_name)
        codes = message.queue_closed_exception_types
        self._closed_types = tuple(errors.exception_type_from_error_code(code) for code in codes)
        if not self._closed_types:
            self._closed_types = (errors.OutOfRangeError,)

    @property
    def queue(self) -> Any:
        """The queue."""
        return self._queue

    @property
    def enqueue_ops(self) -> list[Operation]:
        """The operations that fill it."""
        return self._enqueue_ops

    @property
    def close_op(self) -> Operation:
        """The operation that closes it."""
        return self._close_op

    @property
    def cancel_op(self) -> Operation:
        """The operation that closes it and cancels what waits to be added."""
        return self._cancel_op

    @property
    def queue_closed_exception_types(self) -> tuple[type[errors.OpError], ...]:
        """The errors that mean the end of the input."""
        return self._closed_types

    @property
    def exceptions_raised(self) -> list[Exception]:
        """What the threads of the last `create_threads` raised, where no coordinator took it."""
        return self._exceptions_raised

    @property
    def name(self) -> str:
        """The queue's name."""
        name: str = self._queue.name
        return name

    def create_threads(
        self, sess: Any, coord: Any = None, daemon: bool = False, start: bool = False
    ) -> list[threading.Thread]:
        """Makes the threads, none when those of an earlier call still run in that session.

        Args:
          sess: the session.
          coord: a Coordinator, which stops the threads and gets their errors; one more thread waits for it.
          daemon: whether the program may end while they run.
          start: whether they are started here.
        """
        with self._lock:
            if self._runs_per_session.get(sess, 0) > 0:
                return []
            self._runs_per_session[sess] = len(self._enqueue_ops)
            self._exceptions_raised = []
        prefix = f"QueueRunnerThread-{self.name}"
        threads = [
            threading.Thread(target=self._run, args=(sess, op, coord), name=f"{prefix}-{op.name}", daemon=daemon)
            for op in self._enqueue_ops
        ]
        if coord is not None:
            stop = threading.Thread(
                target=self._close_on_stop, args=(sess, coord), name=f"{prefix}-close_on_stop", daemon=daemon
            )
            threads.append(stop)
        for thread in threads:
            if coord is not None:
                coord.register_thread(thread)
            if start:
                thread.start()
        return threads

    def _run(self, sess: Any, enqueue_op: Operation, coord: Any) -> None:
        """What a thread does."""
        try:
            enqueue = sess.make_callable(enqueue_op)
            while not (coord is not None and coord.should_stop()):
                enqueue()
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

    def _fail(self, sess: Any, error: Exception) -> None:
        """Keeps the error of a thread without a coordinator, and hands it to those who wait for the queue."""
        if sess.closed:
            return
        tf_logging.error("Exception in QueueRunner: %s", error)
        with self._lock:
            self._exceptions_raised.append(error)
        queue = self._stored_queue(sess)
        if queue is not None:
            queue.fail(error)

    def _stored_queue(self, sess: Any) -> Any:
        handle = getattr(self._queue, "queue_ref", None)
        if handle is None:
            return None
        op = handle.op
        name = op.attrs.get("shared_name") or op.name
        return sess.resources.find("queue", op.attrs.get("container", ""), name)

    def _count_down(self, sess: Any) -> int:
        with self._lock:
            self._runs_per_session[sess] -= 1
            return self._runs_per_session[sess]

    @staticmethod
    def _close(sess: Any, operation: Operation) -> None:
        try:
            sess.run(operation)
        except Exception as error:  # noqa: BLE001  closed already, or the session is
            tf_logging.vlog(1, "Ignored exception: %s", error)

    def _close_on_stop(self, sess: Any, coord: Any) -> None:
        coord.wait_for_stop()
        self._close(sess, self._cancel_op)

    def to_proto(self, export_scope: str | None = None) -> QueueRunnerDef | None:
        """Returns a QueueRunnerDef, None for a queue outside of `export_scope`.

        Raises:
          ImportError: `tangraph-interop` is not installed.
        """
        if export_scope is not None and not self.name.startswith(export_scope):
            return None
        from tangraph_interop.messages import QueueRunnerDef

        message = QueueRunnerDef()
        message.queue_name = strip_name_scope(self.name, export_scope)
        message.enqueue_op_name.extend(strip_name_scope(op.name, export_scope) for op in self._enqueue_ops)
        message.close_op_name = strip_name_scope(self._close_op.name, export_scope)
        message.cancel_op_name = strip_name_scope(self._cancel_op.name, export_scope)
        message.queue_closed_exception_types.extend(
            errors.error_code_from_exception_type(cls) for cls in self._closed_types
        )
        return message

    @staticmethod
    def from_proto(queue_runner_def: Any, import_scope: str | None = None) -> QueueRunner:
        """Returns the runner that a QueueRunnerDef describes."""
        return QueueRunner(queue_runner_def=queue_runner_def, import_scope=import_scope)


@export("train.add_queue_runner", "train.queue_runner.add_queue_runner")
def add_queue_runner(qr: QueueRunner, collection: str = GraphKeys.QUEUE_RUNNERS) -> None:
    """Adds a runner to a collection of the graph, from which :func:`start_queue_runners` takes it."""
    add_to_collection(collection, qr)


@export("train.start_queue_runners", "train.queue_runner.start_queue_runners")
def start_queue_runners(
    sess: Any = None,
    coord: Any = None,
    daemon: bool = True,
    start: bool = True,
    collection: str = GraphKeys.QUEUE_RUNNERS,
) -> list[threading.Thread]:
    """Starts the threads of all runners of the graph.

    Args:
      sess: the session; the default one when None.
      coord: a Coordinator that stops them.
      daemon: whether the program may end while they run.
      start: whether they are started, or only made.
      collection: the collection with the runners.

    Returns:
      The threads; none for a MonitoredSession, which has started them.

    Raises:
      ValueError: there is no session.
      TypeError: `sess` is none.
    """
    if sess is None:
        sess = stacks.get_default_session()
        if sess is None:
            raise ValueError(
                "Cannot start queue runners: No default session is registered. Use `with sess.as_default()` or pass an "
                "explicit session to tf.start_queue_runners(sess=sess)"
            )
    if not isinstance(sess, BaseSession):
        if type(sess).__name__ in {"MonitoredSession", "SingularMonitoredSession"}:
            return []
        raise TypeError(f"sess must be a `tf.Session` object. Given class: {type(sess)}")
    runners = get_collection(collection)
    if not runners:
        tf_logging.warning(
            "`tf.train.start_queue_runners()` was called when no queue runners were defined. You can safely remove the "
            "call to this deprecated function."
        )
    with sess.graph.as_default():
        threads: list[threading.Thread] = []
        for runner in get_collection(collection):
            threads.extend(runner.create_threads(sess, coord=coord, daemon=daemon, start=start))
    return threads
