"""How several gradients of one tensor become one."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Final

from tangraph.export import export
from tangraph.framework import raw_shape
from tangraph.framework.indexed_slices import IndexedSlices
from tangraph.framework.scopes import colocate_with, name_scope
from tangraph.framework.tensor import Tensor

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw


@export("AggregationMethod")
class AggregationMethod:
    """How `tf.gradients` adds up the gradients of a tensor that is used several times.

    Attributes:
      ADD_N: all at once, by one AddN; DEFAULT is the same.
      EXPERIMENTAL_TREE: pair by pair, so that fewer of them are alive at the same time.
      EXPERIMENTAL_ACCUMULATE_N: as they arrive, by `tf.accumulate_n`, where the shape is known and there are more than two.
    """

    ADD_N: Final = 0
    DEFAULT: Final = ADD_N
    EXPERIMENTAL_TREE: Final = 1
    EXPERIMENTAL_ACCUMULATE_N: Final = 2


_METHODS: Final = (
    AggregationMethod.ADD_N,
    AggregationMethod.EXPERIMENTAL_TREE,
    AggregationMethod.EXPERIMENTAL_ACCUMULATE_N,
)


def check_method(method: Any) -> int:
    """Returns an aggregation method, the default one for None.

    Raises:
      ValueError: there is no such method.
    """
    if method is None:
        return AggregationMethod.DEFAULT
    if method not in _METHODS:
        raise ValueError(f"Invalid aggregation_method specified {method}.")
    return int(method)


def aggregate(received: Sequence[Any], op: Operation, method: int) -> Any:
    """Returns the sum of the gradients that one output of an operation has received; None when there are none.

    Raises:
      TypeError: one of them is neither a tensor nor an IndexedSlices.
    """
    if not all(isinstance(g, (Tensor, IndexedSlices)) for g in received if g is not None):
        raise TypeError("gradients have to be either all Tensors or all IndexedSlices")
    if not received:
        return None
    if len(received) == 1:
        return received[0]
    if any(isinstance(g, IndexedSlices) for g in received):
        return add_indexed_slices(received)
    return _add_tensors(received, op, method)


def _add_tensors(gradients: Sequence[Tensor], op: Operation, method: int) -> Tensor:
    from tangraph.ops.math.add_n import accumulate_n, add_n

    if method == AggregationMethod.ADD_N:
        return add_by_device(gradients)
    if method == AggregationMethod.EXPERIMENTAL_ACCUMULATE_N and len(gradients) > 2:
        shape: Raw = None
        for gradient in gradients:
            shape = raw_shape.merge(shape, gradient.raw_shape)
        if raw_shape.is_fully_defined(shape):
            summed: Tensor = accumulate_n(gradients)
            return summed
    with name_scope(f"{op.name}_gradient_sum"):
        running = gradients[0]
        for gradient in gradients[1:]:
            running = add_n([running, gradient])
        return running


def add_by_device(tensors: Sequence[Tensor]) -> Tensor:
    """Adds tensors up, first those of one device on that device, then the partial sums."""
    from tangraph.ops.math.add_n import add_n

    by_device: dict[str, list[Tensor]] = {}
    for tensor in tensors:
        by_device.setdefault(tensor.device, []).append(tensor)
    partial: list[Tensor] = []
    for device in sorted(by_device):
        group = by_device[device]
        with colocate_with(group[0].op, ignore_existing=True):
            partial.append(add_n(group))
    summed: Tensor = add_n(partial)
    return summed


def add_indexed_slices(gradients: Sequence[Any]) -> Any:
    """Adds gradients of which at least one is sparse: sparse ones are appended to each other, unless one is dense."""
    present = [g for g in gradients if g is not None]
    if any(isinstance(g, Tensor) for g in present):
        from tangraph.ops.math.add_n import add_n

        return add_n(present)
    from tangraph.ops.array.concat import concat

    slices = [flatten_nested(g) for g in _with_equal_index_types(present)]
    return IndexedSlices(
        concat([s.values for s in slices], axis=0), concat([s.indices for s in slices], axis=0), slices[0].dense_shape
    )


def _with_equal_index_types(slices: Sequence[Any]) -> list[Any]:
    """Makes the indices of all int64 where only some of them are int32."""
    from tangraph.framework import dtypes
    from tangraph.ops.math.cast import cast

    narrow = [s for s in slices if s.indices.dtype is dtypes.int32]
    if not narrow or len(narrow) == len(slices):
        return list(slices)
    return [
        IndexedSlices(s.values, cast(s.indices, dtypes.int64), s.dense_shape) if s.indices.dtype is dtypes.int32 else s
        for s in slices
    ]


def flatten_nested(gradient: Any) -> Any:
    """Returns an IndexedSlices whose values are a tensor, from one whose values are an IndexedSlices themselves."""
    if isinstance(gradient.values, Tensor):
        return gradient
    from tangraph.ops.array.gather import gather

    inner = flatten_nested(gradient.values)
    return IndexedSlices(inner.values, gather(gradient.indices, inner.indices), inner.dense_shape)


def colocated(op: Operation, wanted: bool) -> Any:
    """Returns a context that places what is created inside it with an operation, when that is wanted."""
    return colocate_with(op) if wanted else nullcontext()
