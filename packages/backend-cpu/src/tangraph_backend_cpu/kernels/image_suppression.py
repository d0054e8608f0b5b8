"""Non-maximum suppression: of boxes that overlap, the one with the highest score. It runs on the host."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.plugin import KernelSet
from tangraph_backend_cpu.kernels.image_resize import invalid, shape_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()

Array = Any
F = np.float32
#: The overlaps of one box (by its number) with others.
Overlaps = "Callable[[int, Array], Array]"


def overlaps_of(boxes: Array) -> Callable[[int, Array], Array]:
    """Returns a function of a box's number and an array of others to their overlaps: intersection by union.

    Args:
      boxes: [boxes, 4], two corners each, in any order.
    """
    low, high = np.minimum(boxes[:, :2], boxes[:, 2:]), np.maximum(boxes[:, :2], boxes[:, 2:])
    areas = (high[:, 0] - low[:, 0]) * (high[:, 1] - low[:, 1])

    def overlaps(box: int, others: Array) -> Array:
        sides = np.minimum(high[box], high[others]) - np.maximum(low[box], low[others])
        common = np.maximum(sides[:, 0], F(0)) * np.maximum(sides[:, 1], F(0))
        usable = (areas[box] > 0) & (areas[others] > 0)
        union = np.where(usable, areas[box] + areas[others] - common, F(1))
        return np.where(usable, common / union, F(0))

    return overlaps


def hard(overlaps: Callable[[int, Array], Array], scores: Array, most: int, threshold: Any, least: Any) -> list[int]:
    """Returns the numbers of the boxes that are taken, best first.

    Args:
      overlaps: of one box with others.
      scores: [boxes].
      most: how many are taken.
      threshold: the largest overlap of two that are taken.
      least: what a score must be above.
    """
    left = np.nonzero(scores > least)[0]
    left = left[np.argsort(-scores[left], kind="stable")]
    taken: list[int] = []
    while len(left) and len(taken) < most:
        best, left = int(left[0]), left[1:]
        taken.append(best)
        left = left[~(overlaps(best, left) > threshold)]
    return taken


def soft(
    overlaps: Callable[[int, Array], Array], scores: Array, most: int, threshold: Any, least: Any, sigma: Any
) -> tuple[list[int], list[Any]]:
    """As `hard`, but overlaps lower scores (Bodla et al., arXiv:1704.04503); returns the scores, too.

    A score is lowered when its box has come to the top of the queue, by what was taken since it was there last.
    """
    scale = F(-0.5) / F(sigma)
    queue = [(-score, number, 0) for number, score in enumerate(scores.astype(F)) if score > least]
    heapq.heapify(queue)
    taken: list[int] = []
    values: list[Any] = []
    while queue and len(taken) < most:
        negative, number, seen = heapq.heappop(queue)
        score = before = -negative
        recent = np.array(taken[seen:][::-1], np.int64)
        for overlap in overlaps(number, recent) if len(recent) else ():
            score = score * (np.exp(scale * overlap * overlap) if overlap <= threshold else F(0))
            if score <= least:
                break
        if score == before:
            taken.append(number)
            values.append(score)
        elif score > least:
            heapq.heappush(queue, (-score, number, len(taken)))
    return taken, values


def _check(boxes: Array, scores: Array, most: Any, threshold: Any) -> int:
    if np.ndim(most):
        raise invalid(f"max_output_size must be 0-D, got shape {shape_text(most)}")
    if not 0 <= threshold <= 1:
        raise invalid("iou_threshold must be in [0, 1]")
    if boxes.ndim != 2:
        raise invalid(f"boxes must be 2-D{shape_text(boxes)}")
    if boxes.shape[1] != 4:
        raise invalid("boxes must have 4 columns")
    if scores.shape != (boxes.shape[0],):
        raise invalid(
            "scores has incompatible shape" if scores.ndim == 1 else f"scores must be 1-D{shape_text(scores)}"
        )
    if most < 0:
        raise invalid("output size must be non-negative")
    return int(most)


@kernel("NonMaxSuppression", "NonMaxSuppressionV2", "NonMaxSuppressionV3")
def non_max_suppression(k: KernelContext) -> Callable[..., Array]:
    """The numbers of the boxes that are taken."""
    xp, given = k.xp, k.attrs.get("iou_threshold")
    to_host = host_reader(xp)

    def suppress(boxes: Array, scores: Array, most: Any, *rest: Any) -> Array:
        threshold, *others = (given,) if given is not None else rest
        least = rest[1] if len(rest) > 1 else F(-np.inf)
        del others
        count = _check(boxes, scores, most, threshold)
        boxes, scores = to_host(boxes), to_host(scores)
        wide = boxes.astype(F)
        taken = hard(overlaps_of(wide), scores.astype(F), count, F(threshold), F(least))
        return xp.asarray(np.array(taken, np.int32))

    return suppress


def host_reader(xp: Any) -> Callable[[Array], Any]:
    """Returns a function that brings an array to the host; there is nothing to do where it is there."""
    return np.asarray if xp is np else xp.asnumpy  # type: ignore[no-any-return]


@kernel("NonMaxSuppressionV4")
def non_max_suppression_v4(k: KernelContext) -> Callable[..., tuple[Array, Array]]:
    """Also how many they are; filled up if wanted."""
    pad = k.attr("pad_to_max_output_size")

    def suppress(boxes: Array, scores: Array, most: Any, threshold: Any, least: Any) -> tuple[Array, Array]:
        count = _check(boxes, scores, most, threshold)
        taken = hard(overlaps_of(boxes.astype(F)), scores.astype(F), count, F(threshold), F(least))
        return _padded(taken, np.int32, count if pad else 0), np.int32(len(taken))

    return suppress


@kernel("NonMaxSuppressionV5")
def non_max_suppression_v5(k: KernelContext) -> Callable[..., tuple[Array, Array, Array]]:
    """Also their scores, which overlaps may lower."""
    pad, dtype = k.attr("pad_to_max_output_size"), k.output_dtypes[1].np

    def suppress(
        boxes: Array, scores: Array, most: Any, threshold: Any, least: Any, sigma: Any
    ) -> tuple[Array, Array, Array]:
        count = _check(boxes, scores, most, threshold)
        if sigma < 0:
            raise invalid("soft_nms_sigma_ must be >= 0")
        overlaps = overlaps_of(boxes.astype(F))
        if sigma > 0:
            taken, values = soft(overlaps, scores, count, F(threshold), F(least), sigma)
        else:
            taken = hard(overlaps, scores.astype(F), count, F(threshold), F(least))
            values = scores[taken].tolist()
        least_size = count if pad else 0
        return _padded(taken, np.int32, least_size), _padded(values, dtype, least_size), np.int32(len(taken))

    return suppress


def _padded(values: list[Any], dtype: Any, size: int) -> Array:
    result = np.zeros(max(len(values), size), dtype)
    result[: len(values)] = values
    return result


@kernel("NonMaxSuppressionWithOverlaps")
def non_max_suppression_with_overlaps(k: KernelContext) -> Callable[..., Array]:
    """By overlaps that are given."""
    del k

    def suppress(overlaps: Array, scores: Array, most: Any, threshold: Any, least: Any) -> Array:
        if overlaps.ndim != 2 or overlaps.shape[0] != overlaps.shape[1]:
            raise invalid(f"overlaps must be square{shape_text(overlaps)}")
        if scores.shape != (overlaps.shape[0],):
            raise invalid("scores has incompatible shape")
        if most < 0:
            raise invalid("output size must be non-negative")
        taken = hard(lambda box, others: overlaps[others, box], scores, int(most), threshold, least)
        return np.array(taken, np.int32)

    return suppress


@kernel("CombinedNonMaxSuppression")
def combined_non_max_suppression(k: KernelContext) -> Callable[..., tuple[Array, ...]]:
    """Class by class, and then the best of each image."""
    pad, clip = k.attr("pad_per_class"), k.attr("clip_boxes")

    def suppress(boxes: Array, scores: Array, each: Any, total: Any, threshold: Any, least: Any) -> tuple[Array, ...]:
        if not 0 <= threshold <= 1:
            raise invalid("iou_threshold must be in [0, 1]")
        if total <= 0:
            raise invalid("max_total_size must be > 0")
        if each <= 0:
            raise invalid("max_size_per_class must be positive")
        classes = scores.shape[2]
        count = min(int(total), int(each) * classes) if pad else int(total)
        batch = boxes.shape[0]
        found = np.zeros((batch, count, 4), F), np.zeros((batch, count), F), np.zeros((batch, count), F)
        numbers = np.zeros(batch, np.int32)
        for image in range(batch):
            best = _best_of_classes(boxes[image], scores[image], int(each), threshold, least)[:count]
            for place, (number, kind, shared) in enumerate(best):
                found[0][image, place] = boxes[image, number, shared]
                found[1][image, place] = scores[image, number, kind]
                found[2][image, place] = kind
            numbers[image] = len(best)
        if clip:
            np.clip(found[0], 0, 1, out=found[0])
        return (*found, numbers)

    return suppress


def _best_of_classes(boxes: Array, scores: Array, each: int, threshold: Any, least: Any) -> list[tuple[int, int, int]]:
    """Returns (box, class, the class that the box is of, or 0) of all that are taken, the best first."""
    taken = []
    for kind in range(scores.shape[1]):
        shared = min(kind, boxes.shape[1] - 1)
        overlaps = overlaps_of(boxes[:, shared])
        for number in hard(overlaps, scores[:, kind], each, threshold, least):
            taken.append((number, kind, shared))
    return sorted(taken, key=lambda one: -scores[one[0], one[1]])
