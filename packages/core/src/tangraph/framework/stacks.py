"""The stacks of default graphs and default sessions; the only mutable state that core keeps for a thread."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tangraph.export import export

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tangraph.framework.graph import Graph


class DefaultStack(threading.local):
    """A stack a thread, with TensorFlow's rules of nesting."""

    def __init__(self) -> None:
        self.stack: list[Any] = []

    def get_default(self) -> Any:
        """Returns the innermost object, or None."""
        return self.stack[-1] if self.stack else None

    @contextmanager
    def get_controller(self, default: Any) -> Iterator[Any]:
        """Makes an object the default inside a ``with`` block."""
        self.stack.append(default)
        try:
            yield default
        finally:
            if self.stack:
                if self.stack[-1] is not default:
                    raise AssertionError(f"Nesting violated for default stack of {type(default)} objects")
                self.stack.pop()


class DefaultGraphStack(DefaultStack):
    """As above; a thread that asks for a graph before it has one gets a global one of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.global_graph: Graph | None = None

    def get_default(self) -> Graph:
        """Returns the innermost graph, or the thread's global one."""
        if self.stack:
            graph: Graph = self.stack[-1]
            return graph
        return self.get_global()

    def get_global(self) -> Graph:
        """Returns the thread's global graph."""
        if self.global_graph is None:
            from tangraph.framework.graph import Graph

            self.global_graph = Graph()
        return self.global_graph

    def reset(self) -> None:
        """Forgets the global graph."""
        self.global_graph = None


graphs = DefaultGraphStack()
sessions = DefaultStack()


@export("get_default_graph")
def get_default_graph() -> Graph:
    """Returns the graph that operations are added to now.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default() as g:
    ...     tf.get_default_graph() is g
    True
    """
    return graphs.get_default()


@export("reset_default_graph")
def reset_default_graph() -> None:
    """Replaces the global default graph by an empty one.

    Raises:
      AssertionError: inside a ``with graph.as_default():`` block.
    """
    if graphs.stack:
        raise AssertionError(
            "Do not use tf.reset_default_graph() to clear nested graphs. If you need a cleared graph, exit the nesting "
            "and create a new graph."
        )
    graphs.reset()


@export("get_default_session")
def get_default_session() -> Any:
    """Returns the innermost default session of this thread, or None."""
    return sessions.get_default()
