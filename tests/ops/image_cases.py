"""Images: resizing, colours, crops and boxes, against formulas written out pixel by pixel."""

from __future__ import annotations

import colorsys

import numpy as np

import tangraph as tf
from tangraph.framework.make_op import make_op
from tangraph.testing import OpCase, distinct, given, known, of

REALS = "float32 float64 float16 int32 uint8"
IMAGE = of(2, 3, 4, 2)
NEW = (5, 3)


def raw(op_type, **attrs):
    return lambda *inputs: make_op(op_type, *inputs, **attrs)


def place(i, old, new, align_corners=False, half_pixel_centers=False):
    scale = (
        np.float32(old - 1) / np.float32(new - 1) if align_corners and new > 1 else np.float32(old) / np.float32(new)
    )
    return float((np.float32(i) + np.float32(0.5)) * scale - np.float32(0.5) if half_pixel_centers else i * scale)


def bilinear(old, new, **centers):
    weights = np.zeros((new, old))
    for i in range(new):
        at = place(i, old, new, **centers)
        low = int(np.floor(at))
        weights[i, max(low, 0)] += 1 - (at - low)
        weights[i, min(int(np.ceil(at)), old - 1)] += at - low
    return weights


def nearest(old, new, align_corners=False, half_pixel_centers=False):
    weights = np.zeros((new, old))
    for i in range(new):
        at = place(i, old, new, align_corners, half_pixel_centers) + (0.5 if align_corners or half_pixel_centers else 0)
        weights[i, min(int(np.floor(at)), old - 1)] = 1
    return weights


def bicubic(old, new, half_pixel_centers=False, **centers):
    a = -0.5 if half_pixel_centers else -0.75
    weights = np.zeros((new, old))
    for i in range(new):
        at = place(i, old, new, half_pixel_centers=half_pixel_centers, **centers)
        low = int(np.floor(at))
        part = np.rint((at - low) * 1024) / 1024
        for offset in range(-1, 3):
            distance = abs(part - offset)
            near = ((a + 2) * distance - (a + 3)) * distance**2 + 1
            far = ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a
            inside = 0 <= low + offset < old
            if inside or not half_pixel_centers:
                weights[i, min(max(low + offset, 0), old - 1)] += near if distance <= 1 else far
    return weights / weights.sum(1, keepdims=True) if half_pixel_centers else weights


def area(old, new, **centers):
    weights = np.zeros((new, old))
    scale = place(1, old, new, **centers)
    for i in range(new):
        for pixel in range(old):
            weights[i, pixel] = max(min((i + 1) * scale, pixel + 1) - max(i * scale, pixel), 0)
    return weights / scale


def resized(weights, size=NEW, **centers):
    def reference(x, *_):
        rows, columns = (weights(x.shape[axis + 1], size[axis], **centers) for axis in (0, 1))
        return np.einsum("ih,jw,bhwc->bijc", rows, columns, x)

    return reference


def spread(weights, **centers):
    def reference(grads, x):
        height, width = x.shape[1:3] if np.ndim(x) == 4 else x
        rows, columns = weights(height, grads.shape[1], **centers), weights(width, grads.shape[2], **centers)
        return np.einsum("ih,jw,bijc->bhwc", rows, columns, grads)

    return reference


KINDS = {"": {}, "corners": {"align_corners": True}, "centers": {"half_pixel_centers": True}}
RESIZING = [
    OpCase(op, raw(op, **centers), (IMAGE, known(NEW)), resized(weights, **centers), types, label, 4, gradients)
    for op, weights, types, gradients in [
        ("ResizeBilinear", bilinear, REALS, 0),
        ("ResizeBicubic", bicubic, REALS, 0),
        ("ResizeNearestNeighbor", nearest, REALS, 1),
    ]
    for label, centers in KINDS.items()
] + [
    OpCase("ResizeArea", tf.image.resize_area, (IMAGE, known((2, 3))), resized(area, (2, 3)), REALS, tolerance=4),
    OpCase(
        "ResizeBilinear",
        tf.image.resize_bilinear,
        (IMAGE, given(NEW, "int32")),
        resized(bilinear),
        "float32",
        "fed",
        4,
        known_shape=False,
    ),
]
FLOAT_GRADS = of(2, *NEW, 2, dtype="float32")
RESIZE_GRADIENTS = [
    OpCase(op, raw(op, **centers), (FLOAT_GRADS, IMAGE), spread(weights, **centers), types, label, 8)
    for op, weights, types in [
        ("ResizeBilinearGrad", bilinear, "float32 float64 float16"),
        ("ResizeBicubicGrad", bicubic, "float32"),
    ]
    for label, centers in KINDS.items()
] + [
    OpCase(
        "ResizeNearestNeighborGrad",
        raw("ResizeNearestNeighborGrad", **centers),
        (of(2, *NEW, 2), known((3, 4))),
        spread(nearest, **centers),
        "float32 float64 int32",
        label,
        4,
    )
    for label, centers in KINDS.items()
]

COLORS = distinct(2, 3, 4, 3, low=0.05, high=0.95)


def per_pixel(function):
    return lambda x, *rest: np.apply_along_axis(lambda pixel: function(*pixel, *rest), -1, x)


def turned(r, g, b, delta):
    hue, saturation, value = colorsys.rgb_to_hsv(r, g, b)
    return colorsys.hsv_to_rgb((hue + delta) % 1, saturation, value)


def saturated(r, g, b, scale):
    hue, saturation, value = colorsys.rgb_to_hsv(r, g, b)
    return colorsys.hsv_to_rgb(hue, min(max(saturation * scale, 0), 1), value)


def contrast(x, factor):
    mean = x.mean((-3, -2), keepdims=True)
    return (x - mean) * factor + mean


HALF = "float32 float16"
FACTOR = given(1.5, "float32")
COLORING = [
    OpCase("AdjustContrastv2", raw("AdjustContrastv2"), (COLORS, FACTOR), contrast, HALF, tolerance=4),
    OpCase("AdjustHue", raw("AdjustHue"), (COLORS, given(-0.3, "float32")), per_pixel(turned), HALF, tolerance=16),
    OpCase("AdjustSaturation", raw("AdjustSaturation"), (COLORS, FACTOR), per_pixel(saturated), HALF, tolerance=16),
    OpCase(
        "RGBToHSV",
        tf.image.rgb_to_hsv,
        (distinct(2, 4, 3, low=0.05, high=0.95),),
        per_pixel(colorsys.rgb_to_hsv),
        "float32 float64",
        tolerance=16,
        gradients=0,
        known_shape=True,
    ),
    OpCase(
        "HSVToRGB",
        tf.image.hsv_to_rgb,
        (distinct(2, 4, 3, low=0.05, high=0.95),),
        per_pixel(colorsys.hsv_to_rgb),
        "float32 float64",
        tolerance=16,
    ),
]

BOXES = np.array([[0, 0, 1, 1], [0.2, 0.1, 0.7, 0.9], [-0.3, 0.2, 1.4, 0.5], [0.8, 0.9, 0.1, 0.2]], np.float32)
NUMBERS = np.array([0, 1, 0, 1], np.int32)
CROP = (3, 2)


def crop_weights(begin, end, old, new):
    """The weights of one crop along one axis, and which of its pixels are inside."""
    weights, inside = np.zeros((new, old)), np.zeros(new, bool)
    for i in range(new):
        at = (begin + i * (end - begin) / (new - 1)) * (old - 1)
        inside[i] = 0 <= at <= old - 1
        if inside[i]:
            low = int(np.floor(at))
            weights[i, low] += 1 - (at - low)
            weights[i, int(np.ceil(at))] += at - low
    return weights, inside


def cropped(x, boxes, numbers, size, outside=0.5):
    crops = []
    for (y1, x1, y2, x2), number in zip(boxes, numbers, strict=True):
        rows, above = crop_weights(y1, y2, x.shape[1], size[0])
        columns, left = crop_weights(x1, x2, x.shape[2], size[1])
        crop = np.einsum("ih,jw,hwc->ijc", rows, columns, x[number])
        crops.append(np.where((above[:, None] & left)[..., None], crop, outside))
    return np.stack(crops)


def crop_spread(grads, boxes, numbers, size):
    result = np.zeros(tuple(size))
    for grad, (y1, x1, y2, x2), number in zip(grads, boxes, numbers, strict=True):
        rows, above = crop_weights(y1, y2, size[1], grad.shape[0])
        columns, left = crop_weights(x1, x2, size[2], grad.shape[1])
        result[number] += np.einsum("ih,jw,ijc->hwc", rows, columns, grad * (above[:, None] & left)[..., None])
    return result


def crop_slopes(grads, x, boxes, numbers):
    """By differences: the crops are linear between the pixels."""
    slopes, step = np.zeros(boxes.shape), 1e-6
    for box in range(len(boxes)):
        for edge in range(4):
            moved = [boxes.astype(float), boxes.astype(float)]
            moved[0][box, edge] += step
            moved[1][box, edge] -= step
            more, less = (cropped(x, one, numbers, grads.shape[1:3], 0) for one in moved)
            slopes[box, edge] = ((more - less) * grads).sum() / (2 * step)
    return slopes


INNER = np.array([[0.05, 0.1, 0.9, 0.95], [0.21, 0.13, 0.74, 0.88], [0.83, 0.91, 0.12, 0.24]], np.float32)
GIVEN_BOXES, GIVEN_NUMBERS = given(BOXES, "float32"), given(NUMBERS, "int32")
CROPPING = [
    OpCase(
        "CropAndResize",
        lambda *inputs: tf.image.crop_and_resize(*inputs, extrapolation_value=0.5),
        (IMAGE, GIVEN_BOXES, GIVEN_NUMBERS, known(CROP)),
        cropped,
        "float32 float64 float16 uint8",
        tolerance=8,
        gradients=0,
    ),
    OpCase(
        "CropAndResizeGradImage",
        lambda *inputs: make_op("CropAndResizeGradImage", *inputs, T=tf.float32),
        (of(4, *CROP, 2, dtype="float32"), GIVEN_BOXES, GIVEN_NUMBERS, known((2, 3, 4, 2))),
        crop_spread,
        tolerance=8,
    ),
    OpCase(
        "CropAndResizeGradBoxes",
        raw("CropAndResizeGradBoxes"),
        (of(3, 3, 2, 2, dtype="float32"), IMAGE, given(INNER, "float32"), given(NUMBERS[:3], "int32")),
        crop_slopes,
        tolerance=64,
    ),
    OpCase(
        "ExtractGlimpse",
        tf.image.extract_glimpse,
        (of(2, 7, 9, 3), known((3, 4)), given([[0.0, 0.2], [-0.3, 0.0]], "float32")),
        lambda x, size, at: np.stack(
            [
                x[i, int(top) : int(top) + 3, int(left) : int(left) + 4]
                for i, (top, left) in enumerate((at * [7, 9]) / 2 + np.array([7, 9]) / 2 - np.array([3, 4]) / 2)
            ]
        ),
    ),
    OpCase(
        "ExtractGlimpse",
        raw("ExtractGlimpse", centered=False, normalized=False, uniform_noise=False, noise="zero"),
        (of(1, 2, 2, 1), known((2, 2)), given([[2.0, 2.0]], "float32")),
        lambda x, *_: np.pad(x[:, 1:, 1:], ((0, 0), (0, 1), (0, 1), (0, 0))),
        label="outside",
    ),
]

#: The first two overlap by 0.9, the last one with none.
OVERLAPPING = np.array([[0, 0, 1, 1], [0, 0, 1, 0.9], [0, 0.5, 1, 1.5], [2, 2, 3, 3]], np.float32)
SCORES = np.array([0.9, 0.8, 0.7, 0.6], np.float32)
HALF_OVERLAPS = given(OVERLAPPING, "float32"), given(SCORES, "float32"), known(3, "int32")
THRESHOLD, LEAST = known(0.5, "float32"), known(0.1, "float32")
TAKEN = np.array([0, 2, 3], np.int32)


def lowered(sigma=0.5):
    """Scores after the overlaps 0.9 (refused), 1/3 and 0.4/1.5 (with what was refused, so not counted)."""
    return np.array([0.9, 0.7 * np.exp(-((1 / 3) ** 2) / (2 * sigma)), 0.6], np.float32)


SUPPRESSION = [
    OpCase("NonMaxSuppression", raw("NonMaxSuppression"), HALF_OVERLAPS, lambda *_: TAKEN, known_shape=False),
    OpCase(
        "NonMaxSuppressionV2",
        raw("NonMaxSuppressionV2"),
        (*HALF_OVERLAPS, THRESHOLD),
        lambda *_: TAKEN,
        known_shape=False,
    ),
    OpCase(
        "NonMaxSuppressionV3",
        tf.image.non_max_suppression,
        (*HALF_OVERLAPS, THRESHOLD, LEAST),
        lambda *_: TAKEN,
        known_shape=False,
    ),
    OpCase(
        "NonMaxSuppressionV4",
        lambda *inputs: list(tf.image.non_max_suppression_padded(*inputs)),
        (*HALF_OVERLAPS, THRESHOLD, LEAST),
        lambda *_: [TAKEN, np.int32(3)],
        known_shape=False,
    ),
    OpCase(
        "NonMaxSuppressionV5",
        lambda *inputs: list(tf.image.non_max_suppression_with_scores(*inputs)),
        (*HALF_OVERLAPS, THRESHOLD, LEAST, known(0.5, "float32")),
        lambda *_: [TAKEN, lowered()],
        known_shape=False,
        tolerance=4,
    ),
    OpCase(
        "NonMaxSuppressionWithOverlaps",
        tf.image.non_max_suppression_overlaps,
        (
            given([[1, 0.9, 0.2], [0.9, 1, 0.2], [0.2, 0.2, 1]], "float32"),
            given(SCORES[:3], "float32"),
            known(3, "int32"),
            THRESHOLD,
            LEAST,
        ),
        lambda *_: np.array([0, 2], np.int32),
        known_shape=False,
    ),
    OpCase(
        "CombinedNonMaxSuppression",
        lambda *inputs: list(tf.image.combined_non_max_suppression(*inputs, clip_boxes=False)),
        (
            given(OVERLAPPING[None, :, None], "float32"),
            given(SCORES[None, :, None], "float32"),
            known(3, "int32"),
            known(4, "int32"),
            THRESHOLD,
            LEAST,
        ),
        lambda *_: [
            np.concatenate([OVERLAPPING[TAKEN], np.zeros((1, 4), np.float32)])[None],
            np.array([[0.9, 0.7, 0.6, 0]], np.float32),
            np.zeros((1, 4), np.float32),
            np.array([3], np.int32),
        ],
    ),
]


def framed(x, boxes, colors=((1.0, 1.0, 0.0),)):
    result = x.copy()
    for image, of_image in zip(result, boxes, strict=True):
        for number, box in enumerate(of_image):
            top, left, bottom, right = (box * np.array([x.shape[1] - 1, x.shape[2] - 1] * 2)).astype(int)
            color = colors[number % len(colors)]
            image[[top, bottom], left : right + 1] = color
            image[top : bottom + 1, [left, right]] = color
    return result


FRAMES = given([[[0.25, 0.25, 0.75, 0.75]], [[0, 0, 1, 0.5]]], "float32")
DRAWING = [
    OpCase("DrawBoundingBoxes", tf.image.draw_bounding_boxes, (of(2, 5, 5, 3), FRAMES), framed, HALF),
    OpCase(
        "DrawBoundingBoxesV2",
        raw("DrawBoundingBoxesV2"),
        (of(2, 5, 5, 3), FRAMES, given([[0.5, 0.25, 0.75]], "float32")),
        framed,
        HALF,
    ),
    OpCase(
        "SampleDistortedBoundingBoxV2",
        lambda size, boxes: list(tf.image.sample_distorted_bounding_box(size, boxes, seed=3)),
        (given([20, 30, 3], "int32"), given([[[0.1, 0.2, 0.8, 0.9]]], "float32")),
        None,
        repeatable=False,
    ),
]


def shifted(x, *_):
    """Each pixel is the one to its right and half a pixel below."""
    below = np.pad(x, ((0, 0), (0, 1), (0, 1), (0, 0)))
    return (below[:, :-1, 1:] + below[:, 1:, 1:]) / 2


TRANSFORM = given([[1, 0, 1, 0, 1, 0.5, 0, 0]], "float32")
PROJECTIVE = [
    OpCase(
        "ImageProjectiveTransformV2",
        raw("ImageProjectiveTransformV2", interpolation="BILINEAR"),
        (IMAGE, TRANSFORM, known((3, 4))),
        shifted,
        "float32 float64 float16",
        tolerance=4,
        gradients=0,
    ),
    OpCase(
        "ImageProjectiveTransformV2",
        raw("ImageProjectiveTransformV2", interpolation="NEAREST"),
        (IMAGE, given([[1, 0, 1, 0, 1, 0, 0, 0]], "float32"), known((3, 4))),
        lambda x, *_: np.pad(x[:, :, 1:], ((0, 0), (0, 0), (0, 1), (0, 0))),
        "float32 float64 int32 uint8",
        "nearest",
        gradients=0,
    ),
]

CASES = [
    *RESIZING,
    *RESIZE_GRADIENTS,
    *COLORING,
    *CROPPING,
    *SUPPRESSION,
    *DRAWING,
    *PROJECTIVE,
]
