"""TopKV2, InTopK, NthElement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.plugin import KernelSet, errors
from tangraph_backend_cpu.kernels.random_state import shape_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


@kernel("TopKV2")
def top_k(k: KernelContext) -> Callable[..., Any]:
    """The largest elements of each row and their places."""
    xp = k.xp

    def run(values: Any, count: Any) -> tuple[Any, Any]:
        if np.ndim(count):
            raise errors.InvalidArgumentError(None, None, f"k must be scalar, got shape {shape_text(count.shape)}")
        number = int(count)
        _check(values, number)
        return _top(xp, values, number)

    return run


def _check(values: Any, count: int) -> None:
    if count < 0:
        raise errors.InvalidArgumentError(None, None, f"Need k >= 0, got {count}")
    if not np.ndim(values):
        raise errors.InvalidArgumentError(None, None, "input must be >= 1-D, got shape []")
    if values.shape[-1] < count:
        raise errors.InvalidArgumentError(
            None, None, f"input must have at least k columns. Had {values.shape[-1]}, needed {count}"
        )


def _top(xp: Any, values: Any, count: int) -> tuple[Any, Any]:
    """Returns the largest elements of each row and their places, the lower place first among equal ones."""
    size = values.shape[-1]
    if not count:
        return values[..., :0].copy(), xp.empty((*values.shape[:-1], 0), np.int32)
    if count == 1:
        places = values.argmax(axis=-1)[..., None]
    elif xp is np and count * 16 < size:
        rows = values.reshape(-1, size)
        places = np.empty((len(rows), count), np.int64)
        for row, into in zip(rows, places, strict=True):
            into[:] = _top_of_row(row, count)
        places = places.reshape(*values.shape[:-1], count)
    else:
        places = _descending(xp, values)[..., :count]
    return xp.take_along_axis(values, places, axis=-1), places.astype(np.int32)


def _descending(xp: Any, values: Any) -> Any:
    """Places in descending order; sorting backwards and reading backwards keeps equal elements in their order."""
    size = values.shape[-1]
    return size - 1 - xp.argsort(values[..., ::-1], axis=-1, kind="stable")[..., ::-1]


def _top_of_row(row: Any, count: int) -> Any:
    least = np.partition(row, len(row) - count)[len(row) - count]
    candidates = np.flatnonzero(row >= least)
    if len(candidates) < count:  # nan
        return _descending(np, row)[:count]
    return candidates[_descending(np, row[candidates])[:count]]


@kernel("InTopK")
def in_top_k(k: KernelContext) -> Callable[..., Any]:
    """Whether the targets are among the best, k being an attr."""
    xp, count = k.xp, k.attr("k")
    return lambda predictions, targets: _in_top(xp, predictions, targets, count)


@kernel("InTopKV2")
def in_top_k_v2(k: KernelContext) -> Callable[..., Any]:
    """Whether the targets are among the best, k being an input."""
    xp = k.xp

    def run(predictions: Any, targets: Any, count: Any) -> Any:
        if np.ndim(count):
            raise errors.InvalidArgumentError(None, None, f"k must be 0-D, got shape {shape_text(np.shape(count))}")
        return _in_top(xp, predictions, targets, int(count))

    return run


def _in_top(xp: Any, predictions: Any, targets: Any, count: int) -> Any:
    if np.ndim(predictions) != 2:
        raise errors.InvalidArgumentError(None, None, "predictions must be 2-dimensional")
    if np.ndim(targets) != 1:
        raise errors.InvalidArgumentError(None, None, "targets must be 1-dimensional")
    rows, classes = predictions.shape
    if rows != len(targets):
        raise errors.InvalidArgumentError(
            None, None, f"First dimension of predictions {rows} must match length of targets {len(targets)}"
        )
    if not classes:
        return xp.zeros(rows, bool)
    valid = (targets >= 0) & (targets < classes)
    chosen = xp.take_along_axis(predictions, xp.where(valid, targets, 0)[:, None], axis=1)
    better = (predictions > chosen).sum(axis=1)
    return valid & xp.isfinite(predictions).all(axis=1) & (better < count)


@kernel("NthElement")
def nth_element(k: KernelContext) -> Callable[..., Any]:
    """The element that would stand at place n of each sorted row."""
    xp, reverse = k.xp, k.attr("reverse")

    def run(values: Any, n: Any) -> Any:
        if np.ndim(n):
            raise errors.InvalidArgumentError(None, None, f"N must be scalar, got shape {shape_text(np.shape(n))}")
        index = int(n)
        if index < 0:
            raise errors.InvalidArgumentError(None, None, f"Need n >= 0, got {index}")
        if not np.ndim(values):
            raise errors.InvalidArgumentError(None, None, "Input must be >= 1-D, got shape []")
        size = values.shape[-1]
        if size <= index:
            raise errors.InvalidArgumentError(None, None, "Input must have at least n+1 columns")
        place = size - 1 - index if reverse else index
        return xp.partition(values, place, axis=-1)[..., place]

    return run
