"""SparseTensors on their way through a queue: the session keeps them, and a number stands for each."""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.framework import raw_shape
from tangraph.framework.operation import Operation
from tangraph.framework.scopes import colocate_with
from tangraph.framework.sparse_tensor import SparseTensor, convert_to_sparse_tensor
from tangraph.framework.tensor_shape import TensorShape
from tangraph.plugin import KernelSet, OpSet, make_op
from tangraph_datasets.queues.storage import invalid, kept
from tangraph_datasets.sparse_rows import join, split

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.tensor import Tensor
    from tangraph.plugin import KernelContext, ShapeContext

ops = OpSet()
kernel = KernelSet()

_INPUTS: Final = ("sparse_indices: int64", "sparse_values: T", "sparse_shape: int64")
_NAMES: Final = ("container: string = ''", "shared_name: string = ''")


def _check_parts(c: ShapeContext) -> None:
    for index, rank in enumerate((2, 1, 1)):
        raw_shape.with_rank(c.shapes[index], rank)


def _one_shape(c: ShapeContext) -> Raw:
    _check_parts(c)
    return ()


def _many_shape(c: ShapeContext) -> Raw:
    _check_parts(c)
    return (None,)


def _take_shape(c: ShapeContext) -> list[Raw]:
    raw_shape.with_rank(c.shapes[0], 1)
    return [(None, None), (None,), (None,)]


ADD = ops.define(
    "AddSparseToTensorsMap", _INPUTS, ["sparse_handle: int64"], ["T: type", *_NAMES], shape=_one_shape, stateful=True
)
ADD_MANY = ops.define(
    "AddManySparseToTensorsMap",
    _INPUTS,
    ["sparse_handles: int64"],
    ["T: type", *_NAMES],
    shape=_many_shape,
    stateful=True,
)
TAKE = ops.define(
    "TakeManySparseFromTensorsMap",
    ["sparse_handles: int64"],
    ["sparse_indices: int64", "sparse_values: dtype", "sparse_shape: int64"],
    ["dtype: type", *_NAMES],
    shape=_take_shape,
    stateful=True,
)
ops.without_gradient("AddSparseToTensorsMap", "AddManySparseToTensorsMap", "TakeManySparseFromTensorsMap")


class SparseMap:
    """SparseTensors by numbers, each until it is taken."""

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._items: dict[int, tuple[Any, Any, Any]] = {}

    def add(self, indices: Any, values: Any, shape: Any) -> int:
        """Keeps a SparseTensor; returns its number."""
        with self._lock:
            number = next(self._numbers)
            self._items[number] = (indices, values, shape)
            return number

    def take(self, number: int) -> tuple[Any, Any, Any]:
        """Returns the SparseTensor of a number, which is forgotten."""
        with self._lock:
            found = self._items.pop(number, None)
        if found is None:
            raise invalid(f"Unable to find SparseTensor: {number} in map: {number}")
        return found


def _map(k: KernelContext) -> Callable[[], SparseMap]:
    store = k.resources
    assert store is not None
    key = k.attr("container"), k.attr("shared_name") or k.name
    return lambda: store.get_or_create("sparse_map", *key, SparseMap)


@kernel("AddSparseToTensorsMap")
def add(k: KernelContext) -> Callable[..., Any]:
    """Keeps a SparseTensor."""
    found = _map(k)
    return lambda indices, values, shape: np.int64(found().add(kept(indices), kept(values), kept(shape)))


@kernel("AddManySparseToTensorsMap")
def add_many(k: KernelContext) -> Callable[..., Any]:
    """Keeps the rows of a SparseTensor."""
    found = _map(k)

    def run(indices: Any, values: Any, shape: Any) -> Any:
        store = found()
        return np.array([store.add(*row) for row in split(indices, values, shape)], np.int64)

    return run


@kernel("TakeManySparseFromTensorsMap")
def take_many(k: KernelContext) -> Callable[..., Any]:
    """Joins SparseTensors as the rows of one."""
    found, dtype = _map(k), k.attr("dtype")

    def run(handles: Any) -> Any:
        store = found()
        return join([store.take(number) for number in np.ravel(handles).tolist()], dtype)

    return run


def store_sparse(tensor: SparseTensor, shared_name: str | None = None) -> Tensor:
    """Returns the number under which the session keeps a SparseTensor."""
    sparse = convert_to_sparse_tensor(tensor)
    handle: Tensor = make_op(ADD, sparse.indices, sparse.values, sparse.dense_shape, shared_name=shared_name or "")
    return handle


def store_many_sparse(tensor: SparseTensor, shared_name: str | None = None) -> Tensor:
    """Returns the numbers under which the session keeps the rows of a SparseTensor."""
    sparse = convert_to_sparse_tensor(tensor)
    handles: Tensor = make_op(
        ADD_MANY, sparse.indices, sparse.values, sparse.dense_shape, shared_name=shared_name or ""
    )
    return handles


def restore_sparse(map_op: Operation, handles: Tensor, rank: int | None) -> SparseTensor:
    """Returns the SparseTensor whose rows an operation has kept under these numbers."""
    with colocate_with(map_op):
        indices, values, shape = make_op(
            TAKE,
            handles,
            dtype=map_op.attrs["T"],
            container=map_op.attrs["container"],
            shared_name=map_op.attrs["shared_name"] or map_op.name,
        )
    indices.set_shape(TensorShape([None, rank]))
    shape.set_shape(TensorShape([rank]))
    return SparseTensor(indices, values, shape)
