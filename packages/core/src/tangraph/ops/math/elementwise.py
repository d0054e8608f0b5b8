"""Helpers to define families of unary ops: one schema and one public function each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from tangraph.export import export, named
from tangraph.framework.make_op import make_op
from tangraph.ops.math.broadcast import unchanged_shape

if TYPE_CHECKING:
    from tangraph.framework.op_def import OpDef, OpSet
    from tangraph.framework.tensor import Tensor

FLOATS = "bfloat16, half, float, double"
FLOATS_AND_COMPLEX = f"{FLOATS}, complex64, complex128"
SIGNED = f"{FLOATS}, int32, int64, complex64, complex128"


class UnaryFunction(Protocol):
    """``fn(x, name=None)`` -> Tensor."""

    def __call__(self, x: Any, name: str | None = None) -> Tensor:
        """Returns the function of a tensor, element by element."""
        ...


def define_unary(ops: OpSet, op_type: str, types: str = FLOATS_AND_COMPLEX, output: str = "T") -> OpDef:
    """Adds the schema of an op of one input that works on each element by itself."""
    return ops.define(op_type, ["x: T"], [f"y: {output}"], [f"T: {{{types}}}"], shape=unchanged_shape, elementwise=True)


def unary_function(op: OpDef, name: str, *names: str, doc: str, module: str, sparse: bool = False) -> UnaryFunction:
    """Returns the public function of a unary op.

    Args:
      op: its schema.
      name: the Python name.
      *names: the public names.
      doc: the docstring's first line.
      module: the `__name__` of the module that defines it.
      sparse: whether a SparseTensor is taken too, whose values are mapped.
    """

    def function(x: Any, name: str | None = None) -> Tensor:
        result: Tensor = make_op(op, x, name=name)
        return result

    def sparse_function(x: Any, name: str | None = None) -> Tensor:
        try:
            return function(x, name)
        except TypeError:
            # TensorFlow too tries the tensor first: the values' node is the second of its name.
            if not hasattr(x, "dense_shape") or not hasattr(x, "values"):
                raise
            mapped: Tensor = type(x)(x.indices, function(x.values, name), x.dense_shape)
            return mapped

    result = sparse_function if sparse else function
    result.__module__ = module
    kinds = f"floats{_also(op)}{' or a SparseTensor' if sparse else ''}"
    doc = f"{doc}\n\nArgs:\n  x: a tensor of {kinds}.\n  name: the operation's name.\n"
    return export(*names)(named(name, doc)(result))


def _also(op: OpDef) -> str:
    allowed = op.attrs["T"].allowed or ()
    return " or complex numbers" if any(d.is_complex for d in allowed) else ""
