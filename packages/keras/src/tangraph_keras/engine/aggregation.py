"""What the batches of an epoch gave, made one."""

from __future__ import annotations

from typing import Any

import numpy as np

import tangraph as tf


class MetricsAggregator:
    """The mean loss of the batches, and the last value of each metric, which is a mean already.

    Args:
      use_steps: whether each batch counts as one, and not as many as it has samples.
      count: how many samples or steps there are.
    """

    def __init__(self, use_steps: bool, count: int | None) -> None:
        self.results: list[Any] = []
        self.count = count
        self._use_steps = use_steps

    def create(self, outs: list[Any]) -> None:
        """Starts over."""
        # In float64, as NumPy added a float32 to a Python float when Keras was written.
        self.results = [np.float64(0.0)] * len(outs)

    def add(self, outs: list[Any], start: int = 0, end: int = 1) -> None:
        """Adds what a batch gave."""
        self.results[0] += np.float64(outs[0] if self._use_steps else outs[0] * (end - start))
        self.results[1:] = outs[1:]

    def finish(self) -> None:
        """Makes the sum a mean.

        Raises:
          ValueError: there was no batch.
        """
        if not self.results:
            raise ValueError("Empty training data.")
        self.results[0] /= self.count


class OutputsAggregator:
    """The outputs of the batches, one after the other.

    Args:
      use_steps: whether nobody knows how many samples there are.
      count: how many samples there are, otherwise.
    """

    def __init__(self, use_steps: bool, count: int | None) -> None:
        self.results: list[Any] = []
        self.count = count
        self._parts: list[list[Any]] = []
        self._use_steps = use_steps

    def create(self, outs: list[Any]) -> None:
        """Starts over."""
        self._parts = [[] for _ in outs]

    def add(self, outs: list[Any], start: int = 0, end: int = 1) -> None:
        """Adds what a batch gave.

        Raises:
          ValueError: an output has another number of samples than the batch.
        """
        for parts, out in zip(self._parts, outs, strict=True):
            if not self._use_steps and isinstance(out, np.ndarray) and (out.shape or (0,))[0] != end - start:
                raise ValueError(
                    "Mismatch between expected batch size and model output batch size. Output shape = "
                    f"{out.shape}, expected output shape = {(end - start, *out.shape[1:])}"
                )
            parts.append(out)

    def finish(self) -> None:
        """Joins the outputs."""
        self.results = [_joined(parts) for parts in self._parts]


def _joined(parts: list[Any]) -> Any:
    if len(parts) == 1:
        return parts[0]
    if not isinstance(parts[0], tf.SparseTensorValue):
        return np.concatenate(parts, axis=0)
    rows = 0
    indices = []
    for part in parts:
        indices.append(part.indices + [rows] + [0] * (len(part.dense_shape) - 1))
        rows += int(part.dense_shape[0])
    width = np.max([part.dense_shape for part in parts], axis=0)[1:]
    return tf.SparseTensorValue(
        np.concatenate(indices), np.concatenate([part.values for part in parts]), np.asarray([rows, *width])
    )
