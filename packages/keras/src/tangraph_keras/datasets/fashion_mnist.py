"""Fashion-MNIST: 70,000 images of clothes (Xiao et al., arXiv:1708.07747)."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np

from tangraph.export import export
from tangraph_keras.datasets.archive import BASE
from tangraph_keras.utils.download import get_file


@export("keras.datasets.fashion_mnist.load_data")
def load_data() -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Returns ``(x_train, y_train), (x_test, y_test)``.

    Returns:
      Images, uint8 of [n, 28, 28], and classes, uint8 of [n]: 60,000 and 10,000.
    """
    return _part("train"), _part("t10k")


def _part(name: str) -> tuple[Any, Any]:
    folder = str(Path("datasets") / "fashion-mnist")
    paths = [
        get_file(file, origin=BASE + file, cache_subdir=folder)
        for file in (f"{name}-labels-idx1-ubyte.gz", f"{name}-images-idx3-ubyte.gz")
    ]
    with gzip.open(paths[0], "rb") as file:
        labels = np.frombuffer(file.read(), np.uint8, offset=8)
    with gzip.open(paths[1], "rb") as file:
        images = np.frombuffer(file.read(), np.uint8, offset=16)
    return images.reshape(len(labels), 28, 28), labels
