"""Ftrl."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.optimizers.base import OptimizerV2, State


@export("keras.optimizers.Ftrl")
class Ftrl(OptimizerV2):
    """Follow the regularized leader (McMahan et al., 2013).

    Args:
      learning_rate: how far to go: a number, a tensor, a function that returns one, or a schedule.
      learning_rate_power: how the rate falls with the sum of squared gradients; 0 or less.
      initial_accumulator_value: where the sums start.
      l1_regularization_strength: how much absolute values are penalized.
      l2_regularization_strength: how much squares are.
      name: the optimizer's name.
      l2_shrinkage_regularization_strength: how much the squares of weights are, by their size.
      **kwargs: see `Optimizer`.

    Raises:
      ValueError: a number of the wrong sign.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        name: str | None = "Ftrl",
        l2_shrinkage_regularization_strength: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(name, **kwargs)
        _check("initial_accumulator_value", initial_accumulator_value)
        if learning_rate_power > 0.0:
            raise ValueError(f"learning_rate_power {learning_rate_power:f} needs to be negative or zero")
        _check("l1_regularization_strength", l1_regularization_strength)
        _check("l2_regularization_strength", l2_regularization_strength)
        _check("l2_shrinkage_regularization_strength", l2_shrinkage_regularization_strength)
        self._set_hyper("learning_rate", learning_rate)
        self._set_hyper("decay", self._initial_decay)
        self._set_hyper("learning_rate_power", learning_rate_power)
        self._set_hyper("l1_regularization_strength", l1_regularization_strength)
        self._set_hyper("l2_regularization_strength", l2_regularization_strength)
        self._initial_accumulator_value = initial_accumulator_value
        self._l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength

    def _create_slots(self, var_list: list[Any]) -> None:
        for var in var_list:
            start = tf.constant_initializer(self._initial_accumulator_value, dtype=var.dtype.base_dtype)
            self.add_slot(var, "accumulator", start)
            self.add_slot(var, "linear")

    def _prepare_local(self, var_device: Any, var_dtype: Any, apply_state: State) -> None:
        super()._prepare_local(var_device, var_dtype, apply_state)
        common = apply_state[var_device, var_dtype]
        for name in ("learning_rate_power", "l1_regularization_strength", "l2_regularization_strength"):
            common[name] = tf.identity(self._get_hyper(name, var_dtype))
        common["l2_shrinkage_regularization_strength"] = tf.cast(self._l2_shrinkage_regularization_strength, var_dtype)

    def _apply(self, form: str, gradient: tuple[Any, ...], var: Any, apply_state: State | None) -> Any:
        c = self._common(var, apply_state)
        buffers = (var, self.get_slot(var, "accumulator"), self.get_slot(var, "linear"))
        strengths = [c["lr_t"], c["l1_regularization_strength"], c["l2_regularization_strength"]]
        shrinks = self._l2_shrinkage_regularization_strength > 0.0
        if shrinks:
            strengths.append(c["l2_shrinkage_regularization_strength"])
        op_type = f"Resource{form}Ftrl{'V2' if shrinks else ''}"
        return self._kernel(op_type, buffers, *gradient, *strengths, c["learning_rate_power"])

    def _resource_apply_dense(self, grad: Any, var: Any, apply_state: State | None = None) -> Any:
        return self._apply("Apply", (grad,), var, apply_state)

    def _resource_apply_sparse(self, grad: Any, var: Any, indices: Any, apply_state: State | None = None) -> Any:
        return self._apply("SparseApply", (grad, indices), var, apply_state)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        hyper = self._hyper_config(
            "learning_rate",
            "decay",
            "learning_rate_power",
            "l1_regularization_strength",
            "l2_regularization_strength",
        )
        own = {
            "initial_accumulator_value": self._initial_accumulator_value,
            "l2_shrinkage_regularization_strength": self._l2_shrinkage_regularization_strength,
        }
        return {**super().get_config(), **hyper, **own}


def _check(name: str, value: float) -> None:
    if value < 0.0:
        raise ValueError(f"{name} {value:f} needs to be positive or zero")
