"""Supervisor: what trained before there were monitored sessions."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any, Final

from tangraph.export import export
from tangraph.framework import dtypes, stacks
from tangraph.framework.errors import AbortedError
from tangraph.framework.graph_keys import GraphKeys
from tangraph.ops.control_flow.grouping import group
from tangraph.ops.state.tables import tables_initializer
from tangraph.ops.state.variables import (
    global_variables,
    global_variables_initializer,
    local_variables_initializer,
    report_uninitialized_variables,
)
from tangraph.util import tf_logging
from tangraph_interop.meta_graph import export_meta_graph
from tangraph_interop.write_graph import write_graph
from tangraph_summary.messages import SessionLog
from tangraph_summary.summaries import merge_all
from tangraph_summary.writer.file_writer import FileWriter
from tangraph_training.global_step import global_step as read_global_step
from tangraph_training.monitored.session_manager import SessionManager
from tangraph_training.saver import Saver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tangraph.client.session import Session
    from tangraph.framework.graph import Graph

_DEFAULT: Final = 0


@export("train.Supervisor")
class Supervisor:
    """Initializes or restores a model, and saves it and its summaries from threads of its own.

    `tf.train.MonitoredTrainingSession` has taken its place. The graph is finalized.

    Args:
      graph: the graph; the default one when None.
      ready_op: gives the names of what is not initialized.
      ready_for_local_init_op: the same, for what `local_init_op` needs.
      is_chief: whether it initializes and saves; others wait for the one that does.
      init_op: initializes the variables.
      init_feed_dict: what is fed to it.
      local_init_op: initializes local variables and tables.
      logdir: the folder of checkpoints and summaries.
      summary_op: the merged summaries.
      saver: a Saver.
      global_step: counts the steps.
      save_summaries_secs: the seconds between two summaries; 0 for none.
      save_model_secs: the seconds between two checkpoints; 0 for none.
      recovery_wait_secs: how long others wait before they look again.
      stop_grace_secs: how long the threads may take to end.
      checkpoint_basename: the prefix of the checkpoints.
      session_manager: makes the sessions.
      summary_writer: a FileWriter; None for no summaries.
      init_fn: called with the session after `init_op`.
      local_init_run_options: the RunOptions for `local_init_op`.

    What is left out is taken from the graph's collections, or made; None means that there is none.

    Raises:
      ValueError: it is no chief, and a variable has no device.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     step = tf.train.get_or_create_global_step()
    ...     train_op = tf.assign_add(step, 1)
    ...     supervisor = tf.train.Supervisor()
    ...     with supervisor.managed_session() as session:
    ...         print(session.run(train_op))
    1
    """

    USE_DEFAULT = _DEFAULT

    def __init__(
        self,
        graph: Graph | None = None,
        ready_op: Any = _DEFAULT,
        ready_for_local_init_op: Any = _DEFAULT,
        is_chief: bool = True,
        init_op: Any = _DEFAULT,
        init_feed_dict: Any = None,
        local_init_op: Any = _DEFAULT,
        logdir: str | None = None,
        summary_op: Any = _DEFAULT,
        saver: Any = _DEFAULT,
        global_step: Any = _DEFAULT,
        save_summaries_secs: float = 120,
        save_model_secs: float = 600,
        recovery_wait_secs: float = 30,
        stop_grace_secs: float = 120,
        checkpoint_basename: str = "model.ckpt",
        session_manager: Any = None,
        summary_writer: Any = _DEFAULT,
        init_fn: Callable[[Any], Any] | None = None,
        local_init_run_options: Any = None,
    ) -> None:
        from tangraph_training.coordinator import Coordinator

        self._graph = graph = stacks.get_default_graph() if graph is None else graph
        with graph.as_default():
            self._ready_op = _given_or_first(ready_op, GraphKeys.READY_OP, report_uninitialized_variables)
            self._ready_for_local_init_op = _given_or_first(
                ready_for_local_init_op, GraphKeys.READY_FOR_LOCAL_INIT_OP, lambda: None
            )
            self._init_op = _given_or_first(init_op, GraphKeys.INIT_OP, global_variables_initializer)
            self._local_init_op = _given_or_first(local_init_op, GraphKeys.LOCAL_INIT_OP, _default_local_init_op)
            self._saver = _given_or_first(saver, GraphKeys.SAVERS, _default_saver)
            self._summary_op = _given_or_first(summary_op, GraphKeys.SUMMARY_OP, merge_all)
            self._global_step = _given_or_first(global_step, GraphKeys.GLOBAL_STEP, _default_global_step)
            self._meta_graph_def = export_meta_graph(
                graph_def=graph.as_graph_def(add_shapes=True),
                saver_def=self._saver.saver_def if self._saver else None,
            )
        self._init_feed_dict = init_feed_dict
        self._is_chief = is_chief
        self._coord = Coordinator()
        self._stop_grace_secs = stop_grace_secs
        self._init_fn = init_fn
        self._logdir = logdir if is_chief else None
        self._save_summaries_secs = save_summaries_secs if is_chief else None
        self._save_model_secs = save_model_secs if is_chief else None
        self._save_path = os.path.join(self._logdir, checkpoint_basename) if self._logdir else None
        self._summary_writer: Any = None
        self._graph_added_to_summary = False
        if is_chief:
            if not _is_default(summary_writer):
                self._summary_writer = summary_writer
            elif self._logdir:
                self._summary_writer = FileWriter(self._logdir)
        self._session_manager = session_manager or SessionManager(
            local_init_op=self._local_init_op,
            ready_op=self._ready_op,
            ready_for_local_init_op=self._ready_for_local_init_op,
            graph=graph,
            recovery_wait_secs=recovery_wait_secs,
            local_init_run_options=local_init_run_options,
        )
        if not is_chief:
            for op in graph.get_operations():
                if op.type in {"Variable", "VariableV2"} and not op.device:
                    raise ValueError(f"When using replicas, all Variables must have their device set: {op}")
        graph.finalize()

    # -- what it has -----------------------------------------------------------------------------------------------

    @property
    def is_chief(self) -> bool:
        """Whether it initializes and saves."""
        return self._is_chief

    @property
    def session_manager(self) -> Any:
        """Makes the sessions."""
        return self._session_manager

    @property
    def coord(self) -> Any:
        """The Coordinator of the threads."""
        return self._coord

    @property
    def init_op(self) -> Any:
        """Initializes the variables."""
        return self._init_op

    @property
    def init_feed_dict(self) -> Any:
        """What is fed to `init_op`."""
        return self._init_feed_dict

    @property
    def ready_op(self) -> Any:
        """Gives the names of what is not initialized."""
        return self._ready_op

    @property
    def ready_for_local_init_op(self) -> Any:
        """Gives the names of what is not initialized and what `local_init_op` needs."""
        return self._ready_for_local_init_op

    @property
    def summary_writer(self) -> Any:
        """The FileWriter."""
        return self._summary_writer

    @property
    def summary_op(self) -> Any:
        """The merged summaries."""
        return self._summary_op

    @property
    def save_summaries_secs(self) -> float | None:
        """The seconds between two summaries."""
        return self._save_summaries_secs

    @property
    def global_step(self) -> Any:
        """Counts the steps."""
        return self._global_step

    @property
    def saver(self) -> Any:
        """The Saver."""
        return self._saver

    @property
    def save_model_secs(self) -> float | None:
        """The seconds between two checkpoints."""
        return self._save_model_secs

    @property
    def save_path(self) -> str | None:
        """The prefix of the checkpoints."""
        return self._save_path

    # -- sessions --------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def managed_session(
        self,
        master: str = "",
        config: Any = None,
        start_standard_services: bool = True,
        close_summary_writer: bool = True,
    ) -> Iterator[Session]:
        """Yields a session that is ready to train; stops the threads and closes it at the end of the block.

        Args:
          master: the session's target.
          config: its ConfigProto.
          start_standard_services: whether to start the threads that save, and the queue runners.
          close_summary_writer: whether to close the FileWriter at the end.
        """
        session = None
        try:
            session = self.prepare_or_wait_for_session(
                master, config=config, start_standard_services=start_standard_services
            )
            yield session
        except Exception as error:  # noqa: BLE001  the coordinator raises it when the threads have ended
            self.request_stop(error)
        finally:
            try:
                # What a thread or the block has raised is raised here; the end of the input is no error.
                self.stop(close_summary_writer=close_summary_writer)
            finally:
                if session is not None:
                    with contextlib.suppress(Exception):
                        session.close()

    def prepare_or_wait_for_session(
        self,
        master: str = "",
        config: Any = None,
        wait_for_checkpoint: bool = False,
        max_wait_secs: float = 7200,
        start_standard_services: bool = True,
    ) -> Session:
        """Returns a session that is ready to train: the chief prepares it, others wait for the chief.

        Args:
          master: the session's target.
          config: its ConfigProto.
          wait_for_checkpoint: whether to wait until there is a checkpoint.
          max_wait_secs: how long.
          start_standard_services: whether to start the threads that save, and the queue runners.
        """
        self._coord.clear_stop()
        if self._summary_writer:
            self._summary_writer.reopen()
        session: Session
        if self._is_chief:
            session = self._session_manager.prepare_session(
                master,
                init_op=self.init_op,
                saver=self.saver,
                checkpoint_dir=self._logdir,
                wait_for_checkpoint=wait_for_checkpoint,
                max_wait_secs=max_wait_secs,
                config=config,
                init_feed_dict=self._init_feed_dict,
                init_fn=self._init_fn,
            )
            self._write_graph()
            if start_standard_services:
                tf_logging.info("Starting standard services.")
                self.start_standard_services(session)
        else:
            session = self._session_manager.wait_for_session(master, config=config, max_wait_secs=max_wait_secs)
        if start_standard_services:
            tf_logging.info("Starting queue runners.")
            self.start_queue_runners(session)
        return session

    def start_standard_services(self, sess: Session) -> list[Any] | None:
        """Starts the threads that write summaries, count steps and save checkpoints; returns them.

        Raises:
          RuntimeError: it is no chief.
        """
        from tangraph_training.monitored import services

        if not self._is_chief:
            raise RuntimeError(
                "Only chief supervisor can start standard services. Because only chief supervisors can write events."
            )
        if not self._logdir:
            tf_logging.warning("Standard services need a 'logdir' passed to the SessionManager")
            return None
        if self._global_step is not None and self._summary_writer:
            step = read_global_step(sess, self._global_step)
            self._summary_writer.add_session_log(SessionLog(status=SessionLog.START), step)
        threads: list[Any] = []
        if self._save_summaries_secs and self._summary_writer:
            if self._summary_op is not None:
                threads.append(services.SummaryThread(self, sess))
            if self._global_step is not None:
                threads.append(services.StepCounterThread(self, sess))
        if self.saver and self._save_model_secs:
            threads.append(services.CheckpointThread(self, sess))
        for thread in threads:
            thread.start()
        return threads

    def start_queue_runners(self, sess: Session, queue_runners: Sequence[Any] | None = None) -> list[Any]:
        """Starts the threads of queue runners, those of the graph when None; returns the threads."""
        runners = self._graph.get_collection(GraphKeys.QUEUE_RUNNERS) if queue_runners is None else queue_runners
        threads: list[Any] = []
        for runner in runners:
            threads.extend(runner.create_threads(sess, coord=self._coord, daemon=True, start=True))
        return threads

    def _write_graph(self) -> None:
        if self._logdir:
            write_graph(self._graph.as_graph_def(add_shapes=True), self._logdir, "graph.pbtxt")
        if self._summary_writer and not self._graph_added_to_summary:
            self._summary_writer.add_graph(self._graph)
            self._summary_writer.add_meta_graph(self._meta_graph_def)
            self._graph_added_to_summary = True

    # -- threads -----------------------------------------------------------------------------------------------------

    def loop(
        self, timer_interval_secs: float | None, target: Callable[..., Any], args: Any = None, kwargs: Any = None
    ) -> Any:
        """Starts a thread that calls a function every so many seconds until it should stop; returns the thread."""
        from tangraph_training.coordinator import LooperThread

        looper = LooperThread(self._coord, timer_interval_secs, target=target, args=args, kwargs=kwargs)
        looper.start()
        return looper

    def stop(self, threads: Any = None, close_summary_writer: bool = True, ignore_live_threads: bool = False) -> None:
        """Stops the threads and closes the FileWriter.

        Args:
          threads: threads to wait for besides those that the Coordinator knows.
          close_summary_writer: whether to close the FileWriter.
          ignore_live_threads: whether threads that do not end are no error.
        """
        self._coord.request_stop()
        try:
            self._coord.join(
                threads, stop_grace_period_secs=self._stop_grace_secs, ignore_live_threads=ignore_live_threads
            )
        finally:
            if close_summary_writer and self._summary_writer:
                self._summary_writer.add_session_log(SessionLog(status=SessionLog.STOP))
                self._summary_writer.close()
                self._graph_added_to_summary = False

    def request_stop(self, ex: BaseException | None = None) -> None:
        """Asks the threads to stop, because of an exception maybe."""
        self._coord.request_stop(ex=ex)

    def should_stop(self) -> bool:
        """Returns whether somebody has asked to stop."""
        return bool(self._coord.should_stop())

    def stop_on_exception(self) -> Any:
        """Returns a context manager that asks to stop when its block raises."""
        return self._coord.stop_on_exception()

    def wait_for_stop(self) -> None:
        """Waits until somebody has asked to stop."""
        self._coord.wait_for_stop()

    def summary_computed(self, sess: Session, summary: Any, global_step: int | None = None) -> None:
        """Writes a summary, at the present step when None.

        Raises:
          RuntimeError: there is no FileWriter.
        """
        if not self._summary_writer:
            raise RuntimeError("Writing a summary requires a summary writer.")
        if global_step is None and self.global_step is not None:
            global_step = read_global_step(sess, self.global_step)
        self._summary_writer.add_summary(summary, global_step)

    PrepareSession = prepare_or_wait_for_session
    StartQueueRunners = start_queue_runners
    StartStandardServices = start_standard_services
    Stop = stop
    RequestStop = request_stop
    Loop = loop
    ShouldStop = should_stop
    StopOnException = stop_on_exception
    WaitForStop = wait_for_stop
    SummaryComputed = summary_computed


def _is_default(value: Any) -> bool:
    """Whether an argument was left out; False and tensors are no default, though False == 0."""
    return type(value) is int and value == _DEFAULT


def _given_or_first(given: Any, key: str, make: Callable[[], Any]) -> Any:
    """Returns what was given, or the first item of a collection, or a new one, which is added to it."""
    if not _is_default(given):
        return given
    graph = stacks.get_default_graph()
    found = graph.get_collection(key)
    if len(found) > 1:
        tf_logging.info("Found %d %s operations. Returning the first one.", len(found), key)
    if found:
        return found[0]
    made = make()
    if made is not None:
        graph.add_to_collection(key, made)
    return made


def _default_local_init_op() -> Any:
    return group(local_variables_initializer(), tables_initializer())


def _default_saver() -> Saver | None:
    return Saver() if global_variables() else None


def _default_global_step() -> Any:
    try:
        step = stacks.get_default_graph().get_tensor_by_name("global_step:0")
    except KeyError:
        return None
    if step.dtype.base in (dtypes.int32, dtypes.int64):
        return step
    tf_logging.warning("Found 'global_step' is not an int type: %s", step.dtype)
    return None


@export("train.basic_train_loop")
def basic_train_loop(
    supervisor: Supervisor,
    train_step_fn: Callable[..., Any],
    args: Sequence[Any] | None = None,
    kwargs: dict[str, Any] | None = None,
    master: str = "",
) -> None:
    """Calls a function with a session, and other arguments, until the supervisor should stop.

    When the session is lost (AbortedError), it goes on with a new one.
    """
    while True:
        try:
            with supervisor.managed_session(master) as session:
                while not supervisor.should_stop():
                    train_step_fn(session, *(args or ()), **(kwargs or {}))
        except AbortedError:
            continue
        return
