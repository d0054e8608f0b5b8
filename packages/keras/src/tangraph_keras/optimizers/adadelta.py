"""Adadelta."""

from __future__ import annotations

from typing import Any

import numpy as np

import tangraph as tf
from tangraph.export import export
from tangraph_keras.optimizers.base import OptimizerV2, State
from tangraph_layers.engine import settings


@export("keras.optimizers.Adadelta")
class Adadelta(OptimizerV2):
    """Steps scaled by running averages of squared gradients and of squared steps (Zeiler, arXiv:1212.5701).

    Args:
      learning_rate: how far to go: a number, a tensor, a function that returns one, or a schedule.
      rho: the decay rate of the averages.
      epsilon: keeps the division away from zero.
      name: the optimizer's name.
      **kwargs: see `Optimizer`.
    """

    _slot_order = ("accum_grad", "accum_var")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: Any = 0.95,
        epsilon: float | None = 1e-7,
        name: str | None = "Adadelta",
        **kwargs: Any,
    ) -> None:
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._set_hyper("rho", rho)
        self.epsilon = epsilon or settings.epsilon()

    def _prepare_local(self, var_device: Any, var_dtype: Any, apply_state: State) -> None:
        super()._prepare_local(var_device, var_dtype, apply_state)
        apply_state[var_device, var_dtype].update(
            epsilon=tf.convert_to_tensor(self.epsilon, var_dtype),
            rho=tf.identity(self._get_hyper("rho", var_dtype)),
        )

    def set_weights(self, weights: list[Any]) -> None:
        """Writes values into `weights`; those of an older Keras, which had no count of steps, are taken too."""
        missing = len(self.weights) == len(weights) + 1
        super().set_weights([np.array(0), *weights] if missing else weights)

    def _buffers(self, var: Any) -> tuple[Any, ...]:
        return var, self.get_slot(var, "accum_grad"), self.get_slot(var, "accum_var")

    def _resource_apply_dense(self, grad: Any, var: Any, apply_state: State | None = None) -> Any:
        c = self._common(var, apply_state)
        values = (c["lr_t"], c["rho"], c["epsilon"], grad)
        return self._kernel("ResourceApplyAdadelta", self._buffers(var), *values)

    def _resource_apply_sparse(self, grad: Any, var: Any, indices: Any, apply_state: State | None = None) -> Any:
        c = self._common(var, apply_state)
        values = (c["lr_t"], c["rho"], c["epsilon"], grad, indices)
        return self._kernel("ResourceSparseApplyAdadelta", self._buffers(var), *values)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {**super().get_config(), **self._hyper_config("learning_rate", "decay", "rho"), "epsilon": self.epsilon}
