"""A signal cut into frames, and frames added up to a signal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.constant_value import constant_value
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.concat import concat
from tangraph.ops.array.fill import zeros, zeros_like
from tangraph.ops.array.gather import gather
from tangraph.ops.array.pad import pad
from tangraph.ops.array.reshape import reshape
from tangraph.ops.array.shape import rank, shape, size
from tangraph.ops.array.slicing import strided_slice
from tangraph.ops.array.split import split
from tangraph.ops.array.transpose import transpose
from tangraph.ops.control_flow.while_loop import while_loop
from tangraph.ops.math.comparison import greater
from tangraph.ops.math.division import floormod
from tangraph.ops.math.extremes import maximum
from tangraph.ops.math.ranges import range
from tangraph.ops.math.reductions import reduce_sum

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor


def _greatest_common_divisor(a: Any, b: Any) -> Tensor:
    """Returns the greatest common divisor of two integer scalars: a constant if they are, else Euclid's loop."""
    with name_scope(None, "gcd", [a, b]):
        a, b = convert_to_tensor(a), convert_to_tensor(b)
        for label, number in (("a", a), ("b", b)):
            number.shape.assert_has_rank(0)
            if not number.dtype.is_integer:
                raise ValueError(f"{label} must be an integer type. Got: {number.dtype}")
        known_a, known_b = constant_value(a), constant_value(b)
        if known_a is not None and known_b is not None:
            return convert_to_tensor(math.gcd(int(known_a), int(known_b)))
        divisor: Tensor = while_loop(
            lambda _, rest: greater(rest, zeros_like(rest)),
            lambda whole, rest: [rest, floormod(whole, rest)],
            [a, b],
            back_prop=False,
        )[0]
        return divisor


def _static_shape(signal: Tensor, length: Any, step: Any, axis: Any, *, pad_end: bool) -> list[int | None] | None:
    """Returns the shape of the frames as far as it is known."""
    length, step, axis = constant_value(length), constant_value(step), constant_value(axis)
    if signal.raw_shape is None:
        return None
    if axis is None:
        return [None] * (len(signal.raw_shape) + 1)
    sizes = list(signal.raw_shape)
    samples, count = sizes[axis], None
    if samples is not None and step is not None:
        if pad_end:
            count = max(0, -(-samples // step))
        elif length is not None:
            count = max(0, (samples - length + step) // step)
    return [*sizes[:axis], count, length, *sizes[axis:][1:]]


@export("signal.frame", "contrib.signal.frame")
def frame(
    signal: Any,
    frame_length: Any,
    frame_step: Any,
    pad_end: bool = False,
    pad_value: Any = 0,
    axis: Any = -1,
    name: str | None = None,
) -> Tensor:
    """Cuts an axis of a signal into frames, which may overlap.

    Args:
      signal: a tensor of shape ``[..., samples, ...]``.
      frame_length: how many samples a frame has, an integer scalar.
      frame_step: from one frame's start to the next one's, an integer scalar.
      pad_end: whether frames that reach over the end are made too, filled with `pad_value`.
      pad_value: a scalar.
      axis: the axis of the samples, an integer scalar.
      name: the name scope.

    Returns:
      A tensor of shape ``[..., frames, frame_length, ...]``.

    Raises:
      ValueError: an argument that should be a scalar is none.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.signal.frame(tf.range(5), 3, 2)).tolist()
    [[0, 1, 2], [2, 3, 4]]
    """
    with name_scope(name, "frame", [signal, frame_length, frame_step, pad_value]):
        signal = convert_to_tensor(signal, name="signal")
        frame_length = convert_to_tensor(frame_length, name="frame_length")
        frame_step = convert_to_tensor(frame_step, name="frame_step")
        axis = convert_to_tensor(axis, name="axis")
        signal.shape.with_rank_at_least(1)
        for scalar in (frame_length, frame_step, axis):
            scalar.shape.assert_has_rank(0)
        result_shape = _static_shape(signal, frame_length, frame_step, axis, pad_end=pad_end)

        signal_rank = rank(signal)
        axis = range(signal_rank)[axis]
        signal_shape = shape(signal)
        outer, samples, inner = split(signal_shape, [axis, 1, signal_rank - 1 - axis])
        samples = reshape(samples, [])
        outer_count, inner_count = size(outer), size(inner)
        if pad_end:
            pad_value = convert_to_tensor(pad_value, signal.dtype)
            pad_value.shape.assert_has_rank(0)
            count = -(-samples // frame_step)
            missing = maximum(0, frame_length + frame_step * (count - 1) - samples)
            before = zeros([outer_count, 2], dtype=missing.dtype)
            paddings = concat([before, [[0, missing]], zeros([inner_count, 2], dtype=missing.dtype)], 0)
            signal = pad(signal, paddings, constant_values=pad_value)
            signal_shape = shape(signal)
            samples = signal_shape[axis]
        else:
            count = maximum(0, 1 + (samples - frame_length) // frame_step)

        # The signal is cut into pieces of which frames and steps are multiples; frames are gathered from them.
        piece = _greatest_common_divisor(frame_length, frame_step)
        pieces_a_frame = frame_length // piece
        pieces_a_step = frame_step // piece
        piece_count = samples // piece
        used = concat([outer, [piece_count * piece], inner], 0)
        cut = concat([outer, [piece_count, piece], inner], 0)
        pieces = reshape(strided_slice(signal, zeros_like(signal_shape), used), cut)
        starts = reshape(range(count) * pieces_a_step, [count, 1])
        within = reshape(range(pieces_a_frame), [1, pieces_a_frame])
        selector: Any = starts + within
        gathered = gather(pieces, selector, axis=axis)
        frames: Tensor = reshape(gathered, concat([outer, [count, frame_length], inner], 0))
        if result_shape:
            frames.set_shape(result_shape)
        return frames


@export("signal.overlap_and_add", "contrib.signal.overlap_and_add")
def overlap_and_add(signal: Any, frame_step: Any, name: str | None = None) -> Tensor:
    """Adds frames, each `frame_step` after the one before, to one signal.

    Args:
      signal: a tensor of shape ``[..., frames, frame_length]``.
      frame_step: an integer scalar, at most `frame_length`.
      name: the name scope.

    Returns:
      A tensor of shape ``[..., (frames - 1) * frame_step + frame_length]``.

    Raises:
      ValueError: `signal` has no two axes, or `frame_step` is no integer scalar.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.signal.overlap_and_add(tf.ones([3, 2]), 1)).tolist()
    [1.0, 2.0, 2.0, 1.0]
    """
    with name_scope(name, "overlap_and_add", [signal, frame_step]):
        signal = convert_to_tensor(signal, name="signal")
        signal.shape.with_rank_at_least(2)
        frame_step = convert_to_tensor(frame_step, name="frame_step")
        frame_step.shape.assert_has_rank(0)
        if not frame_step.dtype.is_integer:
            raise ValueError(f"frame_step must be an integer. Got {frame_step.dtype}")
        signal_shape = shape(signal)
        outer: Any = signal_shape[:-2]
        outer_rank: Any = size(outer)
        frame_length, frames = signal_shape[-1], signal_shape[-2]
        output_length = frame_length + frame_step * (frames - 1)
        known_step = constant_value(frame_step)
        if known_step is not None and signal.raw_shape is not None and known_step == signal.raw_shape[-1]:
            return reshape(signal, concat([outer, [output_length]], 0), name="fast_path")

        # Each frame becomes `segments` pieces of a step's length. With frames on rows of `frames + segments` places,
        # one row a segment, the pieces that overlap come to lie one above the other, and are summed.
        segments = -(-frame_length // frame_step)
        paddings = [[0, segments], [0, segments * frame_step - frame_length]]
        outer_paddings = zeros([outer_rank, 2], dtypes.int32)
        signal = pad(signal, concat([outer_paddings, paddings], 0))
        signal = reshape(signal, concat([outer, [frames + segments, segments, frame_step]], 0))
        signal = transpose(signal, concat([range(outer_rank), outer_rank + np.array([1, 0, 2])], 0))
        signal = reshape(signal, concat([outer, [(frames + segments) * segments, frame_step]], 0))
        signal = signal[..., : (frames + segments - 1) * segments, :]
        signal = reshape(signal, concat([outer, [segments, frames + segments - 1, frame_step]], 0))
        signal = reduce_sum(signal, -3)
        signal = reshape(signal, concat([outer, [(frames + segments - 1) * frame_step]], 0))
        result: Tensor = signal[..., :output_length]
        return result
