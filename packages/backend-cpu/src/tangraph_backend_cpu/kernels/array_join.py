"""Arrays put together and taken apart: Pack, Unpack, ConcatV2, Split, and where the parts of a concatenation begin."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import errors, raw_shape
from tangraph.plugin import KernelSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


def as_array(value: Any) -> Any:
    """Returns an array for a bytes object or a NumPy scalar."""
    if isinstance(value, bytes):
        result = np.empty((), object)
        result[()] = value
        return result
    return value


def _shape_text(value: Any) -> str:
    return raw_shape.to_str(value.shape)


@kernel("Pack", "ParallelConcat")
def pack(k: KernelContext) -> Callable[..., Any]:
    """A new array with the inputs beside each other."""
    xp, dtype = k.xp, k.output_dtypes[0].np
    if k.op_type == "ParallelConcat":
        return lambda *values: xp.concatenate(values)
    axis = k.attr("axis")
    if k.input_dtypes[0].name == "string":
        return lambda *values: xp.stack([as_array(v) for v in values], axis)
    if all(s == () for s in k.static_shapes):
        return lambda *values: xp.array(values, dtype)

    def stacked(*values: Any) -> Any:
        shape = values[0].shape
        for i, value in enumerate(values):
            if value.shape != shape:
                raise errors.InvalidArgumentError(
                    None,
                    None,
                    "Shapes of all inputs must match: values[0].shape = "
                    f"{_shape_text(values[0])} != values[{i}].shape = {_shape_text(value)}",
                )
        rank = len(shape) + 1
        if not -rank <= axis < rank:
            raise errors.InvalidArgumentError(None, None, f"axis = {axis} not in [{-rank}, {rank})")
        return xp.stack(values, axis)

    if all(raw_shape.is_fully_defined(s) and s == k.static_shapes[0] for s in k.static_shapes):
        stack = xp.stack
        return lambda *values: stack(values, axis)
    return stacked


@kernel("Unpack")
def unpack(k: KernelContext) -> Callable[..., Any]:
    """Copies of the slices along an axis (the parts outlive the whole and one another)."""
    xp, axis, count = k.xp, k.attr("axis"), k.attr("num")

    def parts(x: Any) -> Any:
        if not -x.ndim <= axis < x.ndim:
            raise errors.InvalidArgumentError(None, None, f"axis = {axis} not in [{-x.ndim}, {x.ndim})")
        if x.shape[axis] != count:
            raise errors.InvalidArgumentError(
                None, None, f"Input shape axis {axis} must equal {count}, got shape {_shape_text(x)}"
            )
        rows = x if axis == 0 else xp.moveaxis(x, axis, 0)
        if rows.ndim == 1:
            return tuple(rows)
        return tuple([row.copy() for row in rows])

    if count == 1:
        return lambda x: parts(x)[0]
    return parts


@kernel("Concat", "ConcatV2")
def concat(k: KernelContext) -> Callable[..., Any]:
    """A new array with the inputs one after the other."""
    xp = k.xp
    join = xp.concatenate
    last = k.op_type == "ConcatV2"
    constant = k.constant(len(k.input_dtypes) - 1 if last else 0)
    known = constant is not None and all(raw_shape.is_fully_defined(s) for s in k.static_shapes)

    def joined(*values: Any) -> Any:
        parts, axis = (values[:-1], values[-1]) if last else (values[1:], values[0])
        return join(_fitting(parts, int(axis)), int(axis))

    if not known or not raw_shape.is_fully_defined(k.output_shapes[0]):
        return joined
    axis = int(constant)  # type: ignore[arg-type]
    if last:
        return lambda *values: join(values[:-1], axis)
    return lambda *values: join(values[1:], axis)


def _fitting(parts: tuple[Any, ...], axis: int) -> tuple[Any, ...]:
    """Returns the inputs of a concatenation, checked."""
    first = parts[0]
    rank = first.ndim
    if not -rank <= axis < rank and rank:
        raise errors.InvalidArgumentError(
            None,
            None,
            f"ConcatOp : Expected concatenating dimensions in the range [{-rank}, {rank}), but got {axis}",
        )
    axis = axis % rank if rank else 0
    for i, part in enumerate(parts):
        rest = part.shape[:axis] + part.shape[axis + 1 :]
        if part.ndim != rank or rest != first.shape[:axis] + first.shape[axis + 1 :]:
            kind = "Ranks of all input tensors" if part.ndim != rank else "Dimensions of inputs"
            raise errors.InvalidArgumentError(
                None,
                None,
                f"ConcatOp : {kind} should match: shape[0] = {_shape_text(first)} vs. shape[{i}] = {_shape_text(part)}",
            )
    return parts


@kernel("ConcatOffset")
def concat_offset(k: KernelContext) -> Callable[..., Any]:
    """For each input of a concatenation, the index at which it begins in the result."""
    del k

    def offsets(axis: Any, *shapes: Any) -> tuple[Any, ...]:
        rank = shapes[0].size
        dim = int(axis)
        if not -rank <= dim < rank:
            raise errors.InvalidArgumentError(None, None, f"Concat dim is out of range: {dim} vs. {rank}")
        dim %= rank
        begin, result = 0, []
        for i, shape in enumerate(shapes):
            if shape.size != rank:
                raise errors.InvalidArgumentError(
                    None, None, f"input {i} should contain {rank} elements, but got {shape.size}"
                )
            for j in range(rank):
                if j != dim and shape[j] != shapes[0][j]:
                    raise errors.InvalidArgumentError(
                        None,
                        None,
                        f"All dimensions except {dim} must match. Input {i} has shape "
                        f"{_list(shape)} and doesn't match input 0 with shape {_list(shapes[0])}.",
                    )
            offset = np.zeros(rank, np.int32)
            offset[dim] = begin
            begin += int(shape[dim])
            result.append(offset)
        return tuple(result)

    return offsets


def _list(shape: Any) -> str:
    return "[" + " ".join([str(s) for s in shape.tolist()]) + "]"


@kernel("Split")
def split(k: KernelContext) -> Callable[..., Any]:
    """Copies of equal parts along an axis."""
    count = k.attr("num_split")

    def parts(axis: Any, x: Any) -> Any:
        dim = int(axis)
        if not -x.ndim <= dim < x.ndim:
            raise errors.InvalidArgumentError(
                None, None, f"-input rank(-{x.ndim}) <= split_dim < input rank ({x.ndim}), but got {dim}"
            )
        size = x.shape[dim]
        if size % count:
            raise errors.InvalidArgumentError(
                None,
                None,
                f"Number of ways to split should evenly divide the split dimension, but got split_dim {dim % x.ndim} "
                f"(size = {size}) and num_split {count}",
            )
        step = size // count
        return _cut(x, dim % x.ndim, [i * step for i in range(count + 1)])

    if count == 1:
        return lambda axis, x: x.copy() if isinstance(parts(axis, x), tuple) else x
    return parts


def _cut(x: Any, axis: int, bounds: list[int]) -> tuple[Any, ...]:
    before = (slice(None),) * axis
    return tuple([x[(*before, slice(a, b))].copy() for a, b in pairwise(bounds)])


@kernel("SplitV")
def split_v(k: KernelContext) -> Callable[..., Any]:
    """Copies of parts of given sizes along an axis; one of the sizes may be -1."""
    count = k.attr("num_split")

    def parts(x: Any, sizes: Any, axis: Any) -> Any:
        dim = int(axis)
        if not -x.ndim <= dim < x.ndim:
            raise errors.InvalidArgumentError(
                None, None, f"-input rank(-{x.ndim}) <= split_dim < input rank ({x.ndim}), but got {dim}"
            )
        dim %= x.ndim
        wanted, size = sizes.tolist(), x.shape[dim]
        if wanted.count(-1) > 1:
            raise errors.InvalidArgumentError(
                None, None, f"There can only be one -1 in the input, but got {wanted.count(-1)}"
            )
        known = sum(s for s in wanted if s != -1)
        if (-1 in wanted and known > size) or (-1 not in wanted and known != size):
            raise errors.InvalidArgumentError(
                None,
                None,
                "Determined shape must either match input shape along split_dim exactly if fully specified, or be less "
                f"than the size of the input along split_dim if not fully specified.  Got: {known}",
            )
        bounds = [0]
        for s in wanted:
            bounds.append(bounds[-1] + (size - known if s == -1 else s))
        return _cut(x, dim, bounds)

    if count == 1:
        return lambda x, sizes, axis: parts(x, sizes, axis)[0]
    return parts
