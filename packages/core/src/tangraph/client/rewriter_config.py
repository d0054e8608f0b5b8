"""RewriterConfig: which rewrites of a graph a session does."""

from __future__ import annotations

from tangraph.framework.message import Message
from tangraph.framework.message_fields import (
    Enum,
    EnumScalar,
    Nested,
    NestedMapField,
    RepeatedNested,
    boolean,
    int32,
    int64,
    repeated,
    string,
)
from tangraph.framework.protos import AttrValue


class AutoParallelOptions(Message):
    """Options of automatic parallelization."""

    enable = boolean(1)
    num_replicas = int32(2)


class ScopedAllocatorOptions(Message):
    """Options of the scoped allocator."""

    enable_op = repeated(1, "string")


class VerifierConfig(Message):
    """How graphs are verified between rewrites."""

    Toggle = Enum("Toggle", DEFAULT=0, ON=1, OFF=2)
    DEFAULT, ON, OFF = Toggle.values()

    verification_timeout_in_ms = int64(1)
    structure_verifier = EnumScalar(2, Toggle)


class RewriterConfig(Message):
    """Which rewrites of a graph are done."""

    class CustomGraphOptimizer(Message):
        """A rewrite by name, with its parameters."""

        name = string(1)
        parameter_map = NestedMapField(2, string(1), AttrValue)

    Toggle = Enum("Toggle", DEFAULT=0, ON=1, OFF=2, AGGRESSIVE=3)
    NumIterationsType = Enum("NumIterationsType", DEFAULT_NUM_ITERS=0, ONE=1, TWO=2)
    MemOptType = Enum(
        "MemOptType",
        DEFAULT_MEM_OPT=0,
        NO_MEM_OPT=1,
        MANUAL=2,
        SWAPPING_HEURISTICS=4,
        RECOMPUTATION_HEURISTICS=5,
        SCHEDULING_HEURISTICS=6,
        HEURISTICS=3,
    )
    DEFAULT, ON, OFF, AGGRESSIVE = Toggle.values()
    DEFAULT_NUM_ITERS, ONE, TWO = NumIterationsType.values()
    (
        DEFAULT_MEM_OPT,
        NO_MEM_OPT,
        MANUAL,
        SWAPPING_HEURISTICS,
        RECOMPUTATION_HEURISTICS,
        SCHEDULING_HEURISTICS,
        HEURISTICS,
    ) = MemOptType.values()

    layout_optimizer = EnumScalar(1, Toggle)
    disable_model_pruning = boolean(2)
    constant_folding = EnumScalar(3, Toggle)
    memory_optimization = EnumScalar(4, MemOptType)
    auto_parallel = Nested(5, AutoParallelOptions)
    memory_optimizer_target_node_name_scope = string(6)
    arithmetic_optimization = EnumScalar(7, Toggle)
    dependency_optimization = EnumScalar(8, Toggle)
    loop_optimization = EnumScalar(9, Toggle)
    function_optimization = EnumScalar(10, Toggle)
    debug_stripper = EnumScalar(11, Toggle)
    meta_optimizer_iterations = EnumScalar(12, NumIterationsType)
    shape_optimization = EnumScalar(13, Toggle)
    remapping = EnumScalar(14, Toggle)
    scoped_allocator_optimization = EnumScalar(15, Toggle)
    scoped_allocator_opts = Nested(16, ScopedAllocatorOptions)
    min_graph_nodes = int32(17)
    pin_to_host_optimization = EnumScalar(18, Toggle)
    disable_meta_optimizer = boolean(19)
    meta_optimizer_timeout_ms = int64(20)
    fail_on_optimizer_errors = boolean(21)
    implementation_selector = EnumScalar(22, Toggle)
    auto_mixed_precision = EnumScalar(23, Toggle)
    optimizers = repeated(100, "string")
    custom_optimizers = RepeatedNested(200, CustomGraphOptimizer)
    inter_optimizer_verifier_config = Nested(300, VerifierConfig)
    post_optimization_verifier_config = Nested(301, VerifierConfig)
