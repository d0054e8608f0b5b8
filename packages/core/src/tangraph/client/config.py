"""ConfigProto, RunOptions, RunMetadata and what is in them."""

from __future__ import annotations

from tangraph.client.rewriter_config import RewriterConfig
from tangraph.client.step_stats import CostGraphDef, StepStats
from tangraph.export import export
from tangraph.framework.message import Message
from tangraph.framework.message_fields import (
    Enum,
    EnumScalar,
    MapField,
    Nested,
    RepeatedNested,
    boolean,
    float64,
    int32,
    int64,
    repeated,
    string,
)
from tangraph.framework.protos import GraphDef


class ThreadPoolOptionProto(Message):
    """A thread pool of a session."""

    num_threads = int32(1)
    global_name = string(2)


@export("GPUOptions")
class GPUOptions(Message):
    """How GPUs are used."""

    class Experimental(Message):
        """Options of GPUs that may change."""

        class VirtualDevices(Message):
            """How one GPU is divided."""

            memory_limit_mb = repeated(1, "float")

        virtual_devices = RepeatedNested(1, VirtualDevices)
        use_unified_memory = boolean(2)
        num_dev_to_dev_copy_streams = int32(3)
        collective_ring_order = string(4)
        timestamped_allocator = boolean(5)
        kernel_tracker_max_interval = int32(7)
        kernel_tracker_max_bytes = int32(8)
        kernel_tracker_max_pending = int32(9)

    per_process_gpu_memory_fraction = float64(1)
    allocator_type = string(2)
    deferred_deletion_bytes = int64(3)
    allow_growth = boolean(4)
    visible_device_list = string(5)
    polling_active_delay_usecs = int32(6)
    polling_inactive_delay_msecs = int32(7)
    force_gpu_compatible = boolean(8)
    experimental = Nested(9, Experimental)


@export("OptimizerOptions")
class OptimizerOptions(Message):
    """How graphs are optimized before they run."""

    Level = Enum("Level", L1=0, L0=-1)
    GlobalJitLevel = Enum("GlobalJitLevel", DEFAULT=0, OFF=-1, ON_1=1, ON_2=2)
    L1, L0 = Level.values()
    DEFAULT, OFF, ON_1, ON_2 = GlobalJitLevel.values()

    do_common_subexpression_elimination = boolean(1)
    do_constant_folding = boolean(2)
    opt_level = EnumScalar(3, Level)
    do_function_inlining = boolean(4)
    global_jit_level = EnumScalar(5, GlobalJitLevel)
    max_folded_constant_in_bytes = int64(6)


@export("GraphOptions")
class GraphOptions(Message):
    """How graphs are treated before they run."""

    enable_recv_scheduling = boolean(2)
    optimizer_options = Nested(3, OptimizerOptions)
    build_cost_model = int64(4)
    infer_shapes = boolean(5)
    place_pruned_graph = boolean(6)
    enable_bfloat16_sendrecv = boolean(7)
    timeline_step = int32(8)
    build_cost_model_after = int64(9)
    rewrite_options = Nested(10, RewriterConfig)


class RPCOptions(Message):
    """How the processes of a cluster talk."""

    use_rpc_for_inprocess_master = boolean(1)
    compression_algorithm = string(2)
    compression_level = int32(3)
    cache_rpc_response = boolean(4)
    disable_session_connection_sharing = boolean(5)


@export("train.JobDef")
class JobDef(Message):
    """A job of a cluster: the address of each of its tasks."""

    name = string(1)
    tasks = MapField(2, int32(1), string(2))


@export("train.ClusterDef")
class ClusterDef(Message):
    """A cluster: its jobs."""

    job = RepeatedNested(1, JobDef)


class SessionMetadata(Message):
    """Name and version of a session, for logs."""

    name = string(1)
    version = int64(2)


@export("ConfigProto")
class ConfigProto(Message):
    """How a session runs graphs."""

    class Experimental(Message):
        """Options of a session that may change."""

        collective_group_leader = string(1)
        executor_type = string(3)
        recv_buf_max_chunk = int32(4)
        use_numa_affinity = boolean(5)
        collective_deterministic_sequential_execution = boolean(6)
        collective_nccl = boolean(7)
        share_session_state_in_clusterspec_propagation = boolean(8)
        disable_thread_spinning = boolean(9)
        share_cluster_devices_in_session = boolean(10)
        session_metadata = Nested(11, SessionMetadata)
        optimize_for_static_graph = boolean(12)

    device_count = MapField(1, string(1), int32(2))
    intra_op_parallelism_threads = int32(2)
    placement_period = int32(3)
    device_filters = repeated(4, "string")
    inter_op_parallelism_threads = int32(5)
    gpu_options = Nested(6, GPUOptions)
    allow_soft_placement = boolean(7)
    log_device_placement = boolean(8)
    use_per_session_threads = boolean(9)
    graph_options = Nested(10, GraphOptions)
    operation_timeout_in_ms = int64(11)
    session_inter_op_thread_pool = RepeatedNested(12, ThreadPoolOptionProto)
    rpc_options = Nested(13, RPCOptions)
    cluster_def = Nested(14, ClusterDef)
    isolate_session_state = boolean(15)
    experimental = Nested(16, Experimental)


class DebugTensorWatch(Message):
    """Which tensor a debugger watches."""

    node_name = string(1)
    output_slot = int32(2)
    debug_ops = repeated(3, "string")
    debug_urls = repeated(4, "string")
    tolerate_debug_op_creation_failures = boolean(5)


class DebugOptions(Message):
    """What a debugger watches."""

    debug_tensor_watch_opts = RepeatedNested(4, DebugTensorWatch)
    global_step = int64(10)
    reset_disk_byte_usage = boolean(11)


@export("RunOptions")
class RunOptions(Message):
    """How one run is done."""

    class Experimental(Message):
        """Options of a run that may change."""

        collective_graph_key = int64(1)
        use_run_handler_pool = boolean(2)

    TraceLevel = Enum("TraceLevel", NO_TRACE=0, SOFTWARE_TRACE=1, HARDWARE_TRACE=2, FULL_TRACE=3)
    NO_TRACE, SOFTWARE_TRACE, HARDWARE_TRACE, FULL_TRACE = TraceLevel.values()

    trace_level = EnumScalar(1, TraceLevel)
    timeout_in_ms = int64(2)
    inter_op_thread_pool = int32(3)
    output_partition_graphs = boolean(5)
    debug_options = Nested(6, DebugOptions)
    report_tensor_allocations_upon_oom = boolean(7)
    experimental = Nested(8, Experimental)


@export("RunMetadata")
class RunMetadata(Message):
    """What one run did."""

    class FunctionGraphs(Message):
        """The graphs that a function was run as."""

        partition_graphs = RepeatedNested(1, GraphDef)
        pre_optimization_graph = Nested(2, GraphDef)
        post_optimization_graph = Nested(3, GraphDef)

    step_stats = Nested(1, StepStats)
    cost_graph = Nested(2, CostGraphDef)
    partition_graphs = RepeatedNested(3, GraphDef)
    function_graphs = RepeatedNested(4, FunctionGraphs)
