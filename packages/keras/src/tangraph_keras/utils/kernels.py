"""Kernels of other engines."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from tangraph.export import export
from tangraph_layers.engine.session import get_value, set_value

_CONVOLUTIONS: Final = {
    "Conv1D",
    "Conv2D",
    "Conv3D",
    "Conv2DTranspose",
    "Convolution1D",
    "Convolution2D",
    "Convolution3D",
}


@export("keras.utils.convert_all_kernels_in_model")
def convert_all_kernels_in_model(model: Any) -> None:
    """Turns the kernels of all convolutions around, from those of Theano to those of TensorFlow or back."""
    for layer in model.layers:
        if type(layer).__name__ in _CONVOLUTIONS:
            set_value(layer.kernel, convert_kernel(get_value(layer.kernel)))


def convert_kernel(kernel: Any) -> Any:
    """Returns a kernel with its dimensions of space in reverse order.

    Args:
      kernel: an array of rank 3 to 5, the channels last.

    Raises:
      ValueError: an array of another rank.

    >>> convert_kernel(np.arange(4).reshape(2, 2, 1, 1)).ravel().tolist()
    [3, 2, 1, 0]
    """
    kernel = np.asarray(kernel)
    if not 3 <= kernel.ndim <= 5:
        raise ValueError("Invalid kernel shape:", kernel.shape)
    return np.copy(kernel[(*(slice(None, None, -1) for _ in range(kernel.ndim - 2)), slice(None), slice(None))])
