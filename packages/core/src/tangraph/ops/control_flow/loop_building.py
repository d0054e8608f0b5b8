"""How a `WhileContext` builds its loop: Enter, Merge, the condition, Switch, Identity, the body, NextIteration, Exit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import raw_shape, stacks
from tangraph.framework.graph_keys import GraphKeys
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.framework.tensor_shape import TensorShape
from tangraph.ops.array.identity import identity
from tangraph.ops.control_flow.composite import as_indexed_slices, as_tensor_or_composite
from tangraph.ops.control_flow.frames import enter, exit_loop, identity_or_reference, loop_cond, next_iteration
from tangraph.ops.control_flow.switching import merge, switch_ref_or_tensor
from tangraph.ops.control_flow.tensor_array import TensorArray, build_ta_with_new_flow, flow_of
from tangraph.ops.control_flow.util import is_loop_constant_enter
from tangraph.util import nest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.tensor import Tensor
    from tangraph.ops.control_flow.while_context import WhileContext


def build_loop(
    context: WhileContext,
    pred: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    shape_invariants: Any,
    return_same_structure: bool,
) -> Any:
    """Builds the nodes of a loop.

    Args:
      context: the loop's context.
      pred, body: functions of the loop variables.
      loop_vars: a list or tuple of nested structures.
      shape_invariants: shapes in the structure of `loop_vars`, or None.
      return_same_structure: whether a single result stays in its list.

    Returns:
      The loop variables after the last iteration, in the structure that `body` returned.
    """
    start = [as_tensor_or_composite(flow_of(v)) for v in nest.flatten(loop_vars)]
    given = shape_invariants
    if given is None:
        given = [shape for value in start for shape in invariants_of(value, None)]
    start = nest.flatten(start, expand_composites=True)
    context.Enter()
    try:
        body_result, exits = _build(context, pred, body, loop_vars, start, given)
    finally:
        context.Exit()
    results = with_flows(nest.flatten(body_result, expand_composites=True), exits)
    packed = nest.pack_sequence_as(body_result, results, expand_composites=True)
    if return_same_structure:
        return packed
    return packed[0] if len(exits) == 1 else packed


def with_flows(originals: Sequence[Any], tensors: Sequence[Any]) -> list[Any]:
    """Returns the tensors; a TensorArray with the tensor as its flow where the original is a TensorArray.

    Raises:
      ValueError: there are more of one than of the other.
    """
    if len(originals) != len(tensors):
        raise ValueError(
            f"Lengths of original Tensor list and new list do not match: {len(originals)} vs. {len(tensors)}"
        )
    return [
        build_ta_with_new_flow(original, tensor) if isinstance(original, TensorArray) else tensor
        for original, tensor in zip(originals, tensors, strict=True)
    ]


def _build(
    context: WhileContext,
    pred: Callable[..., Any],
    body: Callable[..., Any],
    structure: Any,
    start: list[Tensor],
    invariants: Any,
) -> tuple[Any, list[Tensor]]:
    originals = nest.flatten(structure, expand_composites=True)
    entered = _enter_all(context, start, invariants)
    merged = [merge([t, t])[0] for t in entered]
    context._pivot_for_pred = merged[0]
    packed = nest.pack_sequence_as(structure, with_flows(originals, merged), expand_composites=True)
    context._pivot = loop_cond(convert_to_tensor(pred(*packed)), name="LoopCond")
    switched = [switch_ref_or_tensor(t, context._pivot) for t in merged]
    inside = [identity_or_reference(pair[1]) for pair in switched]
    context._pivot_for_body = inside[0]
    packed = nest.pack_sequence_as(structure, with_flows(originals, inside), expand_composites=True)
    body_result = _run_body(body, packed)
    nest.assert_same_structure(list(packed), list(body_result), expand_composites=True)
    flat = [as_tensor_or_composite(flow_of(v)) for v in nest.flatten(body_result, expand_composites=True)]
    if len(flat) != len(merged):
        raise ValueError(f"Number of inputs and outputs of body must match loop_vars: {len(merged)}, {len(flat)}")
    for variable, value in zip(merged, flat, strict=True):
        add_next_and_back_edge(variable, value)
    context._loop_exits = [exit_loop(pair[0]) for pair in switched]
    context.ExitResult(context._loop_exits)
    return body_result, context._loop_exits


def _enter_all(context: WhileContext, start: list[Tensor], invariants: Any) -> list[Tensor]:
    """Makes the Enters of the loop variables."""
    context._values = {t.name for t in start}
    outer = context.outer_context
    real = start if outer is None else [outer.AddValue(t) for t in start]
    with stacks.get_default_graph().control_dependencies(None):
        entered = [
            enter(t, context.name, parallel_iterations=context.parallel_iterations, use_input_shape=False) for t in real
        ]
        for tensor in entered:
            tensor.graph.prevent_feeding(tensor)
            if outer is not None:
                outer.AddInnerOp(tensor.op)
    pivot = _outer_pivot(outer)
    if pivot is not None:
        for tensor in entered:
            if is_loop_constant_enter(tensor.op._inputs[0].op):
                tensor.op._add_control_input(pivot.op)
    _set_shapes(real, entered, invariants)
    context._FixControlInputsAndContext(entered)
    context._values = {t.name for t in entered}
    context._loop_enters = entered
    return entered


def _outer_pivot(outer: Any) -> Any:
    while outer is not None:
        pivot = outer.GetControlPivot()
        if pivot is not None:
            return pivot
        outer = outer.outer_context
    return None


def _run_body(body: Callable[..., Any], packed: Any) -> Any:
    graph = stacks.get_default_graph()
    known = graph.get_collection(GraphKeys._SUMMARY_COLLECTION)
    result = body(*packed)
    if not nest.is_sequence_or_composite(result):
        result = [result]
    new = graph.get_collection(GraphKeys._SUMMARY_COLLECTION)[len(known) :]
    if new:
        # A summary in a body is written in every iteration, not with all the others.
        graph.get_collection_ref(GraphKeys._SUMMARY_COLLECTION)[:] = known
        with graph.control_dependencies(new):
            result = nest.map_structure(
                lambda x: x if isinstance(x, TensorArray) else identity(x), result, expand_composites=True
            )
    return result


def add_next_and_back_edge(variable: Any, value: Any, enforce_shape_invariant: bool = True) -> Any:
    """Closes the loop of one variable: a NextIteration of its new value becomes the Merge's second input.

    Args:
      variable: the Merge's output, or a value made of several of these.
      value: the new value.
      enforce_shape_invariant: whether the shape may not become less specific.

    Raises:
      ValueError: the shape becomes less specific.
    """
    from tangraph.framework.indexed_slices import IndexedSlices
    from tangraph.framework.tensor import Tensor

    if isinstance(variable, Tensor):
        following: Tensor = next_iteration(convert_to_tensor(value))
        if enforce_shape_invariant:
            _check_invariant(variable, following)
        variable.op._update_input(1, following)
        return following
    if isinstance(variable, IndexedSlices):
        value = as_indexed_slices(value)
    value = next_iteration(value)
    for one, other in zip(
        nest.flatten(variable, expand_composites=True), nest.flatten(value, expand_composites=True), strict=True
    ):
        one.op._update_input(1, other)
    return value


# -- shape invariants ------------------------------------------------------------------------------------------------


def invariants_of(value: Any, shape: Any) -> list[Any]:
    """Returns the shapes that the tensors of a loop variable keep.

    Args:
      value: a tensor, or a value made of several.
      shape: what the caller gave for it; None means the value's present shape.

    Raises:
      TypeError: the shape does not describe such a value.
    """
    if not nest.is_composite(value):
        return [value.shape if shape is None else shape]
    describe = getattr(value, "_shape_invariants", None)
    if describe is None or not (shape is None or isinstance(shape, TensorShape)):
        raise TypeError(f"Expected shape to be a TypeSpec or TensorShape, got {shape!r}")
    found: list[Any] = describe(shape)
    return found


def at_most_as_general(a: Raw, b: Raw) -> bool:
    """Says whether every tensor of shape `a` is known to have shape `b`."""
    if b is None:
        return True
    if a is None or len(a) != len(b):
        return False
    return all(y is None or x == y for x, y in zip(a, b, strict=True))


def _set_shapes(real: list[Tensor], entered: list[Tensor], invariants: Any) -> None:
    shapes = nest.flatten(invariants)
    if not all(isinstance(s, TensorShape) for s in shapes):
        raise ValueError("`shapes` must be a (possibly nested) list of shapes.")
    for source, tensor, shape in zip(real, entered, shapes, strict=False):
        if not at_most_as_general(source.raw_shape, raw_shape.from_value(shape)):
            raise ValueError(
                f"The shape invariant specified for {source.name} is not compatible with the initial shape of the loop "
                f"variable. It enters the loop with shape {source.shape}, but the specified shape invariant is {shape}."
            )
        tensor.set_shape(shape)


def _check_invariant(variable: Tensor, following: Tensor) -> None:
    if at_most_as_general(following.raw_shape, variable.raw_shape):
        return
    source = variable.op._inputs[0].op._inputs[0]
    raise ValueError(
        f"Input tensor '{source.name}' enters the loop with shape {source.shape}, but has shape {following.shape} after "
        "one iteration. To allow the shape to vary across iterations, use the `shape_invariants` argument of "
        "tf.while_loop to specify a less-specific shape."
    )
