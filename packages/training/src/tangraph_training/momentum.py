"""Gradient descent with momentum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph_training.update_rule import GRADIENT, Hyper, Update, UpdateRule

if TYPE_CHECKING:
    from collections.abc import Sequence


@export("train.MomentumOptimizer")
class MomentumOptimizer(UpdateRule):
    """Gradient descent with momentum: ``accumulation = momentum * accumulation + gradient; var -= rate * accumulation``.

    Args:
      learning_rate: a number, a scalar tensor, or a function of no arguments that returns one.
      momentum: the same.
      use_locking: kept for TensorFlow's signature; updates of a variable always exclude each other.
      name: the name of the update and of the slots.
      use_nesterov: whether the gradient is taken for one at the place that the momentum leads to (Sutskever et al., 2013).
    """

    hyper = (
        Hyper("_learning_rate", "_learning_rate_tensor", "learning_rate"),
        Hyper("_momentum", "_momentum_tensor", "momentum"),
    )

    def __init__(
        self,
        learning_rate: Any,
        momentum: Any,
        use_locking: bool = False,
        name: str = "Momentum",
        use_nesterov: bool = False,
    ) -> None:
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._momentum = momentum
        self._use_nesterov = use_nesterov
        self._learning_rate_tensor: Any = None
        self._momentum_tensor: Any = None

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for v in var_list:
            self._zeros_slot(v, "momentum", self._name)

    def _prepare(self) -> None:
        # One after the other, unlike the other optimizers: functions may add nodes.
        for h in self.hyper:
            self._make_tensor(h, self._call_if_callable(getattr(self, h.value)))

    def _update(self, var: Any) -> Update:
        return Update(
            "Momentum",
            (self.get_slot(var, "momentum"),),
            (self._learning_rate_tensor, GRADIENT, self._momentum_tensor),
            {"use_nesterov": self._use_nesterov},
        )
