"""Gradients of the reductions over segments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tangraph.framework import dtypes
from tangraph.framework.make_op import make_op
from tangraph.ops.math.segment import ops, segment_sum, unsorted_segment_prod, unsorted_segment_sum

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor


def _rows(x: Tensor, ids: Tensor) -> Tensor:
    from tangraph.ops.array.gather import gather

    result: Tensor = gather(x, ids)
    return result


@ops.gradient("SegmentSum")
def _segment_sum_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    return [_rows(grad, op.inputs[1]), None]


@ops.gradient("SegmentMean")
def _segment_mean_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    from tangraph.ops.array.concat import concat
    from tangraph.ops.array.constant import constant
    from tangraph.ops.array.fill import fill
    from tangraph.ops.array.reshape import expand_dims
    from tangraph.ops.array.shape import rank, shape

    data, ids = op.inputs
    data_rank = rank(data)
    ids_shape = shape(ids)
    ones_shape = concat([ids_shape, fill(expand_dims(data_rank - 1, 0), 1)], 0)
    ones = fill(ones_shape, constant(1, dtype=grad.dtype))
    return [_rows(grad / segment_sum(ones, ids), ids), None]


@ops.gradient("SegmentMin", "SegmentMax")
def _segment_extreme_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    from tangraph.ops.array.fill import zeros_like
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.comparison import equal

    data, ids = op.inputs
    zeros = zeros_like(data, dtype=data.dtype)
    # Elements that share the extreme share its gradient.
    chosen = equal(data, _rows(op.outputs[0], ids))
    count = segment_sum(cast(chosen, grad.dtype), ids)
    shared = grad / count
    return [make_op("Select", chosen, _rows(shared, ids), zeros), None]


def _rows_or_zeros(
    x: Tensor, ids: Tensor, raised: Tensor | None = None, valid: Tensor | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """Gathers rows, zeros for negative ids.

    Returns:
      The rows, the ids raised to 0, and which were not negative; the latter two can be given to another call.
    """
    from tangraph.ops.array.fill import ones_like, zeros_like
    from tangraph.ops.array.reshape import expand_dims
    from tangraph.ops.math.comparison import greater_equal
    from tangraph.ops.math.extremes import maximum

    if raised is None:
        raised = maximum(ids, zeros_like(ids))
    rows = _rows(x, raised)
    if valid is None:
        mask = greater_equal(ids, 0)
        for _ in range(len(rows.raw_shape or ()) - len(mask.raw_shape or ())):
            mask = expand_dims(mask, -1)
        valid = mask & ones_like(rows, dtype=dtypes.bool)
    return make_op("Select", valid, rows, zeros_like(rows)), raised, valid


@ops.gradient("UnsortedSegmentSum")
def _unsorted_sum_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    return [_rows_or_zeros(grad, op.inputs[1])[0], None, None]


@ops.gradient("UnsortedSegmentMax", "UnsortedSegmentMin")
def _unsorted_extreme_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    from tangraph.ops.array.fill import zeros_like
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.comparison import equal
    from tangraph.ops.math.logical import logical_and

    data, ids, count = op.inputs
    extremes, raised, valid = _rows_or_zeros(op.outputs[0], ids)
    chosen = logical_and(equal(data, extremes), valid)
    chosen_count = unsorted_segment_sum(cast(chosen, grad.dtype), ids, count)
    shared = grad / chosen_count
    rows, _, _ = _rows_or_zeros(shared, ids, raised, valid)
    return [make_op("Select", chosen, rows, zeros_like(rows)), None, None]


@ops.gradient("UnsortedSegmentProd")
def _unsorted_prod_grad(op: Operation, grad: Tensor) -> list[Tensor | None]:
    from tangraph.ops.array.fill import ones_like, zeros_like
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.comparison import equal, greater
    from tangraph.ops.math.extremes import maximum

    data, ids, count = op.inputs
    # The product of the others is the product over the element itself, where that is not 0.
    is_zero = equal(data, 0)
    zeros = unsorted_segment_sum(cast(is_zero, dtype=dtypes.int32), ids, count)
    # With two zeros in a segment, every product of the others is 0.
    grad = make_op("Select", greater(zeros, 1), zeros_like(grad), grad)
    nonzero = make_op("Select", is_zero, ones_like(data), data)
    product_of_nonzero = unsorted_segment_prod(nonzero, ids, count)
    raised = maximum(ids, zeros_like(ids))
    product = _rows(op.outputs[0], raised)
    product_of_others = _rows(product_of_nonzero, raised)
    partial = make_op("Select", is_zero, product_of_others, product / data)
    return [_rows_or_zeros(grad, ids, raised)[0] * partial, None, None]
