"""Sets along the last dimension."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import errors
from tangraph.plugin import KernelSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()
Sets = dict[tuple[int, ...], set[Any]]


def _sparse_sets(indices: Any, values: Any, *, in_order: bool) -> Sets:
    found: Sets = {}
    before: tuple[int, ...] = ()
    for i, (row, value) in enumerate(zip(map(tuple, indices.tolist()), values.tolist(), strict=True)):
        if in_order and before and row <= before:
            why = "repeated" if row == before else "out of order"
            raise errors.InvalidArgumentError(None, None, f"indices[{i}] = [{','.join(map(str, row))}] is {why}")
        before = row
        found.setdefault(row[:-1], set()).add(value)
    return found


def _dense_sets(values: Any) -> Sets:
    return {place: set(values[place].tolist()) for place in np.ndindex(*values.shape[:-1])}


@kernel("SetSize")
def set_size(k: KernelContext) -> Callable[..., Any]:
    """How many different values each set has."""
    in_order = k.attr("validate_indices")

    def sizes(indices: Any, values: Any, shape: Any) -> Any:
        result = np.zeros(tuple(shape.tolist()[:-1]), np.int32)
        for place, found in _sparse_sets(indices, values, in_order=in_order).items():
            result[place] = len(found)
        return result[()]

    return sizes


@kernel("DenseToDenseSetOperation", "DenseToSparseSetOperation", "SparseToSparseSetOperation")
def operation(k: KernelContext) -> Callable[..., Any]:
    """Unions, intersections and differences, their values sorted."""
    in_order, dtype = k.attr("validate_indices"), k.output_dtypes[1].np
    join: Callable[[set[Any], set[Any]], set[Any]] = {
        "a-b": lambda a, b: a - b,
        "b-a": lambda a, b: b - a,
        "intersection": lambda a, b: a & b,
        "union": lambda a, b: a | b,
    }[k.attr("set_operation").lower()]
    first_is_sparse = k.op_type == "SparseToSparseSetOperation"
    second_is_sparse = k.op_type != "DenseToDenseSetOperation"

    def joined(*inputs: Any) -> Any:
        if first_is_sparse:
            a, group = _sparse_sets(inputs[0], inputs[1], in_order=in_order), tuple(inputs[2].tolist()[:-1])
        else:
            a, group = _dense_sets(inputs[0]), inputs[0].shape[:-1]
        b = _sparse_sets(inputs[-3], inputs[-2], in_order=in_order) if second_is_sparse else _dense_sets(inputs[-1])
        indices: list[tuple[int, ...]] = []
        values: list[Any] = []
        longest = 0
        for place in sorted(a.keys() | b.keys()):
            found = sorted(join(a.get(place, set()), b.get(place, set())))
            longest = max(longest, len(found))
            indices += [(*place, i) for i in range(len(found))]
            values += found
        flat = np.empty(len(values), dtype)
        flat[:] = values
        rank = len(group) + 1
        return np.array(indices, np.int64).reshape(-1, rank), flat, np.array([*group, longest], np.int64)

    return joined
