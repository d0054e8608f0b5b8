"""Training ends when it does not help any more."""

from __future__ import annotations

from typing import Any

import numpy as np

import tangraph as tf
from tangraph.export import export
from tangraph_keras.callbacks.base import Callback
from tangraph_keras.callbacks.monitoring import comparison


@export("keras.callbacks.EarlyStopping")
class EarlyStopping(Callback):
    """Ends training when a value has not become better for some epochs.

    Args:
      monitor: the name of the value.
      min_delta: how much better counts as better.
      patience: after how many epochs without that training ends.
      verbose: whether to print that it does.
      mode: "min", "max", or "auto" to go by the name.
      baseline: the value that is to be beaten at first.
      restore_best_weights: whether the model gets the weights of the best epoch in the end.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
    ) -> None:
        super().__init__()
        self.monitor = monitor
        self.patience = patience
        self.verbose = verbose
        self.baseline = baseline
        self.wait = 0
        self.stopped_epoch = 0
        self.restore_best_weights = restore_best_weights
        self.best_weights: Any = None
        self.monitor_op, self._worst = comparison(mode, monitor, "EarlyStopping")
        self.min_delta = abs(min_delta) if self.monitor_op is np.greater else -abs(min_delta)

    def on_train_begin(self, logs: Any = None) -> None:
        """Starts over."""
        self.wait = 0
        self.stopped_epoch = 0
        self.best = self._worst if self.baseline is None else self.baseline

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Looks at the value."""
        current = self.get_monitor_value(logs)
        if current is None:
            return
        if self.monitor_op(current - self.min_delta, self.best):
            self.best = current
            self.wait = 0
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            return
        self.wait += 1
        if self.wait >= self.patience:
            self.stopped_epoch = epoch
            self.model.stop_training = True
            if self.restore_best_weights:
                if self.verbose > 0:
                    print("Restoring model weights from the end of the best epoch.")  # noqa: T201
                self.model.set_weights(self.best_weights)

    def on_train_end(self, logs: Any = None) -> None:
        """Prints that training ended early."""
        if self.stopped_epoch > 0 and self.verbose > 0:
            print(f"Epoch {self.stopped_epoch + 1:05d}: early stopping")  # noqa: T201

    def get_monitor_value(self, logs: Any) -> Any:
        """Returns the value, or None with a warning where there is none."""
        logs = logs or {}
        value = logs.get(self.monitor)
        if value is None:
            tf.logging.warning(
                "Early stopping conditioned on metric `%s` which is not available. Available metrics are: %s",
                self.monitor,
                ",".join(logs),
            )
        return value
