"""`tf.contrib.summary.scalar` and its like: operations that write summaries themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes, stacks
from tangraph.framework.graph import Graph
from tangraph.framework.graph_keys import GraphKeys
from tangraph.framework.make_op import make_op
from tangraph.framework.scopes import control_dependencies, device, name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.constant import constant
from tangraph.ops.array.identity import identity, no_op
from tangraph.ops.control_flow.cond import smart_cond
from tangraph_summary.contrib import writing_ops
from tangraph_summary.contrib.state import global_step, should_record_summaries, state
from tangraph_summary.summary_scope import summary_scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.operation import Operation


@export("contrib.summary.all_summary_ops", "summary.all_v2_summary_ops")
def all_summary_ops() -> list[Any]:
    """Returns what the functions of `tf.contrib.summary` returned in the default graph."""
    return stacks.get_default_graph().get_collection(GraphKeys._SUMMARY_COLLECTION)


def _write(name: str, tensor: Any, function: Callable[[str, str], Operation], family: str | None) -> Any:
    """Returns what writes a summary if summaries are recorded, or does nothing."""

    def record() -> Tensor:
        with (
            name_scope(scope),
            summary_scope(name, family, values=[tensor]) as (tag, inner),
            control_dependencies([function(tag, inner)]),
        ):
            return constant(True)

    graph = stacks.get_default_graph()
    current = graph.get_name_scope()
    scope = f"{current}/" if current else current
    if state.writer is None:
        return no_op()
    with device("cpu:0"):
        written = smart_cond(should_record_summaries(), record, lambda: constant(False), name="")
        graph.add_to_collection(GraphKeys._SUMMARY_COLLECTION, written)
    return written


def _resource() -> Any:
    return state.writer._resource


def _step(step: Any) -> Any:
    if step is None:
        return global_step()
    return step if isinstance(step, Tensor) else convert_to_tensor(step, dtypes.int64)


@export("contrib.summary.scalar")
def scalar(name: str, tensor: Any, family: str | None = None, step: Any = None) -> Any:
    """Returns an operation that writes a number, if summaries are recorded.

    Args:
      name: with the scopes around it, the summary's tag.
      tensor: a number, shape [].
      family: put in front of the tag.
      step: an int64; the global step when None.

    >>> import tempfile, tangraph as tf
    >>> from tangraph.contrib import summary
    >>> with tf.Graph().as_default(), tf.Session() as sess, tempfile.TemporaryDirectory() as folder:
    ...     writer = summary.create_file_writer(folder)
    ...     with writer.as_default(), summary.always_record_summaries():
    ...         write = summary.scalar("loss", 0.5, step=7)
    ...     _ = sess.run(summary.summary_writer_initializer_op())
    ...     _ = sess.run(write), sess.run(writer.close())
    ...     [event.step for event in tf.train.summary_iterator(tf.gfile.Glob(folder + "/*")[0])]
    [0, 7]
    """

    def function(tag: str, scope: str) -> Operation:
        made: Operation = make_op(
            writing_ops.WRITE_SCALAR_SUMMARY, _resource(), _step(step), tag, identity(tensor), name=scope
        )
        return made

    return _write(name, tensor, function, family)


@export("contrib.summary.histogram")
def histogram(name: str, tensor: Any, family: str | None = None, step: Any = None) -> Any:
    """Returns an operation that writes how numbers are distributed, if summaries are recorded; see `scalar`."""

    def function(tag: str, scope: str) -> Operation:
        made: Operation = make_op(
            writing_ops.WRITE_HISTOGRAM_SUMMARY, _resource(), _step(step), tag, identity(tensor), name=scope
        )
        return made

    return _write(name, tensor, function, family)


@export("contrib.summary.image")
def image(
    name: str, tensor: Any, bad_color: Any = None, max_images: int = 3, family: str | None = None, step: Any = None
) -> Any:
    """Returns an operation that writes images, if summaries are recorded; see `scalar` and `tf.summary.image`.

    Args:
      name: with the scopes around it, the beginning of the summaries' tags.
      tensor: [batch, height, width, channels], uint8 or floats.
      bad_color: what pixels become that are not finite: uint8, a number for each channel; red when None.
      max_images: how many images are written.
      family: put in front of the tag.
      step: an int64; the global step when None.
    """

    def function(tag: str, scope: str) -> Operation:
        color = constant([255, 0, 0, 255], dtypes.uint8) if bad_color is None else bad_color
        made: Operation = make_op(
            writing_ops.WRITE_IMAGE_SUMMARY,
            _resource(),
            _step(step),
            tag,
            identity(tensor),
            color,
            max_images=max_images,
            name=scope,
        )
        return made

    return _write(name, tensor, function, family)


@export("contrib.summary.audio")
def audio(
    name: str, tensor: Any, sample_rate: Any, max_outputs: int, family: str | None = None, step: Any = None
) -> Any:
    """Returns an operation that writes sounds, if summaries are recorded; see `scalar` and `tf.summary.audio`."""

    def function(tag: str, scope: str) -> Operation:
        made: Operation = make_op(
            writing_ops.WRITE_AUDIO_SUMMARY,
            _resource(),
            _step(step),
            tag,
            identity(tensor),
            sample_rate,
            max_outputs=max_outputs,
            name=scope,
        )
        return made

    return _write(name, tensor, function, family)


@export("contrib.summary.generic")
def generic(name: str, tensor: Any, metadata: Any = None, family: str | None = None, step: Any = None) -> Any:
    """Returns an operation that writes any tensor, if summaries are recorded; see `scalar`.

    Args:
      name: with the scopes around it, the summary's tag.
      tensor: of any type and shape.
      metadata: a `tf.SummaryMetadata`, or one that is serialized.
      family: put in front of the tag.
      step: an int64; the global step when None.
    """

    def function(tag: str, scope: str) -> Operation:
        serialized = metadata
        if metadata is None:
            serialized = constant("")
        elif hasattr(metadata, "SerializeToString"):
            serialized = constant(metadata.SerializeToString())
        made: Operation = make_op(
            writing_ops.WRITE_SUMMARY, _resource(), _step(step), identity(tensor), tag, serialized, name=scope
        )
        return made

    return _write(name, tensor, function, family)


@export("contrib.summary.graph")
def graph(param: Any, step: Any = None, name: str | None = None) -> Operation:
    """Returns an operation that writes a graph.

    Args:
      param: a serialized GraphDef, a string scalar tensor.
      step: an int64; the global step when None.
      name: the operation's name.

    Raises:
      TypeError: `param` is no tensor.
    """
    if not isinstance(param, Tensor):
        raise TypeError(f"graph() needs a tf.Tensor (e.g. tf.placeholder) in graph mode, but was: {type(param)}")
    if state.writer is None:
        return no_op()
    with device("cpu:0"):
        made: Operation = make_op(writing_ops.WRITE_GRAPH_SUMMARY, _resource(), *_in_order(param, step), name=name)
        return made


def _in_order(param: Tensor, step: Any) -> tuple[Any, Any]:
    """The step and the graph; the graph's node is made first."""
    tensor = identity(param)
    return _step(step), tensor


@export("contrib.summary.import_event")
def import_event(tensor: Any, name: str | None = None) -> Operation:
    """Returns an operation that writes a serialized `tf.Event`."""
    made: Operation = make_op(writing_ops.IMPORT_EVENT, _resource(), tensor, name=name)
    return made


def serialized_graph(graph: Any) -> bytes:
    """Returns a Graph or GraphDef serialized."""
    message = graph.as_graph_def(add_shapes=True) if isinstance(graph, Graph) else graph
    data: bytes = message.SerializeToString()
    return data
