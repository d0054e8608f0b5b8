"""What the distribution registers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tangraph.plugin import hookimpl

if TYPE_CHECKING:
    from tangraph.plugin import BackendRegistry, KernelRegistry

_OWN: Final = {
    "arrays": "Cast ConcatV2 ExpandDims Fill OnesLike Pack Reshape Slice Squeeze Tile Transpose Unpack ZerosLike",
    "learning": "BiasAddGrad LogSoftmax Relu ReluGrad Sigmoid SigmoidGrad Softmax SoftmaxCrossEntropyWithLogits TanhGrad",
    "reductions": "AddN All Any ArgMax ArgMin Max Mean Min Prod Select Sum _SumToShape",
    "state": "ApplyGradientDescent AssignAdd AssignSub AssignAddVariableOp AssignSubVariableOp",
}
#: The CPU backend's kernels that call functions of `k.xp` and nothing else of NumPy's.
_BORROWED: Final = """
Abs AddV2 Assign AssignVariableOp BiasAdd BroadcastGradientArgs Exp Greater GreaterEqual IsVariableInitialized Less
LessEqual Log LogicalAnd LogicalNot LogicalOr MatMul Mul Neg Rank RealDiv Shape ShapeN Size Sqrt Square Sub Tanh
VarIsInitializedOp
""".split()  # noqa: SIM905  a table


@hookimpl
def tangraph_register_backends(registry: BackendRegistry) -> None:
    """The library."""
    registry.add("strict", "example_backend.backend:StrictBackend")


@hookimpl
def tangraph_register_kernels(registry: KernelRegistry) -> None:
    """Kernels of our own, and those that can be had from the CPU backend."""
    for family, op_types in _OWN.items():
        registry.add_index("strict", dict.fromkeys(op_types.split(), f"example_backend.kernels.{family}:kernel"))
    registry.borrow("strict", "cpu", _BORROWED)
