"""`tf.while_loop`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import stacks
from tangraph.framework.graph_keys import GraphKeys
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.framework.tensor_shape import TensorShape
from tangraph.ops.array.constant import constant
from tangraph.ops.control_flow.function_graphs import uses_functions
from tangraph.ops.control_flow.loop_building import invariants_of
from tangraph.ops.control_flow.while_context import WhileContext
from tangraph.ops.control_flow.while_v2 import while_loop_v2
from tangraph.util import nest

if TYPE_CHECKING:
    from collections.abc import Callable


@export("while_loop")
def while_loop(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    shape_invariants: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
    maximum_iterations: Any = None,
    return_same_structure: bool = False,
) -> Any:
    """Repeats `body` while `cond` is true.

    Both functions are called once, while the graph is built.

    Args:
      cond: a function of the loop variables that returns a bool scalar tensor.
      body: a function of the loop variables that returns their new values, of the same structure and types.
      loop_vars: a list or tuple of the start values: tensors, TensorArrays, nested structures of these.
      shape_invariants: shapes in the structure of `loop_vars` that hold in every iteration; the start values' by default.
      parallel_iterations: recorded in the graph.
      back_prop: whether gradients flow through the loop.
      swap_memory: recorded in the graph.
      name: the name scope.
      maximum_iterations: an integer scalar after which the loop ends in any case.
      return_same_structure: whether a single result stays in its list.

    Returns:
      The loop variables after the last iteration, in the structure of `loop_vars`.

    Raises:
      TypeError: a function cannot be called, or `parallel_iterations` is below 1.
      ValueError: there are no loop variables, the results do not fit them, or a shape becomes less specific.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     int(sess.run(tf.while_loop(lambda i: i < 10, lambda i: i + 3, [0])))
    12
    """
    if not callable(cond):
        raise TypeError("cond must be callable.")
    if not callable(body):
        raise TypeError("body must be callable.")
    if parallel_iterations < 1:
        raise TypeError("parallel_iterations must be a positive integer.")
    if uses_functions(stacks.get_default_graph()):
        return while_loop_v2(
            cond,
            body,
            loop_vars,
            shape_invariants,
            parallel_iterations,
            maximum_iterations,
            name,
            return_same_structure,
        )
    with name_scope(name, "while", loop_vars):
        if not loop_vars:
            raise ValueError("No loop variables provided")
        limit = None
        if maximum_iterations is not None:
            limit = convert_to_tensor(maximum_iterations, name="maximum_iterations")
            if limit.raw_shape is None or len(limit.raw_shape) != 0:
                raise ValueError(f"maximum_iterations must be a scalar, saw shape: {limit.shape}")
            cond, body, loop_vars = _counted(cond, body, loop_vars, limit, return_same_structure)
        if shape_invariants is not None:
            shape_invariants = _flat_invariants(loop_vars, shape_invariants, limit)
        context = WhileContext(
            maximum_iterations=limit,
            parallel_iterations=parallel_iterations,
            back_prop=back_prop,
            swap_memory=swap_memory,
        )
        if context.outer_context is None:
            stacks.get_default_graph().add_to_collection(GraphKeys.WHILE_CONTEXT, context)
        result = context.BuildLoop(cond, body, loop_vars, shape_invariants, return_same_structure)
        return result if limit is None else result[1]


def _counted(
    cond: Callable[..., Any], body: Callable[..., Any], loop_vars: Any, limit: Any, return_same_structure: bool
) -> tuple[Any, Any, Any]:
    """Adds a variable that counts the iterations up to a limit."""
    from tangraph.ops.math.logical import logical_and

    counter = constant(0, dtype=limit.dtype, name="iteration_counter")
    if len(loop_vars) == 1 and not return_same_structure:
        return (
            lambda i, variable: logical_and(i < limit, cond(variable)),
            lambda i, variable: (i + 1, body(variable)),
            (counter, loop_vars[0]),
        )
    return (
        lambda i, variables: logical_and(i < limit, cond(*variables)),
        lambda i, variables: (i + 1, body(*variables)),
        (counter, loop_vars),
    )


def _flat_invariants(loop_vars: Any, shape_invariants: Any, limit: Any) -> Any:
    if limit is not None:
        shape_invariants = (TensorShape([]), shape_invariants)
    nest.assert_same_structure(loop_vars, shape_invariants, expand_composites=False)
    shapes: list[Any] = []
    for value, shape in zip(nest.flatten(loop_vars), nest.flatten(shape_invariants), strict=True):
        shapes.extend(invariants_of(value, shape))
    return shapes
