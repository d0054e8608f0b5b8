"""Boston housing: prices of 506 towns by 13 features (Harrison and Rubinfeld, 1978)."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from tangraph.export import export
from tangraph_keras.datasets.archive import load_arrays

_CHECKSUM: Final = "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5"


@export("keras.datasets.boston_housing.load_data")
def load_data(
    path: str = "boston_housing.npz", test_split: float = 0.2, seed: int = 113
) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Returns ``(x_train, y_train), (x_test, y_test)``.

    Args:
      path: what the file is called in ``~/.keras/datasets``.
      test_split: the share of the test set, from 0 to below 1.
      seed: of the shuffle; it is that of NumPy's global generator, as in TensorFlow.

    Raises:
      AssertionError: a share out of range.
    """
    if not 0 <= test_split < 1:
        raise AssertionError(f"test_split must be within [0, 1). Received: {test_split}")
    x, y = load_arrays(path, "boston_housing.npz", _CHECKSUM, ("x", "y"))
    np.random.seed(seed)  # noqa: NPY002
    order = np.arange(len(x))
    np.random.shuffle(order)  # noqa: NPY002
    x, y = x[order], y[order]
    split = int(len(x) * (1 - test_split))
    return (np.array(x[:split]), np.array(y[:split])), (np.array(x[split:]), np.array(y[split:]))
