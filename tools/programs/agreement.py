"""Whether two engines printed the same numbers."""

from __future__ import annotations

import math
import re
from typing import Final, NamedTuple

TOLERANCE: Final = 1e-3
_NUMBER: Final = re.compile(r"(?<![\w.])[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|nan|inf)(?![\w])")
# Lines that say how long something took, when it was, or where something lies in memory.
_VOLATILE: Final = re.compile(
    r"\b(?:time|sec|secs|seconds|second|elapsed|took|duration|speed|[mu]s)\b|\d:\d\d:\d\d|\d+-\d\d-\d\d|0x[0-9a-f]+"
    r"|XLA_|/tmp/|(?:^|\s)\d+(?:\.\d+)?s\b",
    re.IGNORECASE,
)


class Agreement(NamedTuple):
    """What a comparison found.

    Attributes:
      equal: whether all numbers that both printed agree.
      count: how many were compared, up to the first that differs.
      first: the first line of the reference that differs, and the other's, or empty.
      drifts: whether they start out equal, to 1e-5, and part later: rounding that training has amplified.
    """

    equal: bool
    count: int
    first: str
    drifts: bool = False


def numbers(line: str) -> list[float]:
    """Returns the numbers of a line.

    >>> numbers("Epoch 3: loss=0.25, acc 1e-3 (v1.15)")
    [3.0, 0.25, 0.001]
    """
    return [float(found) for found in _NUMBER.findall(line)]


def close(first: float, second: float) -> bool:
    """Whether two numbers agree."""
    if math.isnan(first) or math.isnan(second):
        return math.isnan(first) and math.isnan(second)
    if math.isinf(first) or math.isinf(second):
        return first == second
    return abs(first - second) <= TOLERANCE * max(1.0, abs(first))


def compare(reference: str, other: str, *, complete: bool) -> Agreement:
    """Compares what two engines printed, number by number.

    Args:
      reference: what TensorFlow printed.
      other: what the other engine printed.
      complete: whether both ran to their ends, so that the number of lines must agree, too.

    >>> compare("loss 0.5", "loss 0.5001", complete=True).equal
    True
    """
    first, second = _streams(reference, other, complete)
    both = list(zip(first, second, strict=False))
    for place, ((a, i), (b, j)) in enumerate(both):
        if not close(a, b):
            drifts = _starts_equal([(x, y) for (x, _), (y, _) in both[:place]])
            return Agreement(False, place, f"{_line(reference, i)!r} against {_line(other, j)!r}", drifts)
    if complete and len(first) != len(second):
        return Agreement(False, len(first), f"{len(first)} numbers against {len(second)}")
    return Agreement(True, min(len(first), len(second)), "")


def pairs(reference: str, other: str) -> list[tuple[float, float]]:
    """Returns the finite numbers of two outputs, side by side, as far as both go."""
    first, second = _streams(reference, other, complete=False)
    found = [(a, b) for (a, _), (b, _) in zip(first, second, strict=False)]
    return [pair for pair in found if all(map(math.isfinite, pair))]


def _streams(reference: str, other: str, complete: bool) -> tuple[list[tuple[float, int]], list[tuple[float, int]]]:
    if not complete:
        reference, other = _whole_lines(reference), _whole_lines(other)
    return _stream(reference), _stream(other)


def _whole_lines(text: str) -> str:
    r"""Drops a last line that has no end: a program that was stopped may have been about to go on with it.

    >>> _whole_lines("step 1 loss 0.5" + chr(10) + "step 2 loss 0.4")
    'step 1 loss 0.5\n'
    """
    return text[: text.rfind("\n") + 1]


def _starts_equal(pairs: list[tuple[float, float]]) -> bool:
    """Whether the first fractions that both printed are equal to 1e-5."""
    fractions = [(a, b) for a, b in pairs if a != int(a)][:2] if all(map(math.isfinite, sum(pairs, ()))) else []
    return bool(fractions) and all(abs(a - b) <= 1e-5 * max(1.0, abs(a)) for a, b in fractions)


def _stream(text: str) -> list[tuple[float, int]]:
    """Returns the numbers of a text with the lines where they stand, without those of volatile lines."""
    found = []
    for index, line in enumerate(text.splitlines()):
        if not _VOLATILE.search(line):
            found += [(number, index) for number in numbers(line)]
    return found


def _line(text: str, index: int) -> str:
    return text.splitlines()[index].strip()[:80]
