"""Of boxes that overlap, the one with the highest score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.image.shapes import check_scalars

if TYPE_CHECKING:
    from tangraph.framework.op_def import OpDef
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


class NonMaxSuppressionV4(NamedTuple):
    """What `tf.image.non_max_suppression_padded` returns: the boxes' numbers, and how many they are."""

    selected_indices: Tensor
    valid_outputs: Tensor


class CombinedNonMaxSuppression(NamedTuple):
    """What `tf.image.combined_non_max_suppression` returns: the boxes, their scores and classes, and how many they are."""

    nmsed_boxes: Tensor
    nmsed_scores: Tensor
    nmsed_classes: Tensor
    valid_detections: Tensor


_LOWEST: Final = float("-inf")
_TYPE: Final = "T: {half, float} = DT_FLOAT"
_THRESHOLD_TYPE: Final = "T_threshold: {half, float} = DT_FLOAT"
_PAD: Final = "pad_to_max_output_size: bool = false"


def _check_boxes(c: ShapeContext) -> None:
    boxes, scores = c.with_rank(0, 2), c.with_rank(1, 1)
    check_scalars(c, *range(2, len(c.shapes)))
    raw_shape.merge_dim(boxes[0], scores[0])
    raw_shape.with_dim(boxes[1], 4)


def _some(c: ShapeContext) -> Raw:
    _check_boxes(c)
    return (None,)


def _count(c: ShapeContext) -> int | None:
    """How many indices come out: not known, unless they are filled up to the largest number."""
    known = c.value(2) if c.attr("pad_to_max_output_size") else None
    return None if known is None else int(known)


def _some_and_how_many(c: ShapeContext) -> list[Raw]:
    _check_boxes(c)
    return [(_count(c),), ()]


def _some_with_scores(c: ShapeContext) -> list[Raw]:
    _check_boxes(c)
    count = _count(c)
    return [(count,), (count,), ()]


def _overlaps_shape(c: ShapeContext) -> Raw:
    overlaps, scores = c.with_rank(0, 2), c.with_rank(1, 1)
    check_scalars(c, 2, 3, 4)
    raw_shape.merge_dim(overlaps[0], scores[0])
    raw_shape.merge_dim(overlaps[0], overlaps[1])
    return (None,)


def _combined_shape(c: ShapeContext) -> list[Raw]:
    boxes, scores = c.with_rank(0, 4), c.with_rank(1, 3)
    check_scalars(c, 2, 3, 4, 5)
    raw_shape.with_dim(boxes[3], 4)
    raw_shape.merge_dim(boxes[0], scores[0])
    raw_shape.merge_dim(boxes[1], scores[1])
    if boxes[2] not in (None, 1, scores[2]) and scores[2] is not None:
        raise ValueError("third dimension of boxes must be either 1 or equal to the third dimension of scores")
    batch = boxes[0]
    total = c.value(3)
    each = c.value(2)
    if total is None or (c.attr("pad_per_class") and (each is None or scores[2] is None)):
        count = None
    else:
        count = int(total)
        if count <= 0:
            raise ValueError("max_total_size should be > 0 ")
        if c.attr("pad_per_class") and each is not None and scores[2] is not None:
            count = min(count, int(each) * scores[2])
    return [(batch, count, 4), (batch, count), (batch, count), (batch,)]


def _define(version: str, inputs: list[str], outputs: list[str], attrs: list[str], shape: Any) -> OpDef:
    indices = ["selected_indices: int32", *outputs]
    return ops.define(
        f"NonMaxSuppression{version}", inputs, indices, attrs, shape=shape, host_inputs=range(2, len(inputs))
    )


_BOXES: Final = ["boxes: T", "scores: T", "max_output_size: int32"]
_THRESHOLDS: Final = ["iou_threshold: T_threshold", "score_threshold: T_threshold"]
_define(
    "",
    ["boxes: float32", "scores: float32", "max_output_size: int32"],
    [],
    ["iou_threshold: float = 0.5"],
    _some,
)
_define("V2", [*_BOXES, _THRESHOLDS[0]], [], [_TYPE, _THRESHOLD_TYPE], _some)
V3 = _define("V3", [*_BOXES, *_THRESHOLDS], [], [_TYPE, _THRESHOLD_TYPE], _some)
V4 = _define(
    "V4", [*_BOXES, *_THRESHOLDS], ["valid_outputs: int32"], [_TYPE, _THRESHOLD_TYPE, _PAD], _some_and_how_many
)
V5 = _define(
    "V5",
    [*_BOXES, "iou_threshold: T", "score_threshold: T", "soft_nms_sigma: T"],
    ["selected_scores: T", "valid_outputs: int32"],
    [_TYPE, _PAD],
    _some_with_scores,
)
WITH_OVERLAPS = _define(
    "WithOverlaps",
    [
        "overlaps: float32",
        "scores: float32",
        "max_output_size: int32",
        "overlap_threshold: float32",
        "score_threshold: float32",
    ],
    [],
    [],
    _overlaps_shape,
)
COMBINED = ops.define(
    "CombinedNonMaxSuppression",
    [
        "boxes: float32",
        "scores: float32",
        "max_output_size_per_class: int32",
        "max_total_size: int32",
        "iou_threshold: float32",
        "score_threshold: float32",
    ],
    [
        "nmsed_boxes: float32",
        "nmsed_scores: float32",
        "nmsed_classes: float32",
        "valid_detections: int32",
    ],
    ["pad_per_class: bool = false", "clip_boxes: bool = true"],
    shape=_combined_shape,
    host_inputs=(2, 3, 4, 5),
)
ops.not_differentiable("NonMaxSuppression", "NonMaxSuppressionV2", "NonMaxSuppressionWithOverlaps")
ops.without_gradient("NonMaxSuppressionV3", "NonMaxSuppressionV4", "NonMaxSuppressionV5", "CombinedNonMaxSuppression")


@export("image.non_max_suppression")
def non_max_suppression(
    boxes: Any,
    scores: Any,
    max_output_size: Any,
    iou_threshold: Any = 0.5,
    score_threshold: Any = _LOWEST,
    name: str | None = None,
) -> Tensor:
    """Takes boxes in the order of their scores, but none that overlaps too much with one that was taken.

    Args:
      boxes: [boxes, 4], float32 or float16: two corners of each, y1, x1, y2, x2.
      scores: [boxes], of the same type.
      max_output_size: an int32 scalar, how many are taken at most.
      iou_threshold: the largest overlap: intersection divided by union.
      score_threshold: what a score must be above.
      name: the name scope.

    Returns:
      [taken], int32, the numbers of the boxes.

    Raises:
      ValueError: a shape does not fit.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     boxes = [[0.0, 0, 1, 1], [0, 0, 1, 0.9], [0, 2, 1, 3]]
    ...     session.run(tf.image.non_max_suppression(boxes, [0.6, 0.9, 0.3], 3)).tolist()
    [1, 2]
    """
    with name_scope(name, "non_max_suppression"):
        iou_threshold = convert_to_tensor(iou_threshold, name="iou_threshold")
        score_threshold = convert_to_tensor(score_threshold, name="score_threshold")
        result: Tensor = make_op(V3, boxes, scores, max_output_size, iou_threshold, score_threshold)
        return result


@export("image.non_max_suppression_with_scores")
def non_max_suppression_with_scores(
    boxes: Any,
    scores: Any,
    max_output_size: Any,
    iou_threshold: Any = 0.5,
    score_threshold: Any = _LOWEST,
    soft_nms_sigma: Any = 0.0,
    name: str | None = None,
) -> tuple[Tensor, Tensor]:
    """As `tf.image.non_max_suppression`; or lowers the scores of what overlaps (Bodla et al., arXiv:1704.04503).

    Args:
      boxes: [boxes, 4], float32 or float16: two corners of each, y1, x1, y2, x2.
      scores: [boxes], of the same type.
      max_output_size: an int32 scalar, how many are taken at most.
      iou_threshold: the largest overlap: intersection divided by union.
      score_threshold: what a score must be above.
      soft_nms_sigma: where above 0, an overlap o multiplies the score by exp(-o**2 / (2 * sigma)).
      name: the name scope.

    Returns:
      ([taken], int32, the numbers of the boxes; [taken], the scores that they were taken with).

    Raises:
      ValueError: a shape does not fit.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     boxes, scores = [[0.0, 0, 1, 1], [0, 2, 1, 3]], [0.5, 1.0]
    ...     [
    ...         part.tolist()
    ...         for part in session.run(tf.image.non_max_suppression_with_scores(boxes, scores, 2))
    ...     ]
    [[1, 0], [1.0, 0.5]]
    """
    with name_scope(name, "non_max_suppression_with_scores"):
        iou_threshold = convert_to_tensor(iou_threshold, name="iou_threshold")
        score_threshold = convert_to_tensor(score_threshold, name="score_threshold")
        soft_nms_sigma = convert_to_tensor(soft_nms_sigma, name="soft_nms_sigma")
        indices, selected, _ = make_op(
            V5,
            boxes,
            scores,
            max_output_size,
            iou_threshold,
            score_threshold,
            soft_nms_sigma,
            pad_to_max_output_size=False,
        )
        return indices, selected


@export("image.non_max_suppression_padded")
def non_max_suppression_padded(
    boxes: Any,
    scores: Any,
    max_output_size: Any,
    iou_threshold: Any = 0.5,
    score_threshold: Any = _LOWEST,
    pad_to_max_output_size: bool = False,
    name: str | None = None,
) -> NonMaxSuppressionV4:
    """As `tf.image.non_max_suppression`, with the number of boxes taken, and filled up with zeros if wanted.

    Args:
      boxes: [boxes, 4], float32 or float16: two corners of each, y1, x1, y2, x2.
      scores: [boxes], of the same type.
      max_output_size: an int32 scalar, how many are taken at most.
      iou_threshold: the largest overlap: intersection divided by union.
      score_threshold: what a score must be above.
      pad_to_max_output_size: whether zeros fill the result up to `max_output_size` elements.
      name: the name scope.

    Returns:
      ([taken], int32, the numbers of the boxes; int32, how many they are).

    Raises:
      ValueError: a shape does not fit.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     both = tf.image.non_max_suppression_padded(
    ...         [[0.0, 0, 1, 1]], [0.5], 3, pad_to_max_output_size=True
    ...     )
    ...     [part.tolist() for part in session.run(both)]
    [[0, 0, 0], 1]
    """
    with name_scope(name, "non_max_suppression_padded"):
        iou_threshold = convert_to_tensor(iou_threshold, name="iou_threshold")
        score_threshold = convert_to_tensor(score_threshold, name="score_threshold")
        outputs = make_op(
            V4,
            boxes,
            scores,
            max_output_size,
            iou_threshold,
            score_threshold,
            pad_to_max_output_size=pad_to_max_output_size,
        )
        return NonMaxSuppressionV4(*outputs)


@export("image.non_max_suppression_overlaps")
def non_max_suppression_with_overlaps(
    overlaps: Any,
    scores: Any,
    max_output_size: Any,
    overlap_threshold: Any = 0.5,
    score_threshold: Any = _LOWEST,
    name: str | None = None,
) -> Tensor:
    """As `tf.image.non_max_suppression`, by overlaps of any kind.

    Args:
      overlaps: [boxes, boxes], float32: how much any two overlap.
      scores: [boxes], float32.
      max_output_size: an int32 scalar, how many are taken at most.
      overlap_threshold: the largest overlap.
      score_threshold: what a score must be above.
      name: the name scope.

    Returns:
      [taken], int32, the numbers of the boxes.

    Raises:
      ValueError: a shape does not fit.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.non_max_suppression_overlaps([[1, 0.6], [0.6, 1]], [0.5, 0.7], 2)).tolist()
    [1]
    """
    with name_scope(name, "non_max_suppression_overlaps"):
        overlap_threshold = convert_to_tensor(overlap_threshold, name="overlap_threshold")
        result: Tensor = make_op(WITH_OVERLAPS, overlaps, scores, max_output_size, overlap_threshold, score_threshold)
        return result


@export("image.combined_non_max_suppression")
def combined_non_max_suppression(
    boxes: Any,
    scores: Any,
    max_output_size_per_class: Any,
    max_total_size: Any,
    iou_threshold: Any = 0.5,
    score_threshold: Any = _LOWEST,
    pad_per_class: bool = False,
    clip_boxes: bool = True,
    name: str | None = None,
) -> CombinedNonMaxSuppression:
    """Takes boxes class by class, and then the best of each image.

    Args:
      boxes: [batch, boxes, classes or 1, 4], float32.
      scores: [batch, boxes, classes], float32.
      max_output_size_per_class: an int32 scalar, how many boxes a class has at most.
      max_total_size: an int32 scalar, how many an image has at most.
      iou_threshold: the largest overlap: intersection divided by union.
      score_threshold: what a score must be above.
      pad_per_class: whether the result has max_output_size_per_class * classes boxes, if that is less.
      clip_boxes: whether coordinates are clipped to [0, 1].
      name: the name scope.

    Returns:
      (boxes [batch, taken, 4], scores [batch, taken], classes [batch, taken] as float32, and how many of them are none
      of the zeros at the end, [batch], int32).

    Raises:
      ValueError: a shape does not fit.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     boxes, scores = [[[[0.0, 0, 1, 1]]]], [[[0.5, 0.75]]]
    ...     _, best, classes, count = session.run(
    ...         tf.image.combined_non_max_suppression(boxes, scores, 1, 2)
    ...     )
    >>> best.tolist(), classes.tolist(), count.tolist()
    ([[0.75, 0.5]], [[1.0, 0.0]], [2])
    """
    with name_scope(name, "combined_non_max_suppression"):
        iou_threshold = convert_to_tensor(iou_threshold, dtype=dtypes.float32, name="iou_threshold")
        score_threshold = convert_to_tensor(score_threshold, dtype=dtypes.float32, name="score_threshold")
        outputs = make_op(
            COMBINED,
            boxes,
            scores,
            max_output_size_per_class,
            max_total_size,
            iou_threshold,
            score_threshold,
            pad_per_class=pad_per_class,
            clip_boxes=clip_boxes,
        )
        return CombinedNonMaxSuppression(*outputs)
