"""Discrete cosine transforms, by Fourier transforms of twice the length."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.concat import concat
from tangraph.ops.array.pad import pad
from tangraph.ops.array.reshape import expand_dims
from tangraph.ops.array.shape import shape
from tangraph.ops.math.cast import cast
from tangraph.ops.math.complex import complex as complex_of
from tangraph.ops.math.complex import real
from tangraph.ops.math.ranges import range
from tangraph.ops.math.rfft import irfft, rfft
from tangraph.ops.math.unary import exp, rsqrt, sqrt

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor


def _check(tensor: Any, kind: int, n: int | None, axis: int, norm: str | None) -> None:
    if axis != -1:
        raise NotImplementedError(f"axis must be -1. Got: {axis}")
    if n is not None and n < 1:
        raise ValueError(f"n should be a positive integer or None. Got: {n}")
    if kind not in (1, 2, 3):
        raise ValueError(f"Only Types I, II and III (I)DCT are supported. Got: {kind}")
    if kind == 1:
        if norm == "ortho":
            raise ValueError("Normalization is not supported for the Type-I DCT.")
        if tensor.shape[-1] is not None and tensor.shape[-1] < 2:
            raise ValueError(f"Type-I DCT requires the dimension to be greater than one. Got: {tensor.shape[-1]}")
    if norm not in (None, "ortho"):
        raise ValueError(f"Unknown normalization. Expected None or 'ortho', got: {norm}")


def _last_size(tensor: Any) -> Any:
    """Returns the size of the last axis: a number if it is known (and not 0), else a tensor."""
    return (tensor.raw_shape and tensor.raw_shape[-1]) or shape(tensor)[-1]


def _resized(tensor: Any, n: int, samples: Any) -> Any:
    """Cuts the last axis, or fills it with zeros, to n of its `samples`."""
    if n <= samples:
        return tensor[..., 0:n]
    padding = [[0, 0] for _ in tensor.raw_shape]
    padding[-1][1] = n - samples
    return pad(tensor, convert_to_tensor(padding, dtypes.int32))


def _first_and_others(first: Any, others: Any, size: Any) -> Any:
    """Returns the vector [first, others, others, ...]."""
    return pad(expand_dims(first, 0), [[0, size - 1]], constant_values=others)


def _second_kind(tensor: Any, size: Any, size_float: Any, norm: str | None) -> Any:
    angles = -range(size_float) * math.pi * 0.5 / size_float
    scale: Any = 2.0 * exp(complex_of(0.0, angles))
    result: Any = real(rfft(tensor, fft_length=[2 * size])[..., :size] * scale)
    if norm == "ortho":
        first: Any = 0.5 * rsqrt(size_float)
        others = first * sqrt(2.0)
        result *= _first_and_others(first, others, size)
    return result


def _third_kind(tensor: Any, size: Any, size_float: Any, norm: str | None) -> Any:
    if norm == "ortho":
        first: Any = sqrt(size_float)
        others = first * sqrt(0.5)
        tensor *= _first_and_others(first, others, size)
    else:
        tensor *= size_float
    angles = range(size_float) * math.pi * 0.5 / size_float
    scale: Any = 2.0 * exp(complex_of(0.0, angles))
    return real(irfft(scale * complex_of(tensor, 0.0), fft_length=[2 * size]))[..., :size]


@export("signal.dct", "spectral.dct")
def dct(
    input: Any, type: int = 2, n: int | None = None, axis: int = -1, norm: str | None = None, name: str | None = None
) -> Tensor:
    """Returns a discrete cosine transform along the last axis, as `scipy.fftpack.dct` defines it.

    Args:
      input: a float32 tensor of shape ``[..., samples]``.
      type: 1, 2 or 3.
      n: the length of the transform: the signal is cut or filled with zeros; its own length when None.
      axis: -1.
      norm: None or "ortho".
      name: the name scope.

    Raises:
      ValueError: an argument is out of its range, or "ortho" is asked for type 1.
      NotImplementedError: another axis.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.signal.dct(tf.ones([4]))).round().astype(int).tolist()
    [8, 0, 0, 0]
    """
    _check(input, type, n, axis, norm)
    with name_scope(name, "dct", [input]):
        tensor: Any = convert_to_tensor(input, dtypes.float32)
        # TensorFlow asks for the size even where it is not used, which makes nodes where it is unknown.
        samples = _last_size(tensor)
        if n is not None:
            tensor = _resized(tensor, n, samples)
        size = _last_size(tensor)
        size_float = cast(size, dtypes.float32)
        if type == 1:
            return real(rfft(concat([tensor, tensor[..., -2:0:-1]], axis=-1)))
        result: Tensor = (_second_kind if type == 2 else _third_kind)(tensor, size, size_float, norm)
        return result


@export("signal.idct", "spectral.idct")
def idct(
    input: Any, type: int = 2, n: int | None = None, axis: int = -1, norm: str | None = None, name: str | None = None
) -> Tensor:
    """Returns the inverse of `dct` but for a factor of ``2 * n``, which "ortho" makes 1; arguments as for `dct`.

    Raises:
      ValueError: an argument is out of its range, or "ortho" is asked for type 1.
      NotImplementedError: another axis.
    """
    _check(input, type, n, axis, norm)
    return dct(input, type={1: 1, 2: 3, 3: 2}[type], n=n, axis=axis, norm=norm, name=name)
