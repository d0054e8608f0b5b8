"""Ops of datasets that are made from tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tangraph.framework import raw_shape
from tangraph.plugin import KernelSet, OpSet
from tangraph_datasets.data.kernels.schemas import dataset
from tangraph_datasets.data.values.sources import (
    RandomValue,
    RangeValue,
    SparseSliceValue,
    TensorSliceValue,
    TensorValue,
)
from tangraph_datasets.data.values.stacking import invalid

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plugin import KernelContext

ops = OpSet()
kernel = KernelSet()

_OF_TENSORS: Final = ("Toutput_types: list(type) >= 1", "output_shapes: list(shape) >= 1")
dataset(ops, "TensorDataset", ["components: Toutput_types"], elements=_OF_TENSORS, stateful=True)
dataset(ops, "TensorSliceDataset", ["components: Toutput_types"], elements=_OF_TENSORS, stateful=True)
dataset(
    ops,
    "SparseTensorSliceDataset",
    ["indices: int64", "values: Tvalues", "dense_shape: int64"],
    elements=["Tvalues: type"],
    stateful=True,
)
dataset(ops, "RangeDataset", ["start: int64", "stop: int64", "step: int64"], stateful=True)
dataset(ops, "ExperimentalRandomDataset", ["seed: int64", "seed2: int64"], stateful=True)
dataset(ops, "RandomDataset", ["seed: int64", "seed2: int64"], stateful=True)
ops.without_gradient(*ops)


@kernel("TensorDataset")
def tensor(k: KernelContext) -> Callable[..., Any]:
    """One element."""
    del k
    return lambda *components: TensorValue(components)


@kernel("TensorSliceDataset")
def tensor_slices(k: KernelContext) -> Callable[..., Any]:
    """The rows of tensors."""
    del k

    def run(*components: Any) -> TensorSliceValue:
        shapes: list[tuple[int, ...]] = [getattr(component, "shape", ()) for component in components]
        if any(not shape for shape in shapes):
            raise invalid("All components must be at least 1-dimensional")
        sizes = [shape[0] for shape in shapes]
        for index, size in enumerate(sizes):
            if size != sizes[0]:
                raise invalid(
                    f"All components must have the same size in the 0th dimension; component {index} has shape "
                    f"{raw_shape.to_str(shapes[index])}, component 0 {raw_shape.to_str(shapes[0])}."
                )
        return TensorSliceValue(components)

    return run


@kernel("SparseTensorSliceDataset")
def sparse_slices(k: KernelContext) -> Callable[..., Any]:
    """The rows of a SparseTensor."""
    del k
    return SparseSliceValue


@kernel("RangeDataset")
def range_(k: KernelContext) -> Callable[..., Any]:
    """The integers of a range."""
    del k

    def run(start: Any, stop: Any, step: Any) -> RangeValue:
        if not step:
            raise invalid("step must be a non-zero integer.")
        return RangeValue(int(start), int(stop), int(step))

    return run


@kernel("RandomDataset", "ExperimentalRandomDataset")
def random(k: KernelContext) -> Callable[..., Any]:
    """Random numbers."""
    del k
    return lambda seed, seed2: RandomValue(int(seed), int(seed2))
