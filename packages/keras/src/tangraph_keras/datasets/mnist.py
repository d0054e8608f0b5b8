"""MNIST: 70,000 images of handwritten digits (LeCun et al., 1998)."""

from __future__ import annotations

from typing import Any, Final

from tangraph.export import export
from tangraph_keras.datasets.archive import load_arrays

_CHECKSUM: Final = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"


@export("keras.datasets.mnist.load_data")
def load_data(path: str = "mnist.npz") -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Returns ``(x_train, y_train), (x_test, y_test)``.

    Args:
      path: what the file is called in ``~/.keras/datasets``.

    Returns:
      Images, uint8 of [n, 28, 28], and digits, uint8 of [n]: 60,000 and 10,000.
    """
    keys = ("x_train", "y_train", "x_test", "y_test")
    x_train, y_train, x_test, y_test = load_arrays(path, "mnist.npz", _CHECKSUM, keys)
    return (x_train, y_train), (x_test, y_test)
