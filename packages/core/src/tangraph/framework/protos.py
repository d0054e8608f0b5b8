"""The messages that graphs are written as, with the fields and numbers of TensorFlow's."""

from __future__ import annotations

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.message import Message
from tangraph.framework.message_fields import (
    Enum,
    EnumScalar,
    MapField,
    Nested,
    NestedMapField,
    RepeatedNested,
    boolean,
    bytestring,
    float32,
    int32,
    int64,
    repeated,
    repeated_enum,
    string,
    uint32,
    uint64,
)

# What the DataType proto calls otherwise than the dtype is called.
_NAMES = {"float16": "HALF", "float32": "FLOAT", "float64": "DOUBLE"}

DataType = Enum(
    "DataType",
    DT_INVALID=0,
    **{
        f"DT_{_NAMES.get(dtype.base.name, dtype.base.name.upper())}{'_REF' * dtype.is_ref}": number
        for number, dtype in sorted(dtypes.BY_ENUM.items())
    },
)
VariableSynchronization = Enum(
    "VariableSynchronization",
    VARIABLE_SYNCHRONIZATION_AUTO=0,
    VARIABLE_SYNCHRONIZATION_NONE=1,
    VARIABLE_SYNCHRONIZATION_ON_WRITE=2,
    VARIABLE_SYNCHRONIZATION_ON_READ=3,
)
VariableAggregation = Enum(
    "VariableAggregation",
    VARIABLE_AGGREGATION_NONE=0,
    VARIABLE_AGGREGATION_SUM=1,
    VARIABLE_AGGREGATION_MEAN=2,
    VARIABLE_AGGREGATION_ONLY_FIRST_REPLICA=3,
)


class TensorShapeProto(Message):
    """A static shape: its dimensions, or that their number is unknown."""

    class Dim(Message):
        """One dimension: its size, -1 when it is unknown."""

        size = int64(1)
        name = string(2)

    dim = RepeatedNested(2, Dim)
    unknown_rank = boolean(3)


class ResourceHandleProto(Message):
    """A handle of a resource, such as a variable."""

    class DtypeAndShape(Message):
        """Dtype and shape of one value behind the handle."""

        dtype = EnumScalar(1, DataType)
        shape = Nested(2, TensorShapeProto)

    device = string(1)
    container = string(2)
    name = string(3)
    hash_code = uint64(4)
    maybe_type_name = string(5)
    dtypes_and_shapes = RepeatedNested(6, DtypeAndShape)


class VariantTensorDataProto(Message):
    """The serialized form of a variant."""

    type_name = string(1)
    metadata = bytestring(2)
    tensors = RepeatedNested(3, lambda: TensorProto)


class TensorProto(Message):
    """A constant: dtype, shape, and the elements as raw bytes or in the field of their type."""

    dtype = EnumScalar(1, DataType)
    tensor_shape = Nested(2, TensorShapeProto)
    version_number = int32(3)
    tensor_content = bytestring(4)
    float_val = repeated(5, "float")
    double_val = repeated(6, "double")
    int_val = repeated(7, "int32")
    string_val = repeated(8, "bytes")
    scomplex_val = repeated(9, "float")
    int64_val = repeated(10, "int64")
    bool_val = repeated(11, "bool")
    dcomplex_val = repeated(12, "double")
    half_val = repeated(13, "int32")
    resource_handle_val = RepeatedNested(14, ResourceHandleProto)
    variant_val = RepeatedNested(15, VariantTensorDataProto)
    uint32_val = repeated(16, "uint32")
    uint64_val = repeated(17, "uint64")


@export("NameAttrList")
class NameAttrList(Message):
    """The name of a function and the attrs to call it with."""

    name = string(1)
    attr = NestedMapField(2, string(1), lambda: AttrValue)


@export("AttrValue")
class AttrValue(Message):
    """The value of an attr of a node: one of the fields."""

    class ListValue(Message):
        """A list of values of one type."""

        s = repeated(2, "bytes")
        i = repeated(3, "int64")
        f = repeated(4, "float")
        b = repeated(5, "bool")
        type = repeated_enum(6, DataType)
        shape = RepeatedNested(7, TensorShapeProto)
        tensor = RepeatedNested(8, TensorProto)
        func = RepeatedNested(9, NameAttrList)

    list = Nested(1, ListValue, "value")
    s = bytestring(2, "value")
    i = int64(3, "value")
    f = float32(4, "value")
    b = boolean(5, "value")
    type = EnumScalar(6, DataType, "value")
    shape = Nested(7, TensorShapeProto, "value")
    tensor = Nested(8, TensorProto, "value")
    placeholder = string(9, "value")
    func = Nested(10, NameAttrList, "value")


@export("NodeDef")
class NodeDef(Message):
    """A node of a graph."""

    class ExperimentalDebugInfo(Message):
        """Where a node came from, when a rewrite made it."""

        original_node_names = repeated(1, "string")
        original_func_names = repeated(2, "string")

    name = string(1)
    op = string(2)
    input = repeated(3, "string")
    device = string(4)
    attr = NestedMapField(5, string(1), AttrValue)
    experimental_debug_info = Nested(6, ExperimentalDebugInfo)


class VersionDef(Message):
    """Which versions of TensorFlow a graph is for."""

    producer = int32(1)
    min_consumer = int32(2)
    bad_consumers = repeated(3, "int32")


class OpDeprecation(Message):
    """Since when an op is deprecated, and why."""

    version = int32(1)
    explanation = string(2)


class OpDefProto(Message, full_name="tensorflow.OpDef"):
    """The schema of an op, as GraphDefs write it."""

    class ArgDef(Message, full_name="tensorflow.OpDef.ArgDef"):
        """An input or output of an op."""

        name = string(1)
        description = string(2)
        type = EnumScalar(3, DataType)
        type_attr = string(4)
        number_attr = string(5)
        type_list_attr = string(6)
        is_ref = boolean(16)

    class AttrDef(Message, full_name="tensorflow.OpDef.AttrDef"):
        """An attr of an op."""

        name = string(1)
        type = string(2)
        default_value = Nested(3, AttrValue)
        description = string(4)
        has_minimum = boolean(5)
        minimum = int64(6)
        allowed_values = Nested(7, AttrValue)

    name = string(1)
    input_arg = RepeatedNested(2, ArgDef)
    output_arg = RepeatedNested(3, ArgDef)
    attr = RepeatedNested(4, AttrDef)
    summary = string(5)
    description = string(6)
    deprecation = Nested(8, OpDeprecation)
    is_aggregate = boolean(16)
    is_stateful = boolean(17)
    is_commutative = boolean(18)
    allows_uninitialized_input = boolean(19)
    control_output = repeated(20, "string")


class GradientDef(Message):
    """Which function is the gradient of a function."""

    function_name = string(1)
    gradient_func = string(2)


class FunctionDef(Message):
    """A function that a graph calls."""

    class ArgAttrs(Message):
        """Attrs of an argument of a function."""

        attr = NestedMapField(1, string(1), AttrValue)

    signature = Nested(1, OpDefProto)
    node_def = RepeatedNested(3, NodeDef)
    ret = MapField(4, string(1), string(2))
    attr = NestedMapField(5, string(1), AttrValue)
    control_ret = MapField(6, string(1), string(2))
    arg_attr = NestedMapField(7, uint32(1), ArgAttrs)


class FunctionDefLibrary(Message):
    """The functions that a graph calls."""

    function = RepeatedNested(1, FunctionDef)
    gradient = RepeatedNested(2, GradientDef)


@export("GraphDef")
class GraphDef(Message):
    """A graph: its nodes and functions."""

    node = RepeatedNested(1, NodeDef)
    library = Nested(2, FunctionDefLibrary)
    version = int32(3)
    versions = Nested(4, VersionDef)


class SaveSliceInfoDef(Message):
    """Which slice of a partitioned variable a variable is."""

    full_name = string(1)
    full_shape = repeated(2, "int64")
    var_offset = repeated(3, "int64")
    var_shape = repeated(4, "int64")


class VariableDef(Message):
    """The names of the tensors and operations of a variable."""

    variable_name = string(1)
    initializer_name = string(2)
    snapshot_name = string(3)
    save_slice_info_def = Nested(4, SaveSliceInfoDef)
    is_resource = boolean(5)
    initial_value_name = string(6)
    trainable = boolean(7)
    synchronization = EnumScalar(8, VariableSynchronization)
    aggregation = EnumScalar(9, VariableAggregation)


@export("train.SaverDef")
class SaverDef(Message):
    """The names of the tensors and operations of a Saver, and how it saves."""

    CheckpointFormatVersion = Enum("CheckpointFormatVersion", LEGACY=0, V1=1, V2=2)
    LEGACY, V1, V2 = CheckpointFormatVersion.values()

    filename_tensor_name = string(1)
    save_tensor_name = string(2)
    restore_op_name = string(3)
    max_to_keep = int32(4)
    sharded = boolean(5)
    keep_checkpoint_every_n_hours = float32(6)
    version = EnumScalar(7, CheckpointFormatVersion)
