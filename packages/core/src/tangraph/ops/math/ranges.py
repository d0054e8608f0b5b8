"""Sequences of numbers: range, linspace."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor

if TYPE_CHECKING:
    import numpy as np

    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()
_DTYPE_ORDER: Final = (dtypes.int32, dtypes.int64, dtypes.float32, dtypes.float64)


def _with_rank(c: ShapeContext, index: int, argument: str) -> None:
    try:
        raw_shape.with_rank(c.shapes[index], 0)
    except ValueError as error:
        raise ValueError(f"{error}\n\t for '{argument}'") from None


def _range_shape(c: ShapeContext) -> Raw:
    for index, argument in enumerate(("start", "limit", "delta")):
        _with_rank(c, index, argument)
    start, limit, delta = (c.value(i) for i in (0, 1, 2))
    if start is None or limit is None or delta is None:
        return (None,)
    return (range_size(start, limit, delta),)


def range_size(start: np.ndarray[Any, Any], limit: np.ndarray[Any, Any], delta: np.ndarray[Any, Any]) -> int:
    """Returns how many elements a range has.

    Raises:
      ValueError: the step is 0 or points away from the limit.
    """
    first, last, step = start.item(), limit.item(), delta.item()
    if step == 0:
        raise ValueError("Requires delta != 0")
    if step > 0 and first > last:
        raise ValueError(f"Requires start <= limit when delta > 0: {_number(first)}/{_number(last)}")
    if step < 0 and first < last:
        raise ValueError(f"Requires start >= limit when delta < 0: {_number(first)}/{_number(last)}")
    if isinstance(step, float):
        # In the type of the elements: 1 / 0.1 is 10 as float32, and a little less with 0.1 as float32 in float64.
        steps: float = abs((limit - start) / delta)
        return math.ceil(steps)
    distance = abs(last - first)
    return -(-distance // abs(step))  # type: ignore[no-any-return]


def _number(value: float) -> str:
    """A number as C++ prints it."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _lin_space_shape(c: ShapeContext) -> Raw:
    for index, argument in enumerate(("start", "stop", "num")):
        _with_rank(c, index, argument)
    num = c.value(2)
    if num is None:
        return (None,)
    if num <= 0:
        raise ValueError(f"Requires num > 0: {num}")
    return (int(num),)


RANGE = ops.define(
    "Range",
    ["start: Tidx", "limit: Tidx", "delta: Tidx"],
    ["output: Tidx"],
    ["Tidx: {bfloat16, float, double, int32, int64} = DT_INT32"],
    shape=_range_shape,
    host_inputs=(0, 1, 2),
)
LIN_SPACE = ops.define(
    "LinSpace",
    ["start: T", "stop: T", "num: Tidx"],
    ["output: T"],
    ["T: {bfloat16, float, double}", "Tidx: {int32, int64} = DT_INT32"],
    shape=_lin_space_shape,
    host_inputs=(0, 1, 2),
)
ops.not_differentiable("Range", "LinSpace")


@export("range")
def range(start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None, name: str = "range") -> Tensor:
    """Returns start, start + delta, ... up to but not including limit.

    Args:
      start: the first element; when `limit` is None, the limit, and the first element is 0.
      limit: where to stop.
      delta: the step.
      dtype: the type of the elements; when None, the widest of the arguments' in the order int32, int64, float32,
        float64.
      name: the operation's name.

    Raises:
      ValueError: an argument is no number, the step is 0 or points away from the limit.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.range(3, 18, 5))
    array([ 3,  8, 13], dtype=int32)
    """
    from tangraph.ops.math.cast import cast

    if limit is None:
        start, limit = 0, start
    with name_scope(name, "Range", [start, limit, delta]) as scope:
        start = convert_to_tensor(start, dtype=dtype, name="start")
        limit = convert_to_tensor(limit, dtype=dtype, name="limit")
        delta = convert_to_tensor(delta, dtype=dtype, name="delta")
        if dtype is None:
            known = [t.dtype for t in (start, limit, delta)]
            if not all(d in _DTYPE_ORDER for d in known):
                # TensorFlow asserts it.
                raise AssertionError(f"range knows no order of the types {[d.name for d in known]}")
            inferred = max(known, key=_DTYPE_ORDER.index)
            start, limit, delta = cast(start, inferred), cast(limit, inferred), cast(delta, inferred)
        result: Tensor = make_op(RANGE, start, limit, delta, name=scope)
        return result


@export("lin_space", "linspace")
def linspace(start: Any, stop: Any, num: Any, name: str | None = None) -> Tensor:
    """Returns numbers at equal distances.

    Args:
      start: the first, a float.
      stop: the last, of the same type.
      num: how many, at least 1.
      name: the operation's name.
    """
    result: Tensor = make_op(LIN_SPACE, start, stop, num, name=name)
    return result
