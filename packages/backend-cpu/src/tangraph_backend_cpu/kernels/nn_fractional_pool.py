"""Pools over windows of random sizes (B. Graham, "Fractional max-pooling", arXiv:1412.6071)."""

from __future__ import annotations

import math
import secrets
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.plugin import KernelSet, errors
from tangraph_backend_cpu.kernels.nn_samplers import Words
from tangraph_backend_cpu.kernels.philox import stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext
    from tangraph_backend_cpu.kernels.philox import Stream

kernel = KernelSet()

Array = Any


def _invalid(text: str) -> errors.OpError:
    return errors.InvalidArgumentError(None, None, text)


def _by_one_number(size: int, count: int, at: Stream) -> tuple[list[int], int]:
    """Returns window sizes that all follow from one random number, and how many blocks of the stream that took."""
    ratio, least = size / count, size // count
    # With a larger number the first or last window would be larger than the others by more than one.
    bound = min((least + 2) / ratio - 1, (size + 1 - least) / ratio - (count - 1))
    number = Words(at).double() * bound
    edges = [1, *[math.ceil(ratio * (i + number)) for i in range(1, count)], size + 1]
    return [b - a for a, b in pairwise(edges)], 1


def _shuffled(size: int, count: int, at: Stream) -> tuple[list[int], int]:
    """Returns window sizes in random order, and how many blocks of the stream that took."""
    least, more = divmod(size, count)
    sizes = [least + (i < more) for i in range(count)]
    words = Words(at)
    for i in range(count - 1):
        j = i + words.word() % (count - i)
        sizes[i], sizes[j] = sizes[j], sizes[i]
    return sizes, -(-count // 4)


def _edges(size: int, ratio: Any, at: Stream, pseudo_random: bool) -> tuple[Array, Stream]:
    count = math.floor(np.float32(size) / ratio)
    if not 0 < count <= size:
        raise _invalid("pooling_ratio must leave at least one window, and no window may be empty")
    sizes, used = (_by_one_number if pseudo_random else _shuffled)(size, count, at)
    return np.cumsum([0, *sizes]), at._replace(counter=at.counter + used)


def _windows(edges: list[int], size: int, overlapping: bool) -> list[slice]:
    """Returns the windows along one dimension."""
    shared = int(overlapping)
    return [slice(a, min(b + shared, size)) for a, b in pairwise(edges)]


def _counts(windows: list[slice]) -> Array:
    return np.array([w.stop - w.start for w in windows])


@kernel("FractionalMaxPool", "FractionalAvgPool")
def fractional_pool(k: KernelContext) -> Callable[..., Any]:
    """The maxima or means of the windows, and the windows' edges."""
    ratios, overlapping, pseudo_random = k.attr("pooling_ratio"), k.attr("overlapping"), k.attr("pseudo_random")
    deterministic, seed, seed2 = k.attr("deterministic"), k.attr("seed"), k.attr("seed2")
    dtype = k.output_dtypes[0].np
    largest = k.op_type == "FractionalMaxPool"
    if len(ratios) != 4 or ratios[0] != 1 or ratios[3] != 1:
        raise errors.UnimplementedError(
            None, None, "Fractional pooling is not yet supported on the batch nor channel dimension."
        )
    if not deterministic and (seed or seed2):
        raise _invalid("Both seed and seed2 should be 0 if deterministic is false.")
    if deterministic and not (seed or seed2):
        seed, seed2 = secrets.randbits(64), secrets.randbits(64)
    by_row, by_column = np.float32(ratios[1]), np.float32(ratios[2])

    def run(x: Array) -> tuple[Array, Array, Array]:
        if x.ndim != 4:
            raise _invalid("tensor_in must be 4-dimensional")
        at = stream(seed, seed2) if deterministic else stream(secrets.randbits(64), secrets.randbits(64))
        rows, at = _edges(x.shape[1], by_row, at, pseudo_random)
        columns, _ = _edges(x.shape[2], by_column, at, pseudo_random)
        along_rows = _windows(rows.tolist(), x.shape[1], overlapping)
        along_columns = _windows(columns.tolist(), x.shape[2], overlapping)
        if largest:
            part = np.stack([x[:, w].max(axis=1) for w in along_rows], axis=1)
            return np.stack([part[:, :, w].max(axis=2) for w in along_columns], axis=2), rows, columns
        part = np.stack([x[:, w].sum(axis=1, dtype=dtype) for w in along_rows], axis=1)
        total = np.stack([part[:, :, w].sum(axis=2, dtype=dtype) for w in along_columns], axis=2)
        shares = np.outer(_counts(along_rows), _counts(along_columns))[:, :, None].astype(dtype)
        return (total // shares if dtype.kind == "i" else total / shares), rows, columns

    return run


@kernel("FractionalMaxPoolGrad")
def fractional_max_pool_grad(k: KernelContext) -> Callable[..., Any]:
    """The gradient goes to the first of the largest elements of each window."""
    overlapping, dtype = k.attr("overlapping"), k.output_dtypes[0].np

    def run(x: Array, y: Array, grad: Array, rows: Array, columns: Array) -> Array:
        if y.shape != grad.shape:
            raise _invalid("orig_output and out_backprop must have the same shape")
        out = np.zeros(x.shape, dtype)
        batch, channels = np.arange(x.shape[0])[:, None], np.arange(x.shape[3])
        along_columns = _windows(columns.tolist(), x.shape[2], overlapping)
        for i, down in enumerate(_windows(rows.tolist(), x.shape[1], overlapping)):
            for j, across in enumerate(along_columns):
                window = x[:, down, across]
                width = window.shape[2]
                place = window.reshape(x.shape[0], -1, x.shape[3]).argmax(axis=1)
                out[batch, down.start + place // width, across.start + place % width, channels] += grad[:, i, j]
        return out

    return run


@kernel("FractionalAvgPoolGrad")
def fractional_avg_pool_grad(k: KernelContext) -> Callable[..., Any]:
    """Each element of a window gets its share of the gradient."""
    overlapping, dtype = k.attr("overlapping"), k.output_dtypes[0].np

    def run(shape: Array, grad: Array, rows: Array, columns: Array) -> Array:
        batch, height, width, channels = shape.tolist()
        down, across = _windows(rows.tolist(), height, overlapping), _windows(columns.tolist(), width, overlapping)
        shares = np.outer(_counts(down), _counts(across))[:, :, None].astype(dtype)
        part = (grad // shares if dtype.kind == "i" else grad / shares).astype(dtype, copy=False)
        wide = np.zeros((batch, height, len(across), channels), dtype)
        for i, w in enumerate(down):
            wide[:, w] += part[:, i : i + 1]
        out = np.zeros((batch, height, width, channels), dtype)
        for j, w in enumerate(across):
            out[:, :, w] += wide[:, :, j : j + 1]
        return out

    return run
