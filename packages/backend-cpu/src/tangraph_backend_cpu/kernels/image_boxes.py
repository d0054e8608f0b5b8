"""Boxes drawn on images, and boxes drawn by lot. They run on the host."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from tangraph.plugin import KernelSet
from tangraph_backend_cpu.kernels.image_resize import invalid, shape_text
from tangraph_backend_cpu.kernels.nn_samplers import Words
from tangraph_backend_cpu.kernels.random_state import generator

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()

Array = Any
F = np.float32

#: TensorFlow's colours, RGBA, in its order.
_COLORS: Final = np.array(
    [
        [1, 1, 0, 1],
        [0, 0, 1, 1],
        [1, 0, 0, 1],
        [0, 1, 0, 1],
        [0.5, 0, 0.5, 1],
        [0.5, 0.5, 0, 1],
        [0.5, 0, 0, 1],
        [0, 0, 0.5, 1],
        [0, 1, 1, 1],
        [1, 0, 1, 1],
    ],
    F,
)


@kernel("DrawBoundingBoxes", "DrawBoundingBoxesV2")
def draw_bounding_boxes(k: KernelContext) -> Callable[..., Array]:
    """The edges that are in the image."""
    del k

    def draw(images: Array, boxes: Array, colors: Array = _COLORS) -> Array:
        _check_drawn(images, boxes)
        if not colors.size:
            colors = _COLORS
        depth = images.shape[3]
        if colors.shape[1] < depth:
            raise invalid(f"colors must have equal or more channels than the image provided: {shape_text(colors)}")
        table = colors[:, :depth].astype(images.dtype)
        if depth == 1 and colors is _COLORS:
            table = np.ones_like(table)
        result = images.copy()
        for image, of_image in zip(result, boxes, strict=True):
            for number, box in enumerate(of_image):
                _draw(image, box, table[number % len(table)])
        return result

    return draw


def _check_drawn(images: Array, boxes: Array) -> None:
    if images.ndim != 4:
        raise invalid("The rank of the images should be 4")
    if boxes.ndim != 3:
        raise invalid("The rank of the boxes tensor should be 3")
    if images.shape[0] != boxes.shape[0]:
        raise invalid("The batch sizes should be the same")
    if images.shape[3] not in (1, 3, 4):
        raise invalid("Channel depth should be either 1 (GRY), 3 (RGB), or 4 (RGBA)")


def _draw(image: Array, box: Array, color: Array) -> None:
    """Draws what is visible of a box; of one that is upside down, nothing."""
    height, width = image.shape[:2]
    top, bottom = (int(box[i] * F(height - 1)) for i in (0, 2))
    left, right = (int(box[i] * F(width - 1)) for i in (1, 3))
    if top > bottom or left > right or top >= height or bottom < 0 or left >= width or right < 0:
        return
    rows = slice(max(top, 0), min(bottom, height - 1) + 1)
    columns = slice(max(left, 0), min(right, width - 1) + 1)
    if top >= 0:
        image[top, columns] = color
    if bottom < height:
        image[bottom, columns] = color
    if left >= 0:
        image[rows, left] = color
    if right < width:
        image[rows, right] = color


class _Rectangle(NamedTuple):
    """Pixels; the ends are outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def area(self) -> int:
        return (self.right - self.left) * (self.bottom - self.top)

    def common(self, other: _Rectangle) -> int:
        """Returns the area that two share."""
        left, top = max(self.left, other.left), max(self.top, other.top)
        right, bottom = min(self.right, other.right), min(self.bottom, other.bottom)
        return 0 if left > right or top > bottom else (right - left) * (bottom - top)


class _Limits(NamedTuple):
    """What a piece must be like."""

    aspect_ratios: tuple[float, float]
    areas: tuple[float, float]
    attempts: int
    use_image: bool


def _limits(k: KernelContext) -> _Limits:
    ratios, areas, attempts = k.attr("aspect_ratio_range"), k.attr("area_range"), k.attr("max_attempts")
    if len(ratios) != 2:
        raise invalid("Aspect ratio range field must specify 2 dimensions")
    if ratios[0] <= 0 or ratios[1] <= 0:
        raise invalid(f"Aspect ratio range must be non-negative: [{ratios[0]:g}, {ratios[1]:g}]")
    if len(areas) != 2:
        raise invalid("Area range field must specify 2 dimensions")
    if areas[0] <= 0 or areas[1] <= 0 or areas[0] > 1 or areas[1] > 1:
        which = "non-negative" if areas[0] <= 0 or areas[1] <= 0 else "less then or equal to 1.0"
        raise invalid(f"Area range must be {which}: [{areas[0]:g}, {areas[1]:g}]")
    if attempts <= 0:
        raise invalid(f"Max attempts must be non-negative: {attempts}")
    return _Limits(tuple(ratios), tuple(areas), attempts, k.attr("use_image_if_no_bounding_boxes"))


@kernel("SampleDistortedBoundingBoxV2")
def sample_distorted_bounding_box(k: KernelContext) -> Callable[..., tuple[Array, ...]]:
    """A piece with random area and shape that covers enough of a box, or else the whole image."""
    limits, draws, dtype = _limits(k), generator(k), k.output_dtypes[0].np

    def sample(image_size: Array, boxes: Array, covered: Any) -> tuple[Array, ...]:
        height, width = _size(image_size)
        if boxes.ndim != 3 or boxes.shape[-1] != 4:
            raise invalid(
                f"input boxes must be 3-dimensional [batch, num_boxes, coords]: {shape_text(boxes)}"
                if boxes.ndim != 3
                else f"bounding boxes must have shape [4] or [*, 4], got {shape_text(boxes)}"
            )
        if covered < 0:
            raise invalid(f"Min object covered must be non-negative: {float(covered):g}")
        objects = _rectangles(boxes.reshape(-1, 4), height, width, limits.use_image)
        words = Words(draws.reserve(limits.attempts))
        piece = _draw_piece(words, limits, (height, width), objects, F(covered))
        begin = np.array([piece.top, piece.left, 0], dtype)
        size = np.array([piece.bottom - piece.top, piece.right - piece.left, -1]).astype(dtype)
        with np.errstate(divide="ignore", invalid="ignore"):
            edges = np.array([piece.top, piece.left, piece.bottom, piece.right], F) / np.array([height, width] * 2, F)
        return begin, size, edges.reshape(1, 1, 4)

    return sample


def _size(image_size: Array) -> tuple[int, int]:
    if image_size.ndim != 1:
        raise invalid(f"image_size must be 1-dimensional: {shape_text(image_size)}")
    if len(image_size) != 3:
        raise invalid(f"image_size must contain 3 elements: {shape_text(image_size)}")
    height, width, _ = image_size.tolist()
    return height, width


def _rectangles(boxes: Array, height: int, width: int, use_image: bool) -> list[_Rectangle]:
    """Returns boxes in pixels; the whole image where there is none and that is wanted."""
    if not len(boxes):
        if not use_image:
            raise invalid(
                "No bounding boxes provided as input. One must enable use_image_if_no_bounding_boxes if you wish to "
                "not provide any bounding boxes."
            )
        return [_Rectangle(0, 0, width, height)]
    outside = boxes[~((boxes >= 0) & (boxes <= 1))]
    if outside.size:
        raise invalid(f"All bounding box coordinates must be in [0.0, 1.0]: {outside[0]:g}")
    w, h = F(width), F(height)
    return [
        _Rectangle(int(left * w), int(top * h), int(right * w), int(bottom * h)) for top, left, bottom, right in boxes
    ]


def _draw_piece(
    words: Words, limits: _Limits, size: tuple[int, int], objects: list[_Rectangle], covered: Any
) -> _Rectangle:
    least, most = (F(ratio) for ratio in limits.aspect_ratios)
    for _ in range(limits.attempts):
        ratio = F(words.single()) * (most - least) + least
        piece = _piece(words, ratio, limits.areas, size)
        if piece is not None and _covers(piece, objects, covered):
            return piece
    return _Rectangle(0, 0, size[1], size[0])


def _covers(piece: _Rectangle, objects: list[_Rectangle], covered: Any) -> bool:
    if piece.area < 1:
        return False
    return any(F(piece.common(one)) / F(one.area) >= covered for one in objects if one.area >= 1)


def _rounded(value: Any) -> int:
    """The nearest whole number; halves go to the even one."""
    return int(np.rint(F(value)))


def _piece(words: Words, ratio: Any, areas: tuple[float, float], size: tuple[int, int]) -> _Rectangle | None:
    """Returns a piece with the ratio width / height, its height and place drawn by lot; None where none fits."""
    whole_height, whole_width = size
    if whole_height <= 0 or whole_width <= 0:
        return None
    least, most = (F(F(F(area) * F(whole_width)) * F(whole_height)) for area in areas)
    height = _rounded(math.sqrt(F(least / ratio)))
    top_height = _rounded(math.sqrt(F(most / ratio)))
    if _rounded(F(top_height) * ratio) > whole_width:
        top_height = int((whole_width + 0.5 - float(F(1e-7))) / float(ratio))
    top_height = min(top_height, whole_height)
    height = min(height, top_height)
    if height < top_height:
        height += words.below(top_height - height + 1)
    width = _rounded(F(height) * ratio)
    if F(width * height) < least:
        height += 1
        width = _rounded(F(height) * ratio)
    if F(width * height) > most:
        height -= 1
        width = _rounded(F(height) * ratio)
    if not least <= F(width * height) <= most or not 0 < width <= whole_width or not 0 < height <= whole_height:
        return None
    top = words.below(whole_height - height) if height < whole_height else 0
    left = words.below(whole_width - width) if width < whole_width else 0
    return _Rectangle(left, top, left + width, top + height)
