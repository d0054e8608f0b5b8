"""`tf.cond`: one of two functions, by a predicate that is known when the graph runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes, stacks
from tangraph.framework.graph_keys import GraphKeys
from tangraph.framework.scopes import name_scope
from tangraph.ops.array.identity import identity
from tangraph.ops.control_flow.cond_context import CondContext
from tangraph.ops.control_flow.cond_v2 import cond_v2
from tangraph.ops.control_flow.function_graphs import uses_functions
from tangraph.ops.control_flow.switching import merge, switch
from tangraph.util import nest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.tensor import Tensor


@export("cond")
def cond(
    pred: Any,
    true_fn: Callable[[], Any] | None = None,
    false_fn: Callable[[], Any] | None = None,
    strict: bool = False,
    name: str | None = None,
    fn1: Callable[[], Any] | None = None,
    fn2: Callable[[], Any] | None = None,
) -> Any:
    """Returns what `true_fn` gives when `pred` is true, else what `false_fn` gives.

    Both functions are called once, while the graph is built; when it runs, only the operations created in one of them
    do. What they take from outside is computed in any case.

    Args:
      pred: a bool scalar tensor.
      true_fn: a function without arguments that returns a tensor, an operation or a nested structure.
      false_fn: the same, with results of the same structure and types.
      strict: whether a list of one result stays a list.
      name: the name scope.
      fn1, fn2: the old names of `true_fn` and `false_fn`.

    Returns:
      Tensors in the structure of the results; for an operation, the predicate.

    Raises:
      TypeError: a function is missing or cannot be called, `pred` is a Python bool, the structures differ in type.
      ValueError: a function returns nothing, or the results differ in number or type.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     x = tf.constant(2.0)
    ...     float(sess.run(tf.cond(x < 3.0, lambda: x * 10.0, lambda: x)))
    20.0
    """
    true_fn = _branch_function("true_fn", "fn1", true_fn, fn1)
    false_fn = _branch_function("false_fn", "fn2", false_fn, fn2)
    if uses_functions(stacks.get_default_graph()):
        return cond_v2(pred, true_fn, false_fn, name)
    with name_scope(name, "cond", [pred]):
        if isinstance(pred, bool):
            raise TypeError("pred must not be a Python bool")
        switch_false, switch_true = switch(pred, pred)
        pivot_true = identity(switch_true, name="switch_t")
        pivot_false = identity(switch_false, name="switch_f")
        pred = identity(pred, name="pred_id")
        for tensor in (switch_true, switch_false, pivot_true, pivot_false, pred):
            tensor.graph.prevent_fetching(tensor.op)
        context_true, original_true, result_true = _build(pred, pivot_true, 1, true_fn, "true_fn")
        context_false, original_false, result_false = _build(pred, pivot_false, 0, false_fn, "false_fn")
        if not strict:
            original_true, original_false = _unpack(original_true), _unpack(original_false)
        _check_structures(original_true, original_false, result_true, result_false)
        merges = _merge_all(original_true, result_true, result_false)
        assert context_true.outer_context is context_false.outer_context
        if context_true.outer_context is None:
            graph = stacks.get_default_graph()
            graph.add_to_collection(GraphKeys.COND_CONTEXT, context_true)
            graph.add_to_collection(GraphKeys.COND_CONTEXT, context_false)
        result = nest.pack_sequence_as(original_true, merges, expand_composites=True)
        return result if strict else _unpack(result)


def _branch_function(
    name: str, old_name: str, function: Callable[[], Any] | None, old: Callable[[], Any] | None
) -> Callable[[], Any]:
    if old is not None:
        if function is not None:
            raise TypeError(f"cond(): {name} and {old_name} may not be set simultaneously.")
        function = old
    elif function is None:
        raise TypeError(f"cond(): {name} argument required")
    if not callable(function):
        raise TypeError(f"{name} must be callable.")
    return function


def _build(
    pred: Tensor, pivot: Tensor, branch: int, function: Callable[[], Any], name: str
) -> tuple[CondContext, Any, Any]:
    context = CondContext(pred, pivot, branch=branch)
    context.Enter()
    try:
        original, result = context.BuildCondBranch(function)
        if original is None:
            raise ValueError(f"{name} must have a return value.")
        context.ExitResult(result)
    finally:
        context.Exit()
    return context, original, result


def _unpack(result: Any) -> Any:
    return result[0] if isinstance(result, (list, tuple)) and len(result) == 1 else result


def _check_structures(original_true: Any, original_false: Any, result_true: Any, result_false: Any) -> None:
    try:
        nest.assert_same_structure(original_true, original_false, expand_composites=True)
    except (TypeError, ValueError):
        nest.map_structure(_same_index_types, original_true, original_false)
        nest.map_structure(_same_index_types, result_true, result_false)
        try:
            nest.assert_same_structure(original_true, original_false, expand_composites=True)
        except TypeError as error:
            raise TypeError(f"Incompatible return types of true_fn and false_fn: {error}") from None
        except ValueError as error:
            raise ValueError(f"Incompatible return values of true_fn and false_fn: {error}") from None
    if not result_true:
        raise ValueError("true_fn and false_fn must return at least one result.")


def _same_index_types(a: Any, b: Any) -> None:
    """Makes the indices of two IndexedSlices int64 where they differ."""
    from tangraph.framework.indexed_slices import IndexedSlices
    from tangraph.ops.math.cast import cast

    if isinstance(a, IndexedSlices) and isinstance(b, IndexedSlices) and a.indices.dtype is not b.indices.dtype:
        a._indices = cast(a.indices, dtypes.int64)
        b._indices = cast(b.indices, dtypes.int64)


def _merge_all(original: Any, result_true: Any, result_false: Any) -> list[Any]:
    from tangraph.ops.control_flow.loop_building import with_flows

    flat_true = nest.flatten(result_true, expand_composites=True)
    flat_false = nest.flatten(result_false, expand_composites=True)
    for x, y in zip(flat_true, flat_false, strict=False):
        if x.dtype.base is not y.dtype.base:
            raise ValueError(f"Outputs of true_fn and false_fn must have the same type: {x.dtype.name}, {y.dtype.name}")
    merges = [merge(pair)[0] for pair in zip(flat_false, flat_true, strict=False)]
    return with_flows(nest.flatten(original, expand_composites=True), merges)


def smart_cond(
    pred: Any,
    true_fn: Callable[[], Any] | None = None,
    false_fn: Callable[[], Any] | None = None,
    name: str | None = None,
) -> Any:
    """As :func:`cond`, but a predicate that is known while the graph is built leaves only its branch.

    Args:
      pred: a bool, the integer 0 or 1, or a bool scalar tensor.
      true_fn: a function without arguments.
      false_fn: a function without arguments.
      name: the name scope.

    Raises:
      TypeError: a function cannot be called, or `pred` is of another kind.
    """
    if not callable(true_fn):
        raise TypeError("`true_fn` must be callable.")
    if not callable(false_fn):
        raise TypeError("`false_fn` must be callable.")
    value = smart_constant_value(pred)
    if value is None:
        return cond(pred, true_fn=true_fn, false_fn=false_fn, name=name)
    return true_fn() if value else false_fn()


def smart_constant_value(pred: Any) -> bool | None:
    """Returns the value of a predicate when it is known while the graph is built, else None.

    Raises:
      TypeError: `pred` is neither a bool, 0, 1 nor a tensor.
    """
    from tangraph.framework.constant_value import constant_value
    from tangraph.framework.shape_values import known_value
    from tangraph.framework.tensor import Tensor

    if isinstance(pred, Tensor):
        value = constant_value(pred)
        if value is None:
            # What shape inference can evaluate counts too.
            value = known_value(pred)
        return None if value is None else bool(value)
    if isinstance(pred, bool):
        return pred
    if isinstance(pred, int) and pred in {0, 1}:
        return bool(pred)
    raise TypeError(f"`pred` must be a Tensor, or a Python bool, or 1 or 0. Found instead: {type(pred)}")


@export("contrib.framework.smart_cond")
def contrib_smart_cond(
    pred: Any,
    true_fn: Callable[[], Any] | None = None,
    false_fn: Callable[[], Any] | None = None,
    name: str | None = None,
) -> Any:
    """`tf.contrib.framework.smart_cond`: see :func:`smart_cond`."""
    return smart_cond(pred, true_fn=true_fn, false_fn=false_fn, name=name)


@export("contrib.framework.smart_constant_value", "contrib.framework.constant_value")
def contrib_smart_constant_value(pred: Any) -> bool | None:
    """`tf.contrib.framework.smart_constant_value`: see :func:`smart_constant_value`."""
    return smart_constant_value(pred)
