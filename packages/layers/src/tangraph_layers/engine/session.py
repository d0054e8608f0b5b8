"""The session that Keras uses, and the variables that it initialises there."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary, WeakSet, ref

import numpy as np

import tangraph as tf
from tangraph.export import export
from tangraph_layers import names
from tangraph_layers.engine import learning_phase
from tangraph_layers.engine.settings import dtype_name

if TYPE_CHECKING:
    from collections.abc import Sequence


class _Current(threading.local):
    """The session of each thread that has no default session."""

    def __init__(self) -> None:
        self.session: Any = None


class _Initialization:
    """What Keras has not initialised yet; nothing it does when the program says that it does so itself."""

    def __init__(self) -> None:
        self.manual = False
        self.variables: WeakKeyDictionary[Any, dict[int, ref[Any]]] = WeakKeyDictionary()
        self.optimizers: WeakKeyDictionary[Any, WeakSet[Any]] = WeakKeyDictionary()


_current: Final = _Current()
_known: Final = _Initialization()


@export("keras.backend.get_session")
def get_session(op_input_list: Any = ()) -> Any:
    """Returns the session that Keras uses, with all of its variables initialised.

    It is the default session; without one, that of `set_session`; without one for the graph, a new one.

    Args:
      op_input_list: tensors or operations, whose graph the session is for; the default graph when there are none.
    """
    session = current_session(op_input_list)
    if not _known.manual:
        with session.graph.as_default():
            initialize_variables(session)
    return session


def current_session(op_input_list: Any = ()) -> Any:
    """Returns the session that is entered, else the one that Keras keeps for the graph; it is made when needed."""
    default = tf.get_default_session()
    if default is not None:
        return default
    if tf.get_default_graph().building_function:
        raise RuntimeError("Cannot get session inside Tensorflow graph function.")
    graph = _graph_of(op_input_list)
    if _current.session is None or _current.session.graph is not graph:
        _current.session = tf.Session(config=tf.ConfigProto(allow_soft_placement=True))
    return _current.session


def _graph_of(op_input_list: Any) -> Any:
    graphs = [x.graph for x in op_input_list if hasattr(x, "graph")]
    if any(graph is not graphs[0] for graph in graphs):
        raise ValueError(f"{op_input_list} must be from the same graph.")
    return graphs[0] if graphs else tf.get_default_graph()


@export("keras.backend.set_session")
def set_session(session: Any) -> None:
    """Sets the session that Keras uses in this thread where there is no default session."""
    _current.session = session


@export("keras.backend.clear_session")
def clear_session() -> None:
    """Starts over: a new default graph, with layers named from the beginning, and a new session."""
    tf.reset_default_graph()
    names.reset_uids()
    _current.session = None
    learning_phase.restart()


@export("keras.backend.manual_variable_initialization")
def manual_variable_initialization(value: bool) -> None:
    """Says whether the program initialises variables itself; otherwise Keras does when it first needs a session."""
    _known.manual = value


def track_variable(variable: Any) -> None:
    """Has Keras initialise a variable when it next needs a session."""
    graph = variable.graph if hasattr(variable, "graph") else tf.get_default_graph()
    _known.variables.setdefault(graph, {})[id(variable)] = ref(variable)


def track_tf_optimizer(optimizer: Any) -> None:
    """Has Keras initialise the variables of what wraps an optimizer of `tf.train`, as its attribute `optimizer`."""
    _known.optimizers.setdefault(tf.get_default_graph(), WeakSet()).add(optimizer)


def _new_variables(graph: Any) -> list[Any]:
    """Returns the variables that came since the last time, and are not known to be initialised."""
    variables = _known.variables.pop(graph, {})
    for wrapper in _known.optimizers.get(graph, ()):
        for variable in wrapper.optimizer.variables():
            variables.setdefault(id(variable), ref(variable))
    found = [reference() for reference in variables.values()]
    return [v for v in found if v is not None and not getattr(v, "_keras_initialized", False)]


def initialize_variables(session: Any) -> None:
    """Initialises what is new of the default graph's variables, and not initialised in a session."""
    graph = tf.get_default_graph()
    if graph not in _known.variables and graph not in _known.optimizers:
        return
    candidates = _new_variables(graph)
    if not candidates:
        return
    flags = session.run([tf.is_variable_initialized(v) for v in candidates])
    for variable in candidates:
        variable._keras_initialized = True
    rest = [v for v, initialized in zip(candidates, flags, strict=True) if not initialized]
    if rest:
        session.run(tf.variables_initializer(rest))


@export("keras.backend.get_value")
def get_value(x: Any) -> Any:
    """Returns the value of a variable or tensor as an array; anything else as it is."""
    if not tf.contrib.framework.is_tensor(x):
        return x
    return x.eval(session=get_session((x,)))


@export("keras.backend.batch_get_value")
def batch_get_value(tensors: Sequence[Any]) -> list[Any]:
    """Returns the values of variables or tensors, as a list of arrays.

    Raises:
      RuntimeError: the default graph is the body of a function.
    """
    if tf.get_default_graph().building_function:
        raise RuntimeError("Cannot get value inside Tensorflow graph function.")
    return list(get_session(tensors).run(list(tensors))) if tensors else []


@export("keras.backend.set_value")
def set_value(x: Any, value: Any) -> None:
    """Assigns an array to a variable."""
    batch_set_value([(x, value)])


@export("keras.backend.batch_set_value")
def batch_set_value(tuples: Sequence[tuple[Any, Any]]) -> None:
    """Assigns arrays to variables.

    Args:
      tuples: pairs of a variable and an array of its shape.
    """
    if not tuples:
        return
    operations, feeds = [], {}
    for variable, value in tuples:
        value = np.asarray(value, dtype=dtype_name(variable.dtype))
        placeholder, operation = _assignment(variable, value.ndim)
        operations.append(operation)
        feeds[placeholder] = value
    get_session().run(operations, feed_dict=feeds)


def _assignment(variable: Any, rank: int) -> tuple[Any, Any]:
    """The placeholder and the assignment that a variable keeps for values that come from Python."""
    if not hasattr(variable, "_assign_placeholder"):
        # No sizes in it: variables may change their shapes.
        shape = tf.TensorShape([None] * rank)
        variable._assign_placeholder = tf.placeholder(dtype_name(variable.dtype), shape=shape)
        variable._assign_op = variable.assign(variable._assign_placeholder)
    return variable._assign_placeholder, variable._assign_op
