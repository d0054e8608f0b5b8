"""Blocks of space moved into batch or depth and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import errors, raw_shape
from tangraph.plugin import KernelSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


def _check(x: Any, blocks: list[int], pairs: Any, what: str) -> None:
    count = len(blocks)
    if x.ndim < count + 1:
        raise errors.InvalidArgumentError(None, None, f"input rank should be >= {count + 1} instead of {x.ndim}")
    if pairs.shape != (count, 2):
        raise errors.InvalidArgumentError(
            None, None, f"{what} should have shape [{count}, 2] instead of {raw_shape.to_str(pairs.shape)}"
        )
    if any(b < 1 for b in blocks):
        raise errors.InvalidArgumentError(None, None, "All values in block_shape must be positive")
    if (pairs < 0).any():
        raise errors.InvalidArgumentError(None, None, f"{what.capitalize()} must be non-negative")


@kernel("SpaceToBatchND")
def space_to_batch(k: KernelContext) -> Callable[..., Any]:
    """Blocks of space become batches."""
    xp, dtype = k.xp, k.output_dtypes[0].np

    def moved(x: Any, block_shape: Any, paddings: Any) -> Any:
        blocks = block_shape.tolist()
        _check(x, blocks, paddings, "paddings")
        count = len(blocks)
        pairs = [(0, 0), *paddings.tolist(), *[(0, 0)] * (x.ndim - count - 1)]
        shape = [s + b + a for s, (b, a) in zip(x.shape, pairs, strict=True)]
        for i, block in enumerate(blocks):
            if shape[i + 1] % block:
                raise errors.InvalidArgumentError(
                    None, None, f"padded_shape[{i}]={shape[i + 1]} is not divisible by block_shape[{i}]={block}"
                )
        padded = xp.zeros(shape, dtype)
        padded[tuple([slice(b, b + s) for s, (b, _) in zip(x.shape, pairs, strict=True)])] = x
        split = [shape[0]]
        for i, block in enumerate(blocks):
            split += [shape[i + 1] // block, block]
        rest = shape[count + 1 :]
        inner = [2 * i + 2 for i in range(count)]
        outer = [2 * i + 1 for i in range(count)]
        order = [*inner, 0, *outer, *range(2 * count + 1, 2 * count + 1 + len(rest))]
        whole = padded.reshape(*split, *rest).transpose(order)
        return whole.reshape(-1 if padded.size else _product(blocks) * shape[0], *split[1::2], *rest)

    return moved


def _product(numbers: list[int]) -> int:
    result = 1
    for number in numbers:
        result *= number
    return result


@kernel("BatchToSpaceND")
def batch_to_space(k: KernelContext) -> Callable[..., Any]:
    """Batches become blocks of space."""
    xp = k.xp

    def moved(x: Any, block_shape: Any, crops: Any) -> Any:
        blocks = block_shape.tolist()
        _check(x, blocks, crops, "crops")
        count, size = len(blocks), _product(blocks)
        if x.shape[0] % size:
            raise errors.InvalidArgumentError(
                None, None, f"Input batch dimension ({x.shape[0]}) is not divisible by product of block sizes ({size})"
            )
        rest = x.shape[count + 1 :]
        split = x.reshape(*blocks, x.shape[0] // size, *x.shape[1:])
        order = [count]
        for i in range(count):
            order += [count + 1 + i, i]
        order += range(2 * count + 1, 2 * count + 1 + len(rest))
        space = [s * b for s, b in zip(x.shape[1 : count + 1], blocks, strict=True)]
        whole = split.transpose(order).reshape(x.shape[0] // size, *space, *rest)
        index = [slice(None)]
        for i, (before, after) in enumerate(crops.tolist()):
            if before + after > space[i]:
                raise errors.InvalidArgumentError(
                    None, None, f"cropped_shape[{i}]={space[i] - before - after} must be non-negative"
                )
            index.append(slice(before, space[i] - after))
        return xp.ascontiguousarray(whole[tuple(index)])

    return moved


@kernel("SpaceToDepth", "DepthToSpace")
def depth(k: KernelContext) -> Callable[..., Any]:
    """Blocks of space become depth, or the other way."""
    xp, layout, block = k.xp, k.attr("data_format"), k.attr("block_size")
    one_way = _to_depth if k.op_type == "SpaceToDepth" else _to_space

    def moved(x: Any) -> Any:
        if layout == "NHWC":
            return one_way(x, block)
        if layout == "NCHW":
            return xp.ascontiguousarray(one_way(x.transpose(0, 2, 3, 1), block).transpose(0, 3, 1, 2))
        n, d, h, w, inner = x.shape
        flat = x.transpose(0, 2, 3, 1, 4).reshape(n, h, w, d * inner)
        result = one_way(flat, block)
        n, h, w, d = result.shape
        return xp.ascontiguousarray(result.reshape(n, h, w, d // 4, 4).transpose(0, 3, 1, 2, 4))

    return moved


def _to_depth(x: Any, block: int) -> Any:
    n, h, w, d = x.shape
    if h % block or w % block:
        raise errors.InvalidArgumentError(
            None, None, f"Image width {w} and height {h} should be divisible by block_size: {block}"
        )
    split = x.reshape(n, h // block, block, w // block, block, d)
    return split.transpose(0, 1, 3, 2, 4, 5).reshape(n, h // block, w // block, block * block * d)


def _to_space(x: Any, block: int) -> Any:
    n, h, w, d = x.shape
    if d % (block * block):
        raise errors.InvalidArgumentError(
            None, None, f"Input depth dimension {d} should be divisible by: {block * block}"
        )
    split = x.reshape(n, h, w, block, block, d // (block * block))
    return split.transpose(0, 1, 3, 2, 4, 5).reshape(n, h * block, w * block, d // (block * block))
