"""Short-time Fourier transforms, and back."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.constant_value import constant_value
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.concat import concat
from tangraph.ops.array.constant import constant
from tangraph.ops.array.fill import zeros
from tangraph.ops.array.pad import pad
from tangraph.ops.array.reshape import reshape
from tangraph.ops.array.shape import rank, shape
from tangraph.ops.array.tile import tile
from tangraph.ops.math.cast import cast
from tangraph.ops.math.extremes import maximum
from tangraph.ops.math.power import pow
from tangraph.ops.math.reductions import reduce_sum
from tangraph.ops.math.rfft import irfft, rfft
from tangraph.ops.math.rounding import ceil
from tangraph.ops.math.unary import log, square
from tangraph.ops.signal.frames import frame, overlap_and_add
from tangraph.ops.signal.windows import hann_window

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.tensor import Tensor


def _scalar(value: Any, name: str) -> Tensor:
    tensor = convert_to_tensor(value, name=name)
    tensor.shape.assert_has_rank(0)
    return tensor


def _enclosing_power_of_two(value: Tensor) -> Tensor:
    known = constant_value(value)
    if known is not None:
        return constant(int(2 ** math.ceil(math.log(known) / math.log(2.0))), value.dtype)
    exponent = ceil(log(cast(value, dtypes.float32)) / log(2.0))
    result: Tensor = cast(pow(2.0, exponent), value.dtype)
    return result


@export("signal.stft", "contrib.signal.stft")
def stft(
    signals: Any,
    frame_length: Any,
    frame_step: Any,
    fft_length: Any = None,
    window_fn: Any = hann_window,
    pad_end: bool = False,
    name: str | None = None,
) -> Tensor:
    """Returns the short-time Fourier transform of real signals.

    Args:
      signals: a float32 tensor of shape ``[..., samples]``.
      frame_length: how many samples a window has, an integer scalar.
      frame_step: how many samples from one window to the next, an integer scalar.
      fft_length: the length of each transform; the smallest power of two that holds a frame when None.
      window_fn: a function of a length and a `dtype` that returns the window; none is applied when None.
      pad_end: whether frames that reach over the end are used too, filled with zeros.
      name: the name scope.

    Returns:
      A complex64 tensor of shape ``[..., frames, fft_length // 2 + 1]``.

    Raises:
      ValueError: `signals` is a scalar, or a length is none.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     tf.signal.stft(tf.zeros([1, 1000]), 400, 160).shape
    TensorShape([Dimension(1), Dimension(4), Dimension(257)])
    """
    with name_scope(name, "stft", [signals, frame_length, frame_step]):
        signals = convert_to_tensor(signals, name="signals")
        signals.shape.with_rank_at_least(1)
        frame_length = _scalar(frame_length, "frame_length")
        frame_step = _scalar(frame_step, "frame_step")
        if fft_length is None:
            fft_length = _enclosing_power_of_two(frame_length)
        else:
            fft_length = convert_to_tensor(fft_length, name="fft_length")
        frames: Any = frame(signals, frame_length, frame_step, pad_end=pad_end)
        if window_fn is not None:
            frames *= window_fn(frame_length, dtype=frames.dtype)
        return rfft(frames, [fft_length])


@export("signal.inverse_stft_window_fn", "contrib.signal.inverse_stft_window_fn")
def inverse_stft_window_fn(
    frame_step: Any, forward_window_fn: Callable[..., Any] = hann_window, name: str | None = None
) -> Callable[..., Tensor]:
    """Returns the window function with which `inverse_stft` undoes `stft`.

    It is the forward window divided by the sum of the squares of all windows that overlap (Griffin and Lim, 1984,
    equation 7).

    Args:
      frame_step: as it was for `stft`, an integer scalar.
      forward_window_fn: the window function that `stft` had.
      name: the name scope.
    """
    with name_scope(name, "inverse_stft_window_fn", [forward_window_fn]):
        frame_step = _scalar(frame_step, "frame_step")

    def inverse_window(frame_length: Any, dtype: Any) -> Tensor:
        with name_scope(name, "inverse_stft_window_fn", [forward_window_fn]):
            frame_length = _scalar(frame_length, "frame_length")
            forward_window = forward_window_fn(frame_length, dtype=dtype)
            power: Any = square(forward_window)
            overlaps = -(-frame_length // frame_step)
            power = pad(power, [(0, overlaps * frame_step - frame_length)])
            power = reshape(power, [overlaps, frame_step])
            power = reduce_sum(power, 0, keepdims=True)
            power = tile(power, [overlaps, 1])
            power = reshape(power, [overlaps * frame_step])
            window: Tensor = forward_window / power[:frame_length]
            return window

    return inverse_window


def _fitted(frames: Any, frame_length: Tensor) -> Any:
    """Cuts or fills frames so that each has `frame_length` samples."""
    known = constant_value(frame_length)
    if known is None or frames.raw_shape is None or frames.raw_shape[-1] is None:
        frames = frames[..., :frame_length]
        frames_rank: Any = rank(frames)
        frames_shape = shape(frames)
        outer = zeros([frames_rank - 1, 2], dtype=frame_length.dtype)
        frames = pad(frames, concat([outer, [[0, maximum(0, frame_length - frames_shape[-1])]]], 0))
    elif frames.raw_shape[-1] > known:
        frames = frames[..., :known]
    elif frames.raw_shape[-1] < known:
        others = [[0, 0]] * (len(frames.raw_shape) - 1)
        frames = pad(frames, [*others, [0, known - frames.raw_shape[-1]]])
    if known is not None and frames.raw_shape is not None:
        frames.set_shape([None] * (len(frames.raw_shape) - 1) + [known])
    return frames


@export("signal.inverse_stft", "contrib.signal.inverse_stft")
def inverse_stft(
    stfts: Any,
    frame_length: Any,
    frame_step: Any,
    fft_length: Any = None,
    window_fn: Any = hann_window,
    name: str | None = None,
) -> Tensor:
    """Returns the signals of short-time Fourier transforms.

    With ``inverse_stft_window_fn(frame_step)`` as `window_fn` it undoes `stft`.

    Args:
      stfts: a complex64 tensor of shape ``[..., frames, fft_length // 2 + 1]``.
      frame_length: as for `stft`.
      frame_step: as for `stft`.
      fft_length: as for `stft`.
      window_fn: a function of a length and a `dtype`; none is applied when None.
      name: the name scope.

    Returns:
      A float32 tensor of shape ``[..., samples]``.

    Raises:
      ValueError: `stfts` has no two axes, or a length is no scalar.
    """
    with name_scope(name, "inverse_stft", [stfts]):
        stfts = convert_to_tensor(stfts, name="stfts")
        stfts.shape.with_rank_at_least(2)
        frame_length = _scalar(frame_length, "frame_length")
        frame_step = _scalar(frame_step, "frame_step")
        fft_length = _enclosing_power_of_two(frame_length) if fft_length is None else _scalar(fft_length, "fft_length")
        frames = _fitted(irfft(stfts, [fft_length]), frame_length)
        if window_fn is not None:
            frames *= window_fn(frame_length, dtype=stfts.dtype.real_dtype)
        return overlap_and_add(frames, frame_step)
