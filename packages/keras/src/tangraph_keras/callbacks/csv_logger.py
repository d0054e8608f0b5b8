"""Epochs as lines of a file."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from typing import Any

import numpy as np

from tangraph.export import export
from tangraph_keras.callbacks.base import Callback


@export("keras.callbacks.CSVLogger")
class CSVLogger(Callback):
    """Writes what each epoch gives to a file of comma-separated values.

    Args:
      filename: the name of the file.
      separator: what stands between values.
      append: whether to keep what is in the file.
    """

    def __init__(self, filename: str, separator: str = ",", append: bool = False) -> None:
        self.sep = separator
        self.filename = filename
        self.append = append
        self.writer: Any = None
        self.keys: list[str] | None = None
        self.append_header = True
        super().__init__()

    def on_train_begin(self, logs: Any = None) -> None:
        """Opens the file."""
        if self.append and os.path.exists(self.filename):
            with open(self.filename, encoding="utf-8") as file:
                self.append_header = not file.readline()
        mode = "a" if self.append else "w"
        self.csv_file = open(self.filename, mode, newline="\n", encoding="utf-8")  # noqa: SIM115  on_train_end closes it

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Writes a line."""
        logs = logs or {}
        if self.keys is None:
            self.keys = sorted(logs)
        if self.model.stop_training:
            logs = {key: logs.get(key, "NA") for key in self.keys}
        if not self.writer:
            self.writer = csv.DictWriter(self.csv_file, ["epoch", *self.keys], delimiter=self.sep)
            if self.append_header:
                self.writer.writeheader()
        self.writer.writerow({"epoch": epoch, **{key: _text(logs[key]) for key in self.keys}})
        self.csv_file.flush()

    def on_train_end(self, logs: Any = None) -> None:
        """Closes the file."""
        self.csv_file.close()
        self.writer = None


def _text(value: Any) -> Any:
    if isinstance(value, str) or not isinstance(value, Iterable) or (isinstance(value, np.ndarray) and value.ndim == 0):
        return value
    return f'"[{", ".join(map(str, value))}]"'
