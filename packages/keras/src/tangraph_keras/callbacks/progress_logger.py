"""The callback that prints."""

from __future__ import annotations

from typing import Any

from tangraph.export import export
from tangraph_keras.callbacks.base import Callback
from tangraph_keras.callbacks.progress_bar import Progbar


@export("keras.callbacks.ProgbarLogger")
class ProgbarLogger(Callback):
    """Prints how far an epoch is, with losses and metrics; models use it by themselves.

    Args:
      count_mode: "samples" or "steps": what is counted.
      stateful_metrics: the names of metrics that are averages already.

    Raises:
      ValueError: another `count_mode`.
    """

    def __init__(self, count_mode: str = "samples", stateful_metrics: Any = None) -> None:
        super().__init__()
        if count_mode not in {"samples", "steps"}:
            raise ValueError(f"Unknown `count_mode`: {count_mode}")
        self.use_steps = count_mode == "steps"
        self.stateful_metrics = set(stateful_metrics or [])
        self.seen = 0
        self.target: int | None = None
        self.log_values: list[tuple[str, Any]] = []

    def on_train_begin(self, logs: Any = None) -> None:
        """Notes whether to print."""
        self.verbose = self.params["verbose"]
        self.epochs = self.params["epochs"]

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Prints the number of the epoch, where there are several."""
        self.seen = 0
        self.target = self.params["steps"] if self.use_steps else self.params["samples"]
        if self.verbose and self.epochs > 1:
            print(f"Epoch {epoch + 1}/{self.epochs}")  # noqa: T201  it is what this class does
        self.progbar = Progbar(
            target=self.target,
            verbose=self.verbose,
            stateful_metrics=self.stateful_metrics,
            unit_name="step" if self.use_steps else "sample",
        )

    def on_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Forgets what the batch before gave."""
        self.log_values = []

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Prints, unless it was the last batch: then the end of the epoch does."""
        if not self.verbose:
            self.seen += 1 if self.use_steps else (logs or {}).get("size", 0)
            return
        logs = logs or {}
        self.seen += 1 if self.use_steps else logs.get("size", 0)
        self.log_values += [(key, logs[key]) for key in self.params["metrics"] if key in logs]
        if self.target is None or self.seen < self.target:
            self.progbar.update(self.seen, self.log_values)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Prints the losses and metrics of the epoch."""
        logs = logs or {}
        self.log_values += [(key, logs[key]) for key in self.params["metrics"] if key in logs]
        if self.verbose:
            self.progbar.update(self.seen, self.log_values)
