"""Gradient descent."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph.ops.state.scatter import resource_scatter
from tangraph_keras.optimizers.base import OptimizerV2, State


def has_momentum(momentum: Any) -> bool:
    """Returns whether there is a momentum.

    Raises:
      ValueError: a number outside of 0 and 1.
    """
    if isinstance(momentum, int | float) and (momentum < 0 or momentum > 1):
        raise ValueError("`momentum` must be between [0, 1].")
    return isinstance(momentum, tf.Tensor) or callable(momentum) or momentum > 0


@export("keras.optimizers.SGD")
class SGD(OptimizerV2):
    """Gradient descent, with momentum where it is asked for.

    Args:
      learning_rate: how far to go: a number, a tensor, a function that returns one, or a schedule.
      momentum: how much of the last step is gone again.
      nesterov: whether the gradient is taken for that of the place after the step (Nesterov, 1983).
      name: the optimizer's name.
      **kwargs: see `Optimizer`.

    >>> with tf.Graph().as_default():
    ...     w = tf.keras.backend.variable([1.0, 2.0])
    ...     step = SGD(0.1).get_updates(tf.reduce_sum(w * w), [w])
    ...     _ = tf.keras.backend.get_session().run(step)
    ...     tf.keras.backend.get_value(w).round(4).tolist()
    [0.800000011920929, 1.600000023841858]
    """

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: Any = 0.0,
        nesterov: bool = False,
        name: str | None = "SGD",
        **kwargs: Any,
    ) -> None:
        super().__init__(name, **kwargs)
        self._set_hyper("learning_rate", kwargs.get("lr", learning_rate))
        self._set_hyper("decay", self._initial_decay)
        self._momentum = has_momentum(momentum)
        self._set_hyper("momentum", momentum)
        self.nesterov = nesterov

    def _create_slots(self, var_list: list[Any]) -> None:
        if self._momentum:
            for var in var_list:
                self.add_slot(var, "momentum")

    def _prepare_local(self, var_device: Any, var_dtype: Any, apply_state: State) -> None:
        super()._prepare_local(var_device, var_dtype, apply_state)
        apply_state[var_device, var_dtype]["momentum"] = tf.identity(self._get_hyper("momentum", var_dtype))

    def _resource_apply_dense(self, grad: Any, var: Any, apply_state: State | None = None) -> Any:
        c = self._common(var, apply_state)
        if not self._momentum:
            return self._kernel("ResourceApplyGradientDescent", (var,), c["lr_t"], grad)
        buffers = (var, self.get_slot(var, "momentum"))
        values = (c["lr_t"], grad, c["momentum"])
        return self._kernel("ResourceApplyKerasMomentum", buffers, *values, use_nesterov=self.nesterov)

    def _resource_apply_sparse_duplicate_indices(self, grad: Any, var: Any, indices: Any, **kwargs: Any) -> Any:
        if self._momentum:
            return super()._resource_apply_sparse_duplicate_indices(grad, var, indices, **kwargs)
        c = self._common(var, kwargs.get("apply_state"))
        return resource_scatter("Add", var, indices, -grad * c["lr_t"], None)

    def _resource_apply_sparse(self, grad: Any, var: Any, indices: Any, apply_state: State | None = None) -> Any:
        c = self._common(var, apply_state)
        buffers = (var, self.get_slot(var, "momentum"))
        values = (c["lr_t"], grad, indices, c["momentum"])
        return self._kernel("ResourceSparseApplyKerasMomentum", buffers, *values, use_nesterov=self.nesterov)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {
            **super().get_config(),
            **self._hyper_config("learning_rate", "decay", "momentum"),
            "nesterov": self.nesterov,
        }
