"""What public functions do when they are given RaggedTensors; `tangraph.framework.dispatch` asks here."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from tangraph.framework.dispatch import BINARY, NOT_SUPPORTED, ON_LISTS, UNARY
from tangraph.framework.scopes import control_dependencies
from tangraph.framework.sparse_tensor import SparseTensor
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.ragged.tensor import is_ragged, matched_row_splits

Function = Callable[..., Any]


def handle(name: str, function: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Returns what a function of plain tensors gives for RaggedTensors, or NOT_SUPPORTED when there are none.

    Args:
      name: the first of its public names.
      function: the function.
      args, kwargs: what it was called with.
    """
    try:
        bound = inspect.signature(function).bind(*args, **kwargs)
    except TypeError:
        return NOT_SUPPORTED
    names, given = list(bound.signature.parameters), bound.arguments
    if name in UNARY:
        return _unary(function, given, names[0])
    if name in ON_LISTS:
        return _on_list(function, given, names[0])
    if name in BINARY:
        return _binary(function, given, *names[:2])
    watched, special = _special(name)
    if not any(_has_ragged(given.get(argument)) for argument in watched):
        return NOT_SUPPORTED
    if not all(_is_tensor_like(given.get(argument)) for argument in watched):
        return NOT_SUPPORTED
    return special(**given)


def _has_ragged(value: Any) -> bool:
    return any(map(is_ragged, value)) if isinstance(value, (list, tuple)) else is_ragged(value)


def _is_tensor_like(value: Any) -> bool:
    """Whether a value is ragged, or converts to a tensor; as in TensorFlow, trying that may leave a constant behind."""
    if isinstance(value, (list, tuple)) and any(map(is_ragged, value)):
        return all(map(_is_tensor_like, value))
    if value is None or is_ragged(value) or isinstance(value, (Tensor, np.ndarray, int, float, str)):
        return True
    if isinstance(value, SparseTensor):
        return False
    try:
        convert_to_tensor(value)
    except (TypeError, ValueError):
        return False
    return True


def _unary(function: Function, given: dict[str, Any], first: str) -> Any:
    from tangraph.ops.ragged.tensor import as_tensor_or_ragged

    x = given.get(first)
    if not is_ragged(x):
        return NOT_SUPPORTED
    x = as_tensor_or_ragged(x)
    return x.with_flat_values(function(**{**given, first: x.flat_values}))


def _on_list(function: Function, given: dict[str, Any], first: str) -> Any:
    from tangraph.ops.ragged.factories import from_nested_row_splits
    from tangraph.ops.ragged.util import assert_splits_match

    values = given.get(first)
    if not isinstance(values, (list, tuple)) or not _has_ragged(values):
        return NOT_SUPPORTED
    matched_row_splits(*values)
    nested = [value.nested_row_splits for value in values if is_ragged(value)]
    flat = [value.flat_values if is_ragged(value) else value for value in values]
    with control_dependencies(assert_splits_match(nested)):
        return from_nested_row_splits(function(**{**given, first: flat}), nested[0], validate=False)


def _binary(function: Function, given: dict[str, Any], first: str, second: str) -> Any:
    from tangraph.ops.ragged.dynamic_shape import DynamicShape, broadcast_shape, broadcast_to

    x: Any = given.get(first)
    y: Any = given.get(second)
    if not is_ragged(x) and not is_ragged(y):
        return NOT_SUPPORTED
    try:
        if not is_ragged(x):
            x = convert_to_tensor(x, name=first, preferred_dtype=y.dtype)
        if not is_ragged(y):
            y = convert_to_tensor(y, name=second, preferred_dtype=x.dtype)
    except (TypeError, ValueError):
        return NOT_SUPPORTED
    matched_row_splits(x, y)
    if (is_ragged(x) and is_ragged(y)) or _must_broadcast(x, y) or _must_broadcast(y, x):
        goal = broadcast_shape(DynamicShape.of(x), DynamicShape.of(y))
        x, y = broadcast_to(x, goal, inner=False), broadcast_to(y, goal, inner=False)
    x_flat, y_flat = (v.flat_values if is_ragged(v) else v for v in (x, y))
    result = function(**{**given, first: x_flat, second: y_flat})
    return x.with_flat_values(result) if is_ragged(x) else y.with_flat_values(result)


def _must_broadcast(ragged: Any, other: Any) -> bool:
    return is_ragged(ragged) and ragged.flat_values.shape.ndims <= other.shape.ndims


def _expand_dims(input: Any, axis: Any = None, name: str | None = None, dim: Any = None) -> Any:
    from tangraph.ops.ragged.array import expand_dims

    return expand_dims(input, axis if dim is None else dim, name)


def _squeeze(input: Any, axis: Any = None, name: str | None = None, squeeze_dims: Any = None) -> Any:
    from tangraph.ops.ragged.where import squeeze

    return squeeze(input, squeeze_dims if axis is None else axis, name)


def _dynamic_partition(data: Any, partitions: Any, num_partitions: Any, name: str | None = None) -> list[Any]:
    from tangraph.ops.ragged.array import stack_dynamic_partitions

    if not isinstance(num_partitions, int) or num_partitions < 0:
        raise TypeError("num_partitions must be a non-negative integer")
    result = stack_dynamic_partitions(data, partitions, num_partitions, name)
    return [result[i] for i in range(num_partitions)]


def _reduction(function: str) -> Function:
    def reduce(
        input_tensor: Any,
        axis: Any = None,
        keepdims: Any = None,
        name: str | None = None,
        reduction_indices: Any = None,
        keep_dims: Any = None,
    ) -> Any:
        from tangraph.ops.ragged import reductions

        axis = reduction_indices if axis is None else axis
        keep = keep_dims if keepdims is None else keepdims
        return getattr(reductions, function)(input_tensor, axis, keep, name)

    return reduce


def _by_segment(leaf: str, scope: str) -> Function:
    def combine(data: Any, segment_ids: Any, num_segments: Any, name: str | None = None) -> Any:
        from tangraph.ops.math import segment
        from tangraph.ops.ragged import reductions

        op = getattr(segment, f"unsorted_segment_{leaf}")
        return reductions.segmented(op, data, segment_ids, num_segments, name or scope)

    return combine


def _elsewhere(module: str, name: str) -> Function:
    def call(**kwargs: Any) -> Any:
        from importlib import import_module

        function: Function = getattr(import_module(f"tangraph.ops.ragged.{module}"), name)
        return function(**kwargs)

    return call


_SPECIAL: Final[dict[str, tuple[tuple[str, ...], Function]]] = {
    "batch_gather": (("params", "indices"), _elsewhere("where", "batch_gather")),
    "concat": (("values",), _elsewhere("concat", "concat")),
    "dynamic_partition": (("data", "partitions"), _dynamic_partition),
    "expand_dims": (("input",), _expand_dims),
    "gather": (("params", "indices"), _elsewhere("gather", "gather")),
    "gather_nd": (("params", "indices"), _elsewhere("gather", "gather_nd")),
    "one_hot": (("indices",), _elsewhere("array", "one_hot")),
    "rank": (("input",), _elsewhere("array", "rank")),
    "size": (("input",), _elsewhere("array", "size")),
    "squeeze": (("input",), _squeeze),
    "stack": (("values",), _elsewhere("concat", "stack")),
    "tile": (("input",), _elsewhere("tile", "tile")),
    "where": (("condition", "x", "y"), _elsewhere("where", "where")),
    **{
        f"unsorted_segment_{leaf}": (("data", "segment_ids"), _by_segment(leaf, f"RaggedSegment{leaf.title()}"))
        for leaf in ("sum", "prod", "min", "max")
    },
    "unsorted_segment_mean": (("data", "segment_ids"), _elsewhere("reductions", "segment_mean")),
    "unsorted_segment_sqrt_n": (("data", "segment_ids"), _elsewhere("reductions", "segment_sqrt_n")),
    **{
        f"reduce_{leaf}": (("input_tensor",), _reduction(f"reduce_{leaf}"))
        for leaf in ("sum", "prod", "min", "max", "mean", "any", "all")
    },
}


def _special(name: str) -> tuple[tuple[str, ...], Function]:
    return _SPECIAL[name.rpartition(".")[2]]
