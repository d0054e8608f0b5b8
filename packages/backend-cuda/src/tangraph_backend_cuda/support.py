"""Where the operations of a graph run when there is a GPU, and where their kernels keep their values.

Placement is TensorFlow's: an operation goes to the GPU where TensorFlow has a kernel for its types (`gpu_kernels.txt`).
int32 is what shapes are made of, so its arithmetic is placed on the device and runs on the host, there as here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tangraph import registry
from tangraph.framework import dtypes
from tangraph.plan.memory import HOST, METADATA, PASSING
from tangraph.plugins import manager
from tangraph_backend_cuda.gpu_kernels import GpuKernel, kernel_for, table

if TYPE_CHECKING:
    from tangraph.plan.memory import Memory, Node
    from tangraph.plugins.manager import Plugin

#: Types that arrays on the device may have.
TYPES: Final = frozenset(
    {dtypes.float16, dtypes.float32, dtypes.float64, dtypes.complex64, dtypes.complex128, dtypes.int8, dtypes.int16}
    | {dtypes.int32, dtypes.int64, dtypes.uint8, dtypes.uint16, dtypes.uint32, dtypes.uint64, dtypes.bool}
)
#: Operations that make the host wait for the device in every step, or bring something of the host's to it, and why.
WAITS: Final = {
    "CheckNumerics": "it raises an error",
    "DynamicPartition": "the sizes of its results are counted",
    "DynamicStitch": "its indices come from the host",
    **dict.fromkeys(["NonMaxSuppressionV2", "NonMaxSuppressionV3"], "the host takes the boxes one by one"),
    "ParameterizedTruncatedNormal": "the bounds choose the method, and how much is proposed depends on what was refused",
    "RandomGammaGrad": "how many terms are summed depends on the data",
    "SegmentSum": "the last segment's number is the size of the result",
    "Where": "the size of its result is counted",
    **dict.fromkeys(
        ["Cholesky", "Lu", "MatrixInverse", "MatrixSolve", "Qr", "SelfAdjointEigV2", "Svd"],
        "it raises an error where cuSOLVER fails",
    ),
    **dict.fromkeys(
        ["TensorScatterUpdate", "ScatterNdUpdate", "ResourceScatterNdUpdate"]
        + [f"{prefix}Scatter{kind}" for kind in ("Update", "Mul", "Div") for prefix in ("", "Resource")],
        "the indices that exist are picked",
    ),
}
#: TensorFlow's GPU kernel is the host's; ours is cuSOLVER's.
_NOT_ON_HOST: Final = frozenset({"Qr"})
_NEEDS_NO_KERNEL: Final = frozenset({"Placeholder", "PlaceholderV2", "Const", "_Feed"})
#: Python runs on the host, whatever runs it.
_PYTHON: Final = frozenset({"PyFunc", "PyFuncStateless", "EagerPyFunc", "Print", "PrintV2"})
#: What stands in plans alone, and what TensorFlow replaces before it places anything.
_OURS: Final = frozenset({"_SumToShape", "AccumulateNV2"})
#: The plugins whose kernels are written against `k.xp`.
_SHARED: Final = frozenset({"cuda", "cpu"})
_OUTSIDE: Final = frozenset({dtypes.resource})


def describe() -> list[str]:
    """Returns what `tangraph doctor` says of operations that are slower than a GPU could be."""
    reasons = dict.fromkeys(WAITS.values())
    lines = [f"wait for the host: {', '.join(op for op in WAITS if WAITS[op] == why)} ({why})" for why in reasons]
    for distribution, op_types in computed_on_host().items():
        lines.append(f"computed on the host: {', '.join(op_types)} (the kernels of {distribution} are the host's)")
    return lines


def computed_on_host() -> dict[str, list[str]]:
    """Returns distribution -> the operations of its own that TensorFlow places on the GPU and that are computed on the host.

    They are those of files, images, queues and staging areas.
    """
    loaded = manager.current()
    found: dict[str, list[str]] = {}
    for op_type in sorted(table()):
        owner = _owner(op_type)
        if op_type in loaded.registries.ops.entries and owner is not None and not _is_written_for_it(op_type):
            found.setdefault(owner.distribution.partition(" ")[0], []).append(op_type)
    return found


def memory_of(node: Node) -> Memory | None:
    """Returns where the GPU kernel of a node has its values; None when there is none: see `tangraph.plan.memory`."""
    name = node.op_type
    if name in METADATA:
        return "metadata"
    if name in _PYTHON:
        return None
    if name in HOST:
        return "host"
    on_device = {t for t in (*node.inputs, *node.outputs) if t not in _OUTSIDE} <= TYPES
    if name in PASSING or name in _NEEDS_NO_KERNEL:
        return "device" if on_device else "host"
    if name in _OURS:
        return None if not on_device else "host" if dtypes.int32 in node.outputs else "device"
    if name not in table():
        return "device" if on_device and _is_somebody_elses(name) else None
    kernel = kernel_for(node)
    if kernel is None:
        return None
    if _is_on_host(node, kernel) or not _is_written_for_it(name):
        return "host"
    return "device" if on_device else None


def _is_somebody_elses(op_type: str) -> bool:
    """Says whether an op that TensorFlow does not have has a kernel for this backend, or for every one."""
    return registry.kernel_factory("cuda", op_type) is not None and _is_written_for_it(op_type)


def _is_written_for_it(op_type: str) -> bool:
    """Says whether the kernel of an op can run here: this backend's, the CPU's shared one, or somebody else's for all.

    Our other packages compute on the host: files, images, queues, tables.
    """
    owner = _owner(op_type)
    return owner is None or owner.name in _SHARED or not owner.package.startswith("tangraph")


def _owner(op_type: str) -> Plugin | None:
    """Returns the plugin whose kernel for an op would run here; None where there is no kernel."""
    loaded = manager.current()
    owners = loaded.registries.kernels.owners
    name = next((owners[b, op_type] for b in ("cuda", "cpu", "*") if (b, op_type) in owners), "")
    return loaded.plugins.get(name)


def _is_on_host(node: Node, kernel: GpuKernel) -> bool:
    """Says whether a kernel leaves its results, or where it has none takes its inputs, in the host's memory."""
    if not kernel.host or node.op_type.startswith(("TensorArray", "Stack")) or node.op_type in _NOT_ON_HOST:
        return False
    op_def = registry.op_def(node.op_type)
    values, arguments = (node.outputs, op_def.outputs) if node.outputs else (node.inputs, op_def.inputs)
    return not _OUTSIDE.issuperset(values) and {a.name for a in arguments} <= kernel.host
