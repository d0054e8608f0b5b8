"""The global step: the variable that counts the steps of training."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from tangraph.export import export
from tangraph.framework import dtypes, stacks
from tangraph.framework.graph_keys import GraphKeys
from tangraph.framework.scopes import control_dependencies
from tangraph.framework.tensor import Tensor
from tangraph.ops.state.variable_base import Variable
from tangraph.ops.state.variable_ops import assign_add
from tangraph.ops.state.variable_scope import get_variable

if TYPE_CHECKING:
    from tangraph.framework.graph import Graph

#: The collection that keeps the tensor of `get_or_create_global_step_read`.
GLOBAL_STEP_READ_KEY: Final = "global_step_read_op_cache"
_logger = logging.getLogger("tangraph")


@export("train.global_step")
def global_step(sess: Any, global_step_tensor: Any) -> int:
    """Runs the global step and returns its value.

    Args:
      sess: the session.
      global_step_tensor: the variable or tensor that holds the step.
    """
    return int(sess.run(global_step_tensor))


@export("train.get_global_step")
def get_global_step(graph: Graph | None = None) -> Any:
    """Returns the global step of a graph: the one in its collection, else the tensor "global_step:0", else None.

    Args:
      graph: the graph; the default one when None.

    Raises:
      TypeError: what is found is no integer scalar.
    """
    graph = graph or stacks.get_default_graph()
    found = graph.get_collection(GraphKeys.GLOBAL_STEP)
    if len(found) > 1:
        _logger.error("Multiple tensors in global_step collection.")
        return None
    if found:
        step = found[0]
    else:
        try:
            step = graph.get_tensor_by_name("global_step:0")
        except KeyError:
            return None
    assert_global_step(step)
    return step


@export("train.create_global_step")
def create_global_step(graph: Graph | None = None) -> Any:
    """Makes the global step: an int64 variable, which is not trained.

    Args:
      graph: the graph; the default one when None.

    Raises:
      ValueError: the graph has one.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     tf.train.create_global_step()
    <tf.Variable 'global_step:0' shape=() dtype=int64_ref>
    """
    from tangraph.ops.state.initializers import Zeros
    from tangraph.ops.state.variable_base import VariableAggregation

    graph = graph or stacks.get_default_graph()
    if get_global_step(graph) is not None:
        raise ValueError('"global_step" already exists.')
    with graph.as_default(), graph.name_scope(None):
        return get_variable(
            GraphKeys.GLOBAL_STEP,
            shape=[],
            dtype=dtypes.int64,
            initializer=Zeros(),
            trainable=False,
            aggregation=VariableAggregation.ONLY_FIRST_REPLICA,
            collections=[GraphKeys.GLOBAL_VARIABLES, GraphKeys.GLOBAL_STEP],
        )


@export("train.get_or_create_global_step")
def get_or_create_global_step(graph: Graph | None = None) -> Any:
    """Returns the global step of a graph, made when there is none; see `create_global_step`."""
    graph = graph or stacks.get_default_graph()
    found = get_global_step(graph)
    return create_global_step(graph) if found is None else found


@export("train.assert_global_step")
def assert_global_step(global_step_tensor: Any) -> None:
    """Raises TypeError unless a variable or tensor can be a global step: an integer scalar."""
    if not isinstance(global_step_tensor, (Variable, Tensor)):
        raise TypeError(f'Existing "global_step" must be a Variable or Tensor: {global_step_tensor}.')
    if not global_step_tensor.dtype.base_dtype.is_integer:
        raise TypeError(f'Existing "global_step" does not have integer type: {global_step_tensor.dtype}')
    shape = global_step_tensor.get_shape()
    if shape.ndims != 0 and shape.is_fully_defined():
        raise TypeError(f'Existing "global_step" is not scalar: {shape}')


def get_or_create_global_step_read(graph: Graph | None = None) -> Tensor | None:
    """Returns a tensor with the value of the global step before the present run increments it.

    Returns:
      The same tensor at every call; None when there is no global step.

    Raises:
      RuntimeError: the collection that keeps it holds several.
    """
    graph = graph or stacks.get_default_graph()
    cached: list[Tensor] = graph.get_collection(GLOBAL_STEP_READ_KEY)
    if len(cached) > 1:
        raise RuntimeError(f"There are multiple items in collection {GLOBAL_STEP_READ_KEY}. There should be only one.")
    if cached:
        return cached[0]
    step = get_global_step(graph)
    if step is None:
        return None
    with graph.as_default(), graph.name_scope(None), graph.name_scope(f"{step.op.name}/"):
        # The sum is a copy: a read of a reference would show the increment.
        value = step.initialized_value() if isinstance(step, Variable) else step
        read: Tensor = value + 0
    graph.add_to_collection(GLOBAL_STEP_READ_KEY, read)
    return read


def increment_global_step(increment: int, graph: Graph | None = None) -> Any:
    """Returns an op that adds to the global step, after `get_or_create_global_step_read` has read it.

    Raises:
      ValueError: there is no global step.
    """
    graph = graph or stacks.get_default_graph()
    step = get_global_step(graph)
    if step is None:
        raise ValueError(
            "Global step tensor should be created by tf.train.get_or_create_global_step before calling increment."
        )
    read = get_or_create_global_step_read(graph)
    with (
        graph.as_default(),
        graph.name_scope(None),
        graph.name_scope(f"{step.op.name}/"),
        control_dependencies([read]),
    ):
        return assign_add(step, increment)
