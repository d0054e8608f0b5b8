"""Arrays for models: classes as vectors, rows of length 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from tangraph.export import export


@export("keras.utils.to_categorical")
def to_categorical(y: Any, num_classes: int | None = None, dtype: str = "float32") -> Any:
    """Returns class numbers as vectors of a one and zeros.

    Args:
      y: class numbers, from 0; a last axis of size 1 is dropped.
      num_classes: how many classes there are; one more than the largest number when None.
      dtype: the element type of the result.

    >>> to_categorical([0, 2]).tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    numbers = np.array(y, dtype="int")
    shape = numbers.shape
    if len(shape) > 1 and shape[-1] == 1:
        shape = shape[:-1]
    numbers = numbers.ravel()
    count = num_classes or int(np.max(numbers)) + 1
    rows = np.zeros((numbers.shape[0], count), dtype=dtype)
    rows[np.arange(numbers.shape[0]), numbers] = 1
    return rows.reshape((*shape, count))


@export("keras.utils.normalize")
def normalize(x: Any, axis: int = -1, order: int = 2) -> Any:
    """Returns an array divided by its norm along an axis; what has norm 0 stays so.

    >>> normalize(np.array([[3.0, 4.0]])).tolist()
    [[0.6, 0.8]]
    """
    norm = np.atleast_1d(np.linalg.norm(x, order, axis))
    norm[norm == 0] = 1
    return x / np.expand_dims(norm, axis)
