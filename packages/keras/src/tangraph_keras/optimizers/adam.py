"""Adam."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.optimizers.base import OptimizerV2, State
from tangraph_layers.engine import settings


@export("keras.optimizers.Adam")
class Adam(OptimizerV2):
    """Steps scaled by running averages of the gradient and of its square (Kingma and Ba, arXiv:1412.6980).

    Args:
      learning_rate: how far to go: a number, a tensor, a function that returns one, or a schedule.
      beta_1: the decay rate of the gradients' average.
      beta_2: the decay rate of the squares' average.
      epsilon: keeps the division away from zero; "epsilon hat" of the paper.
      amsgrad: whether to divide by the largest average of squares until now (Reddi et al., 2018).
      name: the optimizer's name.
      **kwargs: see `Optimizer`.

    >>> with tf.Graph().as_default():
    ...     w = tf.keras.backend.variable([1.0, 2.0], name="w")
    ...     adam = Adam()
    ...     step = adam.get_updates(tf.reduce_sum(w * w), [w])
    ...     [v.name for v in adam.weights]
    ['Adam/iter:0', 'Adam/w/m:0', 'Adam/w/v:0']
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: Any = 0.9,
        beta_2: Any = 0.999,
        epsilon: float | None = 1e-7,
        amsgrad: bool = False,
        name: str | None = "Adam",
        **kwargs: Any,
    ) -> None:
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._set_hyper("beta_1", beta_1)
        self._set_hyper("beta_2", beta_2)
        self.epsilon = epsilon or settings.epsilon()
        self.amsgrad = amsgrad

    def _create_slots(self, var_list: list[Any]) -> None:
        for slot in ("m", "v", "vhat") if self.amsgrad else ("m", "v"):
            for var in var_list:
                self.add_slot(var, slot)

    def _prepare_local(self, var_device: Any, var_dtype: Any, apply_state: State) -> None:
        super()._prepare_local(var_device, var_dtype, apply_state)
        step = tf.cast(self.iterations + 1, var_dtype)
        beta_1 = tf.identity(self._get_hyper("beta_1", var_dtype))
        beta_2 = tf.identity(self._get_hyper("beta_2", var_dtype))
        power_1 = tf.pow(beta_1, step)
        power_2 = tf.pow(beta_2, step)
        common = apply_state[var_device, var_dtype]
        common.update(
            lr=common["lr_t"] * (tf.sqrt(1 - power_2) / (1 - power_1)),
            epsilon=tf.convert_to_tensor(self.epsilon, var_dtype),
            beta_1_t=beta_1,
            beta_1_power=power_1,
            one_minus_beta_1_t=1 - beta_1,
            beta_2_t=beta_2,
            beta_2_power=power_2,
            one_minus_beta_2_t=1 - beta_2,
        )

    def set_weights(self, weights: list[Any]) -> None:
        """Writes values into `weights`; those of an older Keras, which had a third slot in any case, are taken too."""
        count = (len(self.weights) - 1) // 2
        super().set_weights(weights[: len(self.weights)] if len(weights) == 3 * count + 1 else weights)

    def _resource_apply_dense(self, grad: Any, var: Any, apply_state: State | None = None) -> Any:
        c = self._common(var, apply_state)
        buffers = (var, self.get_slot(var, "m"), self.get_slot(var, "v"))
        names = ("beta_1_power", "beta_2_power", "lr_t", "beta_1_t", "beta_2_t", "epsilon")
        values = (*(c[name] for name in names), grad)
        if not self.amsgrad:
            return self._kernel("ResourceApplyAdam", buffers, *values)
        return self._kernel("ResourceApplyAdamWithAmsgrad", (*buffers, self.get_slot(var, "vhat")), *values)

    def _resource_apply_sparse(self, grad: Any, var: Any, indices: Any, apply_state: State | None = None) -> Any:
        c = self._common(var, apply_state)
        m = self.get_slot(var, "m")
        scaled = grad * c["one_minus_beta_1_t"]
        m_t = tf.assign(m, m * c["beta_1_t"], use_locking=self._use_locking)
        with tf.control_dependencies([m_t]):
            m_t = self._resource_scatter_add(m, indices, scaled)
        v = self.get_slot(var, "v")
        scaled = grad * grad * c["one_minus_beta_2_t"]
        v_t = tf.assign(v, v * c["beta_2_t"], use_locking=self._use_locking)
        with tf.control_dependencies([v_t]):
            v_t = self._resource_scatter_add(v, indices, scaled)
        divisor, kept = v_t, [m_t, v_t]
        if self.amsgrad:
            v_hat = self.get_slot(var, "vhat")
            divisor = tf.maximum(v_hat, v_t)
            with tf.control_dependencies([divisor]):
                divisor = tf.assign(v_hat, divisor, use_locking=self._use_locking)
            kept.append(divisor)
        root = tf.sqrt(divisor)
        update = tf.assign_sub(var, c["lr"] * m_t / (root + c["epsilon"]), use_locking=self._use_locking)
        return tf.group(update, *kept)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        hyper = self._hyper_config("learning_rate", "decay", "beta_1", "beta_2")
        return {**super().get_config(), **hyper, "epsilon": self.epsilon, "amsgrad": self.amsgrad}
