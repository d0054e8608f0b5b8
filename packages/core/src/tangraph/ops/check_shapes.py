"""tf.assert_rank, assert_type, assert_shapes and their kind: checks of static and dynamic shapes and of types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tangraph.export import export
from tangraph.framework import dtypes, stacks
from tangraph.framework.constant_value import constant_value
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.identity import no_op
from tangraph.ops.control_flow.grouping import group, with_dependencies
from tangraph.ops.logging_ops import Assert
from tangraph.ops.math.comparison import equal, greater_equal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tangraph.framework.dtypes import DType
    from tangraph.framework.operation import Operation


class _WrongRankError(Exception):
    """The static rank does not fit."""


# -- ranks ---------------------------------------------------------------------------------------------------------------


def _check_ranks(
    x: Tensor,
    ranks: Sequence[Tensor],
    fits: Callable[[int, list[int]], bool],
    condition: Callable[[Tensor], Any],
    data: Sequence[Any],
    summarize: int | None,
) -> Operation:
    """A check of the rank: nothing to do where it is known to fit, an Assert where it is not known."""
    from tangraph.ops.array.shape import rank as rank_of

    for rank in ranks:
        assert_type(rank, dtypes.int32)
    known = [constant_value(rank) for rank in ranks]
    if all(k is not None for k in known):
        if any(k.ndim != 0 for k in known):
            raise ValueError("Rank must be a scalar.")
        if x.raw_shape is not None:
            if not fits(len(x.raw_shape), [int(k) for k in known]):
                raise _WrongRankError
            return no_op(name="static_checks_determined_all_ok")
    holds = condition(rank_of(x))
    for rank, value in zip(ranks, known, strict=True):
        if value is None:
            check = assert_rank(rank, 0, data=["Rank must be a scalar. Received rank: ", rank])
            holds = with_dependencies([check], holds)
    return Assert(holds, data, summarize=summarize)


def _assert_one_rank(
    scope: str,
    wording: str,
    fits: Callable[[int, int], bool],
    compare: Callable[..., Any],
    x: Any,
    rank: Any,
    data: Any,
    summarize: int | None,
    message: str | None,
    name: str | None,
) -> Operation:
    from tangraph.ops.array.shape import shape

    with name_scope(name, scope, (x, rank, *(data or []))):
        x = convert_to_tensor(x, name="x")
        rank = convert_to_tensor(rank, name="rank")
        if data is None:
            data = [message or "", f"Tensor {x.name} must have {wording}", rank, "Received shape: ", shape(x)]
        try:
            return _check_ranks(
                x, [rank], lambda a, b: fits(a, b[0]), lambda actual: compare(actual, rank), data, summarize
            )
        except _WrongRankError:
            assert x.raw_shape is not None
            raise ValueError(
                f"{message or ''}.  Tensor {x.name} must have {wording} {constant_value(rank)}.  Received rank "
                f"{len(x.raw_shape)}, shape {x.shape}"
            ) from None


@export("assert_rank", "debugging.assert_rank")
def assert_rank(
    x: Any,
    rank: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Returns an operation that fails unless a tensor has a rank.

    Args:
      x: a tensor.
      rank: an int32 scalar.
      data: what the error shows; the ranks and the shape by default.
      summarize: how many elements of each tensor the error shows; 3 by default.
      message: put in front of the data.
      name: the name scope.

    Raises:
      ValueError: the ranks are known, and differ; or `rank` is no scalar.
      TypeError: `rank` is not int32.
    """
    return _assert_one_rank("assert_rank", "rank", lambda a, b: a == b, equal, x, rank, data, summarize, message, name)


@export("assert_rank_at_least", "debugging.assert_rank_at_least")
def assert_rank_at_least(
    x: Any,
    rank: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Returns an operation that fails unless a tensor has at least a rank; see :func:`assert_rank`."""
    return _assert_one_rank(
        "assert_rank_at_least",
        "rank at least",
        lambda a, b: a >= b,
        greater_equal,
        x,
        rank,
        data,
        summarize,
        message,
        name,
    )


@export("assert_rank_in", "debugging.assert_rank_in")
def assert_rank_in(
    x: Any,
    ranks: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Returns an operation that fails unless a tensor has one of several ranks; see :func:`assert_rank`."""
    from tangraph.ops.array.shape import shape

    with name_scope(name, "assert_rank_in", (x, *ranks, *(data or []))):
        x = convert_to_tensor(x, name="x")
        ranks = tuple([convert_to_tensor(rank, name="rank") for rank in ranks])
        if data is None:
            data = [message or "", f"Tensor {x.name} must have rank in", *ranks, "Received shape: ", shape(x)]
        try:
            return _check_ranks(
                x, ranks, lambda a, b: a in b, lambda actual: _is_one_of(actual, ranks), data, summarize
            )
        except _WrongRankError:
            assert x.raw_shape is not None
            known = tuple([constant_value(rank) for rank in ranks])
            raise ValueError(
                f"{message or ''}.  Tensor {x.name} must have rank in {known}.  Received rank {len(x.raw_shape)}, shape "
                f"{x.shape}"
            ) from None


def _is_one_of(actual: Tensor, ranks: Sequence[Tensor]) -> Tensor:
    from tangraph.ops.math.logical import logical_or

    if not ranks:
        return convert_to_tensor(False)
    result = equal(ranks[0], actual)
    for rank in ranks[1:]:
        result = logical_or(result, equal(rank, actual))
    return result


@export("assert_scalar", "debugging.assert_scalar")
def assert_scalar(tensor: Any, name: str | None = None, message: str | None = None) -> Tensor:
    """Returns a tensor that is known to be a scalar.

    Raises:
      ValueError: it is not.
    """
    with name_scope(name, "assert_scalar", [tensor]) as scope:
        tensor = convert_to_tensor(tensor, name=scope)
        if tensor.raw_shape != ():
            raise ValueError(f"{message or ''}Expected scalar shape for {tensor.name}, saw shape: {tensor.shape}.")
        result: Tensor = tensor
        return result


# -- types ---------------------------------------------------------------------------------------------------------------


@export("assert_integer", "debugging.assert_integer")
def assert_integer(x: Any, message: str | None = None, name: str | None = None) -> Operation:
    """Checks that a tensor holds integers; returns an operation that does nothing.

    Raises:
      TypeError: it does not.
    """
    with name_scope(name, "assert_integer", [x]):
        x = convert_to_tensor(x, name="x")
        if not x.dtype.is_integer:
            raise TypeError(f'{message or ""}  Expected "x" to be integer type.  Found: {x.name} of dtype {x.dtype}')
        return no_op("statically_determined_was_integer")


@export("assert_type", "debugging.assert_type")
def assert_type(tensor: Any, tf_type: Any, message: str | None = None, name: str | None = None) -> Operation:
    """Checks that a tensor is of a type; returns an operation that does nothing.

    Raises:
      TypeError: it is not.
    """
    with name_scope(name, "assert_type", [tensor]):
        tensor = convert_to_tensor(tensor, name="tensor")
        if tensor.dtype != tf_type:
            raise TypeError(f"{message or ''}  {tensor.name} must be of type {tf_type}")
        return no_op("statically_determined_correct_type")


@export("assert_same_float_dtype", "debugging.assert_same_float_dtype")
def assert_same_float_dtype(tensors: Any = None, dtype: Any = None) -> DType:
    """Returns the float type that all tensors have.

    Args:
      tensors: tensors and None; all of one type.
      dtype: the type that they must have; float32 when there is neither this nor a tensor.

    Raises:
      ValueError: the types differ, or it is no float type.
    """
    if tensors:
        dtype = _same_base_type(tensors, dtype)
    if not dtype:
        return dtypes.float32
    if not dtype.is_floating:
        raise ValueError(f"Expected floating point type, got {dtype}.")
    found: DType = dtype
    return found


def _same_base_type(items: Any, expected: Any) -> Any:
    first = None
    for item in items:
        if item is None:
            continue
        found = item.dtype.base_dtype
        if not expected:
            expected, first = found, getattr(item, "name", str(item))
        elif expected != found:
            suffix = f" as {first}" if first else ""
            raise ValueError(
                f"{getattr(item, 'name', str(item))}, type={found}, must be of the same type ({expected}){suffix}."
            )
    return expected


@export("assert_proper_iterable", "debugging.assert_proper_iterable")
def assert_proper_iterable(values: Any) -> None:
    """Checks that a value can be iterated over and is meant to be: no tensor, array or string.

    Raises:
      TypeError: it is not.
    """
    from tangraph.framework.sparse_tensor import SparseTensor

    if isinstance(values, (Tensor, SparseTensor, np.ndarray, str, bytes)):
        raise TypeError(f'Expected argument "values" to be a "proper" iterable.  Found: {type(values)}')
    if not hasattr(values, "__iter__"):
        raise TypeError(f'Expected argument "values" to be iterable.  Found: {type(values)}')


# -- shapes --------------------------------------------------------------------------------------------------------------


class _Sizes(NamedTuple):
    """One tensor of `assert_shapes`: its sizes, and the symbols for them."""

    tensor: Tensor
    is_open: bool
    actual: Any
    symbols: tuple[Any, ...]


@export("debugging.assert_shapes")
def assert_shapes(
    shapes: Any,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Returns an operation that fails unless tensors have the given shapes.

    Args:
      shapes: pairs of a tensor and a shape, or a dict from tensor to shape. A size is an int, a name (equal sizes for
        equal names), or None or "." for any; "*" or `...` in the first place stands for any number of sizes.
      data: what the error shows.
      summarize: how many elements of each tensor the error shows; 3 by default.
      message: put in front of the data.
      name: the name scope.

    Raises:
      ValueError: the static shapes do not fit.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     tf.debugging.assert_shapes([(tf.zeros([2, 3]), ("N", 3)), (tf.zeros([2]), ("N",))]).type
    'NoOp'
    """
    pairs = list(shapes.items() if isinstance(shapes, dict) else shapes)
    message = message or ""
    with name_scope(name, "assert_shapes", [pairs, data]):
        constraints = [(convert_to_tensor(x), shape) for x, shape in pairs if shape is not None]
        sizes = [_sizes_of(tensor, shape, message) for tensor, shape in constraints]
        rank_checks = [_rank_check(s, data, summarize, message, name) for s in sizes]
        size_checks = _size_checks(sizes, data, summarize, message)
        with stacks.get_default_graph().control_dependencies([c for c in rank_checks if c is not None]):
            return group(size_checks)


def _sizes_of(tensor: Tensor, shape: Any, message: str) -> _Sizes:
    if not (hasattr(shape, "__iter__") or hasattr(shape, "__getitem__")):
        raise ValueError(
            f"{message}.  Tensor {tensor.name}.  Specified shape must be an iterable.  An iterable has the attribute "
            f"`__iter__` or `__getitem__`.  Received specified shape: {shape}"
        )
    symbols = tuple(shape)
    is_open = False
    for index, symbol in enumerate(symbols):
        if symbol is not Ellipsis and symbol != "*":
            continue
        if index != 0:
            raise ValueError(
                f"{message}.  Tensor {tensor.name} specified shape index {index}.  Symbol `...` or `*` for a variable "
                "number of unspecified dimensions is only allowed as the first entry"
            )
        is_open = True
    actual = _dimension_sizes(tensor)
    return _Sizes(tensor, is_open, actual, (symbols[1:] if is_open else symbols) or (1,))


def _dimension_sizes(x: Tensor) -> Any:
    """The sizes of a tensor: ints where they are known, tensors where not; a scalar counts as of size 1."""
    from tangraph.ops.array.constant import constant
    from tangraph.ops.array.shape import rank, shape
    from tangraph.ops.control_flow.cond import cond

    dynamic = shape(x)
    if x.raw_shape == ():
        return (1,)
    if x.raw_shape is not None:
        return [dynamic[i] if size is None else size for i, size in enumerate(x.raw_shape)]
    return cond(equal(rank(x), 0), lambda: constant([1]), lambda: dynamic)


def _rank_check(sizes: _Sizes, data: Any, summarize: int | None, message: str, name: str | None) -> Operation | None:
    rank = len(sizes.symbols)
    if sizes.is_open:
        # Whatever is open at the front fits the rank of a scalar or vector.
        return assert_rank_at_least(sizes.tensor, rank, data, summarize, message, name) if rank > 1 else None
    if rank <= 1:
        return assert_rank_in(sizes.tensor, [0, 1], data, summarize, message, name)
    return assert_rank(sizes.tensor, rank, data, summarize, message, name)


def _as_int(size: Any) -> int | None:
    try:
        return int(size)
    except (TypeError, ValueError):
        return None


def _size_checks(sizes: list[_Sizes], data: Any, summarize: int | None, message: str) -> list[Operation]:
    from tangraph.ops.array.shape import shape

    checks: list[Operation] = []
    seen: dict[Any, tuple[Any, Tensor, int]] = {}
    for entry in sizes:
        for index, symbol in enumerate(entry.symbols):
            if symbol is None or symbol == ".":
                continue
            place = index - len(entry.symbols) if entry.is_open else index
            wanted = _as_int(symbol)
            origin = "Specified explicitly"
            if wanted is None:
                if symbol not in seen:
                    seen[symbol] = (entry.actual[place], entry.tensor, place)
                    continue
                wanted, by, where = seen[symbol]
                origin = f"Specified by tensor {by.name} dimension {where}"
            actual = entry.actual[place]
            known_actual, known_wanted = _as_int(actual), _as_int(wanted)
            if known_actual is not None and known_wanted is not None:
                if known_actual != known_wanted:
                    raise ValueError(
                        f"{message}.  {origin}.  Tensor {entry.tensor.name} dimension {place} must have size "
                        f"{known_wanted}.  Received size {known_actual}, shape {entry.tensor.shape}"
                    )
                continue
            holds = equal(convert_to_tensor(actual), convert_to_tensor(wanted))
            shown = data
            if data is None:
                shown = [
                    message,
                    origin,
                    f"Tensor {entry.tensor.name} dimension",
                    place,
                    "must have size",
                    wanted,
                    "Received shape: ",
                    shape(entry.tensor),
                ]
            checks.append(Assert(holds, shown, summarize=summarize))
    return checks
