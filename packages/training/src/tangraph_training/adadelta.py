"""Adadelta."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph_training.update_rule import GRADIENT, Hyper, Update, UpdateRule

if TYPE_CHECKING:
    from collections.abc import Sequence


@export("train.AdadeltaOptimizer")
class AdadeltaOptimizer(UpdateRule):
    """Adadelta (Zeiler, 2012, https://arxiv.org/abs/1212.5701): steps scaled by running averages of gradients and steps.

    Args:
      learning_rate: a number, a scalar tensor, or a function of no arguments that returns one; the paper's is 1.0.
      rho: the decay rate of the averages; as above.
      epsilon: keeps the roots away from zero; as above.
      use_locking: kept for TensorFlow's signature; updates of a variable always exclude each other.
      name: the name of the update and of the slots.
    """

    hyper = (Hyper("_lr", "_lr_t", "lr"), Hyper("_rho", "_rho_t", "rho"), Hyper("_epsilon", "_epsilon_t", "epsilon"))

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: Any = 0.95,
        epsilon: Any = 1e-8,
        use_locking: bool = False,
        name: str = "Adadelta",
    ) -> None:
        super().__init__(use_locking, name)
        self._lr = learning_rate
        self._rho = rho
        self._epsilon = epsilon
        self._lr_t: Any = None
        self._rho_t: Any = None
        self._epsilon_t: Any = None

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for v in var_list:
            self._zeros_slot(v, "accum", self._name)
            self._zeros_slot(v, "accum_update", self._name)

    def _update(self, var: Any) -> Update:
        return Update(
            "Adadelta",
            (self.get_slot(var, "accum"), self.get_slot(var, "accum_update")),
            (self._lr_t, self._rho_t, self._epsilon_t, GRADIENT),
        )
