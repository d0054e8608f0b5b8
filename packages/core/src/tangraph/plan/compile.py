"""From fetches and feeds to a function: the stages in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph import registry
from tangraph.framework import raw_shape
from tangraph.plan.bind import bind
from tangraph.plan.calls import expand_calls
from tangraph.plan.draws import draw_in_order
from tangraph.plan.emit import emit
from tangraph.plan.failure import blamed, failing_line, translate
from tangraph.plan.functions import Functions
from tangraph.plan.lower import lower
from tangraph.plan.order import order
from tangraph.plan.place import place
from tangraph.plan.prune import prune
from tangraph.plan.rewrite import rewrite

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from tangraph.client.resources import ResourceStore
    from tangraph.framework.graph import Graph
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.tensor import Tensor
    from tangraph.plan.emit import Emitted
    from tangraph.plan.place import Devices

_NAME_LENGTH: Final = 60


class Plan:
    """A compiled (fetches, feeds) pair.

    Attributes:
      name: what it fetches, shortened.
      source: the emitted source.
      function: takes the fed values in order, returns the fetched ones.
      run: the same, silent about overflows and divisions by zero, as a session's run is.
      filename: under which `linecache` knows the source.
      steps: line number -> step.
      ordered: whether the program orders all reads and writes of its variables; if not, TensorFlow's order changes
        when a run has been repeated often enough (`schedule`).
    """

    __slots__ = ("fetch_names", "filename", "function", "name", "ordered", "run", "source", "steps")

    def __init__(self, name: str, emitted: Emitted, fetch_names: list[str], ordered: bool) -> None:
        self.name = name
        self.ordered = ordered
        self.source = emitted.source
        self.function = emitted.function
        self.run = np.errstate(all="ignore")(emitted.function)
        self.fetch_names = fetch_names
        self.filename = emitted.filename
        self.steps = emitted.steps

    def explain(self, error: Exception) -> Exception:
        """Returns the error that the user should see for one that came out of `function`."""
        found = failing_line(error.__traceback__, self.filename)
        if found is None:
            return error
        line, names = found
        return translate(error, blamed(error) or self.steps.get(line), names)

    def __repr__(self) -> str:
        return f"<Plan {self.name}>"


def _inside(context: AbstractContextManager[Any], function: Callable[..., Any]) -> Callable[..., Any]:
    def run(*values: Any) -> Any:
        with context:
            return function(*values)

    return run


def compile_plan(
    graph: Graph,
    fetches: Sequence[Tensor],
    targets: Sequence[Operation],
    feeds: Sequence[Tensor],
    feed_shapes: Sequence[Raw] | None,
    devices: Devices,
    resources: ResourceStore,
    *,
    threads: int = 0,
    settled: bool = False,
    scope: str = "",
    connections: Mapping[Tensor, Tensor] | None = None,
    done: Sequence[Operation] = (),
) -> Plan:
    """Compiles a plan.

    Args:
      graph: the graph.
      fetches, targets, feeds, connections: see `tangraph.plan.prune.prune`.
      feed_shapes: the shapes of the fed values, when the plan may rely on them.
      devices: the session's devices.
      resources: the session's variables and other state.
      threads: how many threads the session wants for one operation; 0 for as many as there are.
      settled: whether this has run often; see `schedule`.
      scope: goes in front of the nodes' names, where the graph is the body of a function.
      done: operations that have run, so that nothing waits for them.

    Raises:
      InvalidArgumentError: an operation of the graph asks for a device that is not there.
      UnimplementedError: a kernel is missing.
    """
    program = prune(graph, fetches, targets, feeds, scope, connections, done)
    program.threads = threads
    if feed_shapes is not None:
        for value, shape in zip(program.feeds, feed_shapes, strict=True):
            value.shape = raw_shape.merge(value.shape, shape)
    expand_calls(program)
    lower(program)
    devices.check(graph)
    rewrite(program, devices.host or devices.default, registry.rewrites())
    place(program, devices)
    open_order = order(program, settled)
    bind(program, resources, Functions(devices, resources))
    draw_in_order(program, resources)
    for backend in {id(s.backend): s.backend for s in program.region.walk()}.values():
        backend.compile_pass(program)
    names = [*(t.name for t in fetches), *(op.name for op in targets)]
    text = ", ".join(names)
    emitted = emit(program, resources, devices.transfers)
    for context in program.around:
        emitted.function = _inside(context, emitted.function)
    plan = Plan(text if len(text) <= _NAME_LENGTH else f"{text[:_NAME_LENGTH]}...", emitted, names, not open_order)
    hook: Any = registry.hook()
    hook.tangraph_plan_compiled(plan=plan)
    return plan
