"""The writers of `tf.contrib.summary`: resources of a session."""

from __future__ import annotations

import functools
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from tangraph.export import export
from tangraph.framework import dtypes, stacks
from tangraph.framework.make_op import make_op
from tangraph.framework.scopes import control_dependencies, device
from tangraph.ops.array.constant import constant, placeholder
from tangraph.ops.array.identity import no_op
from tangraph.util import tf_logging
from tangraph_summary.contrib import writing_ops
from tangraph_summary.contrib.state import state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tangraph.client.session import BaseSession
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor

_INITIALIZERS: Final = "_SUMMARY_WRITER_V2"


@export("contrib.summary.SummaryWriter")
class SummaryWriter:
    """Where the summaries of `tf.contrib.summary` go."""

    def set_as_default(self) -> None:
        """Makes it the writer of all summaries of this thread."""
        raise NotImplementedError

    def as_default(self) -> Any:
        """Makes it the writer of the summaries in the block."""
        raise NotImplementedError

    def init(self) -> Operation | None:
        """Returns an operation that makes what it writes to."""
        raise NotImplementedError

    def flush(self) -> Operation | None:
        """Returns an operation that writes what waits."""
        raise NotImplementedError

    def close(self) -> Operation | None:
        """Returns an operation that closes what it writes to."""
        raise NotImplementedError


class ResourceSummaryWriter(SummaryWriter):
    """A writer that operations write to.

    Args:
      shared_name: its name in a session.
      make: makes the operation that initializes it, from its resource.
    """

    def __init__(self, shared_name: str, make: Callable[[Tensor], Operation]) -> None:
        self._resource: Tensor = make_op(writing_ops.SUMMARY_WRITER, shared_name=shared_name)
        self._make = make
        stacks.get_default_graph().add_to_collection(_INITIALIZERS, make(self._resource))

    def set_as_default(self) -> None:
        """Makes it the writer of all summaries of this thread."""
        state.writer = self

    @contextmanager
    def as_default(self) -> Iterator[ResourceSummaryWriter]:
        """Makes it the writer of the summaries in the block."""
        before = state.writer
        try:
            state.writer = self
            yield self
            self.flush()
        finally:
            state.writer = before

    def init(self) -> Operation:
        """Returns an operation that makes what it writes to."""
        return self._make(self._resource)

    def flush(self) -> Operation:
        """Returns an operation that writes what waits."""
        return flush(self)

    def close(self) -> Operation:
        """Returns an operation that writes what waits, and closes what it writes to."""
        with control_dependencies([self.flush()]), device("cpu:0"):
            closed: Operation = make_op(writing_ops.CLOSE_SUMMARY_WRITER, self._resource)
            return closed


class NoopSummaryWriter(SummaryWriter):
    """A writer that writes nothing."""

    def set_as_default(self) -> None:
        """Leaves the writer that there is."""

    @contextmanager
    def as_default(self) -> Iterator[None]:
        """Leaves the writer that there is."""
        yield

    def init(self) -> None:
        """Has nothing to initialize."""

    def flush(self) -> None:
        """Has nothing to flush."""

    def close(self) -> None:
        """Has nothing to close."""


@export("contrib.summary.create_file_writer")
def create_file_writer(
    logdir: Any,
    max_queue: Any = None,
    flush_millis: Any = None,
    filename_suffix: Any = None,
    name: str | None = None,
) -> SummaryWriter:
    """Returns a writer of event files.

    Args:
      logdir: the folder; with None, nothing is written.
      max_queue: how many events may wait; 10 when None.
      flush_millis: how long they may wait; two minutes when None.
      filename_suffix: the end of the file's name; ".v2" when None.
      name: its name in a session: writers of one name write to one file.
    """
    if logdir is None:
        return NoopSummaryWriter()
    logdir = str(logdir)
    with device("cpu:0"):
        max_queue = constant(10) if max_queue is None else max_queue
        flush_millis = constant(2 * 60 * 1000) if flush_millis is None else flush_millis
        filename_suffix = constant(".v2") if filename_suffix is None else filename_suffix
        make = functools.partial(_create, logdir, max_queue, flush_millis, filename_suffix)
        return ResourceSummaryWriter("logdir:" + logdir if name is None else name, make)


def _create(logdir: Any, max_queue: Any, flush_millis: Any, filename_suffix: Any, resource: Tensor) -> Operation:
    created: Operation = make_op(
        writing_ops.CREATE_SUMMARY_FILE_WRITER, resource, logdir, max_queue, flush_millis, filename_suffix
    )
    return created


@export("contrib.summary.create_summary_file_writer")
def create_summary_file_writer(*args: Any, **kwargs: Any) -> SummaryWriter:
    """The old name of `create_file_writer`."""
    tf_logging.warning("Deprecation Warning: create_summary_file_writer was renamed to create_file_writer")
    return create_file_writer(*args, **kwargs)


@export("contrib.summary.flush")
def flush(writer: Any = None, name: str | None = None) -> Operation:
    """Returns an operation that writes what waits.

    Args:
      writer: a writer or its resource; the default writer when None.
      name: the operation's name.
    """
    writer = state.writer if writer is None else writer
    if writer is None:
        return no_op()
    resource = writer._resource if isinstance(writer, ResourceSummaryWriter) else writer
    with device("cpu:0"):
        flushed: Operation = make_op(writing_ops.FLUSH_SUMMARY_WRITER, resource, name=name)
        return flushed


@export("contrib.summary.summary_writer_initializer_op")
def summary_writer_initializer_op() -> list[Operation]:
    """Returns the operations that make what the graph's writers write to."""
    return stacks.get_default_graph().get_collection(_INITIALIZERS)


@export("contrib.summary.initialize", "summary.initialize")
def initialize(graph: Any = None, session: BaseSession | None = None) -> None:
    """Makes what the graph's writers write to, and writes a graph if one is given.

    Args:
      graph: a Graph or GraphDef.
      session: the default session when None.

    Raises:
      RuntimeError: there is no default writer.
      ValueError: there is no session.
    """
    from tangraph_summary.contrib.writing import graph as write_graph
    from tangraph_summary.contrib.writing import serialized_graph

    if state.writer is None:
        raise RuntimeError("No default tf.contrib.summary.SummaryWriter found")
    session = stacks.get_default_session() if session is None else session
    if session is None:
        raise ValueError("session must be passed if no default session exists")
    session.run(summary_writer_initializer_op())
    if graph is not None:
        data = serialized_graph(graph)
        x = placeholder(dtypes.string)
        session.run(write_graph(x, 0), feed_dict={x: data})


@export("contrib.summary.eval_dir")
def eval_dir(model_dir: str, name: str | None = None) -> str:
    """Returns the folder for the summaries of an evaluation: "eval" or "eval_<name>" in that of the model."""
    return os.path.join(model_dir, "eval" if not name else f"eval_{name}")
