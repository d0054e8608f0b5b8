"""The messages of meta graphs, checkpoints and examples, with the fields and numbers of TensorFlow's."""

from __future__ import annotations

from tangraph.client.config import ClusterDef, ConfigProto
from tangraph.export import export
from tangraph.framework.message import Message
from tangraph.framework.message_checks import CHECKS
from tangraph.framework.message_fields import (
    Enum,
    EnumScalar,
    Nested,
    NestedMapField,
    RepeatedNested,
    Scalar,
    boolean,
    bytestring,
    float64,
    int32,
    int64,
    repeated,
    repeated_enum,
    string,
)
from tangraph.framework.protos import (
    DataType,
    GraphDef,
    OpDefProto,
    SaverDef,
    TensorProto,
    TensorShapeProto,
    VersionDef,
)


@export("train.BytesList")
class BytesList(Message):
    """Byte strings of a feature."""

    value = repeated(1, "bytes")


@export("train.FloatList")
class FloatList(Message):
    """Floats of a feature."""

    value = repeated(1, "float")


@export("train.Int64List")
class Int64List(Message):
    """Integers of a feature."""

    value = repeated(1, "int64")


@export("train.Feature")
class Feature(Message):
    """A feature of an example: a list of values of one kind."""

    bytes_list = Nested(1, BytesList, "kind")
    float_list = Nested(2, FloatList, "kind")
    int64_list = Nested(3, Int64List, "kind")


@export("train.Features")
class Features(Message):
    """Features by name."""

    feature = NestedMapField(1, string(1), Feature)


@export("train.FeatureList")
class FeatureList(Message):
    """A feature of every step of a sequence."""

    feature = RepeatedNested(1, Feature)


@export("train.FeatureLists")
class FeatureLists(Message):
    """Sequences of features by name."""

    feature_list = NestedMapField(1, string(1), FeatureList)


@export("train.Example")
class Example(Message):
    """A record of named features, as TFRecord files hold them.

    >>> features = Features(feature={"x": Feature(int64_list=Int64List(value=[1, 2]))})
    >>> example = Example.FromString(Example(features=features).SerializeToString())
    >>> example.features.feature["x"].int64_list.value
    [1, 2]
    """

    features = Nested(1, Features)


@export("train.SequenceExample")
class SequenceExample(Message):
    """A record of a sequence: features of the whole, and of every step."""

    context = Nested(1, Features)
    feature_lists = Nested(2, FeatureLists)


class AnyProto(Message, full_name="google.protobuf.Any"):
    """Any message, serialized."""

    type_url = string(1)
    value = bytestring(2)

    def Pack(self, msg: Message, type_url_prefix: str = "type.googleapis.com/") -> None:
        """Takes over what a message holds."""
        self.type_url = f"{type_url_prefix.rstrip('/')}/{msg.FULL_NAME}"
        self.value = msg.SerializeToString()

    def Is(self, message_type: type[Message]) -> bool:
        """Returns whether it holds a message of a class."""
        return self.type_url.rpartition("/")[2] == message_type.FULL_NAME

    def Unpack(self, msg: Message) -> bool:
        """Makes a message what is held, and returns True; returns False when that is of another class.

        Raises:
          ValueError: what is held is damaged.
        """
        if not self.Is(type(msg)):
            return False
        msg.Clear()
        msg.ParseFromString(self.value)
        return True


class OpList(Message):
    """Schemas of ops."""

    op = RepeatedNested(1, OpDefProto)


@export("TensorInfo")
class TensorInfo(Message):
    """The name, type and shape of a tensor in a signature."""

    class CooSparse(Message):
        """The tensors of a sparse tensor."""

        values_tensor_name = string(1)
        indices_tensor_name = string(2)
        dense_shape_tensor_name = string(3)

    name = string(1, "encoding")
    dtype = EnumScalar(2, DataType)
    tensor_shape = Nested(3, TensorShapeProto)
    coo_sparse = Nested(4, CooSparse, "encoding")


class SignatureDef(Message):
    """What a graph computes: named inputs and outputs."""

    inputs = NestedMapField(1, string(1), TensorInfo)
    outputs = NestedMapField(2, string(1), TensorInfo)
    method_name = string(3)


class AssetFileDef(Message):
    """A file that a graph needs, and the tensor that holds its name."""

    tensor_info = Nested(1, TensorInfo)
    filename = string(2)


class CollectionDef(Message):
    """A collection of a graph: one of the fields."""

    class NodeList(Message):
        """Names of tensors and operations."""

        value = repeated(1, "string")

    class BytesList(Message):
        """Serialized messages."""

        value = repeated(1, "bytes")

    class Int64List(Message):
        """Integers."""

        value = repeated(1, "int64")

    class FloatList(Message):
        """Floats."""

        value = repeated(1, "float")

    class AnyList(Message):
        """Messages of any kind."""

        value = RepeatedNested(1, AnyProto)

    node_list = Nested(1, NodeList, "kind")
    bytes_list = Nested(2, BytesList, "kind")
    int64_list = Nested(3, Int64List, "kind")
    float_list = Nested(4, FloatList, "kind")
    any_list = Nested(5, AnyList, "kind")


@export("MetaGraphDef")
class MetaGraphDef(Message):
    """A graph with its collections, how it is saved, and its signatures."""

    class MetaInfoDef(Message):
        """Where a graph comes from."""

        meta_graph_version = string(1)
        stripped_op_list = Nested(2, OpList)
        any_info = Nested(3, AnyProto)
        tags = repeated(4, "string")
        tensorflow_version = string(5)
        tensorflow_git_version = string(6)
        stripped_default_attrs = boolean(7)

    meta_info_def = Nested(1, MetaInfoDef)
    graph_def = Nested(2, GraphDef)
    saver_def = Nested(3, SaverDef)
    collection_def = NestedMapField(4, string(1), CollectionDef)
    signature_def = NestedMapField(5, string(1), SignatureDef)
    asset_file_def = RepeatedNested(6, AssetFileDef)


class SavedModel(Message):
    """A model: its graphs by their tags."""

    saved_model_schema_version = int64(1)
    meta_graphs = RepeatedNested(2, MetaGraphDef)


@export("train.ServerDef")
class ServerDef(Message):
    """A server of a cluster."""

    cluster = Nested(1, ClusterDef)
    job_name = string(2)
    task_index = int32(3)
    default_session_config = Nested(4, ConfigProto)
    protocol = string(5)


@export("train.CheckpointState")
class CheckpointState(Message):
    """The file called "checkpoint": which checkpoints a folder has."""

    model_checkpoint_path = string(1)
    all_model_checkpoint_paths = repeated(2, "string")
    all_model_checkpoint_timestamps = repeated(3, "double")
    last_preserved_timestamp = float64(4)


#: The codes of errors, as messages have them.
Code = Enum(
    "Code",
    OK=0,
    CANCELLED=1,
    UNKNOWN=2,
    INVALID_ARGUMENT=3,
    DEADLINE_EXCEEDED=4,
    NOT_FOUND=5,
    ALREADY_EXISTS=6,
    PERMISSION_DENIED=7,
    RESOURCE_EXHAUSTED=8,
    FAILED_PRECONDITION=9,
    ABORTED=10,
    OUT_OF_RANGE=11,
    UNIMPLEMENTED=12,
    INTERNAL=13,
    UNAVAILABLE=14,
    DATA_LOSS=15,
    UNAUTHENTICATED=16,
)


class QueueRunnerDef(Message):
    """The names of a queue and of the operations that fill it, close it and cancel it."""

    queue_name = string(1)
    enqueue_op_name = repeated(2, "string")
    close_op_name = string(3)
    cancel_op_name = string(4)
    queue_closed_exception_types = repeated_enum(5, Code)


class TensorSliceProto(Message):
    """A slice of a tensor: where it begins and how long it is, in each dimension."""

    class Extent(Message):
        """One dimension; without a length, all of it."""

        start = int64(1)
        length = int64(2, "has_length")

    extent = RepeatedNested(1, Extent)


class BundleHeaderProto(Message):
    """The first entry of a checkpoint's index."""

    Endianness = Enum("Endianness", LITTLE=0, BIG=1)

    num_shards = int32(1)
    endianness = EnumScalar(2, Endianness)
    version = Nested(3, VersionDef)


class BundleEntryProto(Message):
    """Where a checkpoint holds a tensor."""

    dtype = EnumScalar(1, DataType)
    shape = Nested(2, TensorShapeProto)
    shard_id = int32(3)
    offset = int64(4)
    size = int64(5)
    crc32c = Scalar(6, "fixed32", CHECKS["uint32"], 0)
    slices = RepeatedNested(7, TensorSliceProto)


class SavedSliceMeta(Message):
    """A tensor of a checkpoint in the format V1: its slices."""

    name = string(1)
    shape = Nested(2, TensorShapeProto)
    type = EnumScalar(3, DataType)
    slice = RepeatedNested(4, TensorSliceProto)


class SavedTensorSliceMeta(Message):
    """The tensors of a checkpoint in the format V1."""

    tensor = RepeatedNested(1, SavedSliceMeta)
    versions = Nested(2, VersionDef)


class SavedSlice(Message):
    """The elements of a slice."""

    name = string(1)
    slice = Nested(2, TensorSliceProto)
    data = Nested(3, TensorProto)


class SavedTensorSlices(Message):
    """An entry of a checkpoint in the format V1."""

    meta = Nested(1, SavedTensorSliceMeta)
    data = Nested(2, SavedSlice)


class TrackableObjectGraph(Message):
    """Which objects an object-based checkpoint has, and how they refer to each other; the first is the root."""

    class TrackableObject(Message):
        """An object."""

        class ObjectReference(Message):
            """Another object, by the name that it has in this one."""

            node_id = int32(1)
            local_name = string(2)

        class SerializedTensor(Message):
            """A value of the object: its name in checkpoints, and the name of the variable that held it."""

            name = string(1)
            full_name = string(2)
            checkpoint_key = string(3)
            optional_restore = boolean(4)

        class SlotVariableReference(Message):
            """A variable that an optimizer has for another one."""

            original_variable_node_id = int32(1)
            slot_name = string(2)
            slot_variable_node_id = int32(3)

        children = RepeatedNested(1, ObjectReference)
        attributes = RepeatedNested(2, SerializedTensor)
        slot_variables = RepeatedNested(3, SlotVariableReference)

    nodes = RepeatedNested(1, TrackableObject)
