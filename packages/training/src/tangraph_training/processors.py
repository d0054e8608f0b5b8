"""How each kind of variable is differentiated by and updated: references, handles, and tensors, which cannot be."""

# ruff: noqa: SLF001  the methods that optimizers override and variables share are TensorFlow's, underscores and all

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import stacks
from tangraph.framework.indexed_slices import IndexedSlices
from tangraph.framework.tensor import Tensor
from tangraph.ops.state.variable_base import Variable

if TYPE_CHECKING:
    from tangraph_training.optimizer import Optimizer


class RefProcessor:
    """A variable behind a reference."""

    def __init__(self, variable: Any) -> None:
        self._variable = variable

    def target(self) -> Any:
        """Returns what to differentiate by."""
        return self._variable._ref()

    def update_op(self, optimizer: Optimizer, gradient: Any) -> Any:
        """Returns the operation that applies a gradient, and the variable's constraint after it."""
        if not isinstance(gradient, Tensor):
            _refuse_constraint(self._variable)
            return optimizer._apply_sparse_duplicate_indices(gradient, self._variable)
        return _constrained(optimizer._apply_dense(gradient, self._variable), self._variable)


class ResourceProcessor:
    """A variable behind a handle."""

    def __init__(self, variable: Any) -> None:
        self._variable = variable

    def target(self) -> Any:
        """Returns what to differentiate by."""
        return self._variable

    def update_op(self, optimizer: Optimizer, gradient: Any) -> Any:
        """Returns the operation that applies a gradient, and the variable's constraint after it."""
        if isinstance(gradient, IndexedSlices):
            _refuse_constraint(self._variable)
            return optimizer._resource_apply_sparse_duplicate_indices(gradient.values, self._variable, gradient.indices)
        return _constrained(optimizer._resource_apply_dense(gradient, self._variable), self._variable)


class TensorProcessor:
    """A tensor: its gradient can be computed, and not applied."""

    def __init__(self, tensor: Tensor) -> None:
        self._tensor = tensor

    def target(self) -> Tensor:
        """Returns what to differentiate by."""
        return self._tensor

    def update_op(self, optimizer: Optimizer, gradient: Any) -> Any:
        """Raises NotImplementedError."""
        raise NotImplementedError("Trying to update a Tensor ", self._tensor)


def _constrained(update: Any, variable: Any) -> Any:
    if variable.constraint is None:
        return update
    with stacks.get_default_graph().control_dependencies([update]):
        return variable.assign(variable.constraint(variable))


def _refuse_constraint(variable: Any) -> None:
    if variable.constraint is not None:
        raise RuntimeError("Cannot use a constraint function on a sparse variable.")


def processor_of(variable: Any) -> RefProcessor | ResourceProcessor | TensorProcessor:
    """Returns how to deal with a variable or tensor.

    Raises:
      NotImplementedError: it is neither.
    """
    if variable.op.type == "VarHandleOp":
        return ResourceProcessor(variable)
    if isinstance(variable, Variable):
        return RefProcessor(variable)
    if isinstance(variable, Tensor):
        return TensorProcessor(variable)
    raise NotImplementedError("Trying to optimize unsupported type ", variable)
