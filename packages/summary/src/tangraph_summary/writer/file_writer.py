"""`tf.summary.FileWriter`."""

from __future__ import annotations

import time
import warnings
from typing import TYPE_CHECKING, Any, Self

from tangraph.export import export
from tangraph.framework.graph import Graph
from tangraph.framework.message import Message
from tangraph.framework.protos import GraphDef
from tangraph.util import tf_logging
from tangraph_interop.meta_graph import export_meta_graph
from tangraph_interop.wire import codec
from tangraph_summary.messages import Event, Summary
from tangraph_summary.writer.event_file_writer import EventFileWriter

if TYPE_CHECKING:
    from types import TracebackType

    from tangraph.client.session import BaseSession


def _is_graph_def(value: Any) -> bool:
    return isinstance(value, GraphDef) or type(value).__name__ == "GraphDef"


class SummaryToEventTransformer:
    """Makes events of summaries, graphs and whatever else event files hold, and hands them to a writer.

    Attributes:
      event_writer: the writer.
    """

    def __init__(self, event_writer: Any, graph: Any = None, graph_def: Any = None) -> None:
        self.event_writer = event_writer
        self._run_tags: set[str] = set()
        self._seen_tags: set[str] = set()
        if graph is not None or graph_def is not None:
            whole = self._add_graph(graph, graph_def)
            self.add_meta_graph(export_meta_graph(graph_def=graph_def or whole))

    def add_summary(self, summary: Any, global_step: int | None = None) -> None:
        """Adds a summary, as a run returns it or as a `tf.Summary` message.

        Args:
          summary: the serialized message or the message.
          global_step: the step that it belongs to.

        Raises:
          TypeError: `summary` is something else.
          ValueError: the bytes are no `tf.Summary`.
        """
        event = self._event(global_step)
        event.summary.SetInParent()
        values = event.summary
        if isinstance(summary, (bytes, bytearray)):
            self._parse(values, bytes(summary))
        elif hasattr(summary, "SerializeToString"):
            self._parse(values, summary.SerializeToString())
        else:
            raise TypeError(
                "add_summary takes what a run of a summary returns (bytes), or a tf.Summary. "
                f"Received: {summary!r} of type {type(summary).__name__}"
            )
        for value in values.value:
            # TensorBoard keeps what it has heard of a tag first.
            if value.tag in self._seen_tags:
                value.ClearField("metadata")
            self._seen_tags.add(value.tag)
        self._add_event(event)

    @staticmethod
    def _parse(values: Any, serialized: bytes) -> None:
        from google.protobuf.message import DecodeError

        try:
            values.MergeFromString(serialized)
        except DecodeError as error:
            raise ValueError(f"Error parsing message with type '{Summary.FULL_NAME}': {error}") from None

    def add_session_log(self, session_log: Any, global_step: int | None = None) -> None:
        """Adds a `tf.SessionLog`."""
        event = self._event(global_step)
        event.session_log.SetInParent()
        event.session_log.MergeFromString(session_log.SerializeToString())
        self._add_event(event)

    def add_graph(self, graph: Any, global_step: int | None = None, graph_def: Any = None) -> None:
        """Adds a graph.

        Args:
          graph: a `tf.Graph`.
          global_step: the step that it belongs to.
          graph_def: a `tf.GraphDef` in place of the graph (deprecated).

        Raises:
          ValueError: both are given.
          TypeError: neither is a graph.
        """
        self._add_graph(graph, graph_def, global_step)

    def _add_graph(self, graph: Any, graph_def: Any, global_step: int | None = None) -> Any:
        """Adds a graph; returns its GraphDef, whose making takes long."""
        if graph is not None and graph_def is not None:
            raise ValueError("Please pass only graph, or graph_def (deprecated), but not both.")
        given = graph_def if graph is None else graph
        if isinstance(given, Graph):
            if graph is None:
                tf_logging.warning(
                    "When passing a `Graph` object, please use the `graph` named argument instead of `graph_def`."
                )
            given = given.as_graph_def(add_shapes=True)
        elif _is_graph_def(given):
            tf_logging.warning(
                "Passing a `GraphDef` to the SummaryWriter is deprecated. Pass a `Graph` object instead, such as "
                "`sess.graph`."
            )
        else:
            raise TypeError("The passed graph must be an instance of `Graph` or the deprecated `GraphDef`")
        event = self._event(global_step)
        event.graph_def = given.SerializeToString()
        self._add_event(event)
        return given

    def add_meta_graph(self, meta_graph_def: Any, global_step: int | None = None) -> None:
        """Adds a `tf.MetaGraphDef`.

        Raises:
          TypeError: it is something else.
        """
        if type(meta_graph_def).__name__ != "MetaGraphDef":
            raise TypeError(f"meta_graph_def must be type MetaGraphDef, saw type: {type(meta_graph_def)}")
        event = self._event(global_step)
        event.meta_graph_def = meta_graph_def.SerializeToString()
        self._add_event(event)

    def add_run_metadata(self, run_metadata: Any, tag: str, global_step: int | None = None) -> None:
        """Adds what a run told of itself (`tf.RunMetadata`).

        Raises:
          ValueError: the tag was used before.
        """
        if tag in self._run_tags:
            raise ValueError("The provided tag was already used for this event type")
        self._run_tags.add(tag)
        event = self._event(global_step)
        event.tagged_run_metadata.tag = tag
        event.tagged_run_metadata.run_metadata = run_metadata.SerializeToString()
        self._add_event(event)

    @staticmethod
    def _event(step: Any) -> Any:
        return codec.protobuf_class(Event)(wall_time=time.time(), step=None if step is None else int(step))

    def _add_event(self, event: Any) -> None:
        self.event_writer.add_event(event)


@export("summary.FileWriter")
class FileWriter(SummaryToEventTransformer):
    """Writes summaries to a new event file in a folder, for TensorBoard to show.

    A thread writes, so that training does not wait for the disk. A FileWriter is a context manager that closes itself.

    Args:
      logdir: the folder, which is made if it is not there.
      graph: a graph to begin with.
      max_queue: how many events may wait to be written.
      flush_secs: how often what was written is flushed.
      graph_def: a GraphDef in place of the graph (deprecated).
      filename_suffix: the end of the file's name.
      session: writes through operations in this session's graph, so that a writer of `tf.contrib.summary` for the same
        folder writes to the same file.

    >>> import tempfile, tangraph as tf
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with tf.summary.FileWriter(folder) as writer:
    ...         writer.add_summary(tf.Summary(value=[tf.Summary.Value(tag="loss", simple_value=0.5)]), 7)
    ...     (path,) = tf.gfile.Glob(folder + "/*")
    ...     for event in tf.train.summary_iterator(path):
    ...         event.step, [(value.tag, value.simple_value) for value in event.summary.value]
    (0, [])
    (7, [('loss', 0.5)])
    """

    def __init__(
        self,
        logdir: Any,
        graph: Any = None,
        max_queue: int = 10,
        flush_secs: float = 120,
        graph_def: Any = None,
        filename_suffix: str | None = None,
        session: BaseSession | None = None,
    ) -> None:
        self._closed = False
        writer: Any
        if session is None:
            writer = EventFileWriter(logdir, max_queue, flush_secs, filename_suffix)
        else:
            from tangraph_summary.writer.session_writer import SessionWriter

            writer = SessionWriter(session, logdir, max_queue, flush_secs, filename_suffix)
        super().__init__(writer, graph, graph_def)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def get_logdir(self) -> str:
        """Returns the folder."""
        logdir: str = self.event_writer.get_logdir()
        return logdir

    def add_event(self, event: Any) -> None:
        """Adds a `tf.Event` as it is."""
        self._warn_if_closed()
        self.event_writer.add_event(codec.to_protobuf(event) if isinstance(event, Message) else event)

    def flush(self) -> None:
        """Waits until all that was added is in the file."""
        self._warn_if_closed()
        self.event_writer.flush()

    def close(self) -> None:
        """Writes what is left and closes the file."""
        self.event_writer.close()
        self._closed = True

    def reopen(self) -> None:
        """Opens a closed writer again; it begins a new file."""
        self.event_writer.reopen()
        self._closed = False

    def _add_event(self, event: Any) -> None:
        self._warn_if_closed()
        super()._add_event(event)

    def _warn_if_closed(self) -> None:
        if self._closed:
            warnings.warn(
                "Attempting to use a closed FileWriter. The operation will be a noop unless the FileWriter is "
                "explicitly reopened.",
                stacklevel=3,
            )
