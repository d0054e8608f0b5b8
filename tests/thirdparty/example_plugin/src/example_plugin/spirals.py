"""The data set."""

from __future__ import annotations

from typing import Any

import numpy as np


def load(*, count: int = 100, seed: int = 0) -> tuple[Any, Any]:
    """Makes two spirals, one inside of the other.

    Args:
      count: how many points each has.
      seed: the seed of the noise.

    Returns:
      The points, float32 of shape [2 * count, 2], and their classes, int64 of shape [2 * count].

    Raises:
      ValueError: there is no point at all.
    """
    if count < 1:
        raise ValueError(f"count must be 1 at least. Received: count={count!r}")
    rng = np.random.default_rng(seed)
    turns = np.linspace(0.5, 3.0, count) * np.pi
    arm = np.stack([turns * np.cos(turns), turns * np.sin(turns)], 1)
    points = np.concatenate([arm, -arm]) + rng.normal(0.0, 0.1, (2 * count, 2))
    return points.astype(np.float32), np.repeat(np.arange(2), count)
