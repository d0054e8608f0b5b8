"""Fourier transforms of real tensors, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.constant_value import constant_value_as_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.math.fft import transformed_size

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.op_def import OpDef
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _define(name: str, rank: int, *, forward: bool) -> OpDef:
    def shape(c: ShapeContext) -> Raw:
        whole = raw_shape.with_rank_at_least(c.shapes[0], rank)
        lengths = c.with_rank(1, 1)
        raw_shape.with_dim(lengths[0], rank)
        if whole is None:
            return None
        known = c.value(1)
        if known is None:
            return (*whole[: len(whole) - rank], *([None] * rank))
        sizes = [int(d) for d in known]
        if forward and sizes[-1]:
            sizes[-1] = sizes[-1] // 2 + 1
        return (*whole[: len(whole) - rank], *sizes)

    source, target = ("float", "complex64") if forward else ("complex64", "float")
    return ops.define(
        name, [f"input: {source}", "fft_length: int32"], [f"output: {target}"], shape=shape, host_inputs=(1,)
    )


RFFT, RFFT2D, RFFT3D = (_define(n, r, forward=True) for r, n in enumerate(("RFFT", "RFFT2D", "RFFT3D"), 1))
IRFFT, IRFFT2D, IRFFT3D = (_define(n, r, forward=False) for r, n in enumerate(("IRFFT", "IRFFT2D", "IRFFT3D"), 1))
ops.without_gradient("IRFFT3D", "RFFT3D")


def _transform(op: OpDef, rank: int, input_tensor: Any, fft_length: Any, name: str | None) -> Tensor:
    forward = op.name[0] == "R"
    with name_scope(name, op.name.lower(), [input_tensor, fft_length]) as scope:
        tensor = convert_to_tensor(input_tensor, dtypes.float32 if forward else dtypes.complex64)
        tensor.shape.with_rank_at_least(rank)
        if fft_length is None:
            lengths = _length_of_real(tensor, rank) if forward else _length_of_half(tensor, rank)
        else:
            lengths = convert_to_tensor(fft_length, dtypes.int32)
        padded = _padded(tensor, rank, lengths, forward)
        result: Tensor = make_op(op, padded, lengths, name=scope)
        return result


def _last(tensor: Tensor, rank: int) -> Raw:
    """The sizes of the last axes, None when the rank is unknown."""
    return None if tensor.raw_shape is None else tensor.raw_shape[-rank:]


def _length_of_real(tensor: Tensor, rank: int) -> Tensor:
    from tangraph.ops.array.constant import constant
    from tangraph.ops.array.shape import shape

    sizes = _last(tensor, rank)
    if sizes is None or None in sizes:
        return shape(tensor)[-rank:]
    return constant(list(sizes), dtypes.int32)


def _length_of_half(tensor: Tensor, rank: int) -> Tensor:
    """The lengths of the real tensor whose transform has half its frequencies left out."""
    from tangraph.ops.array.constant import constant
    from tangraph.ops.array.packing import stack, unstack
    from tangraph.ops.array.shape import shape
    from tangraph.ops.math.extremes import maximum

    sizes = _last(tensor, rank)
    if sizes is None or None in sizes:
        lengths: list[Any] = unstack(shape(tensor)[-rank:])
        lengths[-1] = maximum(0, 2 * (lengths[-1] - 1))
        return stack(lengths)
    known = [d for d in sizes if d is not None]
    return constant([*known[:-1], max(0, 2 * (known[-1] - 1))], dtypes.int32)


def _padded(tensor: Tensor, rank: int, lengths: Tensor, forward: bool) -> Tensor:
    """Adds zeros at the ends of the transformed axes up to the lengths asked for."""
    from tangraph.ops.array.pad import pad

    lengths.shape.with_rank(1)
    wanted = constant_value_as_shape(lengths).raw
    known = tensor.raw_shape
    if known is not None and 0 in known:
        return tensor
    if wanted is None or None in wanted or known is None or None in known[-len(wanted) :]:
        return _padded_by_nodes(tensor, rank, lengths, forward)
    goal = [d for d in wanted if d is not None]
    if not forward:
        goal[-1] = goal[-1] // 2 + 1
    missing = [[0, max(d - (k or 0), 0)] for d, k in zip(goal, known[-len(goal) :], strict=True)]
    if not any(end for _, end in missing):
        return tensor
    result: Tensor = pad(tensor, [[0, 0]] * (len(known) - len(goal)) + missing)
    return result


def _padded_by_nodes(tensor: Tensor, rank: int, lengths: Tensor, forward: bool) -> Tensor:
    from tangraph.ops.array.concat import concat
    from tangraph.ops.array.fill import zeros, zeros_like
    from tangraph.ops.array.packing import stack
    from tangraph.ops.array.pad import pad
    from tangraph.ops.array.shape import rank as rank_of
    from tangraph.ops.array.shape import shape
    from tangraph.ops.math.extremes import maximum

    dims = rank_of(tensor)
    sizes = shape(tensor)[-rank:]
    outer = zeros([maximum(0, dims - rank)], lengths.dtype)
    if not forward:
        lengths = concat([lengths[:-1], lengths[-1:] // 2 + 1], 0)
    ends = concat([outer, maximum(0, lengths - sizes)], 0)
    result: Tensor = pad(tensor, stack([zeros_like(ends), ends], axis=1))
    return result


@export("signal.rfft", "spectral.rfft")
def rfft(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """Returns the Fourier transform along the last axis of a float32 tensor, of the frequencies that are not negative.

    Args:
      input_tensor: of shape [..., n].
      fft_length: the length of the transform, int32 of shape [1]; n when None. Shorter axes are padded with zeros,
        longer ones cropped.
      name: the operation's name.

    Returns:
      A complex64 tensor of shape [..., fft_length // 2 + 1].
    """
    return _transform(RFFT, 1, input_tensor, fft_length, name)


@export("signal.rfft2d", "spectral.rfft2d")
def rfft2d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """Returns the Fourier transform along the last two axes of a float32 tensor; see `rfft`."""
    return _transform(RFFT2D, 2, input_tensor, fft_length, name)


@export("signal.rfft3d", "spectral.rfft3d")
def rfft3d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """Returns the Fourier transform along the last three axes of a float32 tensor; see `rfft`."""
    return _transform(RFFT3D, 3, input_tensor, fft_length, name)


@export("signal.irfft", "spectral.irfft")
def irfft(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """Returns the float32 tensor whose `rfft` is given.

    Args:
      input_tensor: a complex64 tensor of shape [..., n].
      fft_length: the length of the result's last axis, int32 of shape [1]; 2 (n - 1) when None.
      name: the operation's name.
    """
    return _transform(IRFFT, 1, input_tensor, fft_length, name)


@export("signal.irfft2d", "spectral.irfft2d")
def irfft2d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """Returns the float32 tensor whose `rfft2d` is given; see `irfft`."""
    return _transform(IRFFT2D, 2, input_tensor, fft_length, name)


@export("signal.irfft3d", "spectral.irfft3d")
def irfft3d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """Returns the float32 tensor whose `rfft3d` is given; see `irfft`."""
    return _transform(IRFFT3D, 3, input_tensor, fft_length, name)


# -- gradients ---------------------------------------------------------------------------------------------------


@ops.gradient("RFFT")
def _rfft_grad(op: Operation, grad: Tensor) -> tuple[Tensor, None]:
    from tangraph.ops.array.shape import shape
    from tangraph.ops.math.cast import cast

    sizes = shape(op.inputs[0])
    is_even = cast(1 - (op.inputs[1][-1] % 2), dtypes.complex64)
    first = grad[..., 0:1]
    last = grad[..., -1:]
    extra = first + is_even * last * _alternating(sizes[-1])
    return _half_of(op, grad, extra, 1, irfft), None


@ops.gradient("RFFT2D")
def _rfft2d_grad(op: Operation, grad: Tensor) -> tuple[Tensor, None]:
    from tangraph.ops.array.concat import concat
    from tangraph.ops.array.fill import ones
    from tangraph.ops.array.shape import rank, shape
    from tangraph.ops.array.tile import tile
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.complex import conj
    from tangraph.ops.math.matmul import matmul

    sizes = shape(op.inputs[0])
    is_even = cast(1 - (op.inputs[1][-1] % 2), dtypes.complex64)
    first = grad[..., 0:1]
    factors = _for_each_matrix(_twiddle_factors(sizes[-2]), first)
    extra = matmul(factors, conj(first))
    last = matmul(factors, conj(grad[..., -1:]))
    width = sizes[-1]
    repeats = concat([ones([rank(grad) - 1], dtypes.int32), [width]], 0)
    spread: Tensor = tile(last, repeats) * _alternating(width)
    return _half_of(op, grad, extra + is_even * spread, 2, irfft2d), None


def _half_of(op: Operation, grad: Tensor, extra: Tensor, rank: int, inverse: Callable[..., Tensor]) -> Tensor:
    """The inverse transform counts all frequencies but the first and last twice; `extra` makes up for these."""
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.complex import real

    size: Tensor = cast(transformed_size(op.inputs[0], rank), dtypes.float32)
    back = inverse(grad, op.inputs[1])
    return 0.5 * (back * size + real(extra))


def _alternating(length: Tensor) -> Tensor:
    """1, -1, 1, ... as complex64."""
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.ranges import range

    result: Tensor = cast(1 - 2 * (range(length) % 2), dtypes.complex64)
    return result


def _twiddle_factors(length: Tensor) -> Tensor:
    """The matrix exp(-2 pi i a b / length)."""
    from tangraph.ops.array.reshape import expand_dims
    from tangraph.ops.array.tile import tile
    from tangraph.ops.array.transpose import transpose
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.ranges import range
    from tangraph.ops.math.unary import exp

    a = tile(expand_dims(range(length), 0), (length, 1))
    b = transpose(a, [1, 0])
    return exp(-2j * np.pi * cast(a * b, dtypes.complex64) / cast(length, dtypes.complex64))


def _for_each_matrix(matrix: Tensor, tensor: Tensor) -> Tensor:
    """Repeats a matrix along the outer axes of a tensor."""
    from tangraph.ops.array.concat import concat
    from tangraph.ops.array.fill import ones
    from tangraph.ops.array.reshape import reshape
    from tangraph.ops.array.shape import rank, shape
    from tangraph.ops.array.tile import tile

    expanded = reshape(matrix, concat([ones([rank(tensor) - 2], dtypes.int32), shape(matrix)], 0))
    result: Tensor = tile(expanded, concat([shape(tensor)[:-2], [1, 1]], 0))
    return result


def _irfft_gradient(op: Operation, grad: Tensor, rank: int, forward: Callable[..., Tensor]) -> tuple[Tensor, None]:
    from tangraph.ops.array.concat import concat
    from tangraph.ops.array.fill import ones
    from tangraph.ops.array.shape import shape
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.division import floormod
    from tangraph.ops.math.unary import reciprocal

    lengths = op.inputs[1]
    is_odd = floormod(lengths[-1], 2)
    width = shape(op.inputs[0])[-1]
    # Every frequency but the first, and the last of an even length, stands for two.
    mask = concat([[1.0], 2.0 * ones([width - 2 + is_odd]), ones([1 - is_odd])], 0)
    inverse_size = reciprocal(cast(transformed_size(grad, rank), dtypes.float32))
    back = forward(grad, lengths)
    return back * cast(inverse_size * mask, dtypes.complex64), None


@ops.gradient("IRFFT")
def _irfft_grad(op: Operation, grad: Tensor) -> tuple[Tensor, None]:
    return _irfft_gradient(op, grad, 1, rfft)


@ops.gradient("IRFFT2D")
def _irfft2d_grad(op: Operation, grad: Tensor) -> tuple[Tensor, None]:
    return _irfft_gradient(op, grad, 2, rfft2d)
