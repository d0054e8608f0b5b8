"""What the stages of the plan work on: steps and the values between them.

A step begins as a copy of an operation and belongs to the plan alone, so stages may rewrite it. A loop is one step with
a region of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    import numpy as np

    from tangraph.framework.dtypes import DType
    from tangraph.framework.graph import Graph
    from tangraph.framework.op_def import OpDef
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw


class Value:
    """One output of a step.

    Attributes:
      step, index: which output of which step.
      dtype: its element type; a `_ref` type means that the value is a variable's cell.
      shape: the raw shape, as far as it is known.
      constant: the array, when the value is known at compile time.
      name: the local variable (or global constant) that holds it in the emitted source.
      where: the backend on whose device it is; None on the host.
    """

    __slots__ = ("constant", "dtype", "index", "name", "shape", "step", "where")

    def __init__(self, step: Step, index: int, dtype: DType, shape: Raw) -> None:
        self.step = step
        self.index = index
        self.dtype = dtype
        self.shape = shape
        self.constant: np.ndarray[Any, Any] | None = None
        self.name = ""
        self.where: Any = None

    def __repr__(self) -> str:
        return f"<Value {self.step.label}:{self.index} {self.dtype.name}{self.shape}>"


#: A condition under which a step runs: (predicate, the value that it must have), outermost first.
Guard = tuple[tuple[Value, bool], ...]


class Step:
    """One node of the plan.

    Attributes:
      op_type, op_def, attrs: as in the graph; op types that start with "_" exist in plans alone.
      inputs, outputs: values.
      controls: steps that must run before.
      origin: the operation that the step comes from, for errors and order.
      order: position of the origin in the order of creation.
      guard: see :data:`Guard`.
      scope: goes in front of the origin's name, where that is a node of a function's body.
      device, backend: where it is placed.
      kernel: the bound callable.
    """

    __slots__ = (
        "attrs",
        "backend",
        "controls",
        "device",
        "guard",
        "inputs",
        "kernel",
        "loop",
        "op_def",
        "op_type",
        "order",
        "origin",
        "outputs",
        "scope",
        "takes_draws",
        "takes_out",
    )

    def __init__(
        self,
        op_type: str,
        op_def: OpDef | None,
        attrs: dict[str, Any],
        origin: Operation | None,
        order: int,
    ) -> None:
        self.op_type = op_type
        self.op_def = op_def
        self.attrs = attrs
        self.origin = origin
        self.order = order
        self.inputs: list[Value] = []
        self.outputs: list[Value] = []
        self.controls: list[Step] = []
        self.guard: Guard = ()
        self.scope = ""
        self.device = ""
        self.backend: Any = None
        self.kernel: Callable[..., Any] | None = None
        self.takes_out = False
        self.takes_draws = False
        self.loop: Loop | None = None

    @property
    def label(self) -> str:
        """The name of the operation that the step comes from."""
        return self.scope + self.origin.name if self.origin is not None else self.op_type

    @property
    def stateful(self) -> bool:
        """Whether the step must neither be merged, folded nor dropped when a control edge asks for it."""
        if self.loop is not None:
            return any(s.stateful for s in self.loop.region.steps)
        return self.op_def is not None and self.op_def.stateful

    def add_output(self, dtype: DType, shape: Raw) -> Value:
        """Appends an output."""
        value = Value(self, len(self.outputs), dtype, shape)
        self.outputs.append(value)
        return value

    def __repr__(self) -> str:
        return f"<Step {self.op_type} {self.label}>"


@dataclass(slots=True)
class Region:
    """Steps that run together: the whole plan, or the body of a loop."""

    steps: list[Step] = field(default_factory=list)

    def walk(self) -> Iterator[Step]:
        """Yields the steps, those inside loops included."""
        todo = list(reversed(self.steps))
        while todo:
            step = todo.pop()
            yield step
            if step.loop is not None:
                todo.extend(reversed(step.loop.region.steps))


@dataclass(slots=True)
class Loop:
    """The inside of a loop step.

    Attributes:
      region: the steps of condition and body. Those of the body have the guard (condition, True).
      variables: the loop variables: values that consumers inside see.
      entries: the value of each variable before the first iteration (values of the outer region).
      nexts: the value of each variable after an iteration.
      condition: the value that decides whether another iteration runs.
      exits: (output of the loop step, index of the variable) pairs.
    """

    region: Region
    variables: list[Value]
    entries: list[Value]
    nexts: list[Value]
    condition: Value
    exits: list[tuple[Value, int]]


@dataclass(slots=True)
class Program:
    """A plan on its way through the stages.

    Attributes:
      graph: where it comes from.
      region: the steps.
      feeds: the fed values, in the order of the emitted function's parameters.
      fetches: the fetched values, in the order in which the function returns them.
      targets: steps that run for their effect.
      threads: how many threads the session wants for one operation; 0 for as many as there are.
      around: context managers in which each run of the program is to be.
      operations: what the steps come from, in the order of creation.
      ends: the operations that are fetched, as they were asked for.
      predicates: what decides the Switches of conditionals; they are no steps any more once the program is lowered.
    """

    graph: Graph
    region: Region
    feeds: list[Value]
    fetches: list[Value]
    targets: list[Step]
    threads: int = 0
    around: list[AbstractContextManager[Any]] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)
    ends: list[Operation] = field(default_factory=list)
    predicates: dict[Operation, Value] = field(default_factory=dict)

    def substitute(self, mapping: dict[Value, Value]) -> None:
        """Replaces values wherever they are used; chains in the mapping are followed."""
        if not mapping:
            return

        def final(value: Value) -> Value:
            while value in mapping:
                value = mapping[value]
            return value

        for step in self.region.walk():
            step.inputs = [final(v) for v in step.inputs]
            if step.guard:
                step.guard = tuple((final(p), b) for p, b in step.guard)
            loop = step.loop
            if loop is not None:
                loop.entries = [final(v) for v in loop.entries]
                loop.nexts = [final(v) for v in loop.nexts]
                loop.condition = final(loop.condition)
        self.fetches = [final(v) for v in self.fetches]
        self.predicates = {op: final(v) for op, v in self.predicates.items()}
