"""Histograms with the buckets of TensorFlow's: each is a tenth wider than the one nearer to zero."""

from __future__ import annotations

import functools
import sys
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_F64 = NDArray[np.float64]


class Histogram(NamedTuple):
    """How many values there are, and how many fell below each limit and not below the one before."""

    min: float
    max: float
    num: float
    sum: float
    sum_squares: float
    limits: list[float]
    counts: list[float]


@functools.cache
def default_limits() -> _F64:
    """Returns where the buckets end: 1e-12 · 1.1ⁿ up to 1e20 and their negatives, zero, and the largest floats."""
    positive = []
    limit = 1e-12
    while limit < 1e20:
        positive.append(limit)
        limit *= 1.1
    positive.append(sys.float_info.max)
    limits = np.array([*(-p for p in reversed(positive)), 0.0, *positive])
    limits.flags.writeable = False
    return limits


def histogram_of(values: NDArray[Any]) -> Histogram:
    """Returns the histogram of finite numbers of any shape; buckets without a value are merged.

    >>> found = histogram_of(np.array([1.0, 1.0, 2.0]))
    >>> found.num, found.sum, found.counts
    (3.0, 4.0, [0.0, 2.0, 0.0, 1.0, 0.0])
    """
    largest = sys.float_info.max
    numbers = np.asarray(values, np.float64).reshape(-1)
    if not numbers.size:
        return Histogram(largest, -largest, 0.0, 0.0, 0.0, [largest], [0.0])
    limits = default_limits()
    places = np.minimum(np.searchsorted(limits, numbers, side="right"), limits.size - 1)
    counts = np.bincount(places, minlength=limits.size)
    # Of a run of empty buckets the last one stays.
    kept = (counts > 0) | np.append(counts[1:] > 0, True)
    return Histogram(
        float(numbers.min()),
        float(numbers.max()),
        float(numbers.size),
        _sum(numbers),
        _sum(numbers * numbers),
        limits[kept].tolist(),
        counts[kept].astype(np.float64).tolist(),
    )


def _sum(numbers: _F64) -> float:
    """Adds one number after the other, as TensorFlow does, so that the last bit is the same."""
    with np.errstate(over="ignore"):
        return float(np.cumsum(numbers)[-1])
