"""Non-maximum suppression: of boxes that overlap, the one with the highest score. It runs on the host."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.plugin import KernelSet
from tangraph_backend_cpu.kernels.image_resize import invalid, shape_text

if TYPE_CHECKING:
    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()

Array = Any
F = np.float32
#: How much boxes overlap with others that have been taken; both are numbers or arrays of them.
Overlaps = Callable[[Any, Any], Any]


def overlaps_of(boxes: Array) -> Overlaps:
    """Returns a function of the numbers of boxes to their overlaps with others: intersection by union.

    Args:
      boxes: [boxes, 4], two corners each, in any order.
    """
    low, high = np.minimum(boxes[:, :2], boxes[:, 2:]), np.maximum(boxes[:, :2], boxes[:, 2:])
    areas = (high[:, 0] - low[:, 0]) * (high[:, 1] - low[:, 1])

    def overlaps(some: Any, others: Any) -> Array:
        sides = np.minimum(high[some], high[others]) - np.maximum(low[some], low[others])
        common = np.maximum(sides[..., 0], F(0)) * np.maximum(sides[..., 1], F(0))
        usable = (areas[some] > 0) & (areas[others] > 0)
        union = np.where(usable, areas[some] + areas[others] - common, F(1))
        return np.where(usable, common / union, F(0))

    return overlaps


def _sift_up(heap: list[tuple[Any, int, int]], item: tuple[Any, int, int], at: int, top: int = 0) -> None:
    while at > top and heap[(at - 1) // 2][0] < item[0]:
        heap[at] = heap[(at - 1) // 2]
        at = (at - 1) // 2
    heap[at] = item


def push(heap: list[tuple[Any, int, int]], item: tuple[Any, int, int]) -> None:
    """Adds (score, box, number of those taken before) to a heap whose first element has the highest score.

    Which of two equal scores comes first depends on the heap's algorithm. This is that of C++'s standard library, since
    it is TensorFlow's.
    """
    heap.append(item)
    _sift_up(heap, item, len(heap) - 1)


def pop(heap: list[tuple[Any, int, int]]) -> tuple[Any, int, int]:
    """Takes the first element from a heap; see `push`."""
    first, item = heap[0], heap.pop()
    size = len(heap)
    if not size:
        return first
    hole, child = 0, 0
    while child < (size - 1) // 2:
        child = 2 * (child + 1)
        if heap[child][0] < heap[child - 1][0]:
            child -= 1
        heap[hole] = heap[child]
        hole = child
    if size % 2 == 0 and child == (size - 2) // 2:
        child = 2 * (child + 1)
        heap[hole] = heap[child - 1]
        hole = child - 1
    _sift_up(heap, item, hole)
    return first


def in_order(scores: Array, least: Any) -> tuple[Array, bool]:
    """Returns the numbers of the boxes with scores above `least`, the best first; and whether two scores are equal."""
    left = np.nonzero(scores > least)[0]
    left = left[np.argsort(-scores[left], kind="stable")]
    ordered = scores[left]
    return left, bool((ordered[1:] == ordered[:-1]).any())


def hard(overlaps: Overlaps, scores: Array, most: int, threshold: Any, least: Any) -> list[int]:
    """Returns the numbers of the boxes that are taken, best first.

    Args:
      overlaps: how much boxes overlap with those that are taken.
      scores: [boxes].
      most: how many are taken; all where negative.
      threshold: what the overlap of two that are taken stays below.
      least: what a score must be above.
    """
    left, tied = in_order(scores, least)
    if tied:
        return queued(overlaps, scores, most, threshold, least)[0]
    taken: list[int] = []
    while len(left) and (len(taken) < most or most < 0):
        best = int(left[0])
        taken.append(best)
        shared = overlaps(left, best)
        if shared[0] < threshold and most >= 0:
            # A box without an area does not even overlap with itself: TensorFlow takes it again and again.
            return taken + [best] * (most - len(taken))
        left = left[1:][~(shared[1:] >= threshold)]
    return taken


def queued(
    overlaps: Overlaps, scores: Array, most: int, threshold: Any, least: Any, sigma: Any = 0
) -> tuple[list[int], list[Any]]:
    """As `hard`, with a queue, and as well the scores, which overlaps may lower (Bodla et al., arXiv:1704.04503).

    A score is lowered when its box has come to the top of the queue, by what was taken since it was there last. What is
    taken goes back into the queue, and is dropped when it is found to overlap with itself: as long as scores are equal,
    that decides about their order.
    """
    scale = F(-0.5) / F(sigma) if sigma > 0 else F(0)
    queue: list[tuple[Any, int, int]] = []
    for number, score in enumerate(scores.astype(F)):
        if score > least:
            push(queue, (score, number, 0))
    taken: list[int] = []
    values: list[Any] = []
    while queue and (len(taken) < most or most < 0):
        before, number, seen = pop(queue)
        recent = np.array(taken[seen:][::-1], np.int64)
        found = overlaps(number, recent) if len(recent) else recent
        if (found >= threshold).any():
            continue
        score, count = before, len(taken)
        for overlap in found if sigma > 0 else ():
            score = score * np.exp(scale * overlap * overlap)
            if score <= least:
                break
        if score == before:
            taken.append(number)
            values.append(score)
        if score > least:
            push(queue, (score, number, count))
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
    return int(most)


@kernel("NonMaxSuppression", "NonMaxSuppressionV2", "NonMaxSuppressionV3")
def non_max_suppression(k: KernelContext) -> Callable[..., Array]:
    """The numbers of the boxes that are taken."""
    xp, given = k.xp, k.attrs.get("iou_threshold")
    to_host = host_reader(xp)

    def suppress(boxes: Array, scores: Array, most: Any, *rest: Any) -> Array:
        threshold = rest[0] if given is None else given
        least = rest[1] if len(rest) > 1 else F(-np.inf)
        count = _check(boxes, scores, most, threshold)
        boxes, scores = to_host(boxes), to_host(scores)
        wide = boxes.astype(F)
        taken = hard(overlaps_of(wide), scores.astype(F), count, F(threshold), F(least))
        return xp.asarray(np.array(taken, np.int32))

    return suppress


def host_reader(xp: Any) -> Callable[[Array], Any]:
    """Returns a function that brings an array to the host; there is nothing to do where it is there."""
    if xp is np:
        return np.asarray
    return lambda x: np.array(x.tolist(), x.dtype).reshape(x.shape)


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
            taken, values = queued(overlaps, scores, count, F(threshold), F(least), sigma)
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
        taken = hard(lambda some, others: overlaps[some, others], scores, int(most), threshold, least)
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
        taken += [(number, kind, shared) for number in _of_class(overlaps, scores[:, kind], each, threshold, least)]
    return sorted(taken, key=lambda one: -scores[one[0], one[1]])


def _of_class(overlaps: Overlaps, scores: Array, most: int, threshold: Any, least: Any) -> list[int]:
    """As `hard`; but here an overlap may be as large as the threshold."""
    heap: list[tuple[Any, int, int]] = []
    for number in np.nonzero(scores > least)[0].tolist():
        push(heap, (scores[number], number, 0))
    taken: list[int] = []
    while heap and len(taken) < most:
        number = pop(heap)[1]
        if not (overlaps(number, np.array(taken, np.int64)) > threshold).any():
            taken.append(number)
    return taken
