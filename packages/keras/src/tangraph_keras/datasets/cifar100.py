"""CIFAR-100: 60,000 colour images of 100 classes (Krizhevsky, 2009)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from tangraph.export import export
from tangraph_keras.datasets.cifar import as_set, load_batch
from tangraph_keras.utils.download import get_file

_URL: Final = "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz"
_CHECKSUM: Final = "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7"


@export("keras.datasets.cifar100.load_data")
def load_data(label_mode: str = "fine") -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Returns ``(x_train, y_train), (x_test, y_test)``.

    Args:
      label_mode: "fine" for the 100 classes, "coarse" for the 20 groups of them.

    Returns:
      Images, uint8 of [n, 32, 32, 3] (or with the channels first, by the setting), and classes of [n, 1]: 50,000 and
      10,000.

    Raises:
      ValueError: another word.
    """
    if label_mode not in {"fine", "coarse"}:
        raise ValueError('`label_mode` must be one of `"fine"`, `"coarse"`.')
    folder = Path(get_file("cifar-100-python", origin=_URL, untar=True, file_hash=_CHECKSUM))
    train = as_set(*load_batch(folder / "train", label_key=f"{label_mode}_labels"))
    return train, as_set(*load_batch(folder / "test", label_key=f"{label_mode}_labels"))
