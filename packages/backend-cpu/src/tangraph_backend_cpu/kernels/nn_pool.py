"""Pools: windows are reduced along one dimension after the other, whole slices at a time.

The gradient of a maximum goes to the first of the largest elements, counted in row-major order, as in TensorFlow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.framework import raw_shape
from tangraph.plugin import KernelSet, errors
from tangraph_backend_cpu.kernels import geometry
from tangraph_backend_cpu.kernels.geometry import Axis, Layout, layout_of
from tangraph_backend_cpu.kernels.nn_conv import working_type

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()

_WORDS: Final = {size: np.dtype(f"i{size}") for size in (1, 2, 4, 8)}
ONE_OF_BOTH: Final = "MaxPooling supports exactly one of pooling across depth or pooling across width/height."
#: Elements worked on at a time, so that what is written is still in the cache when it is read again.
BLOCK: Final = 1 << 17


def _invalid(text: str) -> errors.OpError:
    return errors.InvalidArgumentError(None, None, text)


def lowest(dtype: np.dtype[Any]) -> Any:
    """Returns the least number of a type, which may be -inf."""
    if dtype.kind in "iu":
        return dtype.type(np.iinfo(dtype).min)
    return dtype.type(np.finfo(dtype).min if dtype.kind == "f" else -np.inf)


def _reduce_axis(xp: Any, combine: Any, start: Any, x: Any, axis: int, a: Axis) -> Any:
    """Reduces windows along one dimension; padding counts as `start`."""
    shape = (*x.shape[:axis], a.out, *x.shape[axis + 1 :])
    lead = (slice(None),) * axis
    steps = [a.inside(i) for i in range(a.window)]
    steps = [step for step in steps if step[0].stop > step[0].start]
    whole = next((step for step in steps if step[0].stop - step[0].start == a.out), None)
    if whole is None:
        out = xp.full(shape, start, x.dtype)
    elif len(steps) > 1 and steps[0] is whole and steps[1][0] == whole[0]:
        # The usual case: no padding at all, so that the first two are combined without a copy.
        out = combine(x[(*lead, steps[0][1])], x[(*lead, steps[1][1])])
        steps = steps[2:]
    else:
        out = xp.array(x[(*lead, whole[1])])
        steps.remove(whole)
    for windows, elements in steps:
        target = out[(*lead, windows)]
        combine(target, x[(*lead, elements)], out=target)
    return out


def _reduce(xp: Any, combine: Any, start: Any, x: Any, axes: Sequence[Axis]) -> Any:
    """Reduces windows over space, the last dimension first."""
    todo = [(i + 1, a) for i, a in enumerate(axes) if not _is_trivial(a)][::-1]
    if not todo:
        return xp.array(x)
    if x.shape[0] > 1 and x.size > BLOCK:
        # Image by image the intermediate results stay in the cache.
        count = max(1, BLOCK * x.shape[0] // x.size)
        out = xp.empty((x.shape[0], *[a.out for a in axes], x.shape[-1]), x.dtype)
        for first in range(0, x.shape[0], count):
            out[first : first + count] = _reduce(xp, combine, start, x[first : first + count], axes)
        return out
    for axis, a in todo:
        x = _reduce_axis(xp, combine, start, x, axis, a)
    return x


def _is_trivial(a: Axis) -> bool:
    return a.window == 1 and a.stride == 1


def _with_channels(layout: Layout, ksize: Sequence[int], strides: Sequence[int]) -> tuple[tuple[int, ...], int, int]:
    """Returns the window over space, and that and the stride over the channels."""
    if layout.channels_first:
        return tuple(ksize[2:]), ksize[1], strides[1]
    return tuple(ksize[1:-1]), ksize[-1], strides[-1]


class _Pool:
    """How a node pools: its layout and its windows, from attrs or (in the ops called V2) from inputs."""

    def __init__(self, k: KernelContext, rank: int) -> None:
        self._rank = rank
        space = k.attrs.get("strides")
        if space is not None and space[0] != 1:
            raise errors.UnimplementedError(None, None, "Pooling is not yet supported on the batch dimension.")
        self._layout = layout_of(k, rank)
        self.dynamic = "ksize" not in k.attrs
        if not self.dynamic:
            self._fixed = self._bound(k.attr("ksize"), k.attr("strides"))

    def _bound(self, ksize: Sequence[int], strides: Sequence[int]) -> tuple[Layout, tuple[int, ...]]:
        layout = self._layout
        if len(ksize) != self._rank or len(strides) != self._rank:
            raise _invalid(f"Sliding window ksize and strides must specify {self._rank} dimensions")
        if ksize[0] != 1 or strides[0] != 1:
            raise errors.UnimplementedError(None, None, "Pooling is not yet supported on the batch dimension.")
        window, depth, step = _with_channels(layout, ksize, strides)
        if (depth, step) != (1, 1):
            raise errors.UnimplementedError(None, None, ONE_OF_BOTH)
        space = slice(2, None) if layout.channels_first else slice(1, -1)
        return layout._replace(strides=tuple(strides[space])), window

    def bind(self, *sizes: Any) -> tuple[Layout, tuple[int, ...]]:
        """Returns the layout and the window; `sizes` are the inputs that say so in the ops called V2."""
        if not self.dynamic:
            return self._fixed
        ksize, strides = sizes
        return self._bound(ksize.tolist(), strides.tolist())

    def check_rank(self, x: Any) -> None:
        """Raises InvalidArgumentError for an input of another rank."""
        if x.ndim == self._rank:
            return
        if self._rank == 5:
            raise _invalid("tensor_in must be 5-dimensional")
        layout = int(self._layout.channels_first)
        raise _invalid(f"tensor_in_shape must have 2 spatial dimensions. {x.ndim} {layout}")


def _depth_window(k: KernelContext) -> int:
    """Returns how many channels a window of MaxPool spans (1 mostly)."""
    if "ksize" not in k.attrs or k.op_type != "MaxPool" or str(k.attr("data_format")) != "NHWC":
        return 1
    depth: int = k.attr("ksize")[-1]
    return depth


@kernel("MaxPool", "MaxPoolV2", "MaxPool3D")
def max_pool(k: KernelContext) -> Callable[..., Any]:
    """The largest element of each window."""
    xp, dtype = k.xp, k.output_dtypes[0].np
    if _depth_window(k) > 1:
        return _max_over_channels(k)
    pool = _Pool(k, 5 if k.op_type == "MaxPool3D" else 4)
    least = lowest(dtype)

    def run(x: Any, *sizes: Any) -> Any:
        pool.check_rank(x)
        layout, window = pool.bind(*sizes)
        images = layout.channels_last(x)
        result = _reduce(xp, xp.maximum, least, images, layout.axes(images.shape[1:-1], window))
        return xp.ascontiguousarray(layout.as_given(result)) if layout.channels_first else result

    return run


def _max_over_channels(k: KernelContext) -> Callable[..., Any]:
    """The largest of some neighbouring channels (maxout)."""
    ksize, strides = k.attr("ksize"), k.attr("strides")
    depth = ksize[3]
    if ksize[1] != 1 or ksize[2] != 1:
        raise errors.UnimplementedError(None, None, ONE_OF_BOTH)
    if depth != strides[3]:
        raise errors.UnimplementedError(
            None, None, "Depthwise max pooling requires the depth window to equal the depth stride."
        )

    def run(x: Any) -> Any:
        if x.shape[3] % depth:
            raise errors.UnimplementedError(
                None, None, "Depthwise max pooling requires the depth window to evenly divide the input depth"
            )
        return x.reshape(*x.shape[:3], x.shape[3] // depth, depth).max(axis=-1)

    return run


def _shares(xp: Any, axes: Sequence[Axis], dtype: Any) -> Any:
    """Returns one over the number of elements of each window that lie in no padding: [*out, 1]."""
    total: Any = np.ones(1, np.int64)
    for i, a in enumerate(axes):
        counts = np.zeros(a.out, np.int64)
        for offset in range(a.window):
            counts[a.inside(offset)[0]] += 1
        total = total * counts.reshape(-1, *[1] * (len(axes) - i))
    return xp.asarray((1.0 / np.maximum(total, 1)).astype(dtype))


@kernel("AvgPool", "AvgPool3D")
def avg_pool(k: KernelContext) -> Callable[..., Any]:
    """The mean of each window; padding does not count."""
    xp, dtype = k.xp, k.output_dtypes[0].np
    pool = _Pool(k, 5 if k.op_type == "AvgPool3D" else 4)
    work = working_type(dtype)
    known: dict[tuple[Axis, ...], Any] = {}

    def run(x: Any) -> Any:
        pool.check_rank(x)
        layout, window = pool.bind()
        images = layout.channels_last(x).astype(work, copy=False)
        axes = tuple(layout.axes(images.shape[1:-1], window))
        result = _reduce(xp, xp.add, work.type(0), images, axes)
        if axes not in known:
            known.clear()
            known[axes] = _shares(xp, axes, work)
        result *= known[axes]
        return xp.ascontiguousarray(layout.as_given(result), dtype=dtype)

    return run


@kernel("AvgPoolGrad", "AvgPool3DGrad")
def avg_pool_grad(k: KernelContext) -> Callable[..., Any]:
    """Each element of a window gets its share of the gradient."""
    xp, dtype, rank = k.xp, k.output_dtypes[0].np, 5 if k.op_type == "AvgPool3DGrad" else 4
    pool, work = _Pool(k, rank), working_type(dtype)
    known: dict[tuple[Axis, ...], Any] = {}

    def run(shape: Any, grad: Any) -> Any:
        layout, window = pool.bind()
        if shape.shape != (rank,):
            raise _invalid(f"orig_input_shape must be 1-dimensional and {rank} elements")
        whole = layout.sizes(shape.tolist())
        axes = tuple(layout.axes(whole[1:-1], window))
        grad = layout.channels_last(grad)
        if axes not in known:
            known.clear()
            known[axes] = _shares(xp, axes, work)
        part = grad * known[axes]
        # The transpose of adding along one dimension after the other.
        for i in range(rank - 2, 0, -1):
            a = axes[i - 1]
            if _is_trivial(a):
                continue
            lead = (slice(None),) * i
            spread = xp.zeros((*part.shape[:i], a.size, *part.shape[i + 1 :]), work)
            for offset in range(a.window):
                windows, elements = a.inside(offset)
                spread[(*lead, elements)] += part[(*lead, windows)]
            part = spread
        return xp.ascontiguousarray(layout.as_given(part), dtype=dtype)

    return run


def _tiles(axes: Sequence[Axis]) -> bool:
    """Returns whether every element lies in exactly one window, none of which reaches over the edge."""
    return all(a.window == a.stride and not a.before and a.out * a.stride == a.size for a in axes)


def _first_of_largest(xp: Any, x: Any, y: Any, grad: Any, axes: Sequence[Axis], out: Any) -> None:
    """Adds the gradient of each window to the first of its largest elements, into `out` (zeros)."""
    # The gradients are picked by their bits: without a branch, and exact where they are not finite.
    word = _WORDS[out.dtype.itemsize]
    left = xp.array(grad, out.dtype).view(word)
    steps = list(geometry.offsets(axes))
    tiles = _tiles(axes)
    for number, (_, windows, elements) in enumerate(steps):
        inside, there = (slice(None), *windows), (slice(None), *elements)
        target, rest = out[there], left[inside]
        if tiles and number == len(steps) - 1:
            target.view(word)[...] = rest
            return
        found = xp.negative(xp.equal(x[there], y[inside]).view(np.int8), dtype=word)
        if tiles:
            found = xp.bitwise_and(rest, found, out=target.view(word))
        else:
            found &= rest
            target += found.view(out.dtype)
        # A window that has given its gradient has none left for its further elements.
        xp.bitwise_xor(rest, found, out=rest)


@kernel("MaxPoolGrad", "MaxPoolGradV2", "MaxPool3DGrad")
def max_pool_grad(k: KernelContext) -> Callable[..., Any]:
    """The gradient goes to the largest element of each window."""
    xp, dtype = k.xp, k.output_dtypes[0].np
    pool = _Pool(k, 5 if k.op_type == "MaxPool3DGrad" else 4)

    def run(x: Any, y: Any, grad: Any, *sizes: Any) -> Any:
        pool.check_rank(x)
        layout, window = pool.bind(*sizes)
        x, y, grad = layout.channels_last(x), layout.channels_last(y), layout.channels_last(grad)
        axes = layout.axes(x.shape[1:-1], window)
        _check_pooled(k, x, axes, y, grad)
        out = xp.zeros(x.shape, dtype)
        count = max(1, BLOCK * x.shape[0] // max(1, x.size))
        for first in range(0, x.shape[0], count):
            part = slice(first, first + count)
            _first_of_largest(xp, x[part], y[part], grad[part], axes, out[part])
        return xp.ascontiguousarray(layout.as_given(out)) if layout.channels_first else out

    return run


def _check_pooled(k: KernelContext, x: Any, axes: Sequence[Axis], *pooled: Any) -> None:
    expected = (x.shape[0], *[a.out for a in axes], x.shape[-1])
    for name, value in zip(("orig_output", "grad"), pooled, strict=False):
        if value.shape != expected:
            raise _invalid(
                f"Expected {name} shape to be {raw_shape.to_str(expected)}, but got {raw_shape.to_str(value.shape)}"
            )


@kernel("MaxPoolGradGrad", "MaxPoolGradGradV2", "MaxPool3DGradGrad")
def max_pool_grad_grad(k: KernelContext) -> Callable[..., Any]:
    """What the largest element of each window has in another array."""
    xp, dtype = k.xp, k.output_dtypes[0].np
    pool = _Pool(k, 5 if k.op_type == "MaxPool3DGradGrad" else 4)

    def run(x: Any, y: Any, grad: Any, *sizes: Any) -> Any:
        pool.check_rank(x)
        layout, window = pool.bind(*sizes)
        x, y, grad = layout.channels_last(x), layout.channels_last(y), layout.channels_last(grad)
        axes = layout.axes(x.shape[1:-1], window)
        _check_pooled(k, x, axes, y)
        out = xp.zeros(y.shape, dtype)
        todo = xp.ones(y.shape, bool)
        for _, windows, elements in geometry.offsets(axes):
            inside, there = (slice(None), *windows), (slice(None), *elements)
            found = xp.equal(x[there], y[inside])
            found &= todo[inside]
            xp.copyto(out[inside], grad[there], where=found)
            todo[inside] &= ~found
        return xp.ascontiguousarray(layout.as_given(out))

    return run
