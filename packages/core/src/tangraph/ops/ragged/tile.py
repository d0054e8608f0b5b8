"""RaggedTensors repeated along their axes."""

from __future__ import annotations

from typing import Any

from tangraph.framework.constant_value import constant_value
from tangraph.framework.scopes import name_scope
from tangraph.ops.array import tile as dense
from tangraph.ops.array.concat import concat
from tangraph.ops.array.gather import gather
from tangraph.ops.math.ranges import range as range_of
from tangraph.ops.ragged.factories import from_nested_row_splits
from tangraph.ops.ragged.tensor import RaggedTensor, as_tensor_or_ragged, is_ragged
from tangraph.ops.ragged.util import as_integers, lengths_to_splits, repeat_ranges


def tile(input: Any, multiples: Any, name: str | None = None) -> Any:
    """As `tf.tile`, of a RaggedTensor."""
    with name_scope(name, "RaggedTile", [input, multiples]):
        value = as_tensor_or_ragged(input, name="input")
        if not is_ragged(value):
            return dense.tile(value, multiples, name)
        multiples = as_integers(multiples, "multiples", value.row_splits.dtype)
        multiples.shape.assert_has_rank(1)
        known = constant_value(multiples)
        flat = _values(value, multiples, known)
        return from_nested_row_splits(flat, _splits(value, multiples, known), validate=False)


def _values(value: RaggedTensor, multiples: Any, known: Any) -> Any:
    depth, nested = value.ragged_rank, value.nested_row_splits
    places = range_of(nested[-1][-1])
    before: Any = None
    for axis in range(depth, 0, -1):
        splits = nested[axis - 1]
        if before is not None:
            # The splits of this axis in the elements as far as they are repeated.
            splits = gather(before * multiples[axis + 1], splits)
        if known is None or known[axis] != 1:
            places = repeat_ranges(places, splits, multiples[axis])
        before = splits
    tiled = gather(value.flat_values, places)
    return dense.tile(tiled, concat([multiples[:1], multiples[depth + 1 :]], axis=0))


def _splits(value: RaggedTensor, multiples: Any, known: Any) -> list[Any]:
    depth, nested = value.ragged_rank, value.nested_row_splits
    projected: list[dict[int, Any]] = [{axis: nested[axis]} for axis in range(depth)]
    for source in range(depth):
        for goal in range(source + 1, depth - 1):
            projected[source][goal] = gather(nested[goal], projected[source][goal - 1])
    result = []
    for axis in range(depth):
        lengths = nested[axis][1:] - nested[axis][:-1]
        lengths = lengths * multiples[axis + 1]
        repeats: Any = 1
        for outer in range(axis - 1, -1, -1):
            if known is None or known[outer + 1] != 1:
                splits = projected[outer][axis - 1] * repeats
                lengths = repeat_ranges(lengths, splits, multiples[outer + 1])
            repeats *= multiples[outer + 1]
        result.append(lengths_to_splits(dense.tile(lengths, multiples[:1])))
    return result
