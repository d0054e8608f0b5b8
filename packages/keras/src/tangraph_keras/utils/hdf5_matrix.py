"""Parts of HDF5 files as arrays that stay on disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from tangraph.export import export


@export("keras.utils.HDF5Matrix")
class HDF5Matrix:
    """Rows of a data set in an HDF5 file, which `fit`, `evaluate` and `predict` take in place of an array.

    Args:
      datapath: the file.
      dataset: the data set in it.
      start: its first row.
      end: the row after the last one; to the end when None.
      normalizer: a function that is applied to what is read.

    Raises:
      ImportError: h5py is not installed.
    """

    #: The files that are open, by their paths.
    refs: ClassVar[dict[str, Any]] = {}

    def __init__(
        self,
        datapath: str,
        dataset: str,
        start: int = 0,
        end: int | None = None,
        normalizer: Callable[[Any], Any] | None = None,
    ) -> None:
        try:
            import h5py
        except ImportError as error:
            raise ImportError(
                "The use of HDF5Matrix requires HDF5 and h5py installed: pip install tangraph-keras[hdf5]"
            ) from error
        if not self.refs.get(datapath):
            self.refs[datapath] = h5py.File(datapath, "r")
        self.data = self.refs[datapath][dataset]
        self.start = start
        self.end = self.data.shape[0] if end is None else end
        self.normalizer = normalizer

    def __len__(self) -> int:
        return int(self.end - self.start)

    def __getitem__(self, key: Any) -> Any:
        rows: Any
        if isinstance(key, slice):
            stop = self.shape[0] if key.stop is None else key.stop
            rows, last = slice((key.start or 0) + self.start, stop + self.start), stop + self.start - 1
        elif isinstance(key, int | np.integer):
            rows = last = key + self.start
        else:
            rows = [int(row) + self.start for row in key]
            last = max(rows)
        if last >= self.end:
            raise IndexError(f"{key} is out of range: there are {len(self)} rows")
        found = self.data[rows]
        return found if self.normalizer is None else self.normalizer(found)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape, rows first."""
        return (len(self), *self.data.shape[1:])

    @property
    def dtype(self) -> Any:
        """The element type."""
        return self.data.dtype

    @property
    def ndim(self) -> int:
        """The rank."""
        return int(self.data.ndim)

    @property
    def size(self) -> Any:
        """The number of elements."""
        return np.prod(self.shape)
