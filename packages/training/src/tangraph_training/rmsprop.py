"""RMSProp."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph_training.update_rule import GRADIENT, Hyper, Update, UpdateRule

if TYPE_CHECKING:
    from collections.abc import Sequence


@export("train.RMSPropOptimizer")
class RMSPropOptimizer(UpdateRule):
    """RMSProp (Tieleman and Hinton, 2012): steps scaled by the root of a running average of squared gradients.

    Args:
      learning_rate: a number, a scalar tensor, or a function of no arguments that returns one.
      decay: the decay rate of the average; as above.
      momentum: as above; the momentum acts on the scaled steps.
      epsilon: keeps the root away from zero; as above.
      use_locking: kept for TensorFlow's signature; updates of a variable always exclude each other.
      centered: whether steps are scaled by the gradients' variance instead of their second moment.
      name: the name of the update and of the slots.
    """

    hyper = (
        Hyper("_learning_rate", "_learning_rate_tensor", "learning_rate"),
        Hyper("_decay", "_decay_tensor", "decay"),
        Hyper("_momentum", "_momentum_tensor", "momentum"),
        Hyper("_epsilon", "_epsilon_tensor", "epsilon"),
    )

    def __init__(
        self,
        learning_rate: Any,
        decay: Any = 0.9,
        momentum: Any = 0.0,
        epsilon: Any = 1e-10,
        use_locking: bool = False,
        centered: bool = False,
        name: str = "RMSProp",
    ) -> None:
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._decay = decay
        self._momentum = momentum
        self._epsilon = epsilon
        self._centered = centered
        self._learning_rate_tensor: Any = None
        self._decay_tensor: Any = None
        self._momentum_tensor: Any = None
        self._epsilon_tensor: Any = None

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        from tangraph.ops.array.fill import ones_like
        from tangraph.ops.state.initializers import Ones

        for v in var_list:
            dtype = v.dtype.base_dtype
            start = Ones(dtype=dtype) if v.get_shape().is_fully_defined() else ones_like(v)
            self._get_or_make_slot_with_initializer(v, start, v.get_shape(), dtype, "rms", self._name)
            if self._centered:
                self._zeros_slot(v, "mg", self._name)
            self._zeros_slot(v, "momentum", self._name)

    def _update(self, var: Any) -> Update:
        values = (
            self._learning_rate_tensor,
            self._decay_tensor,
            self._momentum_tensor,
            self._epsilon_tensor,
            GRADIENT,
        )
        rms, momentum = self.get_slot(var, "rms"), self.get_slot(var, "momentum")
        if self._centered:
            return Update("CenteredRMSProp", (self.get_slot(var, "mg"), rms, momentum), values)
        return Update("RMSProp", (rms, momentum), values)
