"""Adam with Nesterov momentum."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.optimizers.base import OptimizerV2, State
from tangraph_keras.optimizers.schedules import LearningRateSchedule
from tangraph_layers.engine import settings


@export("keras.optimizers.Nadam")
class Nadam(OptimizerV2):
    """Adam with Nesterov momentum that grows (Dozat, 2015).

    Args:
      learning_rate: how far to go: a number, a tensor, or a function that returns one.
      beta_1: the decay rate of the gradients' average.
      beta_2: the decay rate of the squares' average.
      epsilon: keeps the division away from zero.
      name: the optimizer's name.
      **kwargs: see `Optimizer`; `schedule_decay`, how fast the momentum grows.

    Raises:
      ValueError: a schedule as the learning rate.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: Any = 0.9,
        beta_2: Any = 0.999,
        epsilon: float | None = 1e-7,
        name: str | None = "Nadam",
        **kwargs: Any,
    ) -> None:
        kwargs["decay"] = kwargs.pop("schedule_decay", 0.004)
        learning_rate = kwargs.get("lr", learning_rate)
        if isinstance(learning_rate, LearningRateSchedule):
            raise ValueError(
                "The Nadam optimizer does not support tf.keras.optimizers.LearningRateSchedules as the learning rate."
            )
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", learning_rate)
        self._set_hyper("decay", self._initial_decay)
        self._set_hyper("beta_1", beta_1)
        self._set_hyper("beta_2", beta_2)
        self.epsilon = epsilon or settings.epsilon()
        self._m_cache: Any = None
        self._m_cache_read: Any = None

    def _create_slots(self, var_list: list[Any]) -> None:
        if self._m_cache is None:
            dtype = var_list[0].dtype.base_dtype
            self._m_cache = self.add_weight(
                "momentum_cache", shape=[], dtype=dtype, initializer="ones", trainable=False
            )
            self._weights.append(self._m_cache)
        for slot in ("m", "v"):
            for var in var_list:
                self.add_slot(var, slot)

    def _prepare(self, var_list: list[Any]) -> State:
        # The momentum until now, read once, so that weights of all types see the same one.
        self._m_cache_read = tf.identity(self._m_cache)
        return super()._prepare(var_list)

    def _prepare_local(self, var_device: Any, var_dtype: Any, apply_state: State) -> None:
        rate = tf.identity(self._get_hyper("learning_rate", var_dtype))
        beta_1 = tf.identity(self._get_hyper("beta_1", var_dtype))
        beta_2 = tf.identity(self._get_hyper("beta_2", var_dtype))
        step = tf.cast(self.iterations + 1, var_dtype)
        after = tf.cast(self.iterations + 2, var_dtype)
        base = tf.cast(0.96, var_dtype)
        m_t = beta_1 * (1.0 - 0.5 * tf.pow(base, self._initial_decay * step))
        m_t_1 = beta_1 * (1.0 - 0.5 * tf.pow(base, self._initial_decay * after))
        new = tf.cast(self._m_cache_read, var_dtype) * m_t
        if var_dtype is self._m_cache.dtype:
            new = tf.identity(tf.assign(self._m_cache, new, use_locking=self._use_locking))
        following = new * m_t_1
        apply_state[var_device, var_dtype] = {
            "lr_t": rate,
            "neg_lr_t": -rate,
            "epsilon": tf.convert_to_tensor(self.epsilon, var_dtype),
            "beta_1_t": beta_1,
            "beta_2_t": beta_2,
            "m_t": m_t,
            "m_t_1": m_t_1,
            "one_minus_beta_1_t": 1 - beta_1,
            "one_minus_beta_2_t": 1 - beta_2,
            "one_minus_m_t": 1.0 - m_t,
            "one_minus_m_schedule_new": 1.0 - new,
            "one_minus_m_schedule_next": 1.0 - following,
            "v_t_prime_denominator": 1.0 - tf.pow(beta_2, step),
        }

    def _resource_apply_dense(self, grad: Any, var: Any, apply_state: State | None = None) -> Any:
        c = self._common(var, apply_state)
        m, v = self.get_slot(var, "m"), self.get_slot(var, "v")
        g_prime = grad / c["one_minus_m_schedule_new"]
        m_t = c["beta_1_t"] * m + c["one_minus_beta_1_t"] * grad
        m_t = tf.assign(m, m_t, use_locking=self._use_locking)
        m_t_prime = m_t / c["one_minus_m_schedule_next"]
        v_t = c["beta_2_t"] * v + c["one_minus_beta_2_t"] * tf.square(grad)
        v_t = tf.assign(v, v_t, use_locking=self._use_locking)
        v_t_prime = v_t / c["v_t_prime_denominator"]
        m_t_bar = c["one_minus_m_t"] * g_prime + c["m_t_1"] * m_t_prime
        var_t = var - c["lr_t"] * m_t_bar / (tf.sqrt(v_t_prime) + c["epsilon"])
        return tf.assign(var, var_t, use_locking=self._use_locking).op

    def _resource_apply_sparse(self, grad: Any, var: Any, indices: Any, apply_state: State | None = None) -> Any:
        c = self._common(var, apply_state)
        m, v = self.get_slot(var, "m"), self.get_slot(var, "v")
        g_prime = grad / c["one_minus_m_schedule_new"]
        scaled = grad * c["one_minus_beta_1_t"]
        m_t = tf.assign(m, m * c["beta_1_t"], use_locking=self._use_locking)
        with tf.control_dependencies([m_t]):
            m_t = self._resource_scatter_add(m, indices, scaled)
            m_rows = tf.gather(m_t, indices)
        m_prime = m_rows / c["one_minus_m_schedule_next"]
        m_bar = c["one_minus_m_t"] * g_prime + c["m_t_1"] * m_prime
        scaled = grad * grad * c["one_minus_beta_2_t"]
        v_t = tf.assign(v, v * c["beta_2_t"], use_locking=self._use_locking)
        with tf.control_dependencies([v_t]):
            v_t = self._resource_scatter_add(v, indices, scaled)
            v_rows = tf.gather(v_t, indices)
        v_prime = v_rows / c["v_t_prime_denominator"]
        divisor = tf.sqrt(v_prime) + c["epsilon"]
        update = self._resource_scatter_add(var, indices, c["neg_lr_t"] * m_bar / divisor)
        return tf.group(update, m_bar, v_t)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        hyper = self._hyper_config("learning_rate", "decay", "beta_1", "beta_2")
        return {**super().get_config(), **hyper, "epsilon": self.epsilon}
