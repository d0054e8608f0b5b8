"""The geometry of sliding windows: how many fit, what padding they need, and where each of their elements lies.

Everything that slides a window (convolutions, pools, morphology) takes its numbers from here. Arrays are
[batch, *space, channels] throughout; other layouts are transposed views.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from tangraph.plugin import errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tangraph.plan.kernel import KernelContext


class Axis(NamedTuple):
    """How windows slide along one dimension.

    Attributes:
      size: the size of the dimension.
      window: how many elements a window has.
      stride: the distance of two windows.
      dilation: the distance of two elements of a window.
      before: the padding in front of the first element.
      after: the padding behind the last element, at least what the last window needs.
      out: the number of windows.
    """

    size: int
    window: int
    stride: int
    dilation: int
    before: int
    after: int
    out: int

    def reach(self) -> int:
        """Returns how many neighbouring elements a window spans."""
        return (self.window - 1) * self.dilation + 1

    def inside(self, offset: int) -> tuple[slice, slice]:
        """Returns where the element number `offset` of the windows lies in no padding.

        Returns:
          The windows of which that is so, and where their elements stand; both slices have the same length.
        """
        shift = offset * self.dilation - self.before
        first = max(0, -(shift // self.stride))
        last = min(self.out - 1, (self.size - 1 - shift) // self.stride)
        if last < first:
            return slice(0, 0), slice(0, 0)
        start = first * self.stride + shift
        return slice(first, last + 1), slice(start, last * self.stride + shift + 1, self.stride)


def slide(size: int, window: int, stride: int, padding: str, dilation: int = 1, pads: tuple[int, int] = (0, 0)) -> Axis:
    """Returns how windows slide along a dimension.

    Args:
      size: the size of the dimension.
      window: how many elements a window has.
      stride: the distance of two windows.
      padding: "SAME" (as many windows as strides fit; what is missing is padded on both sides, the odd one behind),
        "VALID" or "EXPLICIT".
      dilation: the distance of two elements of a window.
      pads: the padding before and after, for "EXPLICIT".

    Raises:
      InvalidArgumentError: the window is too large, by a stride at least.

    >>> slide(5, 3, 2, "SAME"), slide(5, 3, 1, "VALID", 2).out
    (Axis(size=5, window=3, stride=2, dilation=1, before=1, after=1, out=3), 1)
    """
    reach = (window - 1) * dilation + 1
    if padding == "SAME":
        out = -(-size // stride)
        missing = max((out - 1) * stride + reach - size, 0)
        return Axis(size, window, stride, dilation, missing // 2, missing - missing // 2, out)
    before, after = pads if padding == "EXPLICIT" else (0, 0)
    room = size + before + after - reach + stride
    # Rounded towards 0: a window that is too large by less than a stride gives nothing, but is no error.
    out = room // stride if room >= 0 else -(-room // stride)
    if out < 0:
        raise errors.InvalidArgumentError(
            None,
            None,
            f"Computed output size would be negative: {out} [input_size: {size + before + after}, "
            f"effective_filter_size: {reach}, stride: {stride}]",
        )
    return Axis(size, window, stride, dilation, before, after, out)


class Layout(NamedTuple):
    """How a node's attrs describe its windows, with the batch first and the channels last.

    Attributes:
      channels_first: whether the arrays come as [batch, channels, *space].
      strides, dilations, pads: one a dimension of space.
      padding: "SAME", "VALID" or "EXPLICIT".
    """

    channels_first: bool
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    padding: str
    pads: tuple[tuple[int, int], ...]

    def axes(self, sizes: Sequence[int], windows: Sequence[int]) -> list[Axis]:
        """Returns how windows of these sizes slide over space of those."""
        return [
            slide(size, window, stride, self.padding, dilation, pads)
            for size, window, stride, dilation, pads in zip(
                sizes, windows, self.strides, self.dilations, self.pads, strict=True
            )
        ]

    def channels_last(self, x: Any) -> Any:
        """Returns an array as [batch, *space, channels], a view."""
        return x.transpose(0, *range(2, x.ndim), 1) if self.channels_first else x

    def as_given(self, x: Any) -> Any:
        """Returns an array [batch, *space, channels] in the node's own layout, a view."""
        return x.transpose(0, x.ndim - 1, *range(1, x.ndim - 1)) if self.channels_first else x

    def sizes(self, shape: Sequence[int]) -> tuple[int, ...]:
        """Returns a shape of the node's own layout as [batch, *space, channels]."""
        return (shape[0], *shape[2:], shape[1]) if self.channels_first else tuple(shape)


def layout_of(k: KernelContext, rank: int = 4) -> Layout:
    """Returns the layout that a node's attrs describe.

    Raises:
      InvalidArgumentError: windows would move along the batch or the channels.
    """
    channels_first = str(k.attrs.get("data_format", "N")).startswith("NC")
    space = slice(2, rank) if channels_first else slice(1, rank - 1)
    count = rank - 2
    dilations = k.attrs.get("dilations") or k.attrs.get("rates") or [1] * rank
    flat = k.attrs.get("explicit_paddings") or [0] * (2 * rank)
    pads = list(zip(flat[::2], flat[1::2], strict=True))
    strides = k.attrs.get("strides") or [1] * rank
    for name, numbers in (("strides", strides), ("dilations", dilations)):
        if (numbers[0], numbers[1 if channels_first else rank - 1]) != (1, 1):
            raise errors.InvalidArgumentError(
                None,
                None,
                f"Current implementation does not yet support {name} in the batch and depth dimensions.",
            )
    return Layout(
        channels_first,
        tuple(strides[space]),
        tuple(dilations[space]),
        k.attr("padding"),
        tuple(pads[space]) if len(pads) == rank else ((0, 0),) * count,
    )


def offsets(axes: Sequence[Axis]) -> Iterator[tuple[tuple[int, ...], tuple[slice, ...], tuple[slice, ...]]]:
    """Yields the elements of a window in row-major order.

    Yields:
      The element's place in the window, the windows for which it lies in no padding, and where it lies for those: one
      number or slice a dimension of space.
    """
    if not axes:
        yield (), (), ()
        return
    tails = list(offsets(axes[1:]))
    for i in range(axes[0].window):
        windows, elements = axes[0].inside(i)
        for place, rest, there in tails:
            yield (i, *place), (windows, *rest), (elements, *there)


def needs_padding(axes: Sequence[Axis]) -> bool:
    """Returns whether some window reaches over the edge."""
    return any(a.before > 0 or (a.out - 1) * a.stride + a.reach() > a.before + a.size for a in axes)


def padded_sizes(axes: Sequence[Axis]) -> list[int]:
    """Returns the sizes of space that all windows fit into."""
    return [max(a.before + a.size, (a.out - 1) * a.stride + a.reach()) for a in axes]


def centre(axes: Sequence[Axis]) -> tuple[slice, ...]:
    """Returns where the elements stand among padding."""
    return tuple([slice(a.before, a.before + a.size) for a in axes])


def windows_of(xp: Any, x: Any, axes: Sequence[Axis]) -> Any:
    """Returns all windows of an array that holds its padding: a view [batch, *out, *window, channels].

    Args:
      xp: the array module.
      x: [batch, *padded space, channels].
      axes: how the windows slide.
    """
    space = x.strides[1:-1]
    outer = [a.stride * s for a, s in zip(axes, space, strict=True)]
    inner = [a.dilation * s for a, s in zip(axes, space, strict=True)]
    shape = (x.shape[0], *[a.out for a in axes], *[a.window for a in axes], x.shape[-1])
    strides = (x.strides[0], *outer, *inner, x.strides[-1])
    return xp.lib.stride_tricks.as_strided(x, shape, strides)


def planes_of(xp: Any, x: Any, axes: Sequence[Axis]) -> Any:
    """Returns all windows of an array that holds its padding: a view [*window, channels, batch, *out].

    Args:
      xp: the array module.
      x: [channels, batch, *padded space].
      axes: how the windows slide.
    """
    space = x.strides[2:]
    outer = [a.stride * s for a, s in zip(axes, space, strict=True)]
    inner = [a.dilation * s for a, s in zip(axes, space, strict=True)]
    shape = (*[a.window for a in axes], *x.shape[:2], *[a.out for a in axes])
    return xp.lib.stride_tricks.as_strided(x, shape, (*inner, *x.strides[:2], *outer))


def outputs(axes: Sequence[Axis]) -> int:
    """Returns the number of windows of one image."""
    return math.prod([a.out for a in axes])
