"""The inputs of models that learn what they are called on from data."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

import tangraph as tf
from tangraph_layers.engine.settings import floatx


class Described(NamedTuple):
    """What stands for a tensor of which only this is known.

    Attributes:
      shape: its shape.
      dtype: its element type.
    """

    shape: Any
    dtype: Any


class ModelInputs:
    """Inputs, an array or tensor, or a list, tuple or dictionary of them.

    Attributes:
      names: a name for each input: the keys, or "input_1" and so on.
    """

    def __init__(self, inputs: Any) -> None:
        self._is_dict = isinstance(inputs, dict)
        self._is_single = isinstance(inputs, Described) or not isinstance(inputs, list | tuple | dict)
        if self._is_dict:
            self.names = sorted(inputs)
            self._flat = [inputs[name] for name in self.names]
        else:
            self._flat = [inputs] if self._is_single else list(inputs)
            self.names = [f"input_{number + 1}" for number in range(len(self._flat))]

    def symbolic(self) -> Any:
        """Returns the inputs with placeholders for arrays, in the structure in which they came."""
        self._flat = [_symbolic(x, name) for x, name in zip(self._flat, self.names, strict=True)]
        if self._is_dict:
            return dict(zip(self.names, self._flat, strict=True))
        return self._flat[0] if self._is_single else self._flat

    @property
    def structured(self) -> Any:
        """The inputs as a list, or a dictionary."""
        return dict(zip(self.names, self._flat, strict=True)) if self._is_dict else self._flat

    def as_list(self) -> list[Any]:
        """Returns the inputs as a list."""
        return self._flat


def _symbolic(x: Any, name: str) -> Any:
    if isinstance(x, list | float | int):
        x = np.asarray(x)
        if x.ndim == 1:
            x = np.expand_dims(x, 1)
    if isinstance(x, np.ndarray):
        dtype = tf.as_dtype(x.dtype)
        return tf.placeholder(floatx() if dtype.is_floating else dtype, (None, *(x.shape[1:] or (1,))), name=name)
    if not tf.contrib.framework.is_tensor(x) and hasattr(x, "shape"):
        return tf.placeholder(x.dtype, (None, *(x.shape.as_list()[1:] or (1,))), name=name)
    return x
