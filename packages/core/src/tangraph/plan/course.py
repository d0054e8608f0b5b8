"""Which way the control flow of a loop goes: how often it runs, and the loops in it, and what conditionals decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tangraph.framework.operation import Operation

#: The iteration that is under way in each of the loops around something, outermost first.
Path = tuple[int, ...]
#: What happens in a loop, in turn: an iteration of the loop with this number begins, or (predicate, value) is decided.
Journal = tuple["int | tuple[int, bool]", ...]

_NO_SWITCHES: Final[Mapping[Operation, int]] = {}


class Course:
    """The course of a loop.

    Args:
      trips: how many iterations a loop makes, by its frame and where it is entered.
      taken: what a predicate was, by its number and where it was decided.
      switches: the number of the predicate that decides a Switch.
      depths: how many loops there are around each predicate.

    Attributes:
      trips: as above.
    """

    __slots__ = ("_default", "_depths", "_switches", "_taken", "trips")

    def __init__(
        self,
        trips: dict[tuple[str, Path], int],
        taken: Mapping[tuple[int, Path], bool],
        switches: Mapping[Operation, int],
        depths: Sequence[int],
    ) -> None:
        self.trips = trips
        self._taken = taken
        self._switches = switches
        self._depths = depths
        self._default = max(trips.values(), default=0)

    def goes_on(self, frame: str, entered: Path, iteration: int) -> bool:
        """Whether a loop makes another iteration; one that is not known makes as many as those that are."""
        return iteration < self.trips.get((frame, entered), self._default)

    def branch(self, switch: Operation, path: Path) -> int:
        """Returns the output of a Switch that gets its input; where that is not known, the one for true."""
        number = self._switches.get(switch)
        return 1 if number is None else int(self._taken.get((number, path[: self._depths[number]]), True))

    def runs(self) -> dict[str, int]:
        """Returns how many iterations each loop makes in all."""
        found: dict[str, int] = {}
        for (frame, _), trips in self.trips.items():
            found[frame] = found.get(frame, 0) + trips
        return found

    def shortened(self, frame: str, trips: int) -> Course:
        """Returns the same course with fewer iterations of a loop."""
        shorter = {**self.trips, (frame, ()): min(trips, self.trips.get((frame, ()), 0))}
        return Course(shorter, self._taken, self._switches, self._depths)


def straight(frame: str, trips: int) -> Course:
    """Returns the course of a loop of which only the number of iterations is known."""
    return Course({(frame, ()): trips}, {}, _NO_SWITCHES, ())


def read(
    journal: Iterable[int | tuple[int, bool]],
    loops: Sequence[tuple[str, int]],
    switches: Mapping[Operation, int],
    depths: Sequence[int],
) -> Course:
    """Returns the course that was noted in a journal.

    Args:
      journal: for each loop, once more than it goes on, that it asks whether it does; and what was decided.
      loops: the frame of each loop, and how many loops are around it.
      switches, depths: see :class:`Course`.
    """
    trips: dict[tuple[str, Path], int] = {}
    taken: dict[tuple[int, Path], bool] = {}
    path: Path = ()
    for event in journal:
        if isinstance(event, tuple):
            number, value = event
            taken[number, path[: depths[number]]] = value
        else:
            frame, depth = loops[event]
            entered = path[:depth]
            trips[frame, entered] = iteration = trips.get((frame, entered), -1) + 1
            path = (*entered, iteration)
    return Course(trips, taken, switches, depths)
