"""What the optimizers that end in one update op a variable have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.math.cast import cast
from tangraph.ops.state import training_ops
from tangraph_training.optimizer import Optimizer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tangraph.framework.indexed_slices import IndexedSlices
    from tangraph.framework.tensor import Tensor


class Hyper(NamedTuple):
    """A hyperparameter.

    Attributes:
      value: the attribute of the optimizer that holds what the user gave: a number, a tensor or a function.
      tensor: the attribute that holds the tensor made of it.
      name: the tensor's name.
    """

    value: str
    tensor: str
    name: str


class _Gradient:
    """Stands where an update op takes the gradient, and the indices behind it when it is sparse."""


GRADIENT: Final = _Gradient()


class Update(NamedTuple):
    """One update op.

    Attributes:
      family: "Adam" for ApplyAdam and its kin.
      buffers: the variable's slots.
      values: the other inputs: tensors and numbers, which are converted to the variable's type, and GRADIENT.
      attrs: attrs beside `use_locking`.
      exact: inputs at the end that keep their type.
    """

    family: str
    buffers: Sequence[Any]
    values: Sequence[Any]
    attrs: Mapping[str, Any] = {}
    exact: Sequence[Any] = ()


class UpdateRule(Optimizer):
    """An optimizer that says for a variable which update op takes which slots and values.

    Attributes:
      hyper: the hyperparameters, in the order in which their tensors are made.
    """

    hyper: tuple[Hyper, ...] = ()

    def _update(self, var: Any) -> Update:
        """Returns what updates a variable."""
        raise NotImplementedError

    def _prepare(self) -> None:
        values = [self._call_if_callable(getattr(self, h.value)) for h in self.hyper]
        for h, value in zip(self.hyper, values, strict=True):
            self._make_tensor(h, value)

    def _make_tensor(self, hyper: Hyper, value: Any) -> None:
        setattr(self, hyper.tensor, convert_to_tensor(value, name=hyper.name))

    def _apply_dense(self, grad: Tensor, var: Any) -> Any:
        return self._apply(var, grad, None, resource=False)

    def _resource_apply_dense(self, grad: Tensor, handle: Any) -> Any:
        return self._apply(handle, grad, None, resource=True)

    def _apply_sparse(self, grad: IndexedSlices, var: Any) -> Any:
        return self._apply(var, grad.values, grad.indices, resource=False)

    def _resource_apply_sparse(self, grad: Tensor, handle: Any, indices: Tensor) -> Any:
        return self._apply(handle, grad, indices, resource=True)

    def _apply(self, var: Any, grad: Tensor, indices: Tensor | None, *, resource: bool) -> Any:
        family, buffers, values, attrs, exact = self._update(var)
        op_type = f"{'Resource' if resource else ''}{'' if indices is None else 'Sparse'}Apply{family}"
        dtype = grad.dtype if resource else var.dtype.base_dtype
        inputs: list[Any] = []
        for value in values:
            if value is not GRADIENT:
                inputs.append(self._as_type(value, dtype, sparse_resource=resource and indices is not None))
            else:
                inputs.extend([grad] if indices is None else [grad, indices])
        cells = [v.handle if resource else v for v in (var, *buffers)]
        updated = training_ops.apply(op_type, *cells, *inputs, *exact, use_locking=self._use_locking, **attrs)
        return updated if resource else updated.op

    def _as_type(self, value: Any, dtype: Any, *, sparse_resource: bool) -> Any:
        """Returns a hyperparameter in the variable's type."""
        del sparse_resource
        return cast(value, dtype)
