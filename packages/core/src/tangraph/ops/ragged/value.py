"""What fetching a RaggedTensor gives."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from tangraph.export import export


@export("ragged.RaggedTensorValue")
class RaggedTensorValue:
    """The value of a :class:`RaggedTensor`: what fetching one gives, and what feeds one.

    Args:
      values: an array with the elements of all rows, one row behind the other, or a RaggedTensorValue.
      row_splits: a vector of int32 or int64: row i is ``values[row_splits[i]:row_splits[i + 1]]``.

    Raises:
      TypeError: they are no such things.
      ValueError: the splits of inner rows have another type.

    >>> RaggedTensorValue(np.array([3, 1, 4]), np.array([0, 2, 2, 3])).to_list()
    [[3, 1], [], [4]]
    """

    def __init__(self, values: Any, row_splits: Any) -> None:
        is_vector = isinstance(row_splits, (np.ndarray, np.generic)) and row_splits.ndim == 1
        if not is_vector or row_splits.dtype not in (np.int64, np.int32):
            raise TypeError(f"row_splits must be a 1D int32 or int64 numpy array. Received: {row_splits!r}")
        if not isinstance(values, (np.ndarray, np.generic, RaggedTensorValue)):
            raise TypeError(f"values must be a numpy array or a RaggedTensorValue. Received: {values!r}")
        if isinstance(values, RaggedTensorValue) and row_splits.dtype != values.row_splits.dtype:
            raise ValueError("row_splits and values.row_splits must have the same dtype")
        self._values = values
        self._row_splits = row_splits

    @property
    def values(self) -> Any:
        """The elements of all rows."""
        return self._values

    @property
    def row_splits(self) -> Any:
        """Where the rows start and end."""
        return self._row_splits

    @property
    def dtype(self) -> Any:
        """The NumPy type of the elements."""
        return self._values.dtype

    @property
    def flat_values(self) -> Any:
        """The elements of the innermost rows, an array."""
        return self._values.flat_values if isinstance(self._values, RaggedTensorValue) else self._values

    @property
    def nested_row_splits(self) -> tuple[Any, ...]:
        """The splits of all ragged axes, the outermost first."""
        inner = self._values.nested_row_splits if isinstance(self._values, RaggedTensorValue) else ()
        return (self._row_splits, *inner)

    @property
    def ragged_rank(self) -> int:
        """How many axes are ragged."""
        return len(self.nested_row_splits)

    @property
    def shape(self) -> tuple[int | None, ...]:
        """The shape, with None for ragged axes."""
        return (self._row_splits.shape[0] - 1, None, *self._values.shape[1:])

    def to_list(self) -> list[Any]:
        """Returns the rows as nested lists."""
        values = self._values
        rows = values.to_list() if isinstance(values, RaggedTensorValue) else values.tolist()
        return [rows[start:end] for start, end in pairwise(self._row_splits.tolist())]

    def __str__(self) -> str:
        return f"<tf.RaggedTensorValue {self.to_list()}>"

    def __repr__(self) -> str:
        return f"tf.RaggedTensorValue(values={self._values!r}, row_splits={self._row_splits!r})"
