"""Fourier transforms of complex tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor

if TYPE_CHECKING:
    from tangraph.framework.op_def import OpDef
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _define(name: str, rank: int) -> OpDef:
    def shape(c: ShapeContext) -> Raw:
        return raw_shape.with_rank_at_least(c.shapes[0], rank)

    return ops.define(
        name,
        ["input: Tcomplex"],
        ["output: Tcomplex"],
        ["Tcomplex: {complex64, complex128} = DT_COMPLEX64"],
        shape=shape,
    )


FFT, FFT2D, FFT3D = (_define(name, rank) for rank, name in enumerate(("FFT", "FFT2D", "FFT3D"), 1))
IFFT, IFFT2D, IFFT3D = (_define(name, rank) for rank, name in enumerate(("IFFT", "IFFT2D", "IFFT3D"), 1))


def transformed_size(tensor: Tensor, rank: int) -> Tensor:
    """Returns the number of elements in the last `rank` axes."""
    from tangraph.ops.array.shape import shape
    from tangraph.ops.math.reductions import reduce_prod

    return reduce_prod(shape(tensor)[-rank:])


def _forward_grad(op: Operation, grad: Tensor, rank: int, inverse: OpDef) -> Tensor:
    from tangraph.ops.math.cast import cast

    size: Tensor = cast(transformed_size(grad, rank), grad.dtype)
    result: Tensor = make_op(inverse, grad) * size
    return result


def _inverse_grad(op: Operation, grad: Tensor, rank: int, forward: OpDef) -> Tensor:
    from tangraph.ops.math.cast import cast

    size = cast(transformed_size(grad, rank), grad.dtype.real_dtype)
    result: Tensor = make_op(forward, grad) * cast(1.0 / size, grad.dtype)
    return result


@ops.gradient("FFT")
def _fft_grad(op: Operation, grad: Tensor) -> Tensor:
    return _forward_grad(op, grad, 1, IFFT)


@ops.gradient("FFT2D")
def _fft2d_grad(op: Operation, grad: Tensor) -> Tensor:
    return _forward_grad(op, grad, 2, IFFT2D)


@ops.gradient("FFT3D")
def _fft3d_grad(op: Operation, grad: Tensor) -> Tensor:
    return _forward_grad(op, grad, 3, IFFT3D)


@ops.gradient("IFFT")
def _ifft_grad(op: Operation, grad: Tensor) -> Tensor:
    return _inverse_grad(op, grad, 1, FFT)


@ops.gradient("IFFT2D")
def _ifft2d_grad(op: Operation, grad: Tensor) -> Tensor:
    return _inverse_grad(op, grad, 2, FFT2D)


@ops.gradient("IFFT3D")
def _ifft3d_grad(op: Operation, grad: Tensor) -> Tensor:
    return _inverse_grad(op, grad, 3, FFT3D)


@export("signal.fft", "spectral.fft", "fft")
def fft(input: Any, name: str | None = None) -> Tensor:
    """Returns the discrete Fourier transform along the last axis, of a tensor of complex numbers."""
    result: Tensor = make_op(FFT, input, name=name)
    return result


@export("signal.ifft", "spectral.ifft", "ifft")
def ifft(input: Any, name: str | None = None) -> Tensor:
    """Returns the inverse discrete Fourier transform along the last axis, of a tensor of complex numbers."""
    result: Tensor = make_op(IFFT, input, name=name)
    return result


@export("signal.fft2d", "spectral.fft2d", "fft2d")
def fft2d(input: Any, name: str | None = None) -> Tensor:
    """Returns the discrete Fourier transform along the last two axes, of a tensor of complex numbers."""
    result: Tensor = make_op(FFT2D, input, name=name)
    return result


@export("signal.ifft2d", "spectral.ifft2d", "ifft2d")
def ifft2d(input: Any, name: str | None = None) -> Tensor:
    """Returns the inverse discrete Fourier transform along the last two axes, of a tensor of complex numbers."""
    result: Tensor = make_op(IFFT2D, input, name=name)
    return result


@export("signal.fft3d", "spectral.fft3d", "fft3d")
def fft3d(input: Any, name: str | None = None) -> Tensor:
    """Returns the discrete Fourier transform along the last three axes, of a tensor of complex numbers."""
    result: Tensor = make_op(FFT3D, input, name=name)
    return result


@export("signal.ifft3d", "spectral.ifft3d", "ifft3d")
def ifft3d(input: Any, name: str | None = None) -> Tensor:
    """Returns the inverse discrete Fourier transform along the last three axes, of a tensor of complex numbers."""
    result: Tensor = make_op(IFFT3D, input, name=name)
    return result


def _shifted(x: Any, axes: Any, name: str | None, default_name: str, sign: int) -> Tensor:
    from tangraph.ops.array.reverse import roll

    with name_scope(name, default_name) as scope:
        x = convert_to_tensor(x)
        if axes is None:
            axes = tuple(range(x.shape.ndims))
            shift: Any = [sign * int(size // 2) for size in x.shape]
        elif isinstance(axes, int):
            shift = sign * int(x.shape[axes] // 2)
        else:
            shift = [sign * int(x.shape[axis] // 2) for axis in axes]
        result: Tensor = roll(x, shift, axes, name=scope)
        return result


@export("signal.fftshift")
def fftshift(x: Any, axes: Any = None, name: str | None = None) -> Tensor:
    """Returns a tensor whose frequency 0 is in the middle.

    Args:
      x: a tensor whose sizes are known along `axes`.
      axes: an axis or several; all when None.
      name: the operation's name.
    """
    return _shifted(x, axes, name, "fftshift", 1)


@export("signal.ifftshift")
def ifftshift(x: Any, axes: Any = None, name: str | None = None) -> Tensor:
    """Returns what `fftshift` was given."""
    return _shifted(x, axes, name, "ifftshift", -1)
