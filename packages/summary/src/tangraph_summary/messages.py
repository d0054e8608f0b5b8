"""The messages of summaries and event files, with the fields and numbers of TensorFlow's."""

from __future__ import annotations

from tangraph.export import export
from tangraph.framework.message import Message
from tangraph.framework.message_fields import (
    Enum,
    EnumScalar,
    Nested,
    RepeatedNested,
    bytestring,
    float32,
    float64,
    int32,
    int64,
    repeated,
    string,
)
from tangraph.framework.protos import TensorProto


@export("HistogramProto")
class HistogramProto(Message):
    """How many values fell into each bucket; a bucket ends below its limit, where the next one begins."""

    min = float64(1)
    max = float64(2)
    num = float64(3)
    sum = float64(4)
    sum_squares = float64(5)
    bucket_limit = repeated(6, "double")
    bucket = repeated(7, "double")


@export("summary.SummaryDescription")
class SummaryDescription(Message):
    """What the description of a TensorSummary node holds."""

    type_hint = string(1)


@export("SummaryMetadata")
class SummaryMetadata(Message):
    """Which plugin of TensorBoard shows a summary, and how it is named there."""

    class PluginData(Message):
        """A plugin's name, and what it wants to know."""

        plugin_name = string(1)
        content = bytestring(2)

    plugin_data = Nested(1, PluginData)
    display_name = string(2)
    summary_description = string(3)


@export("Summary", "summary.Summary")
class Summary(Message):
    """Values by tags, as an event file holds them.

    >>> summary = Summary(value=[Summary.Value(tag="loss", simple_value=0.5)])
    >>> Summary.FromString(summary.SerializeToString()).value[0].simple_value
    0.5
    """

    class Image(Message):
        """An encoded image; its colour space is the number of its channels."""

        height = int32(1)
        width = int32(2)
        colorspace = int32(3)
        encoded_image_string = bytestring(4)

    class Audio(Message):
        """An encoded sound."""

        sample_rate = float32(1)
        num_channels = int64(2)
        length_frames = int64(3)
        encoded_audio_string = bytestring(4)
        content_type = string(5)

    class Value(Message):
        """One value of a kind, with its tag."""

        tag = string(1)
        simple_value = float32(2, "value")
        obsolete_old_style_histogram = bytestring(3, "value")
        image = Nested(4, lambda: Summary.Image, "value")
        histo = Nested(5, HistogramProto, "value")
        audio = Nested(6, lambda: Summary.Audio, "value")
        node_name = string(7)
        tensor = Nested(8, TensorProto, "value")
        metadata = Nested(9, SummaryMetadata)

    value = RepeatedNested(1, Value)


@export("LogMessage")
class LogMessage(Message):
    """A line of a log."""

    Level = Enum("Level", UNKNOWN=0, DEBUGGING=10, INFO=20, WARN=30, ERROR=40, FATAL=50)
    UNKNOWN, DEBUGGING, INFO, WARN, ERROR, FATAL = Level.values()

    level = EnumScalar(1, Level)
    message = string(2)


@export("SessionLog", "summary.SessionLog")
class SessionLog(Message):
    """That a session started, stopped or saved a checkpoint."""

    SessionStatus = Enum("SessionStatus", STATUS_UNSPECIFIED=0, START=1, STOP=2, CHECKPOINT=3)
    STATUS_UNSPECIFIED, START, STOP, CHECKPOINT = SessionStatus.values()

    status = EnumScalar(1, SessionStatus)
    checkpoint_path = string(2)
    msg = string(3)


@export("summary.TaggedRunMetadata")
class TaggedRunMetadata(Message):
    """A serialized RunMetadata, with its tag."""

    tag = string(1)
    run_metadata = bytestring(2)


@export("Event", "summary.Event")
class Event(Message):
    """What event files consist of: something that happened at a time, in a step."""

    wall_time = float64(1)
    step = int64(2)
    file_version = string(3, "what")
    graph_def = bytestring(4, "what")
    summary = Nested(5, Summary, "what")
    log_message = Nested(6, LogMessage, "what")
    session_log = Nested(7, SessionLog, "what")
    tagged_run_metadata = Nested(8, TaggedRunMetadata, "what")
    meta_graph_def = bytestring(9, "what")
