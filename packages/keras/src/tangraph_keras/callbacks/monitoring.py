"""What callbacks that watch a value have in common."""

from __future__ import annotations

from typing import Any

import numpy as np

import tangraph as tf


def comparison(mode: str, monitor: str, owner: str, maximized: tuple[str, ...] = ("acc",)) -> tuple[Any, float]:
    """Returns how values are compared, `np.less` or `np.greater`, and the worst value.

    Args:
      mode: "min", "max", or "auto" to go by the name.
      monitor: the name of the value.
      owner: the callback's name, for a warning about another mode.
      maximized: what the names of values have in them that are to be large.
    """
    if mode not in {"auto", "min", "max"}:
        tf.logging.warning("%s mode %s is unknown, fallback to auto mode.", owner, mode)
        mode = "auto"
    if mode == "max" or (mode == "auto" and any(part in monitor for part in maximized)):
        return np.greater, -np.inf
    return np.less, np.inf
