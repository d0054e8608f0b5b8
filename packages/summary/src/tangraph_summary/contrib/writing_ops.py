"""The ops that write to event files from within a graph: schemas and kernels."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from google.protobuf.message import DecodeError

from tangraph.framework.errors import InvalidArgumentError, NotFoundError
from tangraph.framework.op_def import OpSet
from tangraph.framework.protos import GraphDef
from tangraph.framework.raw_shape import to_str
from tangraph.plan.kernel import KernelSet
from tangraph_interop.wire import codec
from tangraph_summary import values
from tangraph_summary.messages import Event, Summary
from tangraph_summary.schemas import REAL
from tangraph_summary.writer.event_file import EventFile, events_path

if TYPE_CHECKING:
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.plan.kernel import KernelContext

ops = OpSet()
kernel = KernelSet()


def _scalar(_: ShapeContext) -> Raw:
    return ()


SUMMARY_WRITER = ops.define(
    "SummaryWriter",
    outputs=["writer: resource"],
    attrs=["shared_name: string = ''", "container: string = ''"],
    shape=_scalar,
    stateful=True,
)
CREATE_SUMMARY_FILE_WRITER = ops.define(
    "CreateSummaryFileWriter",
    ["writer: resource", "logdir: string", "max_queue: int32", "flush_millis: int32", "filename_suffix: string"],
    stateful=True,
)
FLUSH_SUMMARY_WRITER = ops.define("FlushSummaryWriter", ["writer: resource"], stateful=True)
CLOSE_SUMMARY_WRITER = ops.define("CloseSummaryWriter", ["writer: resource"], stateful=True)
WRITE_SUMMARY = ops.define(
    "WriteSummary",
    ["writer: resource", "step: int64", "tensor: T", "tag: string", "summary_metadata: string"],
    attrs=["T: type"],
    stateful=True,
)
WRITE_RAW_PROTO_SUMMARY = ops.define(
    "WriteRawProtoSummary", ["writer: resource", "step: int64", "tensor: string"], stateful=True
)
IMPORT_EVENT = ops.define("ImportEvent", ["writer: resource", "event: string"], stateful=True)
WRITE_SCALAR_SUMMARY = ops.define(
    "WriteScalarSummary",
    ["writer: resource", "step: int64", "tag: string", "value: T"],
    attrs=[f"T: {REAL}"],
    stateful=True,
)
WRITE_HISTOGRAM_SUMMARY = ops.define(
    "WriteHistogramSummary",
    ["writer: resource", "step: int64", "tag: string", "values: T"],
    attrs=[f"T: {REAL} = DT_FLOAT"],
    stateful=True,
)
WRITE_IMAGE_SUMMARY = ops.define(
    "WriteImageSummary",
    ["writer: resource", "step: int64", "tag: string", "tensor: T", "bad_color: uint8"],
    attrs=["max_images: int >= 1 = 3", "T: {uint8, float, half} = DT_FLOAT"],
    stateful=True,
)
WRITE_AUDIO_SUMMARY = ops.define(
    "WriteAudioSummary",
    ["writer: resource", "step: int64", "tag: string", "tensor: float32", "sample_rate: float32"],
    attrs=["max_outputs: int >= 1 = 3"],
    stateful=True,
)
WRITE_GRAPH_SUMMARY = ops.define(
    "WriteGraphSummary", ["writer: resource", "step: int64", "tensor: string"], stateful=True
)
ops.without_gradient(*ops)


class WriterResource:
    """What a SummaryWriter node stands for: an event file, once it was made, and events that wait to be written."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._lock = threading.Lock()
        self._file: EventFile | None = None
        self._waiting: list[bytes] = []
        self._max_queue = 0
        self._flush_seconds = 0.0
        self._last_flush = 0.0

    def create(self, logdir: str, max_queue: int, flush_millis: int, suffix: str) -> None:
        """Makes the event file, unless it is there already."""
        with self._lock:
            if self._file is None:
                file = EventFile(events_path(logdir), suffix)
                file.open()
                self._file, self._max_queue, self._flush_seconds = file, max_queue, flush_millis / 1000
                self._last_flush = time.monotonic()

    def add(self, event: Any) -> None:
        """Adds an event."""
        with self._lock:
            file = self._opened()
            self._waiting.append(event.SerializeToString())
            late = time.monotonic() - self._last_flush > self._flush_seconds
            if late or len(self._waiting) > self._max_queue:
                self._flush(file)

    def add_summary(self, summary: Any, step: Any) -> None:
        """Adds a summary, at the present time."""
        event = codec.protobuf_class(Event)(wall_time=time.time(), step=int(step))
        event.summary.CopyFrom(summary)
        self.add(event)

    def flush(self) -> None:
        """Writes what waits."""
        with self._lock:
            self._flush(self._opened())

    def close(self) -> None:
        """Writes what waits and closes the file; what writes next needs a new one."""
        with self._lock:
            file = self._opened()
            self._flush(file)
            file.close()
            self._file = None

    def __del__(self) -> None:
        if self._file is not None:  # the session is closed, and nobody has closed the writer
            self.close()

    def _flush(self, file: EventFile) -> None:
        for event in self._waiting:
            file.write(event)
        self._waiting.clear()
        file.flush()
        self._last_flush = time.monotonic()

    def _opened(self) -> EventFile:
        if self._file is None:
            raise NotFoundError(
                None,
                None,
                f"Resource localhost/{self.name}/N10tensorflow22SummaryWriterInterfaceE does not exist. (The summary "
                "writer is not initialized, or closed: run tf.contrib.summary.summary_writer_initializer_op().)",
            )
        return self._file


@kernel("SummaryWriter")
def summary_writer(k: KernelContext) -> Callable[[], WriterResource]:
    """The session's writer of that name."""
    name, store = k.attr("shared_name") or k.name, k.resources
    assert store is not None
    container = k.attr("container")
    return lambda: store.get_or_create("summary_writer", container, name, lambda: WriterResource(name))


def _text(value: Any) -> str:
    return os.fsdecode(value if isinstance(value, bytes) else np.asarray(value, object).item())


@kernel("CreateSummaryFileWriter")
def create_summary_file_writer(k: KernelContext) -> Callable[..., None]:
    """Makes a writer's event file."""

    def run(writer: WriterResource, logdir: Any, max_queue: Any, flush_millis: Any, suffix: Any) -> None:
        writer.create(_text(logdir), int(max_queue), int(flush_millis), _text(suffix))

    return run


@kernel("FlushSummaryWriter")
def flush_summary_writer(k: KernelContext) -> Callable[[WriterResource], None]:
    """Writes what waits."""
    return WriterResource.flush


@kernel("CloseSummaryWriter")
def close_summary_writer(k: KernelContext) -> Callable[[WriterResource], None]:
    """Closes a writer's event file."""
    return WriterResource.close


@kernel("WriteSummary")
def write_summary(k: KernelContext) -> Callable[..., None]:
    """A tensor, with what a plugin of TensorBoard is to know."""
    dtype = k.input_dtypes[2]

    def run(writer: WriterResource, step: Any, tensor: Any, tag: Any, metadata: Any) -> None:
        summary = values.new_summary()
        value = summary.value.add(tag=values.scalar_tag(tag, "tag must be scalar"))
        values.add_tensor(value, np.asarray(tensor, object if isinstance(tensor, bytes) else None), dtype)
        serialized = metadata if isinstance(metadata, bytes) else metadata.item()
        if serialized:
            values.add_metadata(value, serialized)
        writer.add_summary(summary, step)

    return run


@kernel("WriteRawProtoSummary")
def write_raw_proto_summary(k: KernelContext) -> Callable[..., None]:
    """Serialized summaries."""

    def run(writer: WriterResource, step: Any, tensor: Any) -> None:
        summary = values.new_summary()
        for serialized in np.ravel(np.asarray(tensor, object)).tolist():
            summary.MergeFrom(_parsed(Summary, serialized, "Bad tf.compat.v1.Summary binary proto tensor string"))
        writer.add_summary(summary, step)

    return run


def _parsed(kind: Any, serialized: bytes, message: str) -> Any:
    try:
        return codec.protobuf_class(kind).FromString(serialized)
    except DecodeError:
        raise InvalidArgumentError(None, None, message) from None


@kernel("ImportEvent")
def import_event(k: KernelContext) -> Callable[..., None]:
    """A serialized event."""

    def run(writer: WriterResource, event: Any) -> None:
        serialized = event if isinstance(event, bytes) else event.item()
        writer.add(_parsed(Event, serialized, "Bad tf.Event binary proto tensor string"))

    return run


@kernel("WriteScalarSummary")
def write_scalar_summary(k: KernelContext) -> Callable[..., None]:
    """A number."""

    def run(writer: WriterResource, step: Any, tag: Any, number: Any) -> None:
        if np.size(number) != 1:
            shape = to_str(np.shape(number))
            raise InvalidArgumentError(None, None, f"The value of a scalar summary must be a scalar. Received: {shape}")
        summary = values.new_summary()
        values.add_scalar(summary, values.scalar_tag(tag, "tag must be scalar"), np.ravel(number)[0])
        writer.add_summary(summary, step)

    return run


@kernel("WriteHistogramSummary")
def write_histogram_summary(k: KernelContext) -> Callable[..., None]:
    """The distribution of numbers."""

    def run(writer: WriterResource, step: Any, tag: Any, numbers: Any) -> None:
        summary = values.new_summary()
        name = values.scalar_tag(tag, "tag must be scalar")
        values.add_histogram(summary, name, np.asarray(numbers), name)
        writer.add_summary(summary, step)

    return run


@kernel("WriteImageSummary")
def write_image_summary(k: KernelContext) -> Callable[..., None]:
    """Images as PNG files."""
    most = k.attr("max_images")

    def run(writer: WriterResource, step: Any, tag: Any, images: Any, bad_color: Any) -> None:
        summary = values.new_summary()
        name = values.scalar_tag(tag, "tag must be scalar")
        values.add_images(summary, name, np.asarray(images), most, np.asarray(bad_color))
        writer.add_summary(summary, step)

    return run


@kernel("WriteAudioSummary")
def write_audio_summary(k: KernelContext) -> Callable[..., None]:
    """Sounds as WAV files."""
    most = k.attr("max_outputs")

    def run(writer: WriterResource, step: Any, tag: Any, sounds: Any, rate: Any) -> None:
        summary = values.new_summary()
        values.add_sounds(summary, values.scalar_tag(tag, "tag must be scalar"), np.asarray(sounds), rate, most)
        writer.add_summary(summary, step)

    return run


@kernel("WriteGraphSummary")
def write_graph_summary(k: KernelContext) -> Callable[..., None]:
    """A serialized GraphDef."""

    def run(writer: WriterResource, step: Any, graph: Any) -> None:
        serialized = graph if isinstance(graph, bytes) else graph.item()
        parsed = _parsed(GraphDef, serialized, "Bad tf.GraphDef binary proto tensor string")
        event = codec.protobuf_class(Event)(wall_time=time.time(), step=int(step))
        event.graph_def = parsed.SerializeToString()
        writer.add(event)

    return run
