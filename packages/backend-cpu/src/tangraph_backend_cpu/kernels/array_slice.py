"""Parts of arrays: Slice, StridedSlice and its gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import errors, raw_shape
from tangraph.framework.strided_index import numpy_index, strided_slice_shape
from tangraph.plugin import KernelSet
from tangraph_backend_cpu.kernels.array_join import as_array

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


def _block(shape: tuple[int, ...], begin: Any, size: Any) -> tuple[slice, ...]:
    """Returns the NumPy index of a Slice, checked."""
    if len(shape) != begin.size or begin.shape != size.shape or begin.ndim != 1:
        raise errors.InvalidArgumentError(
            None,
            None,
            f"Expected begin and size arguments to be 1-D tensors of size {len(shape)}, but got shapes "
            f"{raw_shape.to_str(begin.shape)} and {raw_shape.to_str(size.shape)} instead.",
        )
    index = []
    for i, (whole, b, s) in enumerate(zip(shape, begin.tolist(), size.tolist(), strict=True)):
        if not 0 <= b <= whole:
            raise errors.InvalidArgumentError(None, None, f"Expected begin[{i}] in [0, {whole}], but got {b}")
        count = whole - b if s == -1 else s
        if not 0 <= count <= whole - b:
            raise errors.InvalidArgumentError(None, None, f"Expected size[{i}] in [0, {whole - b}], but got {s}")
        index.append(slice(b, b + count))
    return tuple(index)


@kernel("Slice")
def slice_(k: KernelContext) -> Callable[..., Any]:
    """A view of a block."""
    begin, size, known = k.constant(1), k.constant(2), k.static_shapes[0]
    if begin is not None and size is not None and raw_shape.is_fully_defined(known) and known:
        try:
            index = _block(known, begin, size)  # type: ignore[arg-type]
        except errors.InvalidArgumentError:
            pass
        else:
            return lambda x, _begin, _size: x[index]
    return lambda x, b, s: x[_block(x.shape, b, s)] if np.ndim(x) else _scalar_slice(x, b, s)


def _scalar_slice(x: Any, begin: Any, size: Any) -> Any:
    _block((), begin, size)
    return x


def _checked_index(attrs: Any, shape: tuple[int, ...], begin: Any, end: Any, strides: Any) -> tuple[Any, ...]:
    if begin.shape != strides.shape or end.shape != strides.shape or strides.ndim != 1:
        texts = [raw_shape.to_str(v.shape) for v in (begin, end, strides)]
        raise errors.InvalidArgumentError(
            None,
            None,
            f"Expected begin, end, and strides to be 1D equal size tensors, but got shapes {texts[0]}, {texts[1]}, and "
            f"{texts[2]} instead.",
        )
    begin, end, strides = begin.tolist(), end.tolist(), strides.tolist()
    try:
        strided_slice_shape(shape, begin, end, strides, attrs)
    except ValueError as error:
        raise errors.InvalidArgumentError(None, None, str(error)) from None
    return numpy_index(attrs, begin, end, strides)


def _known_index(k: KernelContext, shape: Any, first: int) -> tuple[Any, ...] | None:
    """Returns the index when all that it depends on is known when the plan is made, and is right."""
    vectors = [k.constant(i) for i in range(first, first + 3)]
    if any(v is None for v in vectors) or not raw_shape.is_fully_defined(shape):
        return None
    try:
        return _checked_index(k.attrs, shape, *vectors)
    except errors.InvalidArgumentError:
        return None


@kernel("StridedSlice")
def strided_slice(k: KernelContext) -> Callable[..., Any]:
    """A view of what the index takes; an element where it takes one."""
    attrs = k.attrs
    string = k.input_dtypes[0].name == "string"
    index = _known_index(k, k.static_shapes[0], 1)
    if index is not None and not string:
        return lambda x, _begin, _end, _strides: x[index]

    def sliced(x: Any, begin: Any, end: Any, strides: Any) -> Any:
        x = as_array(x)
        return x[_checked_index(attrs, x.shape, begin, end, strides)]

    return sliced


@kernel("StridedSliceGrad")
def strided_slice_grad(k: KernelContext) -> Callable[..., Any]:
    """Zeros with the gradient in the place of the slice."""
    xp, attrs, dtype, known = k.xp, k.attrs, k.output_dtypes[0].np, k.output_shapes[0]
    index = _known_index(k, known, 1)
    if index is not None:

        def placed(_shape: Any, _begin: Any, _end: Any, _strides: Any, dy: Any) -> Any:
            result = xp.zeros(known, dtype)
            result[index] = dy
            return result

        return placed

    def checked(shape: Any, begin: Any, end: Any, strides: Any, dy: Any) -> Any:
        size = tuple(shape.tolist())
        at = _checked_index(attrs, size, begin, end, strides)
        result = xp.zeros(size, dtype)
        if result[at].shape != np.shape(dy):
            raise errors.InvalidArgumentError(
                None,
                None,
                f"shape of dy was {raw_shape.to_str(np.shape(dy))} instead of {raw_shape.to_str(result[at].shape)}",
            )
        result[at] = dy
        return result

    return checked


@kernel("TensorStridedSliceUpdate")
def tensor_strided_slice_update(k: KernelContext) -> Callable[..., Any]:
    """A copy with a value in the place of the slice."""
    attrs = k.attrs

    def updated(x: Any, begin: Any, end: Any, strides: Any, value: Any) -> Any:
        result = as_array(x).copy()
        result[_checked_index(attrs, result.shape, begin, end, strides)] = value
        return result

    return updated
