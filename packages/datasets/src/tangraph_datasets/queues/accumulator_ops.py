"""The operations on accumulators: schemas, kernels, and what the session keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.framework import raw_shape
from tangraph.plugin import KernelSet, OpSet
from tangraph.util import tf_logging
from tangraph_datasets.queues.storage import invalid, kept, resource_name
from tangraph_datasets.queues.waiting import Gate

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.raw_shape import Raw
    from tangraph.plugin import KernelContext, ShapeContext

ops = OpSet()
kernel = KernelSet()

_TAKE_CANCELLED: Final = "TakeGrad operation was cancelled"


def _two(c: ShapeContext) -> Raw:
    del c
    return (2,)


def _nothing(c: ShapeContext) -> list[Raw]:
    del c
    return []


def _step_shape(c: ShapeContext) -> list[Raw]:
    raw_shape.with_rank(c.shapes[1], 0)
    return []


def _scalar(c: ShapeContext) -> Raw:
    del c
    return ()


def _dense_taken(c: ShapeContext) -> Raw:
    del c
    return None


def _rows_taken(c: ShapeContext) -> list[Raw]:
    del c
    return [None, None, None]


_DTYPE: Final = "dtype: numbertype"
_REDUCTION: Final = (
    "container: string = ''",
    "shared_name: string = ''",
    "reduction_type: {'MEAN', 'SUM'} = 'MEAN'",
)
for _prefix, _handle in (("", "Ref(string)"), ("Resource", "resource")):
    _in = f"handle: {_handle}"
    ops.define(
        f"{_prefix}ConditionalAccumulator",
        outputs=[_in],
        attrs=[_DTYPE, "shape: shape", *_REDUCTION],
        shape=_two,
        stateful=True,
    )
    ops.define(
        f"{_prefix}AccumulatorApplyGradient",
        [_in, "local_step: int64", "gradient: dtype"],
        attrs=[_DTYPE],
        shape=_step_shape,
        stateful=True,
    )
    ops.define(
        f"{_prefix}AccumulatorTakeGradient",
        [_in, "num_required: int32"],
        ["average: dtype"],
        [_DTYPE],
        shape=_dense_taken,
        stateful=True,
        blocking=True,
    )
    ops.define(f"{_prefix}AccumulatorNumAccumulated", [_in], ["num_accumulated: int32"], shape=_scalar, stateful=True)
    ops.define(
        f"{_prefix}AccumulatorSetGlobalStep",
        [_in, "new_global_step: int64"],
        shape=_step_shape,
        stateful=True,
    )
ops.define(
    "SparseConditionalAccumulator",
    outputs=["handle: Ref(string)"],
    attrs=[_DTYPE, "shape: shape", *_REDUCTION],
    shape=_two,
    stateful=True,
)
ops.define(
    "SparseAccumulatorApplyGradient",
    [
        "handle: Ref(string)",
        "local_step: int64",
        "gradient_indices: int64",
        "gradient_values: dtype",
        "gradient_shape: int64",
    ],
    attrs=[_DTYPE, "has_known_shape: bool"],
    shape=_step_shape,
    stateful=True,
)
ops.define(
    "SparseAccumulatorTakeGradient",
    ["handle: Ref(string)", "num_required: int32"],
    ["indices: int64", "values: dtype", "shape: int64"],
    [_DTYPE],
    shape=_rows_taken,
    stateful=True,
    blocking=True,
)
ops.without_gradient(*ops)


class Accumulator:
    """What accumulators share: the step, the count, and who waits for enough."""

    def __init__(self, name: str, shape: Raw, *, mean: bool) -> None:
        self.name = name
        self.shape = shape
        self._mean = mean
        self._step = 0
        self.count = 0
        self._gate = Gate(_TAKE_CANCELLED)

    @property
    def value(self) -> Any:
        """What fetching the handle of an old op gives: container and name."""
        return np.array([b"localhost", self.name.encode()], object)

    def set_global_step(self, step: int) -> None:
        """Sets the step, which only grows."""
        with self._gate:
            if step < self._step:
                tf_logging.warning("Attempt to set current_global_step_ to smaller value: %d -> %d", self._step, step)
            else:
                self._step = step

    def apply(self, step: int, gradient: Any) -> None:
        """Adds a gradient, or drops one of an earlier step."""
        with self._gate:
            if step >= self._step:
                self._add(gradient)
                self.count += 1
                self._gate.notify()

    def take(self, required: int) -> Any:
        """Waits for that many gradients, returns their average, and starts the next step."""
        if required <= 0:
            raise invalid(f"Argument num_required must be positive, but was {required}")
        with self._gate:
            self._gate.wait_until(lambda: self.count >= required)
            result = self._result()
            self.count = 0
            self._step += 1
            return result

    def cancel(self) -> None:
        """Ends all waiting, for good: the session closes."""
        self._gate.cancel()

    def _add(self, gradient: Any) -> None:
        raise NotImplementedError

    def _result(self) -> Any:
        raise NotImplementedError


class DenseAccumulator(Accumulator):
    """Averages arrays of one shape."""

    _sum: Any

    def _add(self, gradient: Any) -> None:
        shape = np.shape(gradient)
        if not raw_shape.compatible(shape, self.shape):
            raise invalid(f"Shape mismatch: expected {raw_shape.to_str(self.shape)}, got {raw_shape.to_str(shape)}")
        if not self.count:
            self._sum = kept(gradient)
        elif np.shape(self._sum) != shape:
            expected = raw_shape.to_str(np.shape(self._sum))
            raise invalid(f"Shape mismatch: expected {expected}, got {raw_shape.to_str(shape)}")
        else:
            self._sum = self._sum + gradient

    def _result(self) -> Any:
        total = self._sum
        del self._sum
        return total / total.dtype.type(self.count) if self._mean else total


class SparseAccumulator(Accumulator):
    """Averages rows, each over the gradients that have it."""

    _indices: Any
    _values: Any
    _counts: Any
    _known: tuple[int, ...] | None = None

    def _add(self, gradient: Any) -> None:
        indices, values, known = gradient
        self._check(indices, values, known)
        counts = np.ones(len(indices), np.int64)
        if not self.count:
            self._indices, self._values, self._counts = indices.copy(), values.copy(), counts
            return
        # Both lists are taken for sorted, and merged: an index that meets itself is added up.
        order, first, second = _merge(self._indices.tolist(), indices.tolist())
        merged = np.zeros((len(order), *values.shape[1:]), values.dtype)
        merged_counts = np.zeros(len(order), np.int64)
        for places, rows, numbers in ((first, self._values, self._counts), (second, values, counts)):
            merged[places] += rows
            merged_counts[places] += numbers
        self._indices, self._values, self._counts = np.array(order, np.int64), merged, merged_counts

    def _check(self, indices: Any, values: Any, known: Any) -> None:
        if indices.ndim != 1:
            raise invalid(f"Input indices should be vector but received shape: {raw_shape.to_str(indices.shape)}")
        if values.ndim < 1:
            raise invalid("Values cannot be 0-dimensional.")
        if len(indices) != len(values):
            raise invalid(f"Expected {len(indices)} non-empty input values, got {len(values)}")
        if not len(indices):
            raise invalid("Empty indices vector")
        if known is not None and self.shape and not raw_shape.compatible(known, self.shape):
            raise invalid(
                f"Shape mismatch: expected shape rank at least {len(self.shape)}, got {len(known)}"
                if len(known) < len(self.shape)
                else f"Shape mismatch: expected shape {raw_shape.to_str(self.shape)}, got {raw_shape.to_str(known)}"
            )
        row = self.shape[1:] if self.shape else (self._values.shape[1:] if self.count else None)
        if row is not None and not raw_shape.compatible(values.shape[1:], row):
            raise invalid(
                f"Shape mismatch: expected values[1:] of shape {raw_shape.to_str(row)}, got "
                f"{raw_shape.to_str(values.shape[1:])}"
            )
        if self.shape and self.shape[0] is not None and indices.max() >= self.shape[0]:
            raise invalid(f"Shape mismatch: index of slice {indices.max()} exceeded limits of shape; index of slice: ")
        if known is not None:
            self._known = known

    def _result(self) -> Any:
        values = self._values
        if self._mean:
            counts = self._counts.reshape((-1,) + (1,) * (values.ndim - 1))
            values = values / counts.astype(values.dtype)
        known = self._known or self.shape
        whole = known if known and len(known) == values.ndim else (None, *values.shape[1:])
        indices, self._known = self._indices, None
        del self._indices, self._values, self._counts
        return indices, values, np.array([-1 if size is None else size for size in whole], np.int64)


def _merge(a: list[int], b: list[int]) -> tuple[list[int], list[int], list[int]]:
    """Merges two lists of indices; returns the merged one, and where the items of each are in it."""
    order: list[int] = []
    places_a: list[int] = []
    places_b: list[int] = []
    i = j = 0
    while i < len(a) or j < len(b):
        from_a = j == len(b) or (i < len(a) and a[i] <= b[j])
        from_b = i == len(a) or (j < len(b) and b[j] <= a[i])
        if from_a:
            places_a.append(len(order))
        if from_b:
            places_b.append(len(order))
        order.append(a[i] if from_a else b[j])
        i, j = i + from_a, j + from_b
    return order, places_a, places_b


@kernel("ConditionalAccumulator", "ResourceConditionalAccumulator", "SparseConditionalAccumulator")
def accumulator(k: KernelContext) -> Callable[[], Accumulator]:
    """Finds the accumulator of this name in the session, or makes it."""
    dtype, shape, shared, store = k.attr("dtype"), k.attr("shape"), k.attr("shared_name"), k.resources
    assert store is not None
    mean = k.attr("reduction_type") == "MEAN"
    kind = SparseAccumulator if "Sparse" in k.op_type else DenseAccumulator
    if not dtype.is_floating:
        raise invalid(f"No kernel for op '{k.op_type}' and type {dtype.name}: half, float and double have one.")

    def make() -> Accumulator:
        return kind(resource_name(shared, k.name), shape, mean=mean)

    return lambda: store.get_or_create("accumulator", k.attr("container"), shared or k.name, make)


@kernel("AccumulatorApplyGradient", "ResourceAccumulatorApplyGradient")
def apply_gradient(k: KernelContext) -> Callable[..., None]:
    """Adds a gradient."""
    del k
    return lambda handle, step, gradient: handle.apply(int(step), gradient)


@kernel("SparseAccumulatorApplyGradient")
def apply_rows(k: KernelContext) -> Callable[..., None]:
    """Adds rows of a gradient."""
    known = k.attr("has_known_shape")

    def run(handle: Any, step: Any, indices: Any, values: Any, shape: Any) -> None:
        handle.apply(int(step), (indices, values, tuple(shape.tolist()) if known else None))

    return run


@kernel("AccumulatorTakeGradient", "ResourceAccumulatorTakeGradient", "SparseAccumulatorTakeGradient")
def take_gradient(k: KernelContext) -> Callable[..., Any]:
    """Waits for gradients and takes their average."""
    del k
    return lambda handle, required: handle.take(int(required))


@kernel("AccumulatorNumAccumulated", "ResourceAccumulatorNumAccumulated")
def num_accumulated(k: KernelContext) -> Callable[..., Any]:
    """The number of gradients."""
    del k
    return lambda handle: np.int32(handle.count)


@kernel("AccumulatorSetGlobalStep", "ResourceAccumulatorSetGlobalStep")
def set_global_step(k: KernelContext) -> Callable[..., None]:
    """Sets the step."""
    del k
    return lambda handle, step: handle.set_global_step(int(step))
