"""Gradients of calls of functions: what the function says, or a SymbolicGradient node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tangraph.framework import dtypes
from tangraph.framework.make_op import make_op
from tangraph.framework.protos import NameAttrList
from tangraph.ops.gradients.registry import gradient_function

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.graph import Graph
    from tangraph.framework.operation import Operation

_CALLS: Final = frozenset({"PartitionedCall", "StatefulPartitionedCall"})


def called_function(op: Operation, graph: Graph) -> Any:
    """Returns the function that an operation calls, None for any other operation."""
    if not graph._functions:
        return None
    if op.type in _CALLS:
        return graph._get_function(op.attrs["f"].name)
    return op.__dict__.get("__defun") or graph._get_function(op.type)


def gradient_of_call(op: Operation, function: Any) -> Callable[..., Any]:
    """Returns what differentiates a call: what is registered for it, the function's own, or `symbolic_gradient`."""
    try:
        found = gradient_function(op)
    except LookupError:
        found = function.python_grad_func
    return found or symbolic_gradient


def symbolic_gradient(op: Operation, *grads: Any) -> Any:
    """The node that computes the gradient of a function from its arguments and the gradients of its results."""
    reference = NameAttrList(name=op.attrs["f"].name if op.type in _CALLS else op.type)
    for key, value in op.node_def.attr.items():
        reference.attr[key].CopyFrom(value)
    types = [dtypes.float32 if t.dtype is dtypes.resource else t.dtype.base for t in op._inputs]
    return make_op("SymbolicGradient", [*op._inputs, *grads], Tout=types, f=reference)
