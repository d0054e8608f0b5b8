"""Adagrad dual averaging."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.scopes import colocate_with, device
from tangraph.ops.array.constant import constant
from tangraph.ops.array.identity import identity
from tangraph_training.update_rule import GRADIENT, Hyper, Update, UpdateRule

if TYPE_CHECKING:
    from collections.abc import Sequence


@export("train.AdagradDAOptimizer")
class AdagradDAOptimizer(UpdateRule):
    """Adagrad with dual averaging (Duchi et al., 2011), which suits sparse linear models with strong regularization.

    Args:
      learning_rate: a number, a scalar tensor, or a function of no arguments that returns one.
      global_step: the variable that counts the steps.
      initial_gradient_squared_accumulator_value: what the sums of squares start with, positive.
      l1_regularization_strength: zero or more.
      l2_regularization_strength: zero or more.
      use_locking: kept for TensorFlow's signature; updates of a variable always exclude each other.
      name: the name of the update and of the slots.

    Raises:
      ValueError: `initial_gradient_squared_accumulator_value` is not positive.
    """

    hyper = (Hyper("_learning_rate", "_learning_rate_tensor", "learning_rate"),)

    def __init__(
        self,
        learning_rate: Any,
        global_step: Any,
        initial_gradient_squared_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        use_locking: bool = False,
        name: str = "AdagradDA",
    ) -> None:
        if initial_gradient_squared_accumulator_value <= 0.0:
            raise ValueError(
                "initial_gradient_squared_accumulator_value must be positive: "
                f"{initial_gradient_squared_accumulator_value}"
            )
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._initial_gradient_squared_accumulator_value = initial_gradient_squared_accumulator_value
        self._learning_rate_tensor: Any = None
        self._l1_regularization_strength = l1_regularization_strength
        self._l2_regularization_strength = l2_regularization_strength
        self._global_step = global_step
        self._global_step_on_worker: Any = None

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for v in var_list:
            start = self._initial_gradient_squared_accumulator_value
            with colocate_with(v):
                total = constant(0.0, shape=v.get_shape(), dtype=v.dtype.base_dtype)
                squares = constant(start, shape=v.get_shape(), dtype=v.dtype.base_dtype)
            self._get_or_make_slot(v, total, "gradient_accumulator", self._name)
            self._get_or_make_slot(v, squares, "gradient_squared_accumulator", self._name)

    def _prepare(self) -> None:
        super()._prepare()
        # A copy, so that not every update asks the machine that keeps the step.
        with colocate_with(self._learning_rate_tensor):
            self._global_step_on_worker = identity(self._global_step) + 1

    def _update(self, var: Any) -> Update:
        with device(var.device):
            step = identity(self._global_step_on_worker)
        return Update(
            "AdagradDA",
            (self.get_slot(var, "gradient_accumulator"), self.get_slot(var, "gradient_squared_accumulator")),
            (
                GRADIENT,
                self._learning_rate_tensor,
                self._l1_regularization_strength,
                self._l2_regularization_strength,
            ),
            exact=(step,),
        )
