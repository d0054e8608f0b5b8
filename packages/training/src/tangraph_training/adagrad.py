"""Adagrad."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.ops.math.cast import cast
from tangraph_training.update_rule import GRADIENT, Hyper, Update, UpdateRule

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@export("train.AdagradOptimizer")
class AdagradOptimizer(UpdateRule):
    """Adagrad (Duchi et al., 2011): steps scaled by the root of the sum of all squared gradients.

    Args:
      learning_rate: a number, a scalar tensor, or a function of no arguments that returns one.
      initial_accumulator_value: what the sums start with, positive.
      use_locking: kept for TensorFlow's signature; updates of a variable always exclude each other.
      name: the name of the update and of the slots.

    Raises:
      ValueError: `initial_accumulator_value` is not positive.
    """

    hyper = (Hyper("_learning_rate", "_learning_rate_tensor", "learning_rate"),)

    def __init__(
        self,
        learning_rate: Any,
        initial_accumulator_value: float = 0.1,
        use_locking: bool = False,
        name: str = "Adagrad",
    ) -> None:
        if initial_accumulator_value <= 0.0:
            raise ValueError(f"initial_accumulator_value must be positive: {initial_accumulator_value}")
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._initial_accumulator_value = initial_accumulator_value
        self._learning_rate_tensor: Any = None

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        from tangraph.ops.state.initializers import Constant

        for v in var_list:
            dtype = v.dtype.base_dtype
            if v.get_shape().is_fully_defined():
                initializer: Any = Constant(self._initial_accumulator_value, dtype=dtype)
            else:
                initializer = self._initial_accumulator(v, dtype)
            self._get_or_make_slot_with_initializer(v, initializer, v.get_shape(), dtype, "accumulator", self._name)

    def _initial_accumulator(self, var: Any, dtype: Any) -> Callable[[], Any]:
        """Returns an initializer for a variable whose shape is known only when it runs."""
        from tangraph.ops.array.fill import fill
        from tangraph.ops.array.shape import shape

        return lambda: cast(fill(shape(var), self._initial_accumulator_value), dtype)

    def _update(self, var: Any) -> Update:
        return Update("Adagrad", (self.get_slot(var, "accumulator"),), (self._learning_rate_tensor, GRADIENT))
