"""Functions of neural networks, as the backend has them; `relu`, `elu` and `hard_sigmoid` are activations too."""

from __future__ import annotations

from typing import Any

import numpy as np

import tangraph as tf
from tangraph.export import export


@export("keras.backend.softmax")
def softmax(x: Any, axis: int = -1) -> Any:
    """Returns the exponentials, divided by their sum along an axis."""
    return tf.nn.softmax(x, axis=axis)


@export("keras.backend.softplus")
def softplus(x: Any) -> Any:
    """Returns log(exp(x) + 1)."""
    return tf.nn.softplus(x)


@export("keras.backend.softsign")
def softsign(x: Any) -> Any:
    """Returns x / (abs(x) + 1)."""
    return tf.nn.softsign(x)


@export("keras.backend.sigmoid")
def sigmoid(x: Any) -> Any:
    """Returns 1 / (1 + exp(-x))."""
    return tf.nn.sigmoid(x)


@export("keras.backend.tanh")
def tanh(x: Any) -> Any:
    """Returns the hyperbolic tangent."""
    return tf.nn.tanh(x)


@export("keras.backend.dropout")
def dropout(x: Any, level: float, noise_shape: Any = None, seed: int | None = None) -> Any:
    """Returns a tensor with elements set to zero by chance, and the others scaled up to keep the sum.

    Args:
      x: a tensor of floats.
      level: the share of elements to drop.
      noise_shape: the shape of the choice, which is spread over x.
      seed: the operation's seed; NumPy's global generator draws one when None.
    """
    if seed is None:
        seed = np.random.randint(10**7)  # noqa: NPY002  the draw that programs with np.random.seed get
    return tf.nn.dropout(x, rate=level, noise_shape=noise_shape, seed=seed)


@export("keras.backend.l2_normalize")
def l2_normalize(x: Any, axis: Any = None) -> Any:
    """Returns a tensor divided by its length along axes."""
    return tf.nn.l2_normalize(x, axis=axis)


@export("keras.backend.in_top_k")
def in_top_k(predictions: Any, targets: Any, k: int) -> Any:
    """Returns whether each target is among the k largest predictions of its row."""
    return tf.nn.in_top_k(predictions, targets, k)
