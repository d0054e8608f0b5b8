"""RMSprop."""

from __future__ import annotations

from typing import Any

import numpy as np

import tangraph as tf
from tangraph.export import export
from tangraph_keras.optimizers.base import OptimizerV2, State
from tangraph_keras.optimizers.sgd import has_momentum
from tangraph_layers.engine import settings


@export("keras.optimizers.RMSprop")
class RMSprop(OptimizerV2):
    """Steps divided by the root of a running average of squared gradients (Hinton, 2012).

    Args:
      learning_rate: how far to go: a number, a tensor, a function that returns one, or a schedule.
      rho: the decay rate of the average.
      momentum: how much of the last step is gone again.
      epsilon: keeps the division away from zero.
      centered: whether to divide by the variance of gradients instead.
      name: the optimizer's name.
      **kwargs: see `Optimizer`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: Any = 0.9,
        momentum: Any = 0.0,
        epsilon: float | None = 1e-7,
        centered: bool = False,
        name: str | None = "RMSprop",
        **kwargs: Any,
    ) -> None:
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._set_hyper("rho", rho)
        self._momentum = has_momentum(momentum)
        self._set_hyper("momentum", momentum)
        self.epsilon = epsilon or settings.epsilon()
        self.centered = centered

    def _create_slots(self, var_list: list[Any]) -> None:
        slots = ["rms", *(["momentum"] if self._momentum else []), *(["mg"] if self.centered else [])]
        for slot in slots:
            for var in var_list:
                self.add_slot(var, slot)

    def _prepare_local(self, var_device: Any, var_dtype: Any, apply_state: State) -> None:
        super()._prepare_local(var_device, var_dtype, apply_state)
        rho = tf.identity(self._get_hyper("rho", var_dtype))
        common = apply_state[var_device, var_dtype]
        common.update(
            neg_lr_t=-common["lr_t"],
            epsilon=tf.convert_to_tensor(self.epsilon, var_dtype),
            rho=rho,
            momentum=tf.identity(self._get_hyper("momentum", var_dtype)),
            one_minus_rho=1.0 - rho,
        )

    def _buffers(self, var: Any) -> tuple[str, tuple[Any, ...]]:
        """Returns the kind of operation that updates with momentum, and its buffers."""
        rms, momentum = self.get_slot(var, "rms"), self.get_slot(var, "momentum")
        if self.centered:
            return "CenteredRMSProp", (var, self.get_slot(var, "mg"), rms, momentum)
        return "RMSProp", (var, rms, momentum)

    def _resource_apply_dense(self, grad: Any, var: Any, apply_state: State | None = None) -> Any:
        c = self._common(var, apply_state)
        if self._momentum:
            kind, buffers = self._buffers(var)
            values = (c["lr_t"], c["rho"], c["momentum"], c["epsilon"])
            return self._kernel(f"ResourceApply{kind}", buffers, *values, grad)
        rms = self.get_slot(var, "rms")
        rms_t = c["rho"] * rms + c["one_minus_rho"] * tf.square(grad)
        divisor = rms_t = tf.assign(rms, rms_t, use_locking=self._use_locking)
        if self.centered:
            mg = self.get_slot(var, "mg")
            mg_t = c["rho"] * mg + c["one_minus_rho"] * grad
            mg_t = tf.assign(mg, mg_t, use_locking=self._use_locking)
            divisor = rms_t - tf.square(mg_t)
        var_t = var - c["lr_t"] * grad / (tf.sqrt(divisor) + c["epsilon"])
        return tf.assign(var, var_t, use_locking=self._use_locking).op

    def _resource_apply_sparse(self, grad: Any, var: Any, indices: Any, apply_state: State | None = None) -> Any:
        c = self._common(var, apply_state)
        if self._momentum:
            kind, buffers = self._buffers(var)
            values = (c["lr_t"], c["rho"], c["momentum"], c["epsilon"])
            return self._kernel(f"ResourceSparseApply{kind}", buffers, *values, grad, indices)
        rms, mg = self.get_slot(var, "rms"), self.get_slot(var, "mg") if self.centered else None
        squares = grad * grad * c["one_minus_rho"]
        decayed = tf.assign(rms, rms * c["rho"], use_locking=self._use_locking)
        with tf.control_dependencies([decayed]):
            rms_t = self._resource_scatter_add(rms, indices, squares)
            divisor = tf.gather(rms_t, indices)
        kept = [rms_t]
        if mg is not None:
            scaled = grad * c["one_minus_rho"]
            decayed = tf.assign(mg, mg * c["rho"], use_locking=self._use_locking)
            with tf.control_dependencies([decayed]):
                mg_t = self._resource_scatter_add(mg, indices, scaled)
                divisor = divisor - tf.square(tf.gather(mg_t, indices))
            kept.append(mg_t)
        step = c["neg_lr_t"] * grad / (tf.sqrt(divisor) + c["epsilon"])
        return tf.group(self._resource_scatter_add(var, indices, step), *kept)

    def set_weights(self, weights: list[Any]) -> None:
        """Writes values into `weights`; those of an older Keras, which had no count of steps, are taken too."""
        missing = len(self.weights) == len(weights) + 1
        super().set_weights([np.array(0), *weights] if missing else weights)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        hyper = self._hyper_config("learning_rate", "decay", "rho", "momentum")
        return {**super().get_config(), **hyper, "epsilon": self.epsilon, "centered": self.centered}
