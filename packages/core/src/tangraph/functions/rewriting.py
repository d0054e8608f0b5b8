"""Calls that are changed after they were made: gradients need more results of them than the program asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework.protos import NameAttrList
from tangraph.framework.tensor import Tensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tangraph.framework.operation import Operation


def set_function(op: Operation, attr: str, name: str) -> None:
    """Makes an operation call another function."""
    op.attrs[attr] = NameAttrList(name=name)
    op.graph._mutated(op)


def set_functions(op: Operation, attr: str, names: Sequence[str]) -> None:
    """Makes an operation call other functions."""
    op.attrs[attr] = [NameAttrList(name=name) for name in names]
    op.graph._mutated(op)


def add_outputs(op: Operation, like: Sequence[Tensor], attr: str = "Tout") -> None:
    """Gives an operation outputs of the types and shapes of some tensors.

    Args:
      op: the operation.
      like: the tensors.
      attr: the attr that lists the types of all outputs.
    """
    op.attrs[attr] = [*op.attrs[attr], *(tensor.dtype.base for tensor in like)]
    for tensor in like:
        op.outputs.append(Tensor(op, len(op.outputs), tensor.dtype.base, tensor.raw_shape))
    op.graph._mutated(op)


def add_inputs(op: Operation, tensors: Sequence[Tensor]) -> None:
    """Gives an operation more inputs; the attr that lists their types is that of its outputs."""
    for tensor in tensors:
        op._inputs.append(tensor)
    op.graph._forget_consumers()
    op.graph._mutated(op)


def set_shapes(op: Operation, tensors: Sequence[Any], attr: str = "output_shapes") -> None:
    """Notes the shapes of an operation's outputs in its attr."""
    op.attrs[attr] = [tensor.raw_shape for tensor in tensors]
