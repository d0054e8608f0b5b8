"""The learning rate falls when training does not help any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

import tangraph as tf
from tangraph.export import export
from tangraph_keras.callbacks.base import Callback
from tangraph_keras.callbacks.monitoring import comparison
from tangraph_layers.engine.session import get_value, set_value

if TYPE_CHECKING:
    from collections.abc import Callable


@export("keras.callbacks.ReduceLROnPlateau")
class ReduceLROnPlateau(Callback):
    """Multiplies the learning rate when a value has not become better for some epochs.

    Args:
      monitor: the name of the value.
      factor: what the learning rate is multiplied with.
      patience: after how many epochs.
      verbose: whether to print that it is.
      mode: "min", "max", or "auto" to go by the name.
      min_delta: how much better counts as better.
      cooldown: how many epochs to wait after that.
      min_lr: the least learning rate.
      **kwargs: `epsilon`, the old name of `min_delta`.

    Raises:
      ValueError: a factor of 1 or more.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        if factor >= 1.0:
            raise ValueError(f"ReduceLROnPlateau does not support a factor >= 1.0. Received: {factor}")
        if "epsilon" in kwargs:
            min_delta = kwargs.pop("epsilon")
            tf.logging.warning("`epsilon` argument is deprecated and will be removed, use `min_delta` instead.")
        self.monitor = monitor
        self.factor = factor
        self.min_lr = min_lr
        self.min_delta = min_delta
        self.patience = patience
        self.verbose = verbose
        self.cooldown = cooldown
        self.mode = mode
        self._reset()

    def _reset(self) -> None:
        compare, self.best = comparison(self.mode, self.monitor, "Learning Rate Plateau Reducing")
        margin = self.min_delta if compare is np.greater else -self.min_delta
        self.monitor_op: Callable[[Any, Any], Any] = lambda value, best: compare(value, best + margin)
        self.cooldown_counter = 0
        self.wait = 0

    def on_train_begin(self, logs: Any = None) -> None:
        """Starts over."""
        self._reset()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Looks at the value, and adds the learning rate to `logs`."""
        logs = {} if logs is None else logs
        rate = self.model.optimizer.lr
        logs["lr"] = get_value(rate)
        current = logs.get(self.monitor)
        if current is None:
            tf.logging.warning(
                "Reduce LR on plateau conditioned on metric `%s` which is not available. Available metrics are: %s",
                self.monitor,
                ",".join(logs),
            )
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self.monitor_op(current, self.best):
            self.best = current
            self.wait = 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch, rate)

    def _reduce(self, epoch: int, rate: Any) -> None:
        old = float(get_value(rate))
        if old <= self.min_lr:
            return
        new = max(old * self.factor, self.min_lr)
        set_value(rate, new)
        if self.verbose > 0:
            print(f"\nEpoch {epoch + 1:05d}: ReduceLROnPlateau reducing learning rate to {new}.")  # noqa: T201
        self.cooldown_counter = self.cooldown
        self.wait = 0

    def in_cooldown(self) -> bool:
        """Returns whether the last change is too fresh for another."""
        return self.cooldown_counter > 0
