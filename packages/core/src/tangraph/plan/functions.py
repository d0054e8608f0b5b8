"""Functions as Python callables: a body compiled as a plan of its own, for kernels that call it again and again."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

from tangraph.framework import errors
from tangraph.functions.library import find_function

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.client.resources import ResourceStore
    from tangraph.framework.graph import Graph
    from tangraph.framework.raw_shape import Raw
    from tangraph.plan.compile import Plan
    from tangraph.plan.place import Devices

#: Plans for particular shapes of the arguments, before one serves all shapes.
MAX_SHAPES: Final = 4


def _shapes(args: tuple[Any, ...]) -> tuple[Raw, ...]:
    """The shapes of values; strings and objects (variables, handles) have none, and count as scalars."""
    return tuple([getattr(value, "shape", ()) for value in args])


def _run(plan: Plan, args: tuple[Any, ...]) -> tuple[Any, ...]:
    try:
        return plan.function(*args)
    except Exception as error:
        explained = plan.explain(error)
        if explained is error:
            raise
        raise explained from error


class BoundFunction:
    """A function of a graph as a callable: values in (captured ones last), a tuple of values out.

    It may be called from several threads. Values are what kernels take and give: arrays or NumPy scalars of the exact
    type, bytes, variables' cells, handles. What comes out is the caller's own. The first call with new shapes compiles a
    plan; after four, one that assumes no shapes serves the rest. Effects and random counters are those of the session;
    `scope` says whose: two callables of one scope share the counters of their random operations.

    Args:
      function: the function (`tangraph.functions.definition.GraphFunction`).
      devices: what its operations may run on.
      resources: the session's variables and other state.
      scope: goes in front of the names of the body's nodes, in errors and where state is kept by name.
    """

    def __init__(self, function: Any, devices: Devices, resources: ResourceStore, scope: str = "") -> None:
        self.function = function
        self._devices = devices
        self._resources = resources
        self._scope = scope
        self._lock = threading.Lock()
        self._plans: dict[tuple[Raw, ...], Plan] = {}
        self._general: Plan | None = None

    def __call__(self, *args: Any) -> tuple[Any, ...]:
        """Runs the body.

        Raises:
          tf.errors.OpError: what an operation of the body raises; it names the operation.
          tf.errors.InvalidArgumentError: the arguments have not the shapes that the body was made for.
        """
        return _run(self._plans.get(_shapes(args)) or self._plan(args), args)

    def for_fixed_shapes(self) -> Callable[..., tuple[Any, ...]]:
        """Returns a callable that looks at the shapes of the first arguments alone: they must stay the same."""
        plan: Plan | None = None

        def call(*args: Any) -> tuple[Any, ...]:
            nonlocal plan
            if plan is None:
                plan = self._plans.get(_shapes(args)) or self._plan(args)
            return _run(plan, args)

        return call

    def plan_for(self, *args: Any) -> Callable[..., tuple[Any, ...]]:
        """Returns the bare function of the plan for arguments like these; its errors are not explained."""
        return (self._plans.get(_shapes(args)) or self._plan(args)).function

    def _plan(self, args: tuple[Any, ...]) -> Plan:
        shapes = _shapes(args)
        with self._lock:
            plan = self._plans.get(shapes)
            if plan is None and len(self._plans) < MAX_SHAPES:
                plan = self._plans[shapes] = self._compile(shapes)
            elif plan is None:
                if self._general is None:
                    self._general = self._compile(None)
                plan = self._general
            return plan

    def _compile(self, shapes: tuple[Raw, ...] | None) -> Plan:
        from tangraph.plan.compile import compile_plan

        function = self.function
        targets = dict.fromkeys([*function.control_outputs, *function.effect_ops])
        try:
            return compile_plan(
                function.graph,
                function.outputs,
                list(targets),
                function.inputs,
                shapes,
                self._devices,
                self._resources,
                scope=self._scope,
            )
        except ValueError as error:
            if isinstance(error, errors.OpError):
                raise
            text = f"Function {function.name} was called with arguments that do not fit: {error}"
            raise errors.InvalidArgumentError(None, None, text) from None

    def __repr__(self) -> str:
        return f"<BoundFunction {self.function.name}>"


class Functions:
    """What kernels get functions from: those that the nodes of a graph may call, bound to a session's state."""

    def __init__(self, devices: Devices, resources: ResourceStore) -> None:
        self._devices = devices
        self._resources = resources

    def with_resources(self, resources: ResourceStore) -> Functions:
        """Returns what gives the same functions, bound to other state."""
        return Functions(self._devices, resources)

    def bind(self, graph: Graph, name: str, scope: str, *, host: bool) -> BoundFunction:
        """Returns a function as a callable.

        Args:
          graph: the graph of the node that calls it.
          name: the function's name.
          scope: see :class:`BoundFunction`.
          host: whether it runs on the host alone.

        Raises:
          NotFoundError: the graph has no such function.
        """
        function = find_function(graph, name)
        if function is None:
            raise errors.NotFoundError(None, None, f"Function {name} is not defined.")
        return BoundFunction(function, self._devices.for_function(host=host), self._resources, scope)
