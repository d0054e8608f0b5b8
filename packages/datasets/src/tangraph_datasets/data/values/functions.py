"""Functions of the graph, as datasets call them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

from tangraph.client.resources import ResourceStore
from tangraph.framework import raw_shape
from tangraph.framework.dtypes import variant

if TYPE_CHECKING:
    from tangraph.plugin import KernelContext
    from tangraph_datasets.data.values.base import Element, IterationContext

T = TypeVar("T")

#: The state of single operations; each initialisation of an iterator begins with a new one.
_OF_OPERATIONS: Final = frozenset(["candidate_sampler", "random"])


class IterationStore(ResourceStore):
    """The resources that the functions of one iteration see: those of the session, and generators of its own.

    Args:
      session: the session's resources.
    """

    def __init__(self, session: ResourceStore) -> None:
        super().__init__()
        self._own = ResourceStore()
        self._session = session

    def _store(self, kind: str) -> ResourceStore:
        return self._own if kind in _OF_OPERATIONS else self._session

    def get_or_create(self, kind: str, container: str, name: str, make: Callable[[], T]) -> T:
        """Returns the resource, made on first use."""
        return self._store(kind).get_or_create(kind, container, name, make)

    def find(self, kind: str, container: str, name: str) -> Any:
        """Returns the resource, or None."""
        return self._store(kind).find(kind, container, name)

    def delete(self, kind: str, container: str, name: str) -> bool:
        """Forgets a resource; says whether there was one."""
        return self._store(kind).delete(kind, container, name)


class Function:
    """A function that an attr of a dataset's node names, bound to the session.

    Args:
      k: the context of the node's kernel.
      attr: the attr.
    """

    def __init__(self, k: KernelContext, attr: str) -> None:
        assert k.functions is not None
        self._functions, self._graph = k.functions, k.graph
        self.name: str = k.attr(attr).name
        self.shared = k.function(attr, "")
        inputs = self.shared.function.inputs
        known = all(tensor.dtype is variant or raw_shape.is_fully_defined(tensor.raw_shape) for tensor in inputs)
        self._fast = self.shared.for_fixed_shapes() if known else self.shared
        self._draws = _draws(self.shared.function)

    def __call__(self, captured: Sequence[Any] = ()) -> Captured:
        """Returns the function together with what it has captured."""
        return Captured(self, tuple(captured))

    def for_iteration(self, context: IterationContext) -> Callable[..., Element]:
        """Returns the callable for one initialisation of an iterator: random operations begin anew."""
        if not self._draws:
            return self._fast
        return context.state(("function", self.name), lambda: self._with_own_state(context))

    def _with_own_state(self, context: IterationContext) -> Callable[..., Element]:
        assert self._graph is not None
        store = IterationStore(context.store)
        return self._functions.with_resources(store).bind(self._graph, self.name, "", host=True)


def _draws(function: Any) -> bool:
    """Says whether a function, or one that it calls, has operations that draw random numbers."""
    called = function.graph._functions.values()
    return any("seed" in op.attrs and op._is_stateful for op in function.operations) or any(map(_draws, called))


class Captured:
    """A function, and the values that it has captured.

    Args:
      function: takes the captured values last.
      values: those values.
    """

    def __init__(self, function: Function, values: tuple[Any, ...]) -> None:
        self._function, self._values = function, values

    def bind(self, context: IterationContext) -> Callable[..., Element]:
        """Returns a callable of elements for one initialisation of an iterator."""
        call = self._function.for_iteration(context)
        values = self._values
        return (lambda *element: call(*element, *values)) if values else call
