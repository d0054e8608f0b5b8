"""Follow the regularized leader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.scopes import colocate_with
from tangraph.ops.array.constant import constant
from tangraph_training.update_rule import GRADIENT, Hyper, Update, UpdateRule

if TYPE_CHECKING:
    from collections.abc import Sequence


@export("train.FtrlOptimizer")
class FtrlOptimizer(UpdateRule):
    """FTRL-Proximal (McMahan et al., 2013), with both kinds of L2 regularization: on the weights, and shrinkage.

    Args:
      learning_rate: a number, a scalar tensor, or a function of no arguments that returns one.
      learning_rate_power: zero or less; with zero the rate is fixed.
      initial_accumulator_value: what the sums of squares start with, zero or more.
      l1_regularization_strength: zero or more.
      l2_regularization_strength: zero or more.
      use_locking: kept for TensorFlow's signature; updates of a variable always exclude each other.
      name: the name of the update and of the slots.
      accum_name: the name of the first slots, `name` when None.
      linear_name: the name of the second slots, `name` when None.
      l2_shrinkage_regularization_strength: zero or more; adds a penalty to the loss that acts on rows with a gradient alone.

    Raises:
      ValueError: a number is out of its range.
    """

    hyper = (
        Hyper("_learning_rate", "_learning_rate_tensor", "learning_rate"),
        Hyper("_l1_regularization_strength", "_l1_regularization_strength_tensor", "l1_regularization_strength"),
        Hyper("_l2_regularization_strength", "_l2_regularization_strength_tensor", "l2_regularization_strength"),
        Hyper(
            "_l2_shrinkage_regularization_strength",
            "_l2_shrinkage_regularization_strength_tensor",
            "l2_shrinkage_regularization_strength",
        ),
        Hyper("_learning_rate_power", "_learning_rate_power_tensor", "learning_rate_power"),
    )

    def __init__(
        self,
        learning_rate: Any,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        use_locking: bool = False,
        name: str = "Ftrl",
        accum_name: str | None = None,
        linear_name: str | None = None,
        l2_shrinkage_regularization_strength: float = 0.0,
    ) -> None:
        super().__init__(use_locking, name)
        _check_not_negative(initial_accumulator_value=initial_accumulator_value)
        if learning_rate_power > 0.0:
            raise ValueError(f"learning_rate_power {learning_rate_power:f} needs to be negative or zero")
        _check_not_negative(
            l1_regularization_strength=l1_regularization_strength,
            l2_regularization_strength=l2_regularization_strength,
            l2_shrinkage_regularization_strength=l2_shrinkage_regularization_strength,
        )
        self._learning_rate = learning_rate
        self._learning_rate_power = learning_rate_power
        self._initial_accumulator_value = initial_accumulator_value
        self._l1_regularization_strength = l1_regularization_strength
        self._l2_regularization_strength = l2_regularization_strength
        self._l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        self._accum_name = accum_name
        self._linear_name = linear_name
        self._learning_rate_tensor: Any = None
        self._learning_rate_power_tensor: Any = None
        self._l1_regularization_strength_tensor: Any = None
        self._l2_regularization_strength_tensor: Any = None
        self._l2_shrinkage_regularization_strength_tensor: Any = None

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for v in var_list:
            with colocate_with(v):
                start = constant(self._initial_accumulator_value, dtype=v.dtype.base_dtype, shape=v.get_shape())
            self._get_or_make_slot(v, start, "accum", self._accum_name or self._name)
            self._zeros_slot(v, "linear", self._linear_name or self._name)

    def _update(self, var: Any) -> Update:
        slots = self.get_slot(var, "accum"), self.get_slot(var, "linear")
        before = (
            GRADIENT,
            self._learning_rate_tensor,
            self._l1_regularization_strength_tensor,
            self._l2_regularization_strength_tensor,
        )
        if self._l2_shrinkage_regularization_strength <= 0.0:
            return Update("Ftrl", slots, (*before, self._learning_rate_power_tensor))
        shrinkage = self._l2_shrinkage_regularization_strength_tensor
        return Update("FtrlV2", slots, (*before, shrinkage, self._learning_rate_power_tensor))


def _check_not_negative(**numbers: float) -> None:
    for name, number in numbers.items():
        if number < 0.0:
            raise ValueError(f"{name} {number:f} needs to be positive or zero")
