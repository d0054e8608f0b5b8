"""Arrays made, reshaped, joined and cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import array_api_strict as xp

from tangraph.plugin import KernelSet, errors

if TYPE_CHECKING:
    from tangraph.plugin import KernelContext

kernel = KernelSet()


@kernel("Reshape")
def reshape(k: KernelContext) -> Any:
    """The same elements in another shape; shapes arrive on the host."""

    def run(x: Any, shape: Any) -> Any:
        wanted = tuple(shape.tolist())
        try:
            return xp.reshape(x, wanted)
        except ValueError:
            text = f"Input to reshape is a tensor with {x.size} values, but the requested shape is {list(wanted)}"
            raise errors.InvalidArgumentError(None, None, text) from None

    return run


@kernel("Transpose")
def transpose(k: KernelContext) -> Any:
    """Axes in another order."""
    return lambda x, order: xp.permute_dims(x, tuple(order.tolist()))


@kernel("ExpandDims")
def expand_dims(k: KernelContext) -> Any:
    """One axis more, of size 1."""
    return lambda x, axis: xp.expand_dims(x, axis=int(axis.reshape(-1)[0]))


@kernel("Squeeze")
def squeeze(k: KernelContext) -> Any:
    """Without the axes of size 1, or without those that are named."""
    axes = tuple(k.attr("squeeze_dims"))

    def run(x: Any) -> Any:
        return xp.squeeze(x, axis=axes or tuple(i for i, size in enumerate(x.shape) if size == 1))

    return run


@kernel("ConcatV2")
def concat(k: KernelContext) -> Any:
    """The inputs one after the other; the axis is the last input."""
    return lambda *values: xp.concat(values[:-1], axis=int(values[-1]))


@kernel("Pack")
def pack(k: KernelContext) -> Any:
    """The inputs along a new axis."""
    axis = k.attr("axis")
    return lambda *values: xp.stack(values, axis=axis)


@kernel("Unpack")
def unpack(k: KernelContext) -> Any:
    """The parts along an axis: one output is a value, several are a tuple."""
    axis = k.attr("axis")
    if k.attr("num") == 1:
        return lambda x: xp.unstack(x, axis=axis)[0]
    return lambda x: xp.unstack(x, axis=axis)


@kernel("Slice")
def slice_(k: KernelContext) -> Any:
    """A block; a size of -1 goes to the end."""

    def run(x: Any, begin: Any, size: Any) -> Any:
        pairs = zip(begin.tolist(), size.tolist(), x.shape, strict=True)
        return x[tuple(slice(b, whole if s == -1 else b + s) for b, s, whole in pairs)]

    return run


@kernel("Tile")
def tile(k: KernelContext) -> Any:
    """The array repeated along each axis."""
    return lambda x, multiples: xp.tile(x, tuple(multiples.tolist()))


@kernel("Fill")
def fill(k: KernelContext) -> Any:
    """One value everywhere."""
    return lambda dims, value: xp.asarray(xp.broadcast_to(value, tuple(dims.tolist())), copy=True)


@kernel("ZerosLike")
def zeros_like(k: KernelContext) -> Any:
    """Zeros in the shape of the input."""
    return xp.zeros_like


@kernel("OnesLike")
def ones_like(k: KernelContext) -> Any:
    """Ones in the shape of the input."""
    return xp.ones_like


@kernel("Cast")
def cast(k: KernelContext) -> Any:
    """The same numbers in another type; of complex ones the real part."""
    dtype = getattr(xp, k.output_dtypes[0].name)
    if k.input_dtypes[0].is_complex and not k.output_dtypes[0].is_complex:
        return lambda x: xp.astype(xp.real(x), dtype)
    return lambda x: xp.astype(x, dtype)
