"""Adamax."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.optimizers.base import OptimizerV2, State
from tangraph_layers.engine import settings


@export("keras.optimizers.Adamax")
class Adamax(OptimizerV2):
    """Adam with the maximum of past gradients instead of the average of squares (arXiv:1412.6980, section 7.1).

    Args:
      learning_rate: how far to go: a number, a tensor, a function that returns one, or a schedule.
      beta_1: the decay rate of the gradients' average.
      beta_2: the decay rate of their maximum.
      epsilon: keeps the division away from zero.
      name: the optimizer's name.
      **kwargs: see `Optimizer`.
    """

    _slot_order = ("m", "v")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: Any = 0.9,
        beta_2: Any = 0.999,
        epsilon: float | None = 1e-7,
        name: str | None = "Adamax",
        **kwargs: Any,
    ) -> None:
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._set_hyper("beta_1", beta_1)
        self._set_hyper("beta_2", beta_2)
        self.epsilon = epsilon or settings.epsilon()

    def _prepare_local(self, var_device: Any, var_dtype: Any, apply_state: State) -> None:
        super()._prepare_local(var_device, var_dtype, apply_state)
        step = tf.cast(self.iterations + 1, var_dtype)
        beta_1 = tf.identity(self._get_hyper("beta_1", var_dtype))
        beta_2 = tf.identity(self._get_hyper("beta_2", var_dtype))
        power = tf.pow(beta_1, step)
        common = apply_state[var_device, var_dtype]
        common.update(
            neg_scaled_lr=-common["lr_t"] / (1 - power),
            epsilon=tf.convert_to_tensor(self.epsilon, var_dtype),
            beta_1_t=beta_1,
            beta_1_power=power,
            one_minus_beta_1_t=1 - beta_1,
            beta_2_t=beta_2,
            zero=tf.zeros((), dtype=tf.int64),
        )

    def _resource_apply_dense(self, grad: Any, var: Any, apply_state: State | None = None) -> Any:
        c = self._common(var, apply_state)
        buffers = (var, self.get_slot(var, "m"), self.get_slot(var, "v"))
        values = (c[name] for name in ("beta_1_power", "lr_t", "beta_1_t", "beta_2_t", "epsilon"))
        return self._kernel("ResourceApplyAdaMax", buffers, *values, grad)

    def _resource_apply_sparse(self, grad: Any, var: Any, indices: Any, apply_state: State | None = None) -> Any:
        c = self._common(var, apply_state)
        m = self.get_slot(var, "m")
        m_rows = tf.gather(m, indices, axis=c["zero"])
        m_rows = m_rows * c["beta_1_t"] + grad * c["one_minus_beta_1_t"]
        with tf.control_dependencies([m_rows]):
            m_t = self._resource_scatter_update(m, indices, m_rows)
        v = self.get_slot(var, "v")
        v_rows = tf.gather(v, indices, axis=c["zero"])
        v_rows = tf.maximum(v_rows * c["beta_2_t"], tf.abs(grad))
        with tf.control_dependencies([v_rows]):
            v_t = self._resource_scatter_update(v, indices, v_rows)
        step = c["neg_scaled_lr"] * (m_rows / (v_rows + c["epsilon"]))
        with tf.control_dependencies([step]):
            update = self._resource_scatter_add(var, indices, step)
        return tf.group(update, m_t, v_t)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        hyper = self._hyper_config("learning_rate", "decay", "beta_1", "beta_2")
        return {**super().get_config(), **hyper, "epsilon": self.epsilon}
