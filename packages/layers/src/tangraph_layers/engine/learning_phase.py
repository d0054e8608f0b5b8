"""Whether models train: a tensor in each graph, or a number that the program has fixed."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

import tangraph as tf
from tangraph.export import export

if TYPE_CHECKING:
    from collections.abc import Iterator

_phases: Final[WeakKeyDictionary[Any, Any]] = WeakKeyDictionary()


@export("keras.backend.learning_phase")
def learning_phase() -> Any:
    """Returns the default graph's learning phase: a boolean tensor that is fed, or the number that was set.

    >>> with tf.Graph().as_default():
    ...     learning_phase()
    <tf.Tensor 'keras_learning_phase:0' shape=() dtype=bool>
    """
    with tf.init_scope():
        return symbolic_learning_phase()


def symbolic_learning_phase() -> Any:
    """Returns the default graph's learning phase, which is made where there is none."""
    graph = tf.get_default_graph()
    if graph not in _phases:
        _phases[graph] = _placeholder()
    return _phases[graph]


def _placeholder() -> Any:
    with tf.name_scope(None):
        return tf.placeholder_with_default(False, shape=(), name="keras_learning_phase")


@export("keras.backend.set_learning_phase")
def set_learning_phase(value: int) -> None:
    """Fixes the default graph's learning phase.

    Args:
      value: 0 for inference, 1 for training.

    Raises:
      ValueError: it is neither.
    """
    if value not in {0, 1}:
        raise ValueError("Expected learning phase to be 0 or 1.")
    with tf.init_scope():
        _phases[tf.get_default_graph()] = value


@export("keras.backend.learning_phase_scope")
@contextmanager
def learning_phase_scope(value: int) -> Iterator[None]:
    """Fixes the default graph's learning phase inside the block.

    Args:
      value: 0 for inference, 1 for training.

    Raises:
      ValueError: it is neither.
    """
    if value not in {0, 1}:
        raise ValueError("Expected learning phase to be 0 or 1.")
    with tf.init_scope():
        graph = tf.get_default_graph()
    before = _phases.get(graph)
    try:
        set_learning_phase(value)
        yield
    finally:
        if before is None:
            _phases.pop(graph, None)
        else:
            _phases[graph] = before


def restart() -> None:
    """Forgets the learning phases of all graphs, and makes that of the default graph."""
    _phases.clear()
    _phases[tf.get_default_graph()] = _placeholder()


def is_learning_phase(tensor: Any) -> bool:
    """Returns whether a tensor is the learning phase of some graph."""
    return any(tensor is phase for phase in _phases.values())
