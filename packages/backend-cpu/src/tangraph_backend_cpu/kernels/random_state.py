"""What stateful random kernels share: the generator of a node, and the shape input."""

from __future__ import annotations

import math
import secrets
import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.plugin import errors
from tangraph_backend_cpu.kernels.philox import Stream, stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.draws import Draws
    from tangraph.plan.kernel import KernelContext


class Generator:
    """The generator of one node in one session; it counts on from run to run."""

    __slots__ = ("_counter", "_lock", "key")

    def __init__(self, start: Stream) -> None:
        self.key = start.key
        self._counter = start.counter
        self._lock = threading.Lock()

    def reserve(self, blocks: int, draws: Draws | None = None) -> Stream:
        """Returns where a run starts, and moves on by so many blocks; in a loop `draws` may say that others come first."""
        if draws is not None:
            start, behind = draws.take(blocks, self.reserve)
            return Stream(self.key, (start.counter + behind) % (1 << 128))
        with self._lock:
            counter = self._counter
            self._counter = (counter + blocks) % (1 << 128)
        return Stream(self.key, counter)


def generator(k: KernelContext) -> Generator:
    """Returns the generator of the node that a kernel is made for; one with two zero seeds starts anywhere."""

    def make() -> Generator:
        seed, seed2 = k.attr("seed"), k.attr("seed2")
        if seed == 0 and seed2 == 0:
            seed, seed2 = secrets.randbits(64), secrets.randbits(64)
        return Generator(stream(seed, seed2))

    if k.resources is None:
        return make()
    return k.resources.get_or_create("random", "", k.name, make)


def shape_reader(k: KernelContext, index: int = 0) -> Callable[[Any], tuple[tuple[int, ...], int]]:
    """Returns a function from a shape input to the shape and its number of elements.

    Raises (in the step):
      InvalidArgumentError: the input is no vector, or a size is negative.
    """
    known = k.constant(index)
    if known is not None and known.ndim == 1 and (known >= 0).all():
        shape = tuple(known.tolist())
        fixed = shape, math.prod(shape)
        return lambda _: fixed
    return read_shape


def read_shape(value: Any) -> tuple[tuple[int, ...], int]:
    """Returns the shape that a vector of sizes means, and its number of elements."""
    if np.ndim(value) != 1:
        raise errors.InvalidArgumentError(
            None, None, f"shape must be a vector of {{int32,int64}}, got shape {shape_text(np.shape(value))}"
        )
    shape = tuple(value.tolist())
    for size in shape:
        if size < 0:
            raise errors.InvalidArgumentError(None, None, f"Dimension {size} must be >= 0")
    return shape, math.prod(shape)


def shape_text(shape: tuple[int, ...]) -> str:
    """The shape as the runtime prints it.

    >>> shape_text((2, 3))
    '[2,3]'
    """
    return f"[{','.join(map(str, shape))}]"
