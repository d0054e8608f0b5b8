"""How tensors are printed: by Assert and Print (the first elements), and by tf.print (the ends of each dimension)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

_ESCAPES: Final = {10: "\\n", 13: "\\r", 9: "\\t", 34: '\\"', 39: "\\'", 92: "\\\\"}


def _escape(value: Any) -> str:
    data = value if isinstance(value, bytes) else str(value).encode()
    return "".join(_ESCAPES.get(b) or (chr(b) if 32 <= b < 127 else f"\\{b:03o}") for b in data)


def _single(value: Any) -> str:
    text = f"{value:.6g}"
    return text if np.float32(text) == value or value != value else f"{value:.9g}"  # noqa: PLR0124  NaN


def _double(value: Any) -> str:
    text = f"{value:.15g}"
    return text if float(text) == value or value != value else f"{value:.17g}"  # noqa: PLR0124  NaN


def element_printer(dtype: Any, *, quoted: bool) -> Callable[[Any], str] | None:
    """Returns what prints one element of a type, None for types that TensorFlow cannot print."""
    name = dtype.name
    if name == "string":
        return (lambda v: f'"{_escape(v)}"') if quoted else _escape
    if name in {"float32", "float16", "bfloat16"}:
        return lambda v: _single(np.float32(v))
    if name == "float64":
        return lambda v: _double(float(v))
    if name == "bool":
        return lambda v: "1" if v else "0"
    if dtype.np is None or np.dtype(dtype.np).kind not in "iu":
        return None
    return lambda v: str(int(v))


def summarizer(dtype: Any, most: int) -> Callable[[Any], str]:
    """Returns a function that prints up to `most` elements (all when negative), as Assert and Print do."""
    show = element_printer(dtype, quoted=False)

    def summarize(value: Any) -> str:
        array = np.asarray(value)
        limit = array.size if most < 0 else min(most, array.size)
        flat = array.ravel()
        if show is None:
            text = " ".join("?" * limit)
        elif array.ndim == 0:
            text = show(flat[0]) if limit else ""
        else:
            parts: list[str] = []
            _first(parts, array.shape, [show(v) for v in flat[:limit]], 0, 0)
            text = "".join(parts)
        return text + ("..." if array.size > limit else "")

    return summarize


def _first(parts: list[str], shape: tuple[int, ...], shown: list[str], axis: int, at: int) -> int:
    """Appends what is shown of one axis; returns how many elements have been shown in all."""
    if at >= len(shown):
        return at
    if axis == len(shape) - 1:
        stop = min(at + shape[axis], len(shown))
        parts.append(" ".join(shown[at:stop]))
        if axis and stop - at < shape[axis]:
            parts.append("...")
        return stop
    for _ in range(shape[axis]):
        if at >= len(shown):
            break
        parts.append("[")
        at = _first(parts, shape, shown, axis + 1, at)
        parts.append("]")
    return at


def formatter(dtype: Any, ends: int) -> Callable[[Any], str]:
    """Returns a function that prints the first and last `ends` elements of each axis (all when negative)."""
    show = element_printer(dtype, quoted=True)

    def format_(value: Any) -> str:
        array = np.asarray(value)
        limit = array.size if ends < 0 else min(ends, array.size)
        if show is None:
            shown = " ".join("?" * limit)
            return f"[{shown}{'...' if array.size > limit else ''}]"
        if array.ndim == 0:
            return show(array[()]) if limit else "..."
        parts: list[str] = []
        _ends(parts, array, limit, 0, array.ndim, show)
        return "".join(parts)

    return format_


def _ends(parts: list[str], array: Any, ends: int, axis: int, rank: int, show: Callable[[Any], str]) -> None:
    if axis == rank:
        parts.append(show(array))
        return
    count = len(array)
    gap = " " if axis == rank - 1 else "\n" * (rank - axis - 1) + " " * (axis + 1)
    parts.append("[")
    for i in range(min(ends, count)):
        if i:
            parts.append(gap)
        _ends(parts, array[i], ends, axis + 1, rank, show)
    if count > 2 * ends:
        parts.append(f"{gap}...")
    for i in range(max(ends, count - ends), count):
        parts.append(gap)
        _ends(parts, array[i], ends, axis + 1, rank, show)
    parts.append("]")
