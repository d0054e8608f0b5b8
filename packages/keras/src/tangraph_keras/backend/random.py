"""Random tensors. Without a seed, NumPy's global generator draws one, as programs with `np.random.seed` expect."""

from __future__ import annotations

from typing import Any

import numpy as np

import tangraph as tf
from tangraph.export import export
from tangraph_layers.engine.settings import floatx


def _settings(dtype: Any, seed: int | None) -> dict[str, Any]:
    if seed is None:
        seed = np.random.randint(10**7)  # noqa: NPY002  the global generator is the contract
    return {"dtype": floatx() if dtype is None else dtype, "seed": seed}


@export("keras.backend.random_normal")
def random_normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: int | None = None
) -> Any:
    """Returns values from a normal distribution."""
    return tf.random_normal(shape, mean=mean, stddev=stddev, **_settings(dtype, seed))


@export("keras.backend.random_uniform")
def random_uniform(
    shape: Any, minval: float = 0.0, maxval: float = 1.0, dtype: Any = None, seed: int | None = None
) -> Any:
    """Returns values from a uniform distribution."""
    return tf.random_uniform(shape, minval=minval, maxval=maxval, **_settings(dtype, seed))


@export("keras.backend.random_binomial")
def random_binomial(shape: Any, p: float = 0.0, dtype: Any = None, seed: int | None = None) -> Any:
    """Returns ones with probability p, and zeros."""
    settings = _settings(dtype, seed)
    dtype = settings["dtype"]
    return tf.where(
        tf.random_uniform(shape, **settings) <= p, tf.ones(shape, dtype=dtype), tf.zeros(shape, dtype=dtype)
    )


@export("keras.backend.truncated_normal")
def truncated_normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: int | None = None
) -> Any:
    """Returns values from a normal distribution; those more than two deviations away are drawn again."""
    return tf.truncated_normal(shape, mean, stddev, **_settings(dtype, seed))
