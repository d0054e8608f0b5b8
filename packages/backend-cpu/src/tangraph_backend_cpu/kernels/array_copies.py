"""Copies beside each other and borders: Tile, BroadcastTo, Pad, MirrorPad, ReverseV2, ReverseSequence, Roll."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import errors, raw_shape
from tangraph.plugin import KernelSet
from tangraph_backend_cpu.kernels.array_join import as_array

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


@kernel("Tile")
def tile(k: KernelContext) -> Callable[..., Any]:
    """Copies of an array along each dimension."""
    xp = k.xp

    def tiled(x: Any, multiples: Any) -> Any:
        if multiples.ndim != 1 or multiples.size != np.ndim(x):
            raise errors.InvalidArgumentError(
                None,
                None,
                f"Expected multiples argument to be a vector of length {np.ndim(x)} but got length {multiples.size}",
            )
        for i, m in enumerate(multiples.tolist()):
            if m < 0:
                raise errors.InvalidArgumentError(None, None, f"Expected multiples[{i}] >= 0, but got {m}")
        return xp.tile(as_array(x), tuple(multiples.tolist()))

    return tiled


@kernel("BroadcastTo")
def broadcast_to(k: KernelContext) -> Callable[..., Any]:
    """A copy in a shape that the input broadcasts to."""
    xp = k.xp

    def broadcast(x: Any, shape: Any) -> Any:
        wanted = tuple(shape.tolist())
        x = as_array(x)
        try:
            return xp.broadcast_to(x, wanted).copy()
        except ValueError:
            raise errors.InvalidArgumentError(
                None,
                None,
                f"Incompatible shapes: {raw_shape.to_str(x.shape)} vs. {raw_shape.to_str(wanted)}",
            ) from None

    return broadcast


def _checked_paddings(shape: tuple[int, ...], paddings: Any) -> list[list[int]]:
    if paddings.ndim != 2 or paddings.shape[1] != 2:
        raise errors.InvalidArgumentError(
            None, None, f"paddings must be a matrix with 2 columns: {raw_shape.to_str(paddings.shape)}"
        )
    if len(shape) != paddings.shape[0]:
        raise errors.InvalidArgumentError(
            None,
            None,
            f"The first dimension of paddings must be the rank of inputs{raw_shape.to_str(paddings.shape)} "
            f"{raw_shape.to_str(shape)}",
        )
    pairs: list[list[int]] = paddings.tolist()
    for before, after in pairs:
        if before < 0 or after < 0:
            raise errors.InvalidArgumentError(None, None, f"Paddings must be non-negative: {before} {after}")
    return pairs


@kernel("Pad", "PadV2")
def pad(k: KernelContext) -> Callable[..., Any]:
    """An array with a constant border."""
    xp, dtype = k.xp, k.output_dtypes[0].np
    string = dtype.hasobject

    def padded(x: Any, paddings: Any, value: Any = b"" if string else 0) -> Any:
        x = as_array(x)
        pairs = _checked_paddings(x.shape, paddings)
        shape = tuple([s + b + a for s, (b, a) in zip(x.shape, pairs, strict=True)])
        result = xp.full(shape, value, dtype) if k.op_type == "PadV2" or string else xp.zeros(shape, dtype)
        result[tuple([slice(b, b + s) for s, (b, _) in zip(x.shape, pairs, strict=True)])] = x
        return result

    return padded


@kernel("MirrorPad")
def mirror_pad(k: KernelContext) -> Callable[..., Any]:
    """An array with a border in which it is mirrored."""
    xp = k.xp
    reflect = k.attr("mode") == "REFLECT"
    mode = "reflect" if reflect else "symmetric"

    def padded(x: Any, paddings: Any) -> Any:
        pairs = _checked_mirror(x.shape, paddings, 1 if reflect else 0)
        return xp.pad(x, pairs, mode=mode) if pairs else x.copy()

    return padded


def _checked_mirror(shape: tuple[int, ...], paddings: Any, less: int) -> list[list[int]]:
    pairs = _checked_paddings(shape, paddings)
    for i, (size, (before, after)) in enumerate(zip(shape, pairs, strict=True)):
        if before > size - less or after > size - less:
            kind = "less than the dimension size" if less else "no greater than the dimension size"
            raise errors.InvalidArgumentError(
                None,
                None,
                f"paddings must be {kind}: {before}, {after} not less than {shape[i]}"
                if less
                else f"paddings must be {kind}: {before}, {after} greater than {shape[i]}",
            )
    return pairs


@kernel("MirrorPadGrad")
def mirror_pad_grad(k: KernelContext) -> Callable[..., Any]:
    """The border of a gradient folded back onto what it mirrors."""
    xp = k.xp
    reflect = k.attr("mode") == "REFLECT"

    def folded(grad: Any, paddings: Any) -> Any:
        for axis, (before, after) in enumerate(paddings.tolist()):
            rows = xp.moveaxis(grad, axis, 0)
            size = rows.shape[0] - before - after
            middle = rows[before : before + size].copy()
            shift = 1 if reflect else 0
            if before:
                middle[shift : shift + before] += rows[:before][::-1]
            if after:
                middle[size - shift - after : size - shift] += rows[before + size :][::-1]
            grad = xp.moveaxis(middle, 0, axis)
        return xp.ascontiguousarray(grad)

    return folded


@kernel("ReverseV2")
def reverse_v2(k: KernelContext) -> Callable[..., Any]:
    """A view with axes in reverse order."""

    def reversed_(x: Any, axes: Any) -> Any:
        rank = np.ndim(x)
        index = [slice(None)] * rank
        for i, axis in enumerate(axes.ravel().tolist()):
            if not -rank <= axis < rank:
                raise errors.InvalidArgumentError(
                    None, None, f"'axis'[{i}] = {axis} is out of valid range [0, {rank - 1}"
                )
            if index[axis].step == -1:
                raise errors.InvalidArgumentError(None, None, f"axis {axis % rank} specified more than once.")
            index[axis] = slice(None, None, -1)
        return x[tuple(index)] if index else x

    del k
    return reversed_


@kernel("Reverse")
def reverse(k: KernelContext) -> Callable[..., Any]:
    """A view with the axes that are marked in reverse order."""
    del k
    return lambda x, dims: x[tuple([slice(None, None, -1 if d else None) for d in dims.tolist()])]


def check_sequences(x: Any, lengths: Any, batch: int, seq: int) -> None:
    """Checks the shapes of sequences that are to be reversed.

    Raises:
      InvalidArgumentError: the axes are the same, or there are not as many lengths as sequences.
    """
    if batch == seq:
        raise errors.InvalidArgumentError(None, None, f"batch_dim == seq_dim == {seq}")
    for what, axis in (("seq_dim", seq), ("batch_dim", batch)):
        if axis >= x.ndim:
            raise errors.InvalidArgumentError(None, None, f"{what} must be < input.dims()( {axis} vs. {x.ndim})")
    if lengths.size != x.shape[batch]:
        raise errors.InvalidArgumentError(
            None,
            None,
            f"Length of seq_lengths != input.dims({batch}), ({lengths.size} vs. {x.shape[batch]})",
        )


@kernel("ReverseSequence")
def reverse_sequence(k: KernelContext) -> Callable[..., Any]:
    """A copy with the start of each sequence in reverse order."""
    xp, batch, seq = k.xp, k.attr("batch_dim"), k.attr("seq_dim")

    def reversed_(x: Any, lengths: Any) -> Any:
        check_sequences(x, lengths, batch, seq)
        result = x.copy()
        target, source = xp.moveaxis(result, (batch, seq), (0, 1)), xp.moveaxis(x, (batch, seq), (0, 1))
        for i, length in enumerate(lengths.tolist()):
            if not 0 <= length <= x.shape[seq]:
                bound = "< 0" if length < 0 else f"> input.dims({seq})"
                raise errors.InvalidArgumentError(None, None, f"seq_lens({i}) {bound}")
            target[i, :length] = source[i, :length][::-1]
        return result

    return reversed_


@kernel("Roll")
def roll(k: KernelContext) -> Callable[..., Any]:
    """A copy shifted along axes."""
    xp = k.xp

    def rolled(x: Any, shift: Any, axis: Any) -> Any:
        if x.ndim < 1:
            raise errors.InvalidArgumentError(None, None, "input must be 1-D or higher")
        if shift.shape != axis.shape:
            raise errors.InvalidArgumentError(None, None, "shift and axis must have the same size")
        for dim in np.atleast_1d(axis).tolist():
            if not -x.ndim <= dim < x.ndim:
                raise errors.InvalidArgumentError(None, None, f"axis {dim} is out of range")
        return xp.roll(x, tuple(np.atleast_1d(shift).tolist()), tuple(np.atleast_1d(axis).tolist()))

    return rolled
