"""The largest elements of a row: top_k, in_top_k, nth_element."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


class TopKV2(NamedTuple):
    """What `tf.nn.top_k` returns: the values, and their places along the last axis."""

    values: Tensor
    indices: Tensor


def _scalar_size(c: ShapeContext, index: int) -> int | None:
    """The value of a scalar input that gives a size."""
    value = c.value(index)
    shape = c.shapes[index]
    if shape is not None and shape:
        raise ValueError(f"Input must be scalar but has rank {len(shape)}")
    if value is None:
        return None
    if value < 0:
        raise ValueError(f"Dimension size, given by scalar input {index}, must be non-negative but is {int(value)}")
    return int(value)


def _top_k_shape(c: ShapeContext) -> list[Raw]:
    values = raw_shape.with_rank_at_least(c.shapes[0], 1)
    k = _scalar_size(c, 1)
    if values is None:
        return [None, None]
    if k is not None and values[-1] is not None and values[-1] < k:
        raise ValueError(f"input must have last dimension >= k = {k} but is {values[-1]}")
    return [(*values[:-1], k)] * 2


def _in_top_k_shape(c: ShapeContext) -> Raw:
    predictions, targets = c.with_rank(0, 2), c.with_rank(1, 1)
    return (raw_shape.merge_dim(predictions[0], targets[0]),)


def _nth_element_shape(c: ShapeContext) -> Raw:
    values = raw_shape.with_rank_at_least(c.shapes[0], 1)
    n = _scalar_size(c, 1)
    if values is None:
        return None
    if n is not None and values[-1] is not None and values[-1] <= n:
        raise ValueError(f"Input must have last dimension > n = {n} but is {values[-1]}")
    return values[:-1]


TOP_K_V2 = ops.define(
    "TopKV2",
    ["input: T", "k: int32"],
    ["values: T", "indices: int32"],
    ["sorted: bool = true", "T: realnumbertype"],
    shape=_top_k_shape,
    host_inputs=(1,),
)
IN_TOP_K = ops.define(
    "InTopK",
    ["predictions: float", "targets: T"],
    ["precision: bool"],
    ["k: int", "T: {int32, int64} = DT_INT32"],
    shape=_in_top_k_shape,
)
IN_TOP_K_V2 = ops.define(
    "InTopKV2",
    ["predictions: float", "targets: T", "k: T"],
    ["precision: bool"],
    ["T: {int32, int64} = DT_INT32"],
    shape=_in_top_k_shape,
    host_inputs=(2,),
)
NTH_ELEMENT = ops.define(
    "NthElement",
    ["input: T", "n: int32"],
    ["values: T"],
    ["reverse: bool = false", "T: realnumbertype"],
    shape=_nth_element_shape,
    host_inputs=(1,),
)
ops.without_gradient("InTopK", "InTopKV2")


@ops.gradient("TopKV2")
def _top_k_grad(op: Operation, grad: Tensor, _: Any) -> list[Tensor]:
    """Scatters the gradient to the places that the values came from, in the flattened input."""
    from tangraph.ops.array.fill import zeros
    from tangraph.ops.array.gather import gather
    from tangraph.ops.array.packing import stack
    from tangraph.ops.array.reshape import expand_dims, reshape
    from tangraph.ops.array.shape import shape, size
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.ranges import range as range_
    from tangraph.ops.math.reductions import reduce_prod

    whole, chosen = shape(op.inputs[0]), shape(op.outputs[1])
    k = gather(cast(chosen, dtypes.int64), size(chosen) - 1)
    rows = reshape(op.outputs[1], stack([-1, k]))
    width = gather(cast(whole, dtypes.int64), size(whole) - 1)
    count = shape(rows)[0]
    starts = range_(0, cast(count, dtypes.int64) * width, width)
    places = reshape(rows + cast(expand_dims(starts, -1), dtypes.int32), [-1])
    scattered = make_op("ScatterNd", expand_dims(places, -1), reshape(grad, [-1]), [reduce_prod(whole)])
    return [reshape(scattered, whole), zeros([], dtype=dtypes.int32)]


@ops.gradient("NthElement")
def _nth_element_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    """Elements that are equal to the chosen one share its gradient."""
    from tangraph.ops.array.reshape import expand_dims
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.comparison import equal
    from tangraph.ops.math.division import div
    from tangraph.ops.math.reductions import reduce_sum

    indicators = cast(equal(expand_dims(op.outputs[0], -1), op.inputs[0]), grad.dtype)
    grad = expand_dims(grad, -1)
    selected = expand_dims(reduce_sum(indicators, -1), -1)
    return [div(indicators, selected) * grad, None]


@export("nn.top_k", "math.top_k")
def top_k(input: Any, k: Any = 1, sorted: bool = True, name: str | None = None) -> TopKV2:
    """Returns the `k` largest elements of each row (along the last axis) and where they stand.

    Of equal elements, the one with the lower index comes first.

    Args:
      input: a tensor of real numbers, of rank 1 or more.
      k: how many, a scalar.
      sorted: whether they have to be in descending order.
      name: the operation's name.

    Raises:
      ValueError: `k` is known to be negative, or larger than the rows.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.nn.top_k([1, 5, 3], 2)).indices
    array([1, 2], dtype=int32)
    """
    values, indices = make_op(TOP_K_V2, input, k, sorted=sorted, name=name)
    return TopKV2(values, indices)


@export("nn.in_top_k", "math.in_top_k")
def in_top_k(predictions: Any, targets: Any, k: Any, name: str | None = None) -> Tensor:
    """Says for each row whether its target is among the `k` best predictions; equal ones count as better together.

    Args:
      predictions: [rows, classes], float32.
      targets: [rows], class indices, int32 or int64; one out of range is not in the top.
      k: a scalar.
      name: the name scope.

    Returns:
      bool, [rows]; False where a prediction is not finite.
    """
    with name_scope(name, "in_top_k"):
        result: Tensor = make_op(IN_TOP_K_V2, predictions, targets, k, name=name)
        return result


@export("contrib.nn.nth_element")
def nth_element(input: Any, n: Any, reverse: bool = False, name: str | None = None) -> Tensor:
    """Returns the n-th smallest element of each row, counted from 0.

    Args:
      input: a tensor of real numbers, of rank 1 or more.
      n: a scalar, below the size of the last axis.
      reverse: whether to count from the largest.
      name: the operation's name.
    """
    result: Tensor = make_op(NTH_ELEMENT, input, n, reverse=reverse, name=name)
    return result
