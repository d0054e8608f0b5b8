"""The messages that describe what a run did: times, memory, costs."""

from __future__ import annotations

from tangraph.framework.message import Message
from tangraph.framework.message_fields import (
    EnumScalar,
    MapField,
    Nested,
    RepeatedNested,
    boolean,
    int32,
    int64,
    repeated,
    string,
    uint32,
    uint64,
)
from tangraph.framework.protos import DataType, TensorShapeProto


class AllocationRecord(Message):
    """One allocation, or one release (negative bytes)."""

    alloc_micros = int64(1)
    alloc_bytes = int64(2)


class AllocatorMemoryUsed(Message):
    """What one allocator gave to a node."""

    allocator_name = string(1)
    total_bytes = int64(2)
    peak_bytes = int64(3)
    live_bytes = int64(4)
    allocator_bytes_in_use = int64(5)
    allocation_records = RepeatedNested(6, AllocationRecord)


class AllocationDescription(Message):
    """The memory behind a tensor."""

    requested_bytes = int64(1)
    allocated_bytes = int64(2)
    allocator_name = string(3)
    allocation_id = int64(4)
    has_single_reference = boolean(5)
    ptr = uint64(6)


class TensorDescription(Message):
    """Dtype, shape and memory of a tensor."""

    dtype = EnumScalar(1, DataType)
    shape = Nested(2, TensorShapeProto)
    allocation_description = Nested(4, AllocationDescription)


class NodeOutput(Message):
    """One output of a node."""

    slot = int32(1)
    tensor_description = Nested(3, TensorDescription)


class MemoryStats(Message):
    """The memory that a node used, in bytes."""

    temp_memory_size = int64(1)
    device_temp_memory_size = int64(2)
    persistent_memory_size = int64(3)
    device_persistent_memory_size = int64(4)
    persistent_tensor_alloc_ids = repeated(5, "int64")
    device_persistent_tensor_alloc_ids = repeated(6, "int64")


class NodeExecStats(Message):
    """When a node ran, and what it used."""

    node_name = string(1)
    all_start_micros = int64(2)
    op_start_rel_micros = int64(3)
    op_end_rel_micros = int64(4)
    all_end_rel_micros = int64(5)
    memory = RepeatedNested(6, AllocatorMemoryUsed)
    output = RepeatedNested(7, NodeOutput)
    timeline_label = string(8)
    scheduled_micros = int64(9)
    thread_id = uint32(10)
    referenced_tensor = RepeatedNested(11, AllocationDescription)
    memory_stats = Nested(12, MemoryStats)
    all_start_nanos = int64(13)
    op_start_rel_nanos = int64(14)
    op_end_rel_nanos = int64(15)
    all_end_rel_nanos = int64(16)
    scheduled_nanos = int64(17)


class DeviceStepStats(Message):
    """What ran on a device."""

    device = string(1)
    node_stats = RepeatedNested(2, NodeExecStats)
    thread_names = MapField(3, uint32(1), string(2))


class StepStats(Message):
    """What ran, by device."""

    dev_stats = RepeatedNested(1, DeviceStepStats)


class CostGraphDef(Message):
    """What each node costs."""

    class Node(Message):
        """What one node costs."""

        class InputInfo(Message):
            """Where an input comes from."""

            preceding_node = int32(1)
            preceding_port = int32(2)

        class OutputInfo(Message):
            """What an output is."""

            size = int64(1)
            alias_input_port = int64(2)
            shape = Nested(3, TensorShapeProto)
            dtype = EnumScalar(4, DataType)

        name = string(1)
        device = string(2)
        id = int32(3)
        input_info = RepeatedNested(4, InputInfo)
        output_info = RepeatedNested(5, OutputInfo)
        temporary_memory_size = int64(6)
        is_final = boolean(7)
        control_input = repeated(8, "int32")
        compute_cost = int64(9)
        host_temp_memory_size = int64(10)
        device_temp_memory_size = int64(11)
        persistent_memory_size = int64(12)
        compute_time = int64(14)
        memory_time = int64(15)
        device_persistent_memory_size = int64(16)
        inaccurate = boolean(17)

    node = RepeatedNested(1, Node)
