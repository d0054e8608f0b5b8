"""How much two images resemble each other: PSNR, SSIM and its form on several scales."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.framework import dtypes
from tangraph.framework.scopes import control_dependencies, name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.concat import concat
from tangraph.ops.array.constant import constant
from tangraph.ops.array.identity import identity
from tangraph.ops.array.packing import stack
from tangraph.ops.array.pad import pad
from tangraph.ops.array.reshape import expand_dims, reshape
from tangraph.ops.array.shape import shape as shape_of
from tangraph.ops.array.shape import shape_n, size
from tangraph.ops.array.tile import tile
from tangraph.ops.control_flow.cond import cond
from tangraph.ops.logging_ops import Assert
from tangraph.ops.math.arithmetic import squared_difference, subtract
from tangraph.ops.math.cast import cast
from tangraph.ops.math.comparison import equal, greater_equal, not_equal
from tangraph.ops.math.power import pow as pow_
from tangraph.ops.math.ranges import range as range_
from tangraph.ops.math.reductions import reduce_all, reduce_any, reduce_mean, reduce_prod
from tangraph.ops.math.unary import log, square
from tangraph.ops.nn.activations import relu
from tangraph.ops.nn.depthwise import depthwise_conv2d
from tangraph.ops.nn.pool import avg_pool
from tangraph.ops.nn.softmax import softmax
from tangraph.plugin import export
from tangraph_datasets.images.dtype import convert_image_dtype

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor

#: The weights of the five scales: Wang, Simoncelli and Bovik, "Multiscale structural similarity", 2003.
_SCALES: Final = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)


def _checked(first: Any, second: Any) -> tuple[Any, Any, list[Any]]:
    """Returns the shapes of two images, and the assertions that they are of one size.

    Raises:
      ValueError: they are known not to be.
    """
    one, other = first.get_shape().with_rank_at_least(3), second.get_shape().with_rank_at_least(3)
    one[-3:].assert_is_compatible_with(other[-3:])
    if one.ndims is not None and other.ndims is not None:
        for a, b in zip(reversed(one.dims[:-3]), reversed(other.dims[:-3]), strict=False):
            if not (a == 1 or b == 1 or a.is_compatible_with(b)):
                raise ValueError(f"Two images are not compatible: {one} and {other}")
    shapes: Any = shape_n([first, second])
    enough = Assert(greater_equal(size(shapes[0]), 3), shapes, summarize=10)
    alike = reduce_all(equal(shapes[0][-3:], shapes[1][-3:]))
    return shapes[0], shapes[1], [enough, Assert(alike, shapes, summarize=10)]


@export("image.psnr")
def psnr(a: Any, b: Any, max_val: Any, name: str | None = None) -> Tensor:
    """Returns the peak signal-to-noise ratio of two images, in decibels.

    Args:
      a: a tensor [..., height, width, channels], integers or floats.
      b: of the same type; its last three dimensions are those of `a`.
      max_val: the difference of the largest and the smallest value that there can be.
      name: the name scope.

    Returns:
      [...], float32: 20 * log10(max_val) - 10 * log10(mean squared difference).

    Raises:
      ValueError: the shapes do not fit. Where that is known only when the graph runs, InvalidArgumentError then.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     a, b = tf.zeros([2, 2, 1]), tf.fill([2, 2, 1], 0.1)
    ...     round(float(session.run(tf.image.psnr(a, b, 1.0))), 3)
    20.0
    """
    with name_scope(name, "PSNR", [a, b]):
        max_val = convert_image_dtype(cast(max_val, a.dtype), dtypes.float32)
        a, b = convert_image_dtype(a, dtypes.float32), convert_image_dtype(b, dtypes.float32)
        error = reduce_mean(squared_difference(a, b), [-3, -2, -1])
        ratio = subtract(
            20 * log(max_val) / log(10.0),
            np.float32(10 / np.log(10)) * log(error),
            name="psnr",
        )
        _, _, checks = _checked(a, b)
        with control_dependencies(checks):
            return identity(ratio)


def _similarity(x: Any, y: Any, reduced: Callable[[Any], Any], max_val: Any, k1: float, k2: float) -> tuple[Any, Any]:
    """The likeness of brightness, and that of contrast and structure.

    Args:
      x: images.
      y: images.
      reduced: the weighted mean around each pixel.
      max_val: the largest value.
      k1: keeps the first quotient from being that of two zeros.
      k2: keeps the second.
    """
    c1, c2 = (k1 * max_val) ** 2, (k2 * max_val) ** 2
    mean_x, mean_y = reduced(x), reduced(y)
    product = mean_x * mean_y * 2.0
    squares: Any = square(mean_x) + square(mean_y)
    luminance = (product + c1) / (squares + c1)
    covariance = reduced(x * y) * 2.0
    variances = reduced(square(x) + square(y))
    c2 *= 1.0
    structure = (covariance - product + c2) / (variances - squares + c2)
    return luminance, structure


def _gaussian(length: Any, sigma: Any) -> Any:
    """A Gaussian window of sum 1, [length, length, 1, 1]."""
    length = convert_to_tensor(length, dtypes.int32)
    sigma = convert_to_tensor(sigma)
    places: Any = cast(range_(length), sigma.dtype)
    places -= cast(length - 1, sigma.dtype) / 2.0
    window: Any = square(places)
    window *= -0.5 / square(sigma)
    window = reshape(window, shape=[1, -1]) + reshape(window, shape=[-1, 1])
    window = softmax(reshape(window, shape=[1, -1]))
    return reshape(window, shape=[length, length, 1, 1])


def _per_channel(
    first: Any, second: Any, max_val: Any, filter_size: Any, filter_sigma: Any, k1: float, k2: float
) -> tuple[Tensor, Tensor]:
    """The structural similarity, and that of contrast and structure alone, for each channel."""
    filter_size = constant(filter_size, dtype=dtypes.int32)
    filter_sigma = constant(filter_sigma, dtype=first.dtype)
    shapes: Any = shape_n([first, second])
    checks = [
        Assert(reduce_all(greater_equal(shape[-3:-1], filter_size)), [shape, filter_size], summarize=8)
        for shape in shapes
    ]
    with control_dependencies(checks):
        first = identity(first)
    kernel = _gaussian(filter_size, filter_sigma)
    kernel = tile(kernel, multiples=[1, 1, shapes[0][-1], 1])

    def reduced(x: Any) -> Any:
        whole: Any = shape_of(x)
        flat = reshape(x, shape=concat([[-1], whole[-3:]], 0))
        y = depthwise_conv2d(flat, kernel, strides=[1, 1, 1, 1], padding="VALID")
        head = whole[:-3]
        sizes: Any = shape_of(y)
        return reshape(y, concat([head, sizes[1:]], 0))

    luminance, structure = _similarity(first, second, reduced, max_val, k1, k2)
    axes = constant([-3, -2], dtype=dtypes.int32)
    return reduce_mean(luminance * structure, axes), reduce_mean(structure, axes)


@export("image.ssim")
def ssim(
    img1: Any,
    img2: Any,
    max_val: Any,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
) -> Tensor:
    """Returns the structural similarity of two images (Wang et al., "Image quality assessment", 2004).

    Args:
      img1: a tensor [..., height, width, channels], integers or floats; height and width are `filter_size` or more.
      img2: of the same type; its last three dimensions are those of `img1`.
      max_val: the difference of the largest and the smallest value that there can be.
      filter_size: the size of the Gaussian window.
      filter_sigma: its standard deviation.
      k1: with `max_val`, the first constant of the formula.
      k2: with `max_val`, the second.

    Returns:
      [...], float32, at most 1: the mean over pixels and channels.

    Raises:
      ValueError: the shapes do not fit. Where that is known only when the graph runs, InvalidArgumentError then.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     image = tf.random_uniform([12, 12, 1])
    ...     float(session.run(tf.image.ssim(image, image, 1.0)))
    1.0
    """
    _, _, checks = _checked(img1, img2)
    with control_dependencies(checks):
        img1 = identity(img1)
    max_val, img1, img2 = _floats(max_val, img1, img2)
    channels, _ = _per_channel(img1, img2, max_val, filter_size, filter_sigma, k1, k2)
    return reduce_mean(channels, [-1])


def _floats(max_val: Any, first: Any, second: Any) -> tuple[Any, Any, Any]:
    max_val = convert_image_dtype(cast(max_val, first.dtype), dtypes.float32)
    first = convert_image_dtype(first, dtypes.float32)
    return max_val, first, convert_image_dtype(second, dtypes.float32)


@export("image.ssim_multiscale")
def ssim_multiscale(
    img1: Any,
    img2: Any,
    max_val: Any,
    power_factors: Sequence[float] = _SCALES,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
) -> Tensor:
    """Returns the structural similarity of two images on several scales, each half of the one before.

    Args:
      img1: [..., height, width, channels], integers or floats; at the last scale still of size `filter_size`.
      img2: of the same type; its last three dimensions are those of `img1`.
      max_val: the difference of the largest and the smallest value that there can be.
      power_factors: the weight of each scale.
      filter_size: the size of the Gaussian window.
      filter_sigma: its standard deviation.
      k1: with `max_val`, the first constant of the formula.
      k2: with `max_val`, the second.

    Returns:
      [...], float32, between 0 and 1.

    Raises:
      ValueError: the shapes do not fit. Where that is known only when the graph runs, InvalidArgumentError then.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     image = tf.random_uniform([16, 16, 1])
    ...     float(session.run(tf.image.ssim_multiscale(image, image, 1.0, [0.5, 0.5], filter_size=4)))
    1.0
    """
    with name_scope(None, "MS-SSIM", [img1, img2]):
        img1, img2 = convert_to_tensor(img1, name="img1"), convert_to_tensor(img2, name="img2")
        shape1, shape2, checks = _checked(img1, img2)
        with control_dependencies(checks):
            img1 = identity(img1)
        max_val, img1, img2 = _floats(max_val, img1, img2)
        images = [img1, img2]
        heads = [shape[:-3] for shape in (shape1, shape2)]
        tails = [shape[-3:] for shape in (shape1, shape2)]
        halves = constant([2, 2, 1], dtype=dtypes.int32)
        structures = []
        channels: Any = None
        for number in range(len(power_factors)):
            with name_scope(None, f"Scale{number}", images):
                if number > 0:
                    images, tails = _halved(images, heads, tails, halves)
                channels, structure = _per_channel(images[0], images[1], max_val, filter_size, filter_sigma, k1, k2)
                structures.append(relu(structure))
        # At the last scale brightness counts, too.
        structures.pop()
        scales = stack([*structures, relu(channels)], axis=-1)
        similarity = reduce_prod(pow_(scales, power_factors), [-1])
        return reduce_mean(similarity, [-1])


def _halved(images: list[Any], heads: list[Any], tails: list[Any], halves: Any) -> tuple[list[Any], list[Any]]:
    """Images of half the size, and their sizes. Those of odd size get one more row or column, the last once more."""
    flat = [reshape(x, concat([[-1], tail], 0)) for x, tail in zip(images, tails, strict=True)]
    remainder = tails[0] % halves

    def padded() -> list[Any]:
        padding = expand_dims(remainder, -1)
        padding = pad(padding, [[1, 0], [1, 0]])
        return [pad(x, padding, mode="SYMMETRIC") for x in flat]

    even = cond(reduce_any(not_equal(remainder, 0)), padded, lambda: flat)
    window = [1, 2, 2, 1]
    smaller = [avg_pool(x, ksize=window, strides=window, padding="VALID") for x in even]
    sizes: Any = shape_n(smaller)
    tails = [size[1:] for size in sizes]
    return [reshape(x, concat([h, t], 0)) for x, h, t in zip(smaller, heads, tails, strict=True)], tails
