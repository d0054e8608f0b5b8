"""Averages over epochs."""

from __future__ import annotations

from typing import Any

import numpy as np

from tangraph.export import export
from tangraph_keras.callbacks.base import Callback


@export("keras.callbacks.BaseLogger")
class BaseLogger(Callback):
    """Gives the other callbacks the averages of an epoch's batches; models use it by themselves.

    Args:
      stateful_metrics: the names of metrics that are averages already.
    """

    def __init__(self, stateful_metrics: Any = None) -> None:
        super().__init__()
        self.stateful_metrics = set(stateful_metrics or [])
        self.seen = 0
        self.totals: dict[str, Any] = {}

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Starts over."""
        self.seen = 0
        self.totals = {}

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Adds what a batch gave."""
        logs = logs or {}
        size = logs.get("size", 0)
        self.seen += size
        for key, value in logs.items():
            if key in self.stateful_metrics:
                self.totals[key] = value
            else:
                self.totals[key] = self.totals.get(key, 0.0) + np.float64(value) * size

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Writes the averages into `logs`."""
        if logs is not None:
            for key in self.params["metrics"]:
                if key in self.totals:
                    total = self.totals[key]
                    logs[key] = total if key in self.stateful_metrics else total / self.seen
