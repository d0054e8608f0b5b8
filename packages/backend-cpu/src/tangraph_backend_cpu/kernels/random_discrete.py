"""Multinomial and RandomShuffle: draws from classes, and permutations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.plugin import KernelSet, errors
from tangraph_backend_cpu.kernels import philox
from tangraph_backend_cpu.kernels.philox_distributions import RESERVED, uniform_double
from tangraph_backend_cpu.kernels.random_fill import stateless_stream
from tangraph_backend_cpu.kernels.random_state import generator, shape_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext
    from tangraph_backend_cpu.kernels.philox import Stream

kernel = KernelSet()


@kernel("Multinomial")
def multinomial(k: KernelContext) -> Callable[..., Any]:
    """Draws of classes from the node's own generator."""
    source, dtype, asarray = generator(k), k.output_dtypes[0].np, k.xp.asarray

    def run(logits: Any, num_samples: Any) -> Any:
        samples = check_multinomial(logits, num_samples)
        rows = logits.shape[0]
        if not rows * samples:
            return asarray(np.empty((rows, samples), dtype))
        at = source.reserve(rows * (-(-samples // 4) * 4) * 2 * RESERVED)
        return asarray(_draw(logits, samples, at, dtype))

    return run


@kernel("StatelessMultinomial")
def stateless_multinomial(k: KernelContext) -> Callable[..., Any]:
    """Draws of classes from a seed input."""
    dtype, asarray = k.output_dtypes[0].np, k.xp.asarray

    def run(logits: Any, num_samples: Any, seed: Any) -> Any:
        at = stateless_stream(seed)
        samples = check_multinomial(logits, num_samples)
        return asarray(_draw(logits, samples, at, dtype))

    return run


def check_multinomial(logits: Any, num_samples: Any) -> int:
    """Returns the number of samples.

    Raises:
      InvalidArgumentError: the inputs have other ranks, or there is nothing to draw from.
    """
    if np.ndim(logits) != 2:
        raise errors.InvalidArgumentError(
            None, None, f"logits should be a matrix, got shape {shape_text(np.shape(logits))}"
        )
    if np.ndim(num_samples):
        raise errors.InvalidArgumentError(
            None, None, f"num_samples should be a scalar, got shape {shape_text(np.shape(num_samples))}"
        )
    if num_samples < 0:
        raise errors.InvalidArgumentError(None, None, f"num_samples should be nonnegative, got {num_samples}")
    if logits.shape[1] == 0:
        raise errors.InvalidArgumentError(None, None, "num_classes should be positive, got 0")
    return int(num_samples)


def _draw(logits: Any, samples: int, at: Stream, dtype: np.dtype[Any]) -> Any:
    """Inverts each row's cumulated probabilities; the rows use one stream of doubles, one after the other."""
    rows = logits.shape[0]
    out = np.empty((rows, samples), dtype)
    if not out.size:
        return out
    values = np.asarray(logits, np.float64)
    finite = np.isfinite(values)
    largest = np.where(finite, values, np.finfo(np.float64).min).max(axis=1, keepdims=True)
    with np.errstate(all="ignore"):
        weights = np.exp(values - largest)
    weights[~finite] = 0
    cumulated = np.cumsum(weights, axis=1)
    drawn = uniform_double(philox.words(at, -(-out.size // 2))).reshape(-1)[: out.size].reshape(rows, samples)
    drawn *= cumulated[:, -1:]
    for row in range(rows):
        out[row] = np.searchsorted(cumulated[row], drawn[row], side="right")
    return out


@kernel("RandomShuffle")
def random_shuffle(k: KernelContext) -> Callable[..., Any]:
    """The rows in random order; nothing is drawn when there is one row or none."""
    source = generator(k)

    def run(value: Any) -> Any:
        if not np.ndim(value) or value.size <= 1 or len(value) <= 1:
            return value.copy() if hasattr(value, "copy") else value
        return value[permutation(len(value), source.reserve(-(-(len(value) - 1) // 4)))]

    return run


def permutation(size: int, at: Stream) -> Any:
    """Returns a permutation of range(size) by Fisher-Yates, forwards, with one word a swap."""
    words = philox.words(at, -(-(size - 1) // 4)).reshape(-1)[: size - 1]
    # Element i is swapped with one of those from i on.
    partners = (words % np.arange(size, 1, -1, dtype=np.uint32)).astype(np.int64)
    partners += np.arange(size - 1)
    order = list(range(size))
    for i, j in enumerate(partners.tolist()):
        order[i], order[j] = order[j], order[i]
    return np.array(order)
