"""Gradient descent and Adagrad with the proximal step of L1 and L2 regularization."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.scopes import colocate_with
from tangraph.ops.array.constant import constant
from tangraph_training.update_rule import GRADIENT, Hyper, Update, UpdateRule

if TYPE_CHECKING:
    from collections.abc import Sequence


class _Proximal(UpdateRule):
    hyper = (
        Hyper("_learning_rate", "_learning_rate_tensor", "learning_rate"),
        Hyper("_l1_regularization_strength", "_l1_regularization_strength_tensor", "l1_regularization_strength"),
        Hyper("_l2_regularization_strength", "_l2_regularization_strength_tensor", "l2_regularization_strength"),
    )

    def __init__(self, learning_rate: Any, l1: Any, l2: Any, use_locking: bool, name: str) -> None:
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._l1_regularization_strength = l1
        self._l2_regularization_strength = l2
        self._learning_rate_tensor: Any = None
        self._l1_regularization_strength_tensor: Any = None
        self._l2_regularization_strength_tensor: Any = None

    def _values(self) -> tuple[Any, ...]:
        return (
            self._learning_rate_tensor,
            self._l1_regularization_strength_tensor,
            self._l2_regularization_strength_tensor,
            GRADIENT,
        )

    def _as_type(self, value: Any, dtype: Any, *, sparse_resource: bool) -> Any:
        # TensorFlow converts these for rows of resource variables alone: elsewhere a float64 variable is a TypeError.
        return super()._as_type(value, dtype, sparse_resource=True) if sparse_resource else value


@export("train.ProximalGradientDescentOptimizer")
class ProximalGradientDescentOptimizer(_Proximal):
    """Proximal gradient descent (Duchi and Singer, 2009): a gradient step, then one towards the regularizers' minimum.

    Args:
      learning_rate: a number, a scalar tensor, or a function of no arguments that returns one.
      l1_regularization_strength: zero or more.
      l2_regularization_strength: zero or more.
      use_locking: kept for TensorFlow's signature; updates of a variable always exclude each other.
      name: the name of the update.
    """

    def __init__(
        self,
        learning_rate: Any,
        l1_regularization_strength: Any = 0.0,
        l2_regularization_strength: Any = 0.0,
        use_locking: bool = False,
        name: str = "ProximalGradientDescent",
    ) -> None:
        super().__init__(learning_rate, l1_regularization_strength, l2_regularization_strength, use_locking, name)

    def _update(self, var: Any) -> Update:
        return Update("ProximalGradientDescent", (), self._values())


@export("train.ProximalAdagradOptimizer")
class ProximalAdagradOptimizer(_Proximal):
    """Adagrad with a proximal step (Duchi and Singer, 2009).

    Args:
      learning_rate: a number, a scalar tensor, or a function of no arguments that returns one.
      initial_accumulator_value: what the sums of squares start with, positive.
      l1_regularization_strength: zero or more.
      l2_regularization_strength: zero or more.
      use_locking: kept for TensorFlow's signature; updates of a variable always exclude each other.
      name: the name of the update and of the slots.

    Raises:
      ValueError: `initial_accumulator_value` is not positive.
    """

    def __init__(
        self,
        learning_rate: Any,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: Any = 0.0,
        l2_regularization_strength: Any = 0.0,
        use_locking: bool = False,
        name: str = "ProximalAdagrad",
    ) -> None:
        if initial_accumulator_value <= 0.0:
            raise ValueError(f"initial_accumulator_value must be positive: {initial_accumulator_value}")
        super().__init__(learning_rate, l1_regularization_strength, l2_regularization_strength, use_locking, name)
        self._initial_accumulator_value = initial_accumulator_value

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for v in var_list:
            with colocate_with(v):
                start = constant(self._initial_accumulator_value, shape=v.get_shape(), dtype=v.dtype.base_dtype)
            self._get_or_make_slot(v, start, "accumulator", self._name)

    def _update(self, var: Any) -> Update:
        return Update("ProximalAdagrad", (self.get_slot(var, "accumulator"),), self._values())
