"""tf.assert_*: checks of values, made while the graph is built where the values are known, else while it runs.

Checks of shapes and types are in `tangraph.ops.check_shapes`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.framework import dtypes, errors
from tangraph.framework.constant_value import constant_value
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.identity import no_op
from tangraph.ops.logging_ops import Assert
from tangraph.ops.math import comparison

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tangraph.framework.operation import Operation

_NUMERIC = frozenset(
    {
        dtypes.float32,
        dtypes.float64,
        dtypes.int8,
        dtypes.int16,
        dtypes.int32,
        dtypes.int64,
        dtypes.uint8,
        dtypes.qint8,
        dtypes.qint32,
        dtypes.quint8,
        dtypes.complex64,
    }
)


def _known_text(value: Any) -> str:
    known = constant_value(value) if isinstance(value, Tensor) else None
    return str(value) if known is None else str(known)


def _binary(
    symbol: str,
    scope: str,
    compare: Callable[..., Tensor],
    compare_known: Callable[..., Any],
    x: Any,
    y: Any,
    data: Sequence[Any] | None,
    summarize: int | None,
    message: str | None,
    name: str | None,
) -> Operation:
    """The check that a comparison holds for every pair of elements.

    Raises:
      InvalidArgumentError: both values are known, and it does not hold.
    """
    from tangraph.ops.math.reductions import reduce_all

    with name_scope(name, scope, [x, y, data]):
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, name="y")
        if data is None:
            text = f"Condition x {symbol} y did not hold element-wise:"
            data = [text, f"x ({x.name}) = ", x, f"y ({y.name}) = ", y]
        if message is not None:
            data = [message, *data]
        condition = reduce_all(compare(x, y))
        known_x, known_y = constant_value(x), constant_value(y)
        if known_x is not None and known_y is not None and not np.all(compare_known(known_x, known_y)):
            raise errors.InvalidArgumentError(None, None, "\n".join(_known_text(item) for item in data))
        return Assert(condition, data, summarize=summarize)


@export("assert_equal", "debugging.assert_equal")
def assert_equal(
    x: Any, y: Any, data: Any = None, summarize: int | None = None, message: str | None = None, name: str | None = None
) -> Operation:
    """Returns an operation that fails unless `x == y` for every pair of elements (with broadcasting).

    Args:
      x: a numeric tensor.
      y: a tensor of the same type.
      data: what the error shows; the condition and the values by default.
      summarize: how many elements of each tensor the error shows; 3 by default.
      message: put in front of the data.
      name: the name scope.

    Raises:
      InvalidArgumentError: both values are known, and it does not hold.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     tf.assert_equal(1, 2)  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    tangraph.framework.errors.InvalidArgumentError: Condition x == y did not hold element-wise: ...
    """
    with name_scope(name, "assert_equal", [x, y, data]):
        if x is y:
            return no_op()
    return _binary("==", "assert_equal", comparison.equal, np.equal, x, y, data, summarize, message, name)


@export("assert_none_equal", "debugging.assert_none_equal")
def assert_none_equal(
    x: Any, y: Any, data: Any = None, summarize: int | None = None, message: str | None = None, name: str | None = None
) -> Operation:
    """Returns an operation that fails unless `x != y` for every pair of elements; see :func:`assert_equal`."""
    return _binary("!=", "assert_none_equal", comparison.not_equal, np.not_equal, x, y, data, summarize, message, name)


@export("assert_less", "debugging.assert_less")
def assert_less(
    x: Any, y: Any, data: Any = None, summarize: int | None = None, message: str | None = None, name: str | None = None
) -> Operation:
    """Returns an operation that fails unless `x < y` for every pair of elements; see :func:`assert_equal`."""
    return _binary("<", "assert_less", comparison.less, np.less, x, y, data, summarize, message, name)


@export("assert_less_equal", "debugging.assert_less_equal")
def assert_less_equal(
    x: Any, y: Any, data: Any = None, summarize: int | None = None, message: str | None = None, name: str | None = None
) -> Operation:
    """Returns an operation that fails unless `x <= y` for every pair of elements; see :func:`assert_equal`."""
    return _binary(
        "<=", "assert_less_equal", comparison.less_equal, np.less_equal, x, y, data, summarize, message, name
    )


@export("assert_greater", "debugging.assert_greater")
def assert_greater(
    x: Any, y: Any, data: Any = None, summarize: int | None = None, message: str | None = None, name: str | None = None
) -> Operation:
    """Returns an operation that fails unless `x > y` for every pair of elements; see :func:`assert_equal`."""
    return _binary(">", "assert_greater", comparison.greater, np.greater, x, y, data, summarize, message, name)


@export("assert_greater_equal", "debugging.assert_greater_equal")
def assert_greater_equal(
    x: Any, y: Any, data: Any = None, summarize: int | None = None, message: str | None = None, name: str | None = None
) -> Operation:
    """Returns an operation that fails unless `x >= y` for every pair of elements; see :func:`assert_equal`."""
    return _binary(
        ">=", "assert_greater_equal", comparison.greater_equal, np.greater_equal, x, y, data, summarize, message, name
    )


# -- one value against zero ----------------------------------------------------------------------------------------------


def _against_zero(
    scope: str,
    text: Callable[[Tensor], list[Any]],
    check: Callable[[Tensor, Tensor, Any, int | None], Operation],
    x: Any,
    data: Any,
    summarize: int | None,
    message: str | None,
    name: str | None,
) -> Operation:
    with name_scope(name, scope, [x, data]):
        x = convert_to_tensor(x, name="x")
        if data is None:
            data = [message or "", *text(x)]
        return check(x, convert_to_tensor(0, dtype=x.dtype), data, summarize)


def _sign_text(symbol: str) -> Callable[[Tensor], list[Any]]:
    return lambda x: [f"Condition x {symbol} 0 did not hold element-wise:", f"x ({x.name}) = ", x]


@export("assert_negative", "debugging.assert_negative")
def assert_negative(
    x: Any, data: Any = None, summarize: int | None = None, message: str | None = None, name: str | None = None
) -> Operation:
    """Returns an operation that fails unless every element is below 0; see :func:`assert_equal`."""
    return _against_zero(
        "assert_negative",
        _sign_text("<"),
        assert_less,
        x,
        data,
        summarize,
        message,
        name,
    )


@export("assert_positive", "debugging.assert_positive")
def assert_positive(
    x: Any, data: Any = None, summarize: int | None = None, message: str | None = None, name: str | None = None
) -> Operation:
    """Returns an operation that fails unless every element is above 0; see :func:`assert_equal`."""
    return _against_zero(
        "assert_positive",
        _sign_text(">"),
        lambda x, zero, d, s: assert_less(zero, x, d, s),
        x,
        data,
        summarize,
        message,
        name,
    )


@export("assert_non_negative", "debugging.assert_non_negative")
def assert_non_negative(
    x: Any, data: Any = None, summarize: int | None = None, message: str | None = None, name: str | None = None
) -> Operation:
    """Returns an operation that fails if an element is below 0; see :func:`assert_equal`."""
    return _against_zero(
        "assert_non_negative",
        _sign_text(">="),
        lambda x, zero, d, s: assert_less_equal(zero, x, d, s),
        x,
        data,
        summarize,
        message,
        name,
    )


@export("assert_non_positive", "debugging.assert_non_positive")
def assert_non_positive(
    x: Any, data: Any = None, summarize: int | None = None, message: str | None = None, name: str | None = None
) -> Operation:
    """Returns an operation that fails if an element is above 0; see :func:`assert_equal`."""

    def text(tensor: Tensor) -> list[Any]:
        # One string in TensorFlow, which makes one Const of it.
        return [f"Condition x <= 0 did not hold element-wise:x ({tensor.name}) = ", tensor]

    return _against_zero(
        "assert_non_positive",
        text,
        assert_less_equal,
        x,
        data,
        summarize,
        message,
        name,
    )


@export("assert_near", "debugging.assert_near")
def assert_near(
    x: Any,
    y: Any,
    rtol: Any = None,
    atol: Any = None,
    data: Any = None,
    summarize: int | None = None,
    message: str | None = None,
    name: str | None = None,
) -> Operation:
    """Returns an operation that fails unless `|x - y| < atol + rtol * |y|` for every pair of elements.

    Args:
      x: a float or complex tensor.
      y: a tensor of the same type.
      rtol, atol: the tolerances; ten times the distance of 1 to the next number by default.
      data, summarize, message, name: see :func:`assert_equal`.
    """
    from tangraph.ops.math.reductions import reduce_all
    from tangraph.ops.math.unary import abs as abs_

    with name_scope(name, "assert_near", [x, y, rtol, atol, data]):
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, name="y", dtype=x.dtype)
        epsilon = np.finfo(x.dtype.as_numpy_dtype).eps
        rtol = convert_to_tensor(10 * epsilon if rtol is None else rtol, name="rtol", dtype=x.dtype)
        atol = convert_to_tensor(10 * epsilon if atol is None else atol, name="atol", dtype=x.dtype)
        if data is None:
            text = f"x and y not equal to tolerance rtol = {rtol}, atol = {atol}"
            data = [message or "", text, f"x ({x.name}) = ", x, f"y ({y.name}) = ", y]
        tolerance = atol + rtol * abs_(y)
        condition = reduce_all(comparison.less(abs_(x - y), tolerance))
        return Assert(condition, data, summarize=summarize)


# -- order of the elements -----------------------------------------------------------------------------------------------


@export("is_numeric_tensor", "debugging.is_numeric_tensor")
def is_numeric_tensor(tensor: Any) -> bool:
    """Says whether a value is a tensor of numbers."""
    return isinstance(tensor, Tensor) and tensor.dtype in _NUMERIC


def _differences(x: Any) -> Tensor:
    """The differences of neighbouring elements in row-major order; none for fewer than two elements."""
    from tangraph.ops.array.reshape import reshape
    from tangraph.ops.array.shape import shape, size
    from tangraph.ops.array.slicing import strided_slice
    from tangraph.ops.control_flow.cond import cond

    x = reshape(x, [-1])
    if not is_numeric_tensor(x):
        raise TypeError(f"Expected x to be numeric, instead found: {x}")
    is_short = comparison.less(size(x), 2)
    last = shape(x) - 1
    result: Tensor = cond(
        is_short,
        lambda: convert_to_tensor([], dtype=x.dtype),
        lambda: strided_slice(x, [1], [1] + last) - strided_slice(x, [0], last),  # noqa: RUF005  a tensor
    )
    return result


@export("is_non_decreasing", "debugging.is_non_decreasing", "math.is_non_decreasing")
def is_non_decreasing(x: Any, name: str | None = None) -> Tensor:
    """Returns a bool scalar: whether no element, in row-major order, is smaller than the one before.

    Raises:
      TypeError: `x` is not numeric.
    """
    from tangraph.ops.math.reductions import reduce_all

    with name_scope(name, "is_non_decreasing", [x]):
        differences = _differences(x)
        zero = convert_to_tensor(0, dtype=differences.dtype)
        return reduce_all(comparison.less_equal(zero, differences))


@export("is_strictly_increasing", "debugging.is_strictly_increasing", "math.is_strictly_increasing")
def is_strictly_increasing(x: Any, name: str | None = None) -> Tensor:
    """Returns a bool scalar: whether every element, in row-major order, is greater than the one before.

    Raises:
      TypeError: `x` is not numeric.
    """
    from tangraph.ops.math.reductions import reduce_all

    with name_scope(name, "is_strictly_increasing", [x]):
        differences = _differences(x)
        zero = convert_to_tensor(0, dtype=differences.dtype)
        return reduce_all(comparison.less(zero, differences))
