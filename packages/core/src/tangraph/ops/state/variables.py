"""The variable classes by their TensorFlow module, and operations on all variables of a graph."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import stacks
from tangraph.framework.graph_keys import GraphKeys
from tangraph.framework.make_op import make_op
from tangraph.framework.scopes import colocate_with, device, get_collection, name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.state.partitioned_variable import PartitionedVariable
from tangraph.ops.state.ref_variable import RefVariable
from tangraph.ops.state.resource_variable import ResourceVariable
from tangraph.ops.state.variable_base import (
    Variable,
    VariableAggregation,
    VariableSynchronization,
)
from tangraph.ops.state.variable_ops import is_variable_initialized as is_initialized

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor

__all__ = [
    "PartitionedVariable",
    "RefVariable",
    "ResourceVariable",
    "Variable",
    "VariableAggregation",
    "VariableSynchronization",
]


@export("global_variables", "all_variables")
def global_variables(scope: str | None = None) -> list[Any]:
    """Returns the variables in GLOBAL_VARIABLES, which `Variable` and `get_variable` add to.

    Args:
      scope: a regular expression that their names must match at the start; all when None.
    """
    return get_collection(GraphKeys.GLOBAL_VARIABLES, scope)


@export("local_variables")
def local_variables(scope: str | None = None) -> list[Any]:
    """Returns the variables in LOCAL_VARIABLES, which are not saved; see `global_variables`."""
    return get_collection(GraphKeys.LOCAL_VARIABLES, scope)


@export("model_variables")
def model_variables(scope: str | None = None) -> list[Any]:
    """Returns the variables in MODEL_VARIABLES; see `global_variables`."""
    return get_collection(GraphKeys.MODEL_VARIABLES, scope)


@export("trainable_variables")
def trainable_variables(scope: str | None = None) -> list[Any]:
    """Returns the variables that optimizers update by default; see `global_variables`."""
    return get_collection(GraphKeys.TRAINABLE_VARIABLES, scope)


@export("moving_average_variables")
def moving_average_variables(scope: str | None = None) -> list[Any]:
    """Returns the variables that keep moving averages; see `global_variables`."""
    return get_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, scope)


@export("variables_initializer", "initializers.variables", "initialize_variables")
def variables_initializer(var_list: Any, name: str = "init") -> Operation:
    """Returns the operation that initialises the variables in a list."""
    from tangraph.ops.array.identity import no_op
    from tangraph.ops.control_flow.grouping import group

    if var_list:
        return group(*[v.initializer for v in var_list], name=name)
    return no_op(name=name)


@export("global_variables_initializer", "initializers.global_variables", "initialize_all_variables")
def global_variables_initializer() -> Operation:
    """Returns the operation that initialises all global variables.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     v = tf.Variable(2.0)
    ...     sess.run(tf.global_variables_initializer())
    ...     float(sess.run(v))
    2.0
    """
    return variables_initializer(global_variables())


@export("local_variables_initializer", "initializers.local_variables", "initialize_local_variables")
def local_variables_initializer() -> Operation:
    """Returns the operation that initialises all local variables."""
    return variables_initializer(local_variables())


@export("is_variable_initialized")
def is_variable_initialized(variable: Any) -> Tensor:
    """Returns a bool scalar: whether the variable was assigned."""
    return is_initialized(variable)


@export("assert_variables_initialized")
def assert_variables_initialized(var_list: Any = None) -> Tensor | None:
    """Returns a tensor that can be computed only when the variables are initialised; None when there are none.

    Args:
      var_list: the variables; all global and local ones when None.
    """
    if var_list is None:
        var_list = _all_variables()
    ranks: list[Tensor] = []
    for variable in var_list:
        with colocate_with(variable.op):
            ranks.append(_rank(variable))
    if len(ranks) < 2:
        return ranks[0] if ranks else None
    from tangraph.ops.array.packing import stack

    return stack(ranks)


@export("report_uninitialized_variables")
def report_uninitialized_variables(var_list: Any = None, name: str = "report_uninitialized_variables") -> Tensor:
    """Returns a 1-D string tensor: the names of the variables that are not initialised.

    Args:
      var_list: the variables; all global and local ones when None.
      name: the name scope.
    """
    from tangraph.framework import dtypes
    from tangraph.ops.array.boolean_mask import boolean_mask
    from tangraph.ops.array.constant import constant
    from tangraph.ops.array.packing import stack
    from tangraph.ops.math.logical import logical_not

    if var_list is None:
        var_list = _all_variables()
    with name_scope(name):
        initialized = [is_initialized(v) for v in var_list]
        with device(os.environ.get("TF_DEVICE_FOR_UNINITIALIZED_VARIABLE_REPORTING", "/cpu:0")):
            if not var_list:
                return constant([], dtype=dtypes.string)
            missing = logical_not(stack(initialized))
            names = constant([v.op.name for v in var_list])
            return boolean_mask(names, missing)


def _rank(variable: Any) -> Tensor:
    with name_scope(None, "Rank", [variable]) as scope:
        # TensorFlow asks for the static rank first, which reads a resource variable once more.
        convert_to_tensor(variable)
        return make_op("Rank", variable, name=scope)  # type: ignore[no-any-return]


def _all_variables() -> list[Any]:
    """All global and local variables, or the references of a graph that has no collections."""
    found = global_variables() + local_variables()
    if found:
        return found
    operations = stacks.get_default_graph().get_operations()
    return [op.outputs[0] for op in operations if op.type in {"Variable", "VariableV2", "AutoReloadVariable"}]
