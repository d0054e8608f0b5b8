"""PartitionedCall and its like: nodes that call a function which an attr names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tangraph.framework import stacks
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.tensor_conversion import convert_to_tensor

if TYPE_CHECKING:
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext

ops = OpSet()

#: What TensorFlow 1.15 writes on a machine with CPUs alone: a ConfigProto with its devices and soft placement.
CALL_CONFIG: Final = "\n\x07\n\x03CPU\x10\x01\n\x07\n\x03GPU\x10\x002\x02J\x008\x01"
#: A ConfigProto that turns Grappler off.
PLAIN_CONFIG: Final = b"R\x05R\x03\x98\x01\x01"
_CALL_ATTRS: Final = (
    "Tin: list(type) >= 0",
    "Tout: list(type) >= 0",
    "f: func",
    "config: string = ''",
    "config_proto: string = ''",
    "executor_type: string = ''",
)


def unknown_outputs(c: ShapeContext) -> list[Raw]:
    """Shapes of the results of a call: nothing is known."""
    return [None] * len(c.attr("Tout"))


PARTITIONED_CALL = ops.define("PartitionedCall", ["args: Tin"], ["output: Tout"], _CALL_ATTRS, shape=unknown_outputs)
STATEFUL_PARTITIONED_CALL = ops.define(
    "StatefulPartitionedCall", ["args: Tin"], ["output: Tout"], _CALL_ATTRS, shape=unknown_outputs, stateful=True
)
SYMBOLIC_GRADIENT = ops.define(
    "SymbolicGradient",
    ["input: Tin"],
    ["output: Tout"],
    ["Tin: list(type) >= 1", "Tout: list(type) >= 1", "f: func"],
    shape=lambda c: list(c.shapes[: len(c.attr("Tout"))]),
)
REMOTE_CALL = ops.define(
    "RemoteCall",
    ["target: string", "args: Tin"],
    ["output: Tout"],
    ["Tin: list(type) >= 1", "Tout: list(type) >= 1", "f: func"],
    shape=unknown_outputs,
    stateful=True,
)
ops.without_gradient("PartitionedCall", "StatefulPartitionedCall", "SymbolicGradient", "RemoteCall")


def partitioned_call(args: Any, f: Any, tout: Any = None, config: str = CALL_CONFIG, executor_type: str = "") -> Any:
    """Adds a node that calls a function.

    Args:
      args: the arguments, captured ones included.
      f: the function.
      tout: the types of its results; found in the function when None.
      config, executor_type: attrs of the node.

    Returns:
      The list of results; the operation when there are none.
    """
    types = [tensor.dtype.base for tensor in f.outputs] if tout is None else list(tout)
    op = STATEFUL_PARTITIONED_CALL if f.stateful_ops else PARTITIONED_CALL
    if types:
        return make_op(op, list(args), Tout=types, f=f, config_proto=config, executor_type=executor_type)
    tensors = [convert_to_tensor(value) for value in args]
    graph = stacks.get_default_graph()
    f.add_to_graph(graph)
    attrs = {
        "Tin": [tensor.dtype.base for tensor in tensors],
        "Tout": [],
        "f": _reference(f),
        "config_proto": PLAIN_CONFIG,
        "executor_type": executor_type,
    }
    return graph.create_op(op.name, tensors, attrs=attrs, name="PartitionedFunctionCall")


def _reference(f: Any) -> Any:
    from tangraph.functions.definition import function_reference

    return function_reference(f, "f", stacks.get_default_graph())
