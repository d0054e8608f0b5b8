"""Adagrad."""

from __future__ import annotations

from typing import Any

import numpy as np

import tangraph as tf
from tangraph.export import export
from tangraph_keras.optimizers.base import OptimizerV2, State
from tangraph_layers.engine import settings


@export("keras.optimizers.Adagrad")
class Adagrad(OptimizerV2):
    """Steps divided by the root of the sum of all squared gradients (Duchi et al., 2011).

    Args:
      learning_rate: how far to go: a number, a tensor, a function that returns one, or a schedule.
      initial_accumulator_value: where the sums start.
      epsilon: keeps the division away from zero.
      name: the optimizer's name.
      **kwargs: see `Optimizer`.

    Raises:
      ValueError: a negative sum to start from.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float | None = 1e-7,
        name: str | None = "Adagrad",
        **kwargs: Any,
    ) -> None:
        if initial_accumulator_value < 0.0:
            raise ValueError(f"initial_accumulator_value must be non-negative: {initial_accumulator_value}")
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._initial_accumulator_value = initial_accumulator_value
        self.epsilon = epsilon or settings.epsilon()

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Returns an optimizer with the arguments in a config; see `Optimizer`."""
        del custom_objects
        config.setdefault("initial_accumulator_value", 0.0)
        if "lr" in config:
            config["learning_rate"] = config.pop("lr")
        return cls(**config)

    def _create_slots(self, var_list: list[Any]) -> None:
        for var in var_list:
            start = tf.constant_initializer(self._initial_accumulator_value, dtype=var.dtype.base_dtype)
            self.add_slot(var, "accumulator", start)

    def _prepare_local(self, var_device: Any, var_dtype: Any, apply_state: State) -> None:
        super()._prepare_local(var_device, var_dtype, apply_state)
        common = apply_state[var_device, var_dtype]
        common.update(
            epsilon=tf.convert_to_tensor(self.epsilon, var_dtype),
            neg_lr_t=-common["lr_t"],
            zero=tf.zeros((), dtype=tf.int64),
        )

    def set_weights(self, weights: list[Any]) -> None:
        """Writes values into `weights`; those of an older Keras, which had no count of steps, are taken too."""
        missing = len(self.weights) == len(weights) + 1
        super().set_weights([np.array(0), *weights] if missing else weights)

    def _resource_apply_dense(self, grad: Any, var: Any, apply_state: State | None = None) -> Any:
        c = self._common(var, apply_state)
        buffers = (var, self.get_slot(var, "accumulator"))
        return self._kernel("ResourceApplyAdagradV2", buffers, c["lr_t"], c["epsilon"], grad)

    def _resource_apply_sparse(self, grad: Any, var: Any, indices: Any, apply_state: State | None = None) -> Any:
        c = self._common(var, apply_state)
        buffers = (var, self.get_slot(var, "accumulator"))
        return self._kernel("ResourceSparseApplyAdagradV2", buffers, c["lr_t"], c["epsilon"], grad, indices)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        own = {"initial_accumulator_value": self._initial_accumulator_value, "epsilon": self.epsilon}
        return {**super().get_config(), **self._hyper_config("learning_rate", "decay"), **own}
