"""Whether a model trains or predicts: a placeholder of the graph, or a number that was set."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.backend import graph_state
from tangraph_keras.backend.choice import switch

if TYPE_CHECKING:
    from collections.abc import Iterator


def new_phase() -> Any:
    """Makes the placeholder of the learning phase in the default graph, outside of name scopes."""
    with tf.name_scope(None):
        return tf.placeholder_with_default(False, shape=(), name="keras_learning_phase")


def symbolic_learning_phase() -> Any:
    """Returns the learning phase of the default graph, made when it is first asked for."""
    graph = graph_state.get_graph()
    found = graph_state.state_of(graph).learning_phase
    if found is None:
        with graph.as_default():
            found = new_phase()
        graph_state.set_phase(graph, found)
    return found


@export("keras.backend.learning_phase")
def learning_phase() -> Any:
    """Returns whether the graph trains: a bool scalar tensor that is fed, False by default; or the number that was set.

    >>> with tf.Graph().as_default():
    ...     learning_phase()
    <tf.Tensor 'keras_learning_phase:0' shape=() dtype=bool>
    """
    with tf.init_scope():
        return symbolic_learning_phase()


@export("keras.backend.set_learning_phase")
def set_learning_phase(value: int) -> None:
    """Sets the learning phase of the default graph, for what is built from now on: 0 to predict, 1 to train.

    Raises:
      ValueError: another value.
    """
    if value not in {0, 1}:
        raise ValueError("Expected learning phase to be 0 or 1.")
    with tf.init_scope():
        graph_state.set_phase(graph_state.get_graph(), value)


@export("keras.backend.learning_phase_scope")
@contextmanager
def learning_phase_scope(value: int) -> Iterator[None]:
    """Sets the learning phase of the default graph for what is built in the block.

    Raises:
      ValueError: a value other than 0 and 1.
    """
    if value not in {0, 1}:
        raise ValueError("Expected learning phase to be 0 or 1.")
    with tf.init_scope():
        before = graph_state.state_of(graph_state.get_graph()).learning_phase
    try:
        set_learning_phase(value)
        yield
    finally:
        with tf.init_scope():
            graph_state.set_phase(graph_state.get_graph(), before)


@export("keras.backend.in_train_phase")
def in_train_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """Returns one thing in training, and another one otherwise.

    Args:
      x: a tensor, or a function that returns one: what to return in training.
      alt: the same, for what to return otherwise.
      training: a bool or number, or a bool scalar tensor; the learning phase when None.
    """
    if training is None:
        training = learning_phase()
    if not tf.is_tensor(training):
        if training == 1 or training is True:
            return x() if callable(x) else x
        if training == 0 or training is False:
            return alt() if callable(alt) else alt
    return switch(training, x, alt)


@export("keras.backend.in_test_phase")
def in_test_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """Returns `alt` in training and `x` otherwise; see `in_train_phase`."""
    return in_train_phase(alt, x, training=training)
