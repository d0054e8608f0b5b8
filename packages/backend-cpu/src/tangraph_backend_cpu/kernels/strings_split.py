"""Kernels that take strings apart, and of n-grams."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import errors, raw_shape
from tangraph.plugin import KernelSet
from tangraph_backend_cpu.kernels.string_arrays import encoded, flat, made, shape_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()

Pieces = list[list[bytes]]


def _as_sparse(rows: Pieces) -> tuple[Any, Any, Any]:
    """The indices, values and shape of a sparse matrix with the pieces of each string in a row."""
    counts = np.array([len(row) for row in rows], np.int64)
    indices = np.empty((int(counts.sum()), 2), np.int64)
    indices[:, 0] = np.repeat(np.arange(len(rows)), counts)
    indices[:, 1] = np.concatenate([np.arange(n) for n in counts] or [np.empty(0, np.int64)])
    values = made([piece for row in rows for piece in row], (len(indices),))
    return indices, values, np.array([len(rows), counts.max(initial=0)], np.int64)


def _checked(x: Any, separator: Any) -> tuple[list[bytes], bytes]:
    for what, value, rank in (("input must be a vector", x, 1), ("delimiter must be a scalar", separator, 0)):
        if len(shape_of(value)) != rank:
            raise errors.InvalidArgumentError(None, None, f"{what}, got shape: {raw_shape.to_str(shape_of(value))}")
    return flat(x), flat(separator)[0]


@kernel("StringSplit")
def string_split(k: KernelContext) -> Callable[..., Any]:
    """Splits at each of some characters; at no character, into bytes."""
    skip_empty = k.attr("skip_empty")

    def split(text: bytes, delimiters: bytes) -> list[bytes]:
        if not delimiters:
            return [text[i : i + 1] for i in range(len(text))]
        for other in delimiters[1:]:
            text = text.replace(bytes([other]), delimiters[:1])
        pieces = text.split(delimiters[:1])
        return [piece for piece in pieces if piece] if skip_empty else pieces

    def run(x: Any, delimiter: Any) -> tuple[Any, Any, Any]:
        strings, delimiters = _checked(x, delimiter)
        return _as_sparse([split(text, delimiters) for text in strings])

    return run


@kernel("StringSplitV2")
def string_split_v2(k: KernelContext) -> Callable[..., Any]:
    """Splits at a separator, or at white space, at most so many times."""
    most = k.attr("maxsplit")

    def run(x: Any, separator: Any) -> tuple[Any, Any, Any]:
        strings, between = _checked(x, separator)
        return _as_sparse([text.split(between or None, most) for text in strings])

    return run


@kernel("StringNGrams")
def string_ngrams(k: KernelContext) -> Callable[..., Any]:
    """Runs of neighbouring strings of each row, joined."""
    separator, left, right = (encoded(k.attr(name)) for name in ("separator", "left_pad", "right_pad"))
    widths, padding, keep_short = k.attr("ngram_widths"), k.attr("pad_width"), k.attr("preserve_short_sequences")

    def padded(row: list[bytes], width: int) -> list[bytes]:
        count = width - 1 if padding < 0 else min(padding, width - 1)
        return [left] * count + row + [right] * count

    def ngrams(row: list[bytes]) -> list[bytes]:
        found = []
        for width in widths:
            whole = padded(row, width)
            found += [separator.join(whole[i : i + width]) for i in range(len(whole) - width + 1)]
        if not found and keep_short and row:
            # TensorFlow takes the first width for the padding of what is too short for all of them.
            found.append(separator.join(padded(row, widths[0])))
        return found

    def run(data: Any, splits: Any) -> tuple[Any, Any]:
        strings, marks = flat(data), splits.tolist()
        _check_splits(marks, len(strings))
        rows = [ngrams(strings[a:b]) for a, b in pairwise(marks)]
        ends = np.cumsum([0, *map(len, rows)]) if marks else np.empty(0)
        result = [gram for row in rows for gram in row]
        return made(result, (len(result),)), ends.astype(splits.dtype)

    return run


def _check_splits(marks: list[int], size: int) -> None:
    if not marks:
        return
    if marks[0] != 0:
        raise errors.InvalidArgumentError(None, None, f"First split value must be 0, got {marks[0]}")
    for i, (a, b) in enumerate(pairwise(marks)):
        if b < a or b > size:
            raise errors.InvalidArgumentError(
                None, None, f"Invalid split value {b}, must be in [{a}, {size}]. Received: splits[{i + 1}] = {b}"
            )
    if marks[-1] != size:
        raise errors.InvalidArgumentError(
            None, None, f"Last split value must be data size. Expected {size}, got {marks[-1]}"
        )
