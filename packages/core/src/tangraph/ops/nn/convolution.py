"""Convolutions in any number of dimensions, with dilated windows through space_to_batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.constant_value import constant_value
from tangraph.framework.deprecation import deprecated_argument_lookup
from tangraph.framework.make_op import make_op
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.nn.conv1d import conv1d
from tangraph.ops.nn.conv2d import CONV2D
from tangraph.ops.nn.conv3d import CONV3D
from tangraph.ops.nn.windows import sequence

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.tensor import Tensor


def _raw(value: Any) -> Raw:
    return raw_shape.from_value(value.shape)


@export("nn.with_space_to_batch")
def with_space_to_batch(
    input: Any,
    dilation_rate: Any,
    padding: str,
    op: Callable[[Tensor, int, str], Any],
    filter_shape: Any = None,
    spatial_dims: Any = None,
    data_format: str | None = None,
) -> Any:
    """Applies an operation on windows as if the elements of a window were `dilation_rate` apart.

    Every `dilation_rate`-th element of space is put into an image of its own, those images go through `op` with
    "VALID" padding, and the results are woven together again.

    Args:
      input: a tensor [batch, *space, ...].
      dilation_rate: one positive integer a dimension of space.
      padding: "SAME" or "VALID".
      op: a function of the tensor, the number of dimensions of space, and the padding.
      filter_shape: the size of the window, first in a vector; needed for "SAME".
      spatial_dims: the axes of space; the first after the batch (or channels) when None.
      data_format: where the channels stand; they come last unless it begins with "NC".

    Raises:
      ValueError: the rates, axes or padding cannot be used.
    """

    def build(count: int, inner_padding: str) -> Callable[[Tensor], Any]:
        return lambda x: op(x, count, inner_padding)

    x = convert_to_tensor(input, name="input")
    return _through_batch(x, dilation_rate, padding, build, filter_shape, spatial_dims, data_format)


def _through_batch(
    x: Any,
    dilation_rate: Any,
    padding: str,
    build: Callable[[int, str], Callable[[Tensor], Any]],
    filter_shape: Any,
    spatial_dims: Any,
    data_format: str | None,
    filters: Any = None,
) -> Any:
    """`with_space_to_batch`, with an operation that is built before any node is."""
    from tangraph.ops.array.space_batch import batch_to_space_nd, required_space_to_batch_paddings, space_to_batch_nd

    rate = convert_to_tensor(dilation_rate, dtype=dtypes.int32, name="dilation_rate")
    if rate.raw_shape is not None and len(rate.raw_shape) != 1:
        raise ValueError("rate must be rank 1")
    if rate.raw_shape is None or rate.raw_shape[0] is None:
        raise ValueError("rate must have known shape")
    count = rate.raw_shape[0]
    channels_first = data_format is not None and data_format.startswith("NC")
    axes = _axes(x, count, channels_first, spatial_dims)
    known = constant_value(rate)
    if known is not None:
        if (known < 1).any():
            raise ValueError("dilation_rate must be positive")
        if (known == 1).all():
            return build(count, padding)(x)
    wide: Any = rate if known is None else known
    base: Any = None
    if padding == "SAME":
        if filter_shape is None:
            raise ValueError("filter_shape must be specified for SAME padding")
        windows = constant_value(convert_to_tensor(filter_shape, name="filter_shape"))
        if windows is not None:
            base = _same_paddings(windows, count, wide)
    elif padding == "VALID":
        base = np.zeros([count, 2], np.int32)
    else:
        raise ValueError(f"Invalid padding method {padding!r}")
    inner = build(count, "VALID")
    space = _space(x, axes)
    if base is None:
        from tangraph.ops.array.shape import shape

        base = _same_paddings(shape(filters), count, wide)
    paddings, crops = required_space_to_batch_paddings(input_shape=space, base_paddings=base, block_shape=rate)
    blocks = _over_leading_axes(rate, 1, axes)
    paddings, crops = _over_leading_axes(paddings, 0, axes), _over_leading_axes(crops, 0, axes)
    parts = space_to_batch_nd(input=x, block_shape=blocks, paddings=paddings)
    result = batch_to_space_nd(input=inner(parts), block_shape=blocks, crops=crops)
    if channels_first and filters is not None and result.raw_shape is not None and not result.raw_shape[1]:
        result.set_shape([result.raw_shape[0], _raw(filters)[-1], *result.raw_shape[2:]])  # type: ignore[index]
    return result


def _axes(x: Any, count: int, channels_first: bool, spatial_dims: Any) -> list[int]:
    first = 2 if channels_first else 1
    given = list(range(first, count + first) if spatial_dims is None else spatial_dims)
    axes = sorted({int(axis) for axis in given})
    if axes != given or any(axis < 1 for axis in axes):
        raise ValueError("spatial_dims must be a montonically increasing sequence of positive integers")
    rank = axes[-1] if channels_first else axes[-1] + 1
    known = _raw(x)
    if known is not None and len(known) < rank:
        raise ValueError(f"input tensor must have rank {rank} at least")
    return axes


def _space(x: Any, axes: Sequence[int]) -> Any:
    """Returns the sizes of space: numbers where all are known, else a tensor."""
    from tangraph.ops.array.packing import stack
    from tangraph.ops.array.shape import shape

    known = _raw(x)
    sizes = None if known is None else [known[axis] for axis in axes]
    if sizes is not None and None not in sizes:
        return sizes
    whole: Any = shape(x)
    return stack([whole[axis] for axis in axes])


def _same_paddings(windows: Any, count: int, rate: Any) -> Tensor:
    """Returns the zeros before and after each dimension that keep the size of space."""
    from tangraph.ops.array.packing import stack

    window = windows[:count]
    extra = window + (window - 1) * (rate - 1) - 1
    start = extra // 2
    end = extra - start
    return stack([[start[i], end[i]] for i in range(count)])


def _over_leading_axes(value: Tensor, fill: int, axes: Sequence[int]) -> Any:
    """Returns rows for the axes 1, 2, ... up to the last of `axes`, filled up where an axis is none of space."""
    from tangraph.ops.array.concat import concat

    known = constant_value(value)
    rows: Any = value if known is None else known
    width = [] if value.raw_shape is None else list(value.raw_shape[1:])
    parts: list[Any] = []
    before = done = 0
    while done < len(axes):
        begin = done
        if axes[begin] > 1:
            parts.append(np.full([axes[begin] - 1 - before, *width], fill, dtype=value.dtype.np))
        while done + 1 < len(axes) and axes[done + 1] == axes[done] + 1:
            done += 1
        parts.append(rows[begin : done + 1])
        before = axes[done]
        done += 1
    return concat(parts, 0) if known is None else np.concatenate(parts)


@export("nn.convolution")
def convolution(
    input: Any,
    filter: Any,
    padding: Any,
    strides: Any = None,
    dilation_rate: Any = None,
    name: str | None = None,
    data_format: str | None = None,
    filters: Any = None,
    dilations: Any = None,
) -> Tensor:
    """Convolves in one, two or three dimensions of space, as many as the input has.

    Args:
      input: [batch, *space, channels], or [batch, channels, *space] when `data_format` begins with "NC".
      filter: [*window, channels, out_channels], of the same type.
      padding: "SAME" or "VALID".
      strides: one number, or one a dimension of space; ones when None.
      dilation_rate: the distance of neighbouring elements of a window, in the forms of `strides`; not together with
        strides above 1.
      name: the name scope.
      data_format: where the channels stand.
      filters: the newer name of `filter`.
      dilations: the newer name of `dilation_rate`.

    Raises:
      ValueError: the ranks, strides or rates do not fit.
    """
    filter = deprecated_argument_lookup("filters", filters, "filter", filter)
    rates = deprecated_argument_lookup("dilations", dilations, "dilation_rate", dilation_rate)
    known = _raw(input)
    whole = _raw(filter) if known is None else known
    if whole is None:
        raise ValueError("rank of input or filter must be known")
    count = len(whole) - 2
    if not 1 <= count <= 3:
        raise ValueError(f"Input tensor must be of rank 3, 4 or 5 but was {count + 2}.")
    channels_first = data_format is not None and data_format.startswith("NC")
    channel_axis = 1 if channels_first else count + 1
    strides = sequence(strides, count, channel_axis, "strides")
    rates = sequence(rates, count, channel_axis, "dilations")
    with name_scope(name, "convolution", [input, filter]) as scope:
        if all(rate == 1 for rate in rates):
            return _plain(count, input, filter, strides, padding, data_format, scope, dilations=rates)
        space = slice(2, None) if channels_first else slice(1, -1)
        return _dilated(input, filter, padding, strides[space], rates[space], data_format, scope)


def _plain(
    count: int,
    input: Any,
    filters: Any,
    strides: Any,
    padding: Any,
    data_format: str | None,
    name: str,
    **dilations: Any,
) -> Tensor:
    if count == 1:
        return conv1d(input, filters, strides, padding, data_format=data_format, name=name, **dilations)
    op, layout = (CONV2D, "NHWC") if count == 2 else (CONV3D, "NDHWC")
    result: Tensor = make_op(
        op, input, filters, strides=strides, padding=padding, data_format=data_format or layout, name=name, **dilations
    )
    return result


def _dilated(
    input: Any, filters: Any, padding: Any, strides: Any, rates: Any, data_format: str | None, name: str
) -> Tensor:
    known, window = _raw(input), _raw(filters)
    whole = known if window is None else window
    if whole is None:
        raise ValueError("rank of input or filter must be known")
    count = len(whole) - 2
    for what, raw in (("input", known), ("filter", window)):
        if raw is not None and len(raw) != count + 2:
            raise ValueError(f"{what} tensor must have rank {count + 2}")
    channel_axis = 1 if data_format is not None and data_format.startswith("NC") else count + 1
    channels = None if known is None else known[channel_axis]
    filter_channels = None if window is None else window[count]
    if None not in (channels, filter_channels) and channels != filter_channels:
        raise ValueError(
            "number of input channels does not match corresponding dimension of filter, "
            f"{channels} != {filter_channels}"
        )
    steps, rate = strides_and_rates(count, strides, rates)

    def build(_: int, inner_padding: str) -> Callable[[Tensor], Tensor]:
        layout, one_per_axis = _inner_layout(count, steps, data_format)
        return lambda x: _plain(count, x, filters, one_per_axis, inner_padding, layout, name)

    first = 2 if channel_axis == 1 else 1
    axes = range(first, count + first)
    result: Tensor = _through_batch(input, rate, padding, build, filters.shape, axes, data_format, filters)
    return result


def _inner_layout(count: int, steps: Any, data_format: str | None) -> tuple[str | None, Any]:
    """Returns the layout and the strides of the convolution without dilation."""
    numbers = [int(step) for step in steps]
    if count == 1:
        if data_format not in (None, "NCW", "NWC", "NCHW", "NHWC"):
            raise ValueError('data_format must be "NWC" or "NCW".')
        return data_format or "NWC", numbers[0]
    last, first = ("NHWC", "NCHW") if count == 2 else ("NDHWC", "NCDHW")
    if data_format in (None, last):
        return last, [1, *numbers, 1]
    if data_format == first:
        return first, [1, 1, *numbers]
    received = "" if count == 2 else f" Have: {data_format}"
    raise ValueError(f'data_format must be "{last}" or "{first}".{received}')


def strides_and_rates(count: int, strides: Any, rates: Any) -> tuple[Any, Any]:
    """Returns the strides and the dilation rates of space as int32 vectors, checked.

    Raises:
      ValueError: a wrong number of them, one that is not positive, or both with some above 1.
    """
    if rates is None:
        rates = [1] * count
    elif len(rates) != count:
        raise ValueError(f"len(dilation_rate)={len(rates)} but should be {count}")
    rates = np.array(rates, dtype=np.int32)
    if (rates < 1).any():
        raise ValueError("all values of dilation_rate must be positive")
    if strides is None:
        strides = [1] * count
    elif len(strides) != count:
        raise ValueError(f"len(strides)={len(strides)} but should be {count}")
    strides = np.array(strides, dtype=np.int32)
    if (strides < 1).any():
        raise ValueError("all values of strides must be positive")
    if (strides > 1).any() and (rates > 1).any():
        raise ValueError("strides > 1 not supported in conjunction with dilation_rate > 1")
    return strides, rates


@export("nn.atrous_conv2d")
def atrous_conv2d(value: Any, filters: Any, rate: Any, padding: Any, name: str | None = None) -> Tensor:
    """Convolves images with filters whose elements are `rate` pixels apart (Chen et al., arXiv:1412.7062).

    Args:
      value: [batch, height, width, channels].
      filters: [filter_height, filter_width, channels, out_channels].
      rate: a positive integer.
      padding: "SAME" or "VALID".
      name: the name scope.
    """
    return convolution(value, filters, padding, dilation_rate=np.broadcast_to(rate, (2,)), name=name)


@export("nn.atrous_conv2d_transpose")
def atrous_conv2d_transpose(
    value: Any, filters: Any, output_shape: Any, rate: int, padding: str, name: str | None = None
) -> Tensor:
    """The transpose of `tf.nn.atrous_conv2d`: what goes from its outputs back to images of the size of its inputs.

    Args:
      value: [batch, height, width, channels].
      filters: [filter_height, filter_width, out_channels, channels].
      output_shape: the shape of the result: four numbers, or an int32 vector.
      rate: a positive integer.
      padding: "SAME" or "VALID".
      name: the name scope.

    Raises:
      ValueError: the shapes, the rate or the padding do not fit.
    """
    from tangraph.ops.array.shape import shape
    from tangraph.ops.array.space_batch import batch_to_space, space_to_batch
    from tangraph.ops.nn.conv2d import CONV2D_BACKPROP_INPUT, conv2d_transpose

    with name_scope(name, "atrous_conv2d_transpose", [value, filters, output_shape]):
        value, filters = convert_to_tensor(value, name="value"), convert_to_tensor(filters, name="filters")
        depth, filter_depth = value.shape[3], filters.shape[3]
        if not depth.is_compatible_with(filter_depth):
            raise ValueError(
                f"value's input channels does not match filters' input channels, {depth} != {filter_depth}"
            )
        if rate < 1:
            raise ValueError(f"rate {rate} cannot be less than one")
        if rate == 1:
            return conv2d_transpose(value, filters, output_shape, [1, 1, 1, 1], padding)
        as_tensor = convert_to_tensor(output_shape, name="output_shape")
        if not as_tensor.shape.is_compatible_with([4]):
            raise ValueError(f"output_shape must have shape (4,), got {as_tensor.shape}")
        sizes: Any = list(output_shape) if isinstance(output_shape, tuple) else output_shape
        if isinstance(sizes, (list, np.ndarray)) and not filters.shape[2].is_compatible_with(sizes[3]):
            raise ValueError(f"output_shape does not match filter's output channels, {sizes[3]} != {filters.shape[2]}")
        if padding == "SAME":
            window: Any = _raw(filters)
            window = window if raw_shape.is_fully_defined(window) else shape(filters)
            extra = [w + (w - 1) * (rate - 1) - 1 for w in (window[0], window[1])]
        elif padding == "VALID":
            extra = [0, 0]
        else:
            raise ValueError(f"padding must be either VALID or SAME: {padding}")
        before = [e // 2 for e in extra]
        after = [e - b for e, b in zip(extra, before, strict=True)]
        whole = [sizes[i + 1] + before[i] + after[i] for i in range(2)]
        fill = [(rate - size % rate) % rate for size in whole]
        value = space_to_batch(input=value, paddings=[[0, fill[0]], [0, fill[1]]], block_size=rate)
        inner = [rate * rate * sizes[0], *[(whole[i] + fill[i]) // rate for i in range(2)], sizes[3]]
        value = make_op(
            CONV2D_BACKPROP_INPUT, inner, filters, value, strides=[1, 1, 1, 1], padding="VALID", data_format="NHWC"
        )
        crops = [[before[i], after[i] + fill[i]] for i in range(2)]
        return batch_to_space(input=value, crops=crops, block_size=rate)
