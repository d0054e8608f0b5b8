"""What a loaded data set is, and how one is found by its name."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tangraph import registry


class Split(NamedTuple):
    """One part of a data set.

    Attributes:
      images: float32, one example a row.
      labels: one label a row; int64, or one-hot float32.
    """

    images: npt.NDArray[np.float32]
    labels: npt.NDArray[Any]


class DataSet(NamedTuple):
    """A data set in two parts that share no example.

    Attributes:
      train: what a model learns from.
      test: what it is judged by.
    """

    train: Split
    test: Split


def load(name: str, **options: Any) -> Any:
    """Loads a data set by its name, from whichever installed distribution has registered it.

    Args:
      name: "digits", "cifar10", or a name that a plugin adds with the hook `tangraph_register_datasets`.
      **options: the options of that data set's loader: see :func:`tangraph_datasets.digits.load` and
        :func:`tangraph_datasets.cifar.load`.

    Returns:
      What the loader returns: a :class:`DataSet` for those two.

    Raises:
      ValueError: no data set has that name.
      ImportError: the data set needs a distribution that is not installed; the text names it.

    >>> load("digits", one_hot=True).train.labels.shape
    (1438, 10)
    """
    loaders = registry.datasets()
    if name not in loaders:
        raise ValueError(
            f"There is no data set of that name. There are: {', '.join(loaders) or 'none'}. Received: name={name!r}"
        )
    return loaders[name](**options)
