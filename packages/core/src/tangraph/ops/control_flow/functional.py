"""map_fn, scan, foldl and foldr: loops over the rows of tensors."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.framework.tensor_shape import Dimension, TensorShape
from tangraph.ops.array.constant import constant
from tangraph.ops.control_flow.tensor_array import TensorArray
from tangraph.ops.control_flow.while_loop import while_loop
from tangraph.util import nest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tangraph.framework.tensor import Tensor


class _Structure:
    """How a nested structure is taken apart and put together; a single value is a list of one."""

    def __init__(self, example: Any) -> None:
        self._example = example
        self._is_nested = nest.is_sequence(example)

    def flatten(self, value: Any) -> list[Any]:
        return nest.flatten(value) if self._is_nested else [value]

    def pack(self, leaves: Any) -> Any:
        return nest.pack_sequence_as(self._example, leaves) if self._is_nested else leaves[0]


@contextmanager
def _variables_cached_outside() -> Iterator[None]:
    """Reads variables of the body where they are, and not where the loop is, unless the caller has said otherwise."""
    from tangraph.ops.state.variable_scope import get_variable_scope

    scope = get_variable_scope()
    if scope.caching_device is not None:
        yield
        return
    scope.set_caching_device(lambda op: op.device)
    yield
    scope.set_caching_device(None)


def _rows(tensor: Tensor) -> int | None:
    """The static number of rows; IndexError for a scalar."""
    count: int | None = tensor.shape[0].value
    return count


def _count_of(tensor: Tensor, *, zero_is_unknown: bool) -> Any:
    """The number of rows, as an int where it is known (0 counts as unknown where TensorFlow takes it so)."""
    from tangraph.ops.array.shape import shape

    known = _rows(tensor)
    if known is None or (zero_is_unknown and known == 0):
        return shape(tensor)[0]
    return known


def _set_rows(results: list[Tensor], elems: list[Tensor]) -> None:
    rows = Dimension(elems[0].shape.with_rank_at_least(1)[0].value)
    for elem in elems[1:]:
        rows.merge_with(Dimension(elem.shape.with_rank_at_least(1)[0].value))
    for result in results:
        result.set_shape(TensorShape(rows).concatenate(result.shape[1:]))


def _check_callable(fn: Any) -> None:
    if not callable(fn):
        raise TypeError("fn must be callable.")


@export("map_fn")
def map_fn(
    fn: Callable[..., Any],
    elems: Any,
    dtype: Any = None,
    parallel_iterations: int | None = None,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    name: str | None = None,
) -> Any:
    """Applies a function to each row of a tensor, or of several at once.

    Args:
      fn: a function of one row, or of a structure of rows like `elems`.
      elems: a tensor of shape [n, ...], or a nested structure of these.
      dtype: the type, or structure of types, that `fn` returns; those of `elems` by default.
      parallel_iterations: recorded in the graph; 10 by default.
      back_prop: whether gradients flow through.
      swap_memory: recorded in the graph.
      infer_shape: whether all results have one shape.
      name: the name scope.

    Returns:
      The results stacked, in the structure of `dtype`.

    Raises:
      TypeError: `fn` cannot be called, its result is of another structure, or `elems` is a SparseTensor.
      ValueError: an element of `elems` is a scalar.
    """
    from tangraph.framework.sparse_tensor import SparseTensor

    _check_callable(fn)
    if isinstance(elems, SparseTensor):
        raise TypeError(
            "To perform a map on the values of a sparse tensor use either  SparseTensor(input.indices, fn(input.values), "
            "input.dense_shape) or  SparseTensor(input.indices, map_fn(fn, input.values), input.dense_shape)"
        )
    inputs = _Structure(elems)
    outputs = inputs if dtype is None else _Structure(dtype)
    flat = inputs.flatten(elems)
    with name_scope(name, "map", flat), _variables_cached_outside():
        flat = [convert_to_tensor(elem, name="elem") for elem in flat]
        dtype = dtype or inputs.pack([elem.dtype for elem in flat])
        if flat[0].raw_shape == ():
            if len(flat) == 1:
                raise ValueError("elems must be a 1+ dimensional Tensor, not a scalar")
            raise ValueError("elements in elems must be 1+ dimensional Tensors, not scalars")
        count = _count_of(flat[0], zero_is_unknown=True)
        arrays = [TensorArray(dtype=e.dtype, size=count, dynamic_size=False, infer_shape=True) for e in flat]
        arrays = [array.unstack(elem) for array, elem in zip(arrays, flat, strict=True)]
        start = constant(0)
        results = [
            TensorArray(dtype=d, size=count, dynamic_size=False, infer_shape=infer_shape)
            for d in outputs.flatten(dtype)
        ]

        def body(i: Any, written: Any) -> Any:
            values = fn(inputs.pack([array.read(i) for array in arrays]))
            nest.assert_same_structure(dtype or elems, values)
            written = [a.write(i, value) for a, value in zip(written, outputs.flatten(values), strict=False)]
            return i + 1, written

        _, results = while_loop(
            lambda i, _: i < count,
            body,
            (start, results),
            parallel_iterations=parallel_iterations or 10,
            back_prop=back_prop,
            swap_memory=swap_memory,
            maximum_iterations=count,
        )
        stacked = [array.stack() for array in results]
        _set_rows(stacked, flat)
        return outputs.pack(stacked)


@export("scan")
def scan(
    fn: Callable[[Any, Any], Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    reverse: bool = False,
    name: str | None = None,
) -> Any:
    """Applies `accumulated = fn(accumulated, row)` row by row, and returns what accumulates after each.

    Args:
      fn: a function of (what has accumulated, the next row).
      elems: a tensor of shape [n, ...], or a nested structure of these.
      initializer: what is there at first; the first row by default.
      parallel_iterations: recorded in the graph.
      back_prop: whether gradients flow through.
      swap_memory: recorded in the graph.
      infer_shape: whether all results have one shape.
      reverse: whether to go from the last row to the first.
      name: the name scope.

    Returns:
      The n values stacked, in the structure of `initializer`.

    Raises:
      TypeError: `fn` cannot be called, or its result is of another structure.
    """
    _check_callable(fn)
    inputs = _Structure(elems)
    outputs = inputs if initializer is None else _Structure(initializer)
    flat = inputs.flatten(elems)
    with name_scope(name, "scan", flat), _variables_cached_outside():
        flat = [convert_to_tensor(elem, name="elem") for elem in flat]
        count = _count_of(flat[0], zero_is_unknown=False)
        arrays = [
            TensorArray(dtype=e.dtype, size=count, dynamic_size=False, element_shape=e.shape[1:], infer_shape=True)
            for e in flat
        ]
        arrays = [array.unstack(elem) for array, elem in zip(arrays, flat, strict=True)]
        first: Any = 0
        if initializer is None:
            values = [array.read(count - 1 if reverse else 0) for array in arrays]
            first = 1
        else:
            values = [convert_to_tensor(value) for value in outputs.flatten(initializer)]
        results = [
            TensorArray(
                dtype=v.dtype,
                size=count,
                element_shape=v.shape if infer_shape else None,
                dynamic_size=False,
                infer_shape=infer_shape,
            )
            for v in values
        ]
        if initializer is None:
            results = [a.write(count - 1 if reverse else 0, value) for a, value in zip(results, values, strict=True)]

        def body(i: Any, accumulated: Any, written: Any) -> Any:
            row = inputs.pack([array.read(i) for array in arrays])
            result = fn(outputs.pack(accumulated), row)
            nest.assert_same_structure(elems if initializer is None else initializer, result)
            following = outputs.flatten(result)
            written = [array.write(i, value) for array, value in zip(written, following, strict=False)]
            return (i - 1 if reverse else i + 1), following, written

        start = count - 1 - first if reverse else first
        condition = (lambda i, *_: i >= 0) if reverse else (lambda i, *_: i < count)
        _, _, results = while_loop(
            condition,
            body,
            (start, values, results),
            parallel_iterations=parallel_iterations,
            back_prop=back_prop,
            swap_memory=swap_memory,
            maximum_iterations=count,
        )
        stacked = [array.stack() for array in results]
        _set_rows(stacked, flat)
        return outputs.pack(stacked)


@export("foldl")
def foldl(
    fn: Callable[[Any, Any], Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
) -> Any:
    """Applies `accumulated = fn(accumulated, row)` from the first row to the last; see `tf.scan` for the arguments.

    Returns:
      What has accumulated after the last row.

    Raises:
      TypeError: `fn` cannot be called.
    """
    _check_callable(fn)
    with name_scope(name, "foldl", [elems]), _variables_cached_outside():
        count, arrays = _arrays_of(elems)
        if initializer is None:
            value = nest.map_structure(lambda array: array.read(0), arrays)
            start = constant(1)
        else:
            value, start = initializer, constant(0)

        def body(i: Any, accumulated: Any) -> Any:
            row = nest.map_structure(lambda array: array.read(i), arrays)
            accumulated = fn(accumulated, row)
            return [i + 1, accumulated]

        _, result = while_loop(
            lambda i, _: i < count,
            body,
            [start, value],
            parallel_iterations=parallel_iterations,
            back_prop=back_prop,
            swap_memory=swap_memory,
            maximum_iterations=count,
        )
        return result


@export("foldr")
def foldr(
    fn: Callable[[Any, Any], Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
) -> Any:
    """Applies `accumulated = fn(accumulated, row)` from the last row to the first; see `tf.scan` for the arguments.

    Returns:
      What has accumulated after the first row.

    Raises:
      TypeError: `fn` cannot be called.
    """
    _check_callable(fn)
    with name_scope(name, "foldr", [elems]), _variables_cached_outside():
        count, arrays = _arrays_of(elems)
        start: Any = count
        value = initializer
        if initializer is None:
            start = count - 1
            value = nest.map_structure(lambda array: array.read(start), arrays)

        def body(i: Any, accumulated: Any) -> Any:
            i -= 1
            row = nest.map_structure(lambda array: array.read(i), arrays)
            accumulated = fn(accumulated, row)
            return [i, accumulated]

        _, result = while_loop(
            lambda i, _: i > 0,
            body,
            [start, value],
            parallel_iterations=parallel_iterations,
            back_prop=back_prop,
            swap_memory=swap_memory,
            maximum_iterations=count,
        )
        return result


def _arrays_of(elems: Any) -> tuple[Any, Any]:
    """Returns (the number of rows, TensorArrays of the rows in the structure of `elems`)."""
    flat = [convert_to_tensor(elem, name="elem") for elem in nest.flatten(elems)]
    count = _count_of(flat[0], zero_is_unknown=True)

    def array_of(elem: Any) -> TensorArray:
        return TensorArray(dtype=elem.dtype, size=count, dynamic_size=False, infer_shape=True).unstack(elem)

    return count, nest.map_structure(array_of, elems)
