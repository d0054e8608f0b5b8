"""Which of two operations that the graph leaves unordered comes first, as TensorFlow 1.15 has it: see `schedule`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tangraph.plan.schedule import simulate
from tangraph.plan.simplified import Simplified

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tangraph.framework.operation import Operation
    from tangraph.plan.ir import Program, Step

#: So many orders are tried where TensorFlow's is another one in each process. Odd, so that one side has more.
TRIALS: Final = 7


class ExecutorOrder:
    """The order in which TensorFlow's executor would run the operations of a program; found out when asked for.

    Args:
      program: ordered.
      settled: whether it has run often enough that small operations count as cheap.
    """

    def __init__(self, program: Program, settled: bool) -> None:
        self._operations = program.operations
        self._fetched = program.ends
        self._fed = [value.step.origin for value in program.feeds if value.step.origin is not None]
        self._settled = settled
        self._trials: list[dict[Operation, int]] | None = None

    @property
    def asked(self) -> bool:
        """Whether the order mattered."""
        return self._trials is not None

    def first(self, step: Step, other: Step, default: bool) -> bool:
        """Says whether a step's operation would run before another's; the default where that is not known."""
        if self._trials is None:
            self._trials = executor_ranks(self._operations, self._fed, self._fetched, self._settled)
        if step.origin is None or other.origin is None:
            return default
        found = [t[step.origin] < t[other.origin] for t in self._trials if step.origin in t and other.origin in t]
        return sum(found) > len(found) / 2 if found else default


def executor_ranks(
    operations: Iterable[Operation], fed: Iterable[Operation], fetched: Iterable[Operation], settled: bool
) -> list[dict[Operation, int]]:
    """Returns the place of each operation in the order in which TensorFlow's executor would run them, of each trial.

    Operations that its graph optimizer takes out have none.

    Args:
      operations: all that run.
      fed: those whose outputs are given.
      fetched: those whose outputs are wanted, or that are to run.
      settled: whether they have run often enough that small operations count as cheap.
    """
    given = set(fed)
    graph = Simplified(operations, given, fetched)
    return [simulate(graph.links, given | graph.constants, settled, seed) for seed in range(TRIALS)]
