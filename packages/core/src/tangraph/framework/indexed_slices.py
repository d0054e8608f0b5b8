"""IndexedSlices: a tensor of which only some rows are there, as the gradient of a gather gives it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from tangraph.client.fetches import register_session_run_conversion_functions
from tangraph.export import export
from tangraph.framework.constant_value import constant_value
from tangraph.framework.scopes import graph_from_inputs
from tangraph.framework.tensor_conversion import register_tensor_conversion_function

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.dtypes import DType
    from tangraph.framework.graph import Graph
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor

_MANY_ELEMENTS: Final = 100_000_000
_quiet: ContextVar[bool] = ContextVar("_quiet", default=False)


class IndexedSlicesValue(NamedTuple):
    """What fetching an :class:`IndexedSlices` gives.

    Attributes:
      values: the rows.
      indices: which rows they are.
      dense_shape: the shape of the whole, or None.
    """

    values: Any
    indices: Any
    dense_shape: Any


@export("IndexedSlices")
class IndexedSlices:
    """Some rows of a larger tensor; rows that occur more than once add up.

    The gradient of `tf.gather` is one, so that optimizers need to touch no other rows.

    Args:
      values: a tensor of shape ``[n, ...]``: the rows.
      indices: an integer vector of length n: which rows they are.
      dense_shape: the shape of the whole, an integer vector, when it is known.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     rows = tf.IndexedSlices(tf.constant([[1, 2]]), tf.constant([1]), tf.constant([3, 2]))
    ...     session.run(tf.convert_to_tensor(rows)).tolist()
    [[0, 0], [1, 2], [0, 0]]
    """

    def __init__(self, values: Any, indices: Any, dense_shape: Any = None) -> None:
        graph_from_inputs([v for v in (values, indices, dense_shape) if v is not None])
        self._values = values
        self._indices = indices
        self._dense_shape = dense_shape

    def _to_components(self) -> tuple[Any, ...]:
        parts = (self._values, self._indices)
        return parts if self._dense_shape is None else (*parts, self._dense_shape)

    def _from_components(self, components: tuple[Any, ...]) -> IndexedSlices:
        return IndexedSlices(*components)

    def _shape_invariants(self, shape: Any) -> list[Any]:
        """The static shapes that the components keep in a loop; `shape` is what the values keep, None what they have."""
        from tangraph.framework.shape_values import value_as_shape
        from tangraph.framework.tensor_shape import TensorShape

        if shape is None:
            count = self._indices.shape.merge_with(self._values.shape[:1])
            dense = TensorShape(None)
            if self._dense_shape is not None:
                dense = TensorShape.from_raw(value_as_shape(self._dense_shape))
            shapes = [count.concatenate(dense[1:]), count, TensorShape([dense.ndims])]
        else:
            shapes = [shape, shape[:1], TensorShape([shape.ndims])]
        return shapes[: len(self._to_components())]

    @property
    def values(self) -> Any:
        """The rows."""
        return self._values

    @property
    def indices(self) -> Any:
        """Which rows they are."""
        return self._indices

    @property
    def dense_shape(self) -> Any:
        """The shape of the whole, or None."""
        return self._dense_shape

    @property
    def name(self) -> str:
        """The name of the values."""
        name: str = self._values.name
        return name

    @property
    def device(self) -> str:
        """The device of the values."""
        device: str = self._values.device
        return device

    @property
    def op(self) -> Operation:
        """The operation that produces the values."""
        op: Operation = self._values.op
        return op

    @property
    def dtype(self) -> DType:
        """The element type."""
        dtype: DType = self._values.dtype
        return dtype

    @property
    def graph(self) -> Graph:
        """The graph that holds the values."""
        graph: Graph = self._values.graph
        return graph

    def consumers(self) -> list[Operation]:
        """Returns the operations that take one of the parts, each once."""
        parts = [p for p in (self._values, self._indices, self._dense_shape) if p is not None]
        return list(dict.fromkeys(op for part in parts for op in part.consumers()))

    def __str__(self) -> str:
        shape = f", dense_shape={self._dense_shape}" if self._dense_shape is not None else ""
        return f"IndexedSlices(indices={self._indices}, values={self._values}{shape})"

    def __neg__(self) -> IndexedSlices:
        return IndexedSlices(-self._values, self._indices, self._dense_shape)


@contextmanager
def quiet_conversion() -> Iterator[None]:
    """Inside the block an IndexedSlices becomes a tensor without the warning that it may be large."""
    token = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(token)


def _to_tensor(value: IndexedSlices, dtype: Any = None, name: str | None = None, as_ref: bool = False) -> Tensor:
    """The conversion of an IndexedSlices to a tensor: rows that nobody gave are zero, equal ones add up."""
    del as_ref
    from tangraph.framework.make_op import make_op

    if dtype and not dtype.is_compatible_with(value.dtype):
        raise ValueError(
            f"Tensor conversion requested dtype {dtype.name} for IndexedSlices with dtype {value.dtype.name}"
        )
    if value.dense_shape is None:
        raise ValueError(f"Tensor conversion requested for IndexedSlices without dense_shape: {value}")
    if not _quiet.get():
        _warn_of_size(constant_value(value.dense_shape))
    rows = value.dense_shape[0]
    result: Tensor = make_op("UnsortedSegmentSum", value.values, value.indices, rows, name=name)
    return result


def _warn_of_size(shape: Any) -> None:
    if shape is None:
        warnings.warn(
            "Converting sparse IndexedSlices to a dense Tensor of unknown shape. This may consume a large amount of "
            "memory.",
            stacklevel=2,
        )
        return
    count = int(np.prod(shape, dtype=np.int64))
    if count >= _MANY_ELEMENTS:
        warnings.warn(
            f"Converting sparse IndexedSlices to a dense Tensor with {count} elements. This may consume a large amount "
            "of memory.",
            stacklevel=2,
        )


def _parts(value: IndexedSlices) -> list[Any]:
    return [value.values, value.indices, *([] if value.dense_shape is None else [value.dense_shape])]


def _fetch(value: IndexedSlices) -> tuple[list[Any], Callable[[list[Any]], Any]]:
    return _parts(value), lambda got: IndexedSlicesValue(got[0], got[1], got[2] if len(got) == 3 else None)


def _feed(key: IndexedSlices, value: Any) -> list[tuple[Any, Any]]:
    return list(zip(_parts(key), value, strict=False))


register_tensor_conversion_function(IndexedSlices, _to_tensor)
register_session_run_conversion_functions(IndexedSlices, _fetch, _feed)
