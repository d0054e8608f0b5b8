"""CIFAR-10: 60,000 colour images of 10 classes (Krizhevsky, 2009)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np

from tangraph.export import export
from tangraph_keras.datasets.cifar import as_set, load_batch
from tangraph_keras.utils.download import get_file

_URL: Final = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
_CHECKSUM: Final = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"


@export("keras.datasets.cifar10.load_data")
def load_data() -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Returns ``(x_train, y_train), (x_test, y_test)``.

    Returns:
      Images, uint8 of [n, 32, 32, 3] (or with the channels first, by the setting), and classes, uint8 of [n, 1]: 50,000
      and 10,000.
    """
    folder = Path(get_file("cifar-10-batches-py", origin=_URL, untar=True, file_hash=_CHECKSUM))
    batches = [load_batch(folder / f"data_batch_{i}") for i in range(1, 6)]
    images, labels = zip(*batches, strict=True)
    test_images, test_labels = load_batch(folder / "test_batch")
    train = as_set(np.concatenate(images), np.concatenate(labels).astype("uint8"))
    return train, as_set(test_images, np.asarray(test_labels, "uint8"))
