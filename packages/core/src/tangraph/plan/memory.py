"""Where the kernels of a device with memory of its own take and leave their values.

* "device": on the device, but for the op's `host_inputs` (shapes, axes);
* "metadata": from wherever they are, since only their shapes matter, and to the host;
* "host": on the host, as TensorFlow's int32 kernels on GPUs do.

A backend may say it of its own kernels in a method ``memory_of(node)``, which answers None for an operation that it has
no kernel for. For the others, what they have a kernel for runs on the device unless it is known to belong on the host.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from tangraph import registry
from tangraph.framework import dtypes
from tangraph.plan.bind import INLINE
from tangraph.plan.own_kernels import OWN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tangraph.backend import Backend
    from tangraph.framework.dtypes import DType
    from tangraph.framework.operation import Operation
    from tangraph.plan.ir import Step

Memory = Literal["device", "metadata", "host"]

METADATA: Final = frozenset({"Shape", "ShapeN", "Size", "Rank", "VariableShape"})
#: Arithmetic on shapes, and what Python does.
HOST: Final = frozenset(
    {"BroadcastGradientArgs", "BroadcastArgs", "ConcatOffset", "InvertPermutation", "Assert", "Print", "PrintV2"}
    | {"PyFunc", "PyFuncStateless", "EagerPyFunc", "NoOp", "ControlTrigger", "IsVariableInitialized"}
    | {"VarIsInitializedOp", "LoopCond", *OWN}
)
#: What only passes values on.
PASSING: Final = frozenset(
    {"Switch", "Merge", "Enter", "Exit", "NextIteration", "RefSwitch", "RefMerge", "RefEnter", "RefExit"}
    | {"RefNextIteration", "_Alias", "_MergeInput", "_Merge", "_While", "_Snapshot"}
)
_HOST_TYPES: Final = frozenset({dtypes.string, dtypes.variant})


class Node(NamedTuple):
    """What decides where an operation, or a step of a plan, can run.

    Attributes:
      op_type, attrs: the operation's.
      inputs, outputs: the non-reference types of its inputs and outputs.
      stateful: whether its op is.
      elementwise: whether its op is.
    """

    op_type: str
    attrs: Mapping[str, Any]
    inputs: tuple[DType, ...]
    outputs: tuple[DType, ...]
    stateful: bool = False
    elementwise: bool = False


def node_of_operation(op: Operation) -> Node:
    """Returns the node of an operation."""
    inputs, outputs = (tuple([t.dtype.base for t in side]) for side in (op._inputs, op.outputs))
    return Node(op.type, op.attrs, inputs, outputs, op.op_def.stateful, op.op_def.elementwise)


def node_of_step(step: Step) -> Node:
    """Returns the node of a step."""
    inputs, outputs = (tuple([v.dtype.base for v in side]) for side in (step.inputs, step.outputs))
    elementwise = step.op_def is not None and step.op_def.elementwise
    return Node(step.op_type, step.attrs, inputs, outputs, step.stateful, elementwise)


def memory_of(backend: Backend, node: Node) -> Memory | None:
    """Returns where a backend's kernel for a node has its values; None when it has no kernel for it."""
    own: Any = getattr(backend, "memory_of", None)
    if own is not None:
        answer: Memory | None = own(node)
        return answer
    if node.op_type in METADATA:
        return "metadata"
    if node.op_type in HOST or not _HOST_TYPES.isdisjoint((*node.inputs, *node.outputs)):
        return "host"
    types = getattr(backend, "types", None)
    if types is not None and not {t.name for t in (*node.inputs, *node.outputs) if t is not dtypes.resource} <= set(
        types
    ):
        return "host"
    if node.op_type in INLINE or node.op_type in PASSING or node.op_type in {"Placeholder", "PlaceholderV2"}:
        return "device"
    found = registry.kernel_factory(backend.name, node.op_type, backend.bases)
    return None if found is None else "device"
