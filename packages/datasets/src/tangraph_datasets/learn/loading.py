"""Data sets by name: `tf.contrib.learn.datasets.load_dataset` and `make_dataset`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from tangraph_datasets import mnist
from tangraph_datasets.learn import base, synthetic

#: Name -> the function that loads it.
DATASETS: Final = {"boston": base.load_boston, "iris": base.load_iris, "mnist": mnist.load_mnist}
#: Name -> the function that makes it.
SYNTHETIC: Final[dict[str, Callable[..., base.Dataset]]] = {"circles": synthetic.circles, "spirals": synthetic.spirals}


def load_dataset(name: str, size: str = "small", test_with_fake_data: bool = False) -> Any:
    """Loads a data set by its name.

    Args:
      name: "iris", "boston" or "mnist".
      size: ignored; it is TensorFlow's for "dbpedia".
      test_with_fake_data: ignored likewise.

    Returns:
      A `Dataset`; for "mnist" `Datasets`.

    Raises:
      ValueError: no data set has that name.

    >>> load_dataset("iris").target.shape
    (150,)
    """
    del size, test_with_fake_data
    if name not in DATASETS:
        raise ValueError(f"Name of dataset is not found: {name}")
    return DATASETS[name]()


def make_dataset(
    name: str, n_samples: int = 100, noise: float | None = None, seed: int | None = 42, *args: Any, **kwargs: Any
) -> base.Dataset:
    """Makes a data set of points in the plane.

    Args:
      name: "circles" or "spirals".
      n_samples: how many points.
      noise: the standard deviation of what is added to each coordinate; None for nothing.
      seed: what NumPy's generator is seeded from; None leaves it as it is.
      *args: further arguments of the function in `synthetic`.
      **kwargs: its keyword arguments.

    Raises:
      ValueError: no data set has that name.
    """
    if name not in SYNTHETIC:
        raise ValueError(f"Synthetic dataset not found or not implemeted: {name}")
    return SYNTHETIC[name](n_samples, noise, seed, *args, **kwargs)
