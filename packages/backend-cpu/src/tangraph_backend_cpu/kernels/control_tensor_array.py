"""TensorArrays: reading, writing, and turning them into tensors and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.framework import errors, raw_shape
from tangraph.plugin import KernelSet
from tangraph_backend_cpu.kernels.control_arrays import Elements, invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tangraph.framework.dtypes import DType
    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()
_FLOW: Final = np.float32(0)


@kernel("TensorArrayV3")
def tensor_array(k: KernelContext) -> Callable[..., Any]:
    """Makes an array for this run."""
    name, dtype, shape = k.attr("tensor_array_name") or k.name, k.attr("dtype"), k.attr("element_shape")
    xp = k.xp
    flags = {
        "dynamic": k.attr("dynamic_size"),
        "clear": k.attr("clear_after_read"),
        "identical": k.attr("identical_element_shapes"),
    }

    def make(size: Any) -> tuple[Elements, Any]:
        if np.ndim(size):
            raise invalid(f"TensorArray size must be scalar, but had shape: {raw_shape.to_str(np.shape(size))}")
        if size < 0:
            raise invalid("Size should be >= 0.")
        return Elements(name, dtype, int(size), shape, **flags, xp=xp), _FLOW

    return make


@kernel("TensorArrayGradV3")
def tensor_array_grad(k: KernelContext) -> Callable[..., Any]:
    """The array of gradients that belongs to an array."""
    source = k.attr("source")
    return lambda handle, flow: (handle.gradient(source), flow)


@kernel("TensorArraySizeV3")
def size(k: KernelContext) -> Callable[..., Any]:
    """The number of elements."""
    del k
    return lambda handle, flow: np.int32(len(handle.items))


@kernel("TensorArrayCloseV3")
def close(k: KernelContext) -> Callable[..., Any]:
    """Frees the elements."""
    del k
    return lambda handle: handle.close()


@kernel("TensorArrayWriteV3")
def write(k: KernelContext) -> Callable[..., Any]:
    """Puts one element in its place; the plan keeps its buffer from being reused."""
    dtype = k.attr("T")

    is_string = dtype.name == "string"

    def run(handle: Elements, index: Any, value: Any, flow: Any) -> Any:
        if handle.dtype is not dtype:
            handle.check_dtype(dtype, "is trying to write")
        handle.write(index, _string(value) if is_string and not hasattr(value, "shape") else value)
        return flow

    return run


def _string(value: Any) -> Any:
    """A string scalar as an array of rank 0, which has a shape like all other elements."""
    array = np.empty((), object)
    array[()] = value
    return array


@kernel("TensorArrayReadV3")
def read(k: KernelContext) -> Callable[..., Any]:
    """Gives one element."""
    dtype = k.attr("dtype")

    def run(handle: Elements, index: Any, flow: Any) -> Any:
        del flow
        if handle.dtype is not dtype:
            handle.check_dtype(dtype, "requested")
        value = handle.take(index)
        return value if value.shape else value[()]

    return run


@kernel("TensorArrayGatherV3")
def gather(k: KernelContext) -> Callable[..., Any]:
    """Stacks elements."""
    dtype, element_shape, xp = k.attr("dtype"), k.attr("element_shape"), k.xp
    whole = _count_of_all(k)

    def run(handle: Elements, indices: Any, flow: Any) -> Any:
        del flow
        handle.check_open()
        handle.check_dtype(dtype, "requested")
        handle.merge_shape(element_shape)
        if whole is not None and len(handle.items) == whole and (values := handle.take_all()):
            return _stack(xp, values, dtype)
        places = indices.tolist()
        if not places:
            return _stack_of_none(xp, handle, dtype)
        take = handle.take
        return _stack(xp, [take(i) for i in places], dtype)

    return run


def _count_of_all(k: KernelContext) -> int | None:
    """Returns n where the indices are known to be 0 to n - 1, so that they name all elements of an array of n."""
    indices = k.constant(1)
    if indices is None or indices.ndim != 1 or not np.array_equal(indices, np.arange(indices.size)):
        return None
    return indices.size or None


def _stack_of_none(xp: Any, handle: Elements, dtype: DType) -> Any:
    if not raw_shape.is_fully_defined(handle.shape):
        text = "<unknown>" if handle.shape is None else raw_shape.to_str(handle.shape)
        raise errors.UnimplementedError(
            None,
            None,
            f"TensorArray has size zero, but element shape {text} is not fully defined. Currently only static shapes are "
            "supported when packing zero-size TensorArrays.",
        )
    return xp.empty((0, *(handle.shape or ())), dtype.np)


def _stack(xp: Any, values: Sequence[Any], dtype: DType) -> Any:
    shape = values[0].shape
    for index, value in enumerate(values):
        if value.shape != shape:
            raise invalid(
                f"TensorArray has inconsistent shapes.  Index 0 has shape: {raw_shape.to_str(shape)} but index {index} "
                f"has shape: {raw_shape.to_str(value.shape)}"
            )
    if shape:
        # One copy, and no Python call for an element.
        return xp.concatenate(values).reshape((len(values), *shape)) if 0 not in shape else xp.stack(values)
    if dtype.name == "string":
        result = np.empty(len(values), object)
        result[:] = [v[()] for v in values]
        return result
    return np.array(values, dtype.np) if xp is np else xp.stack(values)


@kernel("TensorArrayScatterV3")
def scatter(k: KernelContext) -> Callable[..., Any]:
    """Puts the rows of a tensor in their places; they are views of it."""
    dtype = k.attr("T")
    is_string = dtype.name == "string"
    whole = None if is_string else _count_of_all(k)

    def run(handle: Elements, indices: Any, value: Any, flow: Any) -> Any:
        handle.check_open()
        handle.check_dtype(dtype, "is trying to write")
        if whole is not None and value.shape[:1] == (whole,) and handle.write_all(value):
            return flow
        places = indices.tolist()
        if not value.shape:
            raise invalid("Input value for unpack must be at least a vector but received shape: []")
        if len(places) != len(value):
            raise invalid(f"Expected len(indices) == values.shape[0], but saw: {len(places)} vs. {len(value)}")
        if places:
            most = max(places)
            if most >= len(handle.items) and not handle.dynamic:
                raise invalid(f"Max scatter index must be < array size ({most} vs. {len(handle.items)})")
        rows = [_string(v) for v in value] if is_string and value.ndim == 1 else value
        put = handle.write
        for place, row in zip(places, rows, strict=True):
            put(place, row)
        return flow

    return run


@kernel("TensorArrayConcatV3")
def concat(k: KernelContext) -> Callable[..., Any]:
    """Joins the elements along their first dimension."""
    dtype, rest, xp = k.attr("dtype"), k.attr("element_shape_except0"), k.xp

    def run(handle: Elements, flow: Any) -> tuple[Any, Any]:
        del flow
        handle.check_open()
        handle.check_dtype(dtype, "requested")
        values = [handle.take(i) for i in range(len(handle.items))]
        if not values:
            known = rest if rest is not None else (handle.shape[1:] if handle.shape else None)
            if not raw_shape.is_fully_defined(known):
                raise errors.UnimplementedError(
                    None,
                    None,
                    "TensorArray has size zero, but element_shape_except0 "
                    f"{'<unknown>' if known is None else raw_shape.to_str(known)} is not fully defined. Currently only "
                    "static shapes are supported when concatenating zero-size TensorArrays.",
                )
            return xp.empty((0, *(known or ())), dtype.np), np.zeros(0, np.int64)
        _check_joinable(values)
        return xp.concatenate(values), np.array([v.shape[0] for v in values], np.int64)

    return run


def _check_joinable(values: Sequence[Any]) -> None:
    first = values[0].shape
    for index, value in enumerate(values):
        if not value.shape and not (index and first):
            raise invalid(
                f"Concat saw a scalar shape at index {index} but requires at least vectors.  Did you mean to call pack?"
            )
        if value.shape[1:] != first[1:] or len(value.shape) != len(first):
            raise invalid(
                "TensorArray has inconsistent shapes.  Index 0 has (excepting dimension 0) shape: "
                f"{raw_shape.to_str(first[1:])} but index {index} has (excepting dimension 0) shape: "
                f"{raw_shape.to_str(value.shape[1:])}"
            )


@kernel("TensorArraySplitV3")
def split(k: KernelContext) -> Callable[..., Any]:
    """Cuts a tensor along its first dimension; the elements are views of it."""
    dtype = k.attr("T")

    def run(handle: Elements, value: Any, lengths: Any, flow: Any) -> Any:
        handle.check_open()
        handle.check_dtype(dtype, "is trying to write")
        if np.ndim(lengths) != 1:
            raise invalid(f"Expected lengths to be a vector, received shape: {raw_shape.to_str(np.shape(lengths))}")
        if not value.shape:
            raise invalid("Expected value to be at least a vector, but received shape: []")
        total = int(lengths.sum())
        if total != value.shape[0]:
            raise invalid(
                "Expected sum of lengths to be equal to values.shape[0], but sum of lengths is "
                f"{total} and value's shape is: {raw_shape.to_str(value.shape)}"
            )
        counts = lengths.tolist()
        if len(counts) != len(handle.items) and not handle.dynamic:
            raise invalid(
                f"TensorArray's size is not equal to the size of lengths ({len(handle.items)} vs. {len(counts)}), and the "
                "TensorArray is not marked as dynamically resizeable"
            )
        start = 0
        for index, count in enumerate(counts):
            handle.write(index, value[start : start + count])
            start += count
        return flow

    return run
