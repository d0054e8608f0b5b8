"""What a thread feeds next: rows of arrays or of a table, epoch after epoch."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

import tangraph as tf


class RowFeed:
    """Feeds rows in order, a batch at each call, from the first one or a random one on.

    Args:
      placeholders: one for the row numbers, and one for each column.
      length: how many rows there are.
      batch_size: the rows of a batch.
      random_start: whether to begin at a random row.
      num_epochs: how often every row is fed; None for ever.
    """

    def __init__(
        self, placeholders: Sequence[Any], length: int, batch_size: int, random_start: bool, num_epochs: int | None
    ) -> None:
        self._placeholders = placeholders
        self._length = length
        self._batch_size = batch_size
        self._num_epochs = num_epochs
        self._epoch = 0
        # TensorFlow seeds Python's generator here as well, from the system: programs that use it see that.
        random.seed(None)
        self._next = random.randrange(length) if random_start else 0  # noqa: S311  no secret
        self._last = (self._next - 1) % length

    def __call__(self) -> dict[Any, Any]:
        """Returns what is fed next.

        Raises:
          tf.errors.OutOfRangeError: all epochs are over.
        """
        rows = self._rows()
        self._next = (rows[-1] + 1) % self._length
        return dict(zip(self._placeholders, self.values(rows), strict=True))

    def values(self, rows: list[int]) -> list[Any]:
        """Returns the numbers of rows, and the values of each column in them."""
        raise NotImplementedError

    def _rows(self) -> list[int]:
        if self._num_epochs is not None and self._epoch >= self._num_epochs:
            raise tf.errors.OutOfRangeError(None, None, f"Already emitted {self._epoch} epochs.")
        rows = [row % self._length for row in range(self._next, self._next + self._batch_size)]
        ends = [place for place, row in enumerate(rows) if row == self._last]
        self._epoch += len(ends)
        if self._num_epochs is None or self._epoch < self._num_epochs:
            return rows
        final = ends[-(self._epoch - self._num_epochs + 1)]
        self._epoch = self._num_epochs
        return rows[: final + 1]


class ArraysFeed(RowFeed):
    """Feeds rows of arrays of one length, by name."""

    def __init__(self, placeholders: Sequence[Any], arrays: Mapping[str, Any], *options: Any) -> None:
        super().__init__(placeholders, len(next(iter(arrays.values()))), *options)
        self._arrays = list(arrays.values())

    def values(self, rows: list[int]) -> list[Any]:
        """Returns the numbers of rows, and what each array has there."""
        return [rows, *(array[rows] for array in self._arrays)]


class TableFeed(RowFeed):
    """Feeds rows of a DataFrame of pandas, with its index."""

    def __init__(self, placeholders: Sequence[Any], table: Any, *options: Any) -> None:
        super().__init__(placeholders, len(table), *options)
        self._table = table

    def values(self, rows: list[int]) -> list[Any]:
        """Returns the index, and what each column has there."""
        part = self._table.iloc[rows]
        return [column.to_numpy() for column in (part.index, *(part[name] for name in part.columns))]
