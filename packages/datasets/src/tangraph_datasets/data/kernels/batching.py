"""Ops of datasets of batches and windows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.plugin import KernelSet, OpSet
from tangraph_datasets.data.kernels.schemas import SOURCE, dataset
from tangraph_datasets.data.values import batching
from tangraph_datasets.data.values.stacking import invalid

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plugin import KernelContext

ops = OpSet()
kernel = KernelSet()

_PADDED: Final = (
    SOURCE,
    "batch_size: int64",
    "padded_shapes: N * int64",
    "padding_values: Toutput_types",
)
_PADDED_ATTRS: Final = ("Toutput_types: list(type) >= 1", "output_shapes: list(shape) >= 1", "N: int >= 1")

dataset(ops, "BatchDataset", [SOURCE, "batch_size: int64"])
dataset(
    ops,
    "BatchDatasetV2",
    [SOURCE, "batch_size: int64", "drop_remainder: bool"],
    ["parallel_copy: bool = false"],
)
dataset(ops, "PaddedBatchDataset", _PADDED, elements=_PADDED_ATTRS)
dataset(
    ops,
    "PaddedBatchDatasetV2",
    [*_PADDED, "drop_remainder: bool"],
    ["parallel_copy: bool = false"],
    elements=_PADDED_ATTRS,
)
dataset(
    ops,
    "WindowDataset",
    [SOURCE, "size: int64", "shift: int64", "stride: int64", "drop_remainder: bool"],
)
for _prefix in ("", "Experimental"):
    dataset(ops, f"{_prefix}UnbatchDataset", [SOURCE])
    dataset(
        ops,
        f"{_prefix}DenseToSparseBatchDataset",
        [SOURCE, "batch_size: int64", "row_shape: int64"],
    )
    dataset(
        ops,
        f"{_prefix}SlidingWindowDataset",
        [SOURCE, "window_size: int64", "window_shift: int64", "window_stride: int64"],
    )
ops.without_gradient(*ops)


def checked_size(batch_size: Any) -> int:
    """Returns the size of a batch.

    Raises:
      InvalidArgumentError: it is not positive.
    """
    if batch_size <= 0:
        raise invalid("Batch size must be greater than zero.")
    return int(batch_size)


@kernel("BatchDataset", "BatchDatasetV2")
def batch(k: KernelContext) -> Callable[..., Any]:
    """Elements put together."""
    del k

    def run(source: Any, batch_size: Any, drop_remainder: Any = False) -> Any:
        return batching.Batch(source, checked_size(batch_size), drop_remainder=bool(drop_remainder))

    return run


@kernel("PaddedBatchDataset", "PaddedBatchDatasetV2")
def padded_batch(k: KernelContext) -> Callable[..., Any]:
    """Elements filled up and put together."""
    count, drops = k.attr("N"), k.op_type == "PaddedBatchDatasetV2"

    def run(source: Any, batch_size: Any, *rest: Any) -> Any:
        shapes, values = rest[:count], rest[count : 2 * count]
        if any(np.ndim(shape) != 1 for shape in shapes):
            raise invalid("All padded shapes must be vectors")
        if any(np.ndim(value) for value in values):
            raise invalid("All padding values must be scalars")
        sizes = [shape.tolist() for shape in shapes]
        size = checked_size(batch_size)
        return batching.PaddedBatch(source, size, sizes, values, drop_remainder=drops and bool(rest[-1]))

    return run


@kernel("WindowDataset")
def window(k: KernelContext) -> Callable[..., Any]:
    """Datasets of elements in a row."""
    del k

    def run(source: Any, size: Any, shift: Any, stride: Any, drop_remainder: Any) -> Any:
        for name, value in (("size", size), ("shift", shift), ("stride", stride)):
            if value <= 0:
                raise invalid(f"Window {name} must be greater than zero.")
        return batching.Window(source, int(size), int(shift), int(stride), drop_remainder=bool(drop_remainder))

    return run


@kernel("SlidingWindowDataset", "ExperimentalSlidingWindowDataset")
def sliding_window(k: KernelContext) -> Callable[..., Any]:
    """Batches of elements in a row."""
    del k

    def run(source: Any, size: Any, shift: Any, stride: Any) -> Any:
        for name, value in (("size", size), ("shift", shift), ("stride", stride)):
            if value <= 0:
                raise invalid(f"Window {name} must be greater than zero.")
        return batching.SlidingWindow(source, int(size), int(shift), int(stride), drop_remainder=True)

    return run


@kernel("UnbatchDataset", "ExperimentalUnbatchDataset")
def unbatch(k: KernelContext) -> Callable[..., Any]:
    """The rows of elements."""
    del k
    return batching.Unbatch


@kernel("DenseToSparseBatchDataset", "ExperimentalDenseToSparseBatchDataset")
def dense_to_sparse_batch(k: KernelContext) -> Callable[..., Any]:
    """Elements put together as a SparseTensor."""
    del k

    def run(source: Any, batch_size: Any, row_shape: Any) -> Any:
        return batching.DenseToSparseBatch(source, checked_size(batch_size), row_shape.tolist())

    return run
