"""Which numbers of a program TensorFlow itself leaves open.

A seed does not determine the last place of a sum: it depends on the number of cores, the processor and the build. Where
training amplifies that, TensorFlow's numbers part from its own. The control runs TensorFlow 1.15.5 again, on one core,
with initial values moved by one unit in the last place, and with what each run writes moved so (``shim/nudge.py``).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, NamedTuple

import agreement

#: TensorFlow once more, with nothing changed: a program whose numbers are others then is not seeded.
SAME: Final = "tf1-same"
#: The results of the control, and what is changed in it: the command in front of the engine, and PROGRAMS_NUDGE.
RUNS: Final = {
    SAME: ("", ""),
    "tf1-core": ("taskset -c 0", ""),
    "tf1-start-1": ("", "start:1"),
    "tf1-steps-1": ("", "steps:1"),
    "tf1-steps-2": ("", "steps:2"),
}
#: How far another engine may be from TensorFlow, in units of what TensorFlow is from itself: a few runs show less than all.
WITHIN: Final = 3.0


class Spread(NamedTuple):
    """How far runs part from the reference.

    Attributes:
      place: which number is the first to differ, from 1; 0 for none.
      size: the largest difference, relative to numbers above 1, of numbers that are no counts.
    """

    place: int
    size: float


class Control(NamedTuple):
    """What the control found: how TensorFlow parts from itself, in which run first, and how another engine does."""

    itself: Spread
    run: str
    other: Spread

    @property
    def explains(self) -> bool:
        """Whether TensorFlow parts from itself, and the other engine is no further from it than it is from itself."""
        return self.itself.place > 0 and self.other.size <= WITHIN * self.itself.size

    def __str__(self) -> str:
        return (
            f"TensorFlow parts from itself at number {self.itself.place} ({_CHANGES[self.run]}), by up to "
            f"{self.itself.size:.2g}; Tangraph at number {self.other.place}, by up to {self.other.size:.2g}"
        )


_CHANGES: Final = {
    SAME: "nothing changed",
    "tf1-core": "one core",
    "tf1-start-1": "first values moved",
    "tf1-steps-1": "values moved",
    "tf1-steps-2": "values moved",
}


def control(results: Path, key: str, reference: dict[str, Any], outcome: dict[str, Any]) -> Control | None:
    """Returns what the control says of an outcome; None where it was not run.

    Args:
      results: the folder with the outcomes.
      key: the program's.
      reference: its outcome under TensorFlow.
      outcome: its outcome under the other engine.
    """
    spreads = {}
    for run in RUNS:
        file = results / run / f"{key}.json"
        if file.exists():
            other = json.loads(file.read_text(encoding="utf-8"))
            if other["ended"] != "failed":
                spreads[run] = spread(reference["output"], other["output"])
    if not spreads:
        return None
    parted = {run: s for run, s in spreads.items() if s.place} or spreads
    first = min(parted, key=lambda run: parted[run].place)
    itself = Spread(parted[first].place, max(s.size for s in spreads.values()))
    return Control(itself, first, spread(reference["output"], outcome["output"]))


def spread(reference: str, other: str) -> Spread:
    """Returns how far the numbers of two outputs are from each other, as far as both go.

    >>> spread("loss 0.5 at 3", "loss 0.75 at 3")
    Spread(place=1, size=0.25)
    """
    pairs = agreement.pairs(reference, other)
    place = next((i for i, (a, b) in enumerate(pairs, 1) if not agreement.close(a, b)), 0)
    sizes = [abs(a - b) / max(1.0, abs(a)) for a, b in pairs if a != int(a)] if place else []
    return Spread(place, max(sizes, default=0.0))
