"""What Keras remembers of a graph: its learning phase, its variables. It hangs on the graph, and goes with it."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import tangraph as tf


@dataclass
class GraphState:
    """The part of Keras' memory that belongs to one graph.

    Args:
      learning_phase: the placeholder, or the number that was set; None before it is asked for.
      variables: those that a session of Keras initializes when it meets them, in the order in which they were made.
      optimizers: the wrapped optimizers of `tf.train`, whose variables it initializes too.
    """

    learning_phase: Any = None
    variables: dict[int, weakref.ref[Any]] = field(default_factory=dict)
    optimizers: weakref.WeakSet[Any] = field(default_factory=weakref.WeakSet)

    def living_variables(self) -> Iterator[Any]:
        """Yields the variables that somebody still holds, those of optimizers last."""
        seen = set()
        for reference in list(self.variables.values()):
            variable = reference()
            if variable is not None:
                seen.add(id(variable))
                yield variable
        for optimizer in self.optimizers:
            yield from (v for v in optimizer.optimizer.variables() if id(v) not in seen)


_ATTRIBUTE: Final = "_keras_state"
_with_phase: Final[weakref.WeakSet[Any]] = weakref.WeakSet()


def get_graph() -> Any:
    """Returns the graph in which Keras builds: the default one."""
    return tf.get_default_graph()


def state_of(graph: Any) -> GraphState:
    """Returns what Keras remembers of a graph."""
    found: GraphState = vars(graph).setdefault(_ATTRIBUTE, GraphState())
    return found


def forget(graph: Any) -> None:
    """Drops what Keras remembers of a graph."""
    vars(graph).pop(_ATTRIBUTE, None)


def set_phase(graph: Any, phase: Any) -> None:
    """Sets the learning phase of a graph; None forgets it."""
    state_of(graph).learning_phase = phase
    _with_phase.add(graph)


def forget_phases() -> None:
    """Forgets the learning phases of all graphs."""
    for graph in list(_with_phase):
        state_of(graph).learning_phase = None
    _with_phase.clear()


def track_variable(variable: Any) -> None:
    """Remembers a variable, so that a session of Keras initializes it."""
    graph = variable.graph if hasattr(variable, "graph") else get_graph()
    state_of(graph).variables[id(variable)] = weakref.ref(variable)


def track_optimizer(optimizer: Any) -> None:
    """Remembers a wrapped optimizer of `tf.train`, so that a session of Keras initializes its variables."""
    state_of(get_graph()).optimizers.add(optimizer)
