"""Optimizers of `tf.train` as those of Keras."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph_layers.engine.session import track_variable


class TFOptimizer:
    """An optimizer of `tf.train` that a model was compiled with.

    Args:
      optimizer: the optimizer.
      iterations: the variable that counts steps; a new one when None.
    """

    def __init__(self, optimizer: Any, iterations: Any = None) -> None:
        self.optimizer = optimizer
        self.updates: list[Any] = []
        if iterations is None:
            with tf.name_scope(type(self).__name__):
                iterations = tf.keras.backend.variable(0, dtype="int64", name="iterations")
        self.iterations = iterations
        track_variable(iterations)

    def apply_gradients(self, grads: Any) -> None:
        """Makes the operation that moves weights by pairs of gradients and weights."""
        self.optimizer.apply_gradients(grads, global_step=self.iterations)

    def get_grads(self, loss: Any, params: Any) -> Any:
        """Returns pairs of gradients and weights."""
        return self.optimizer.compute_gradients(loss, params)

    def get_updates(self, loss: Any, params: Any) -> list[Any]:
        """Returns the operations of one step of training."""
        if not params:
            self.updates = [tf.assign_add(self.iterations, 1)]
            return self.updates
        gradients = self.optimizer.compute_gradients(loss, params)
        self.updates = [self.optimizer.apply_gradients(gradients, global_step=self.iterations)]
        return self.updates

    @property
    def weights(self) -> list[Any]:
        """Not available.

        Raises:
          NotImplementedError: always, as in TensorFlow.
        """
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """Not available.

        Raises:
          NotImplementedError: always, as in TensorFlow.
        """
        raise NotImplementedError

    @property
    def _checkpoint_dependencies(self) -> list[tuple[str, Any]]:
        return [("optimizer", self.optimizer), ("global_step", self.iterations)]
