"""Which of two operations that the graph leaves unordered comes first, as TensorFlow 1.15 has it: see `schedule`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tangraph.plan.schedule import simulate
from tangraph.plan.simplified import Simplified

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tangraph.framework.operation import Operation
    from tangraph.plan.ir import Program, Step


class ExecutorOrder:
    """The order in which TensorFlow's executor would run the operations of a program; found out when asked for.

    Args:
      program: as it comes from `prune`.
      settled: whether it has run often enough that small operations count as cheap.
    """

    def __init__(self, program: Program, settled: bool) -> None:
        self._operations = program.operations
        ends = [value.step for value in program.fetches]
        self._fetched = [step.origin for step in ends if step.origin is not None]
        self._fed = [value.step.origin for value in program.feeds if value.step.origin is not None]
        self._settled = settled
        self._ranks: dict[Operation, int] | None = None

    @property
    def asked(self) -> bool:
        """Whether the order mattered."""
        return self._ranks is not None

    def first(self, step: Step, other: Step, default: bool) -> bool:
        """Says whether a step's operation would run before another's; the default where that is not known."""
        if self._ranks is None:
            self._ranks = executor_ranks(self._operations, self._fed, self._fetched, self._settled)
        ranks = [self._ranks[s.origin] for s in (step, other) if s.origin in self._ranks]
        return ranks[0] < ranks[1] if len(ranks) == 2 else default


def executor_ranks(
    operations: Iterable[Operation], fed: Iterable[Operation], fetched: Iterable[Operation], settled: bool
) -> dict[Operation, int]:
    """Returns the place of each operation in the order in which TensorFlow's executor would run them.

    Operations that its graph optimizer takes out have none.

    Args:
      operations: all that run.
      fed: those whose outputs are given.
      fetched: those whose outputs are wanted.
      settled: whether they have run often enough that small operations count as cheap.
    """
    given = set(fed)
    graph = Simplified(operations, given, fetched)
    links = graph.links
    return simulate(list(links), given | graph.constants, lambda op: [other for other, _ in links[op]], settled)
