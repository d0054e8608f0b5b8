"""The model saved while it trains."""

from __future__ import annotations

import os
import re
from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.callbacks.base import Callback
from tangraph_keras.callbacks.monitoring import comparison


@export("keras.callbacks.ModelCheckpoint")
class ModelCheckpoint(Callback):
    """Saves the model after each epoch, or after a number of examples.

    Args:
      filepath: where to; `{epoch:02d}` and the names of losses and metrics in it are filled in.
      monitor: the name of the value that says how good the model is.
      verbose: whether to print that it is saved.
      save_best_only: whether only a better model is saved.
      save_weights_only: whether only the weights are saved.
      mode: "min", "max", or "auto" to go by the name.
      save_freq: "epoch", or a number of examples.
      **kwargs: `period`, a number of epochs; `load_weights_on_restart`, whether training begins with what is there.

    Raises:
      ValueError: another `save_freq`.
    """

    def __init__(
        self,
        filepath: str,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: Any = "epoch",
        **kwargs: Any,
    ) -> None:
        super().__init__()
        self.monitor = monitor
        self.verbose = verbose
        self.filepath = filepath
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        self.save_freq = save_freq
        self.epochs_since_last_save = 0
        self._samples_seen_since_last_saving = 0
        self._current_epoch = 0
        self.load_weights_on_restart = kwargs.get("load_weights_on_restart", False)
        if "load_weights_on_restart" in kwargs:
            tf.logging.warning(
                "`load_weights_on_restart` argument is deprecated. Please use `model.load_weights()` for loading "
                "weights before the start of `model.fit()`."
            )
        self.period = kwargs.get("period", 1)
        if "period" in kwargs:
            tf.logging.warning(
                "`period` argument is deprecated. Please use `save_freq` to specify the frequency in number of samples "
                "seen."
            )
        self.monitor_op, self.best = comparison(mode, monitor, "ModelCheckpoint", ("acc",))
        if mode not in {"min", "max"} and monitor.startswith("fmeasure"):
            self.monitor_op, self.best = comparison("max", monitor, "ModelCheckpoint")
        if save_freq != "epoch" and not isinstance(save_freq, int):
            raise ValueError(f"Unrecognized save_freq: {save_freq}")

    def set_model(self, model: Any) -> None:
        """Takes the model; of one that is Python, only weights can be saved."""
        self.model = model
        if not model._is_graph_network and type(model).__name__ != "Sequential":
            self.save_weights_only = True

    def on_train_begin(self, logs: Any = None) -> None:
        """Loads weights, where that was asked for."""
        if not self.load_weights_on_restart:
            return
        path = latest_file(self.filepath)
        if path is not None:
            try:
                self.model.load_weights(path)
            except (OSError, ValueError) as error:
                raise ValueError(f"Error loading file from {path}. Reason: {error}") from error

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Saves after a number of examples."""
        if isinstance(self.save_freq, int):
            self._samples_seen_since_last_saving += (logs or {}).get("size", 1)
            if self._samples_seen_since_last_saving >= self.save_freq:
                self._save_model(self._current_epoch, logs)
                self._samples_seen_since_last_saving = 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Notes the epoch."""
        self._current_epoch = epoch

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Saves after an epoch."""
        self.epochs_since_last_save += 1
        if self.save_freq == "epoch":
            self._save_model(epoch, logs)

    def _save_model(self, epoch: int, logs: Any) -> None:
        logs = logs or {}
        if not isinstance(self.save_freq, int) and self.epochs_since_last_save < self.period:
            return
        self.epochs_since_last_save = 0
        path = self.filepath.format(epoch=epoch + 1, **logs)
        if not self.save_best_only:
            self._say(f"\nEpoch {epoch + 1:05d}: saving model to {path}")
            self._save(path)
            return
        current = logs.get(self.monitor)
        if current is None:
            tf.logging.warning("Can save best model only with %s available, skipping.", self.monitor)
        elif self.monitor_op(current, self.best):
            self._say(
                f"\nEpoch {epoch + 1:05d}: {self.monitor} improved from {self.best:0.5f} to {current:0.5f}, saving "
                f"model to {path}"
            )
            self.best = current
            self._save(path)
        else:
            self._say(f"\nEpoch {epoch + 1:05d}: {self.monitor} did not improve from {self.best:0.5f}")

    def _save(self, path: str) -> None:
        if self.save_weights_only:
            self.model.save_weights(path, overwrite=True)
        else:
            self.model.save(path, overwrite=True)

    def _say(self, text: str) -> None:
        if self.verbose > 0:
            print(text)  # noqa: T201  it was asked for


def latest_file(pattern: str) -> str | None:
    """Returns the latest file whose name a pattern with `{...}` in it stands for, or None."""
    folder, name = os.path.split(pattern)
    expression = re.compile(f"^{re.sub(r'{.*}', r'.*', name)}$")
    latest = tf.train.latest_checkpoint(folder)
    if latest is not None and expression.match(os.path.basename(latest)):
        return str(latest)
    if not os.path.isdir(folder or "."):
        return None
    found = [os.path.join(folder, file) for file in os.listdir(folder or ".") if expression.match(file)]
    return max(found, key=lambda path: (os.path.getmtime(path), path), default=None)
