"""What `fit` returns."""

from __future__ import annotations

from typing import Any

from tangraph.export import export
from tangraph_keras.callbacks.base import Callback


@export("keras.callbacks.History")
class History(Callback):
    """Keeps what each epoch gave; `fit` returns it.

    Attributes:
      epoch: the numbers of the epochs.
      history: a dictionary from the names of losses and metrics to lists of values, one an epoch.
    """

    def __init__(self) -> None:
        super().__init__()
        self.epoch: list[int] = []
        self.history: dict[str, list[Any]] = {}

    def on_train_begin(self, logs: Any = None) -> None:
        """Starts over."""
        self.epoch = []
        self.history = {}

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Keeps what the epoch gave."""
        self.epoch.append(epoch)
        for key, value in (logs or {}).items():
            self.history.setdefault(key, []).append(value)
