"""The session that Keras runs in, when the program opened none."""

from __future__ import annotations

import threading
from typing import Any, Final

import tangraph as tf
from tangraph.export import export
from tangraph_keras.backend import graph_state
from tangraph_keras.backend.learning_phase import new_phase
from tangraph_keras.backend.naming import reset_uids


class _Sessions(threading.local):
    """A thread's session; TensorFlow keeps it likewise."""

    session: Any = None


class _Settings:
    manual_initialization = False


_sessions: Final = _Sessions()


@export("keras.backend.manual_variable_initialization")
def manual_variable_initialization(value: bool) -> None:
    """Says whether the program itself initializes variables, and `get_session` is to leave them alone."""
    _Settings.manual_initialization = value


def default_config() -> Any:
    """Returns the configuration of a session that Keras opens itself."""
    return tf.ConfigProto(allow_soft_placement=True)


def _graph_of(tensors: Any) -> Any:
    return next((x.graph for x in tensors if hasattr(x, "graph")), None) or tf.get_default_graph()


def current_session(tensors: Any = ()) -> Any:
    """Returns the default session, else this thread's session of Keras, a new one when that has another graph."""
    default = tf.get_default_session()
    if default is not None:
        return default
    if _sessions.session is None or _sessions.session.graph is not _graph_of(tensors):
        _sessions.session = tf.Session(config=default_config())
    return _sessions.session


@export("keras.backend.get_session")
def get_session(op_input_list: Any = ()) -> Any:
    """Returns the session that Keras runs in, with all variables of Keras initialized.

    Args:
      op_input_list: tensors, the first of which says which graph the session must have; the default one when empty.

    Returns:
      The default session where there is one, else a session of Keras' own.

    >>> with tf.Graph().as_default():
    ...     x = tf.keras.backend.variable([1.0, 2.0])
    ...     tf.keras.backend.get_session().run(x * 2).tolist()
    [2.0, 4.0]
    """
    session = current_session(op_input_list)
    if not _Settings.manual_initialization:
        with session.graph.as_default():
            initialize_variables(session)
    return session


@export("keras.backend.set_session")
def set_session(session: Any) -> None:
    """Sets the session that Keras runs in while there is no default one."""
    _sessions.session = session


def initialize_variables(session: Any) -> None:
    """Initializes what Keras' variables in the default graph nobody has initialized yet."""
    new = [v for v in graph_state.state_of(tf.get_default_graph()).living_variables() if not _is_marked(v)]
    if not new:
        return
    flags = session.run([tf.is_variable_initialized(v) for v in new])
    for variable in new:
        variable._keras_initialized = True
    missing = [v for flag, v in zip(flags, new, strict=True) if not flag]
    if missing:
        session.run(tf.variables_initializer(missing))


def _is_marked(variable: Any) -> bool:
    return bool(getattr(variable, "_keras_initialized", False))


@export("keras.backend.clear_session")
def clear_session() -> None:
    """Throws away the default graph and Keras' session; names are counted anew.

    The new default graph holds the placeholder of the learning phase.

    >>> tf.keras.backend.clear_session()
    >>> [op.name for op in tf.get_default_graph().get_operations()]
    ['keras_learning_phase/input', 'keras_learning_phase']
    >>> tf.reset_default_graph()
    """
    tf.reset_default_graph()
    reset_uids()
    _sessions.session = None
    graph_state.forget_phases()
    graph = tf.get_default_graph()
    graph_state.forget(graph)
    with graph.as_default():
        graph_state.set_phase(graph, new_phase())
