"""Rejection samplers run side by side: every output draws from a stretch of the stream of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph_backend_cpu.kernels import philox
from tangraph_backend_cpu.kernels.philox_distributions import RESERVED

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph_backend_cpu.kernels.philox import Stream

Array = Any


class Lanes:
    """One stream of blocks for each of `count` outputs, `RESERVED` blocks apart."""

    def __init__(self, at: Stream, count: int) -> None:
        self._keys = philox.round_keys(at.key)
        self._high = at.counter >> 64
        self._low = np.arange(count, dtype=np.uint64)
        self._low *= np.uint64(RESERVED)
        self._low += np.uint64(at.counter & 0xFFFFFFFFFFFFFFFF)
        self.count = count

    def draw(self, lanes: Array) -> Array:
        """Returns the next block of each of these lanes: uint32, shape (len(lanes), 4)."""
        low = self._low[lanes]
        self._low[lanes] += np.uint64(1)
        return philox.blocks_at(self._keys, low, self._high)


class Buffer:
    """Numbers of one distribution, a few a block, handed out one at a time and from the last to the first.

    Several buffers may draw from the same lanes; each takes a block when it has run out, as TensorFlow's samplers do.
    """

    def __init__(self, lanes: Lanes, distribution: tuple[int, Callable[[Array], Array]], dtype: Any) -> None:
        self._group, self._transform = distribution
        self._lanes = lanes
        self._left = np.zeros(lanes.count, np.intp)
        self._values = np.empty((lanes.count, self._group), dtype)

    def take(self, lanes: Array) -> Array:
        """Returns the next number of each of these lanes."""
        empty = lanes[self._left[lanes] == 0]
        if len(empty):
            self._values[empty] = self._transform(self._lanes.draw(empty))
            self._left[empty] = self._group
        self._left[lanes] -= 1
        return self._values[lanes, self._left[lanes]]
