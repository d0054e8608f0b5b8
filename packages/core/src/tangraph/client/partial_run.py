"""`Session.partial_run`: a run in several steps, which are fed one after another and compute nothing twice."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

from tangraph.client import fetches as fetch_lib
from tangraph.client.feeds import Feed, resolve_feed
from tangraph.framework import errors
from tangraph.framework.operation import Operation
from tangraph.framework.tensor import Tensor
from tangraph.plan.effects import VARIABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tangraph.framework.graph import Graph
    from tangraph.plan.compile import Plan

    Compile = Callable[[Sequence[Tensor], Sequence[Operation], Sequence[Tensor], Sequence[Operation]], Plan]

_numbers = itertools.count(1)
_CONTROL_FLOW: Final = frozenset({"Switch", "Merge", "Enter", "Exit", "NextIteration", "LoopCond"})


class PartialRun:
    """One run, set up for some fetches and feeds.

    A step runs everything that the feeds so far allow, and keeps what later steps need of it.

    Args:
      graph: the graph.
      fetches: all that will be fetched.
      feeds: all that will be fed.
      compile_plan: (tensors, operations, fed tensors, operations that have run) -> a plan.

    Attributes:
      handle: the name under which the session knows the run.
    """

    def __init__(self, graph: Graph, fetches: Any, feeds: Any, compile_plan: Compile) -> None:
        self._graph = graph
        self._compile = compile_plan
        plan = fetch_lib.FetchPlan(graph, fetches)
        keys = feeds if isinstance(feeds, (list, tuple)) else [] if feeds is None else [feeds]
        self._feeds = {tensor: Feed(tensor) for tensor in (resolve_feed(graph, key) for key in keys)}
        both = next((tensor for tensor in plan.tensors if tensor in self._feeds), None)
        if both is not None:
            raise errors.InvalidArgumentError(None, None, f"{both.name} is both fed and fetched.")
        if not plan.tensors and not plan.targets:
            raise errors.InvalidArgumentError(None, None, "Must specify at least one target to fetch or execute.")
        self._wanted = plan.tensors
        self._targets = plan.targets
        self._fetched: set[Tensor] = set()
        self._fed: set[Tensor] = set()
        self._known: dict[Tensor, Any] = {}
        self._done: dict[Operation, None] = {}
        self._ops = self._needed()
        self.handle = f"->{','.join(t.name for t in plan.tensors)}//{len(self._feeds)}/;{next(_numbers)}"

    def _needed(self) -> list[Operation]:
        found: set[Operation] = set()
        todo = [t.op for t in self._wanted] + list(self._targets)
        while todo:
            op = todo.pop()
            if op not in found:
                found.add(op)
                todo.extend(t.op for t in op._inputs if t not in self._feeds)
                todo.extend(op._control_inputs)
        return sorted(found, key=lambda op: op._id)

    @property
    def finished(self) -> bool:
        """Whether everything has been fed and fetched."""
        return len(self._fed) == len(self._feeds) and len(self._fetched) == len(self._wanted)

    def run(self, plan: fetch_lib.FetchPlan, feed_dict: Any) -> Any:
        """Runs a step; returns the values of the fetches.

        Raises:
          tf.errors.InvalidArgumentError: what is fetched or fed was not set up, or has been already; or a fetch needs
            what has not been fed yet.
        """
        given = [(resolve_feed(self._graph, key), value) for key, value in fetch_lib.feed_pairs(feed_dict)]
        values = {tensor: Feed(tensor).convert(value) for tensor, value in given}
        self._check("feed", values, self._feeds, self._fed, "fed")
        self._check("fetch", plan.tensors, dict.fromkeys(self._wanted), self._fetched, "fetched")
        blocked = self._blocked([tensor for tensor in self._feeds if tensor not in self._fed and tensor not in values])
        for tensor in plan.tensors:
            if tensor.op in blocked and tensor not in self._known:
                raise errors.InvalidArgumentError(
                    None,
                    None,
                    f"Fetch {blocked[tensor.op].name} can't be computed from the feeds that have been fed so far.",
                )
        self._known.update(values)
        self._fed.update(values)
        self._advance(blocked)
        self._fetched.update(plan.tensors)
        return plan.build(tuple([self._known[tensor] for tensor in plan.tensors]))

    @staticmethod
    def _check(kind: str, given: Iterable[Tensor], known: Any, done: set[Tensor], participle: str) -> None:
        for tensor in given:
            if tensor not in known:
                text = f"The {kind} {tensor.name} was not specified in partial_run_setup."
            elif tensor in done:
                text = f"The {kind} {tensor.name} has already been {participle}."
            else:
                continue
            raise errors.InvalidArgumentError(None, None, text)

    def _blocked(self, missing: Iterable[Tensor]) -> dict[Operation, Tensor]:
        """The operations that wait for a feed, each with that feed."""
        users: dict[Operation, list[Operation]] = {}
        waits: dict[Operation, Tensor] = {}
        absent = set(missing)
        for op in self._ops:
            first = next((t for t in op._inputs if t in absent), None)
            if first is not None:
                waits[op] = first
            for before in (*(t.op for t in op._inputs if t not in self._feeds), *op._control_inputs):
                users.setdefault(before, []).append(op)
        todo = list(waits)
        while todo:
            op = todo.pop()
            for user in users.get(op, ()):
                if user not in waits:
                    waits[user] = waits[op]
                    todo.append(user)
        return waits

    def _advance(self, blocked: dict[Operation, Tensor]) -> None:
        """Runs what can run and has not."""
        ready = [op for op in self._ops if op not in blocked and op not in self._done]
        later = {tensor for op in blocked for tensor in op._inputs}
        wanted = [
            tensor
            for op in ready
            for tensor in op.outputs
            if tensor not in self._known and (tensor in self._wanted or (tensor in later and _can_be_kept(op)))
        ]
        targets = [op for op in ready if op in self._targets or (op._is_stateful and _can_be_kept(op))]
        if wanted or targets:
            feeds = list(self._known)
            plan = self._compile(wanted, targets, feeds, list(self._done))
            try:
                results = plan.run(*self._known.values())
            except Exception as error:
                explained = plan.explain(error)
                if explained is error:
                    raise
                raise explained from error
            self._known.update(zip(wanted, results, strict=True))
        self._done.update(dict.fromkeys(op for op in ready if _can_be_kept(op)))


def _can_be_kept(op: Operation) -> bool:
    """Says whether an operation runs once for all steps: those in conditionals and loops run with what needs them."""
    return op._control_flow_context is None and op.type not in _CONTROL_FLOW and op.type not in VARIABLES
