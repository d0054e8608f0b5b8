"""Brightness, contrast, gamma, hue and saturation, changed by a given amount or by lot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework.make_op import make_op
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.shape import shape as shape_of
from tangraph.ops.control_flow.grouping import with_dependencies
from tangraph.ops.image.colors import ADJUST_CONTRAST, ADJUST_HUE, ADJUST_SATURATION
from tangraph.ops.math.arithmetic import add
from tangraph.ops.math.cast import cast
from tangraph.ops.math.division import div
from tangraph.ops.math.extremes import maximum
from tangraph.ops.math.reductions import reduce_mean, reduce_prod, reduce_std
from tangraph.ops.math.unary import rsqrt
from tangraph.ops.random.uniform import random_uniform
from tangraph.plugin import export
from tangraph_datasets.images.checks import at_least_3d, check
from tangraph_datasets.images.dtype import as_floats, convert_image_dtype

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor


@export("image.per_image_standardization")
def per_image_standardization(image: Any) -> Tensor:
    """Gives each image mean 0 and variance 1.

    Args:
      image: [..., height, width, channels], integers or floats.

    Returns:
      A tensor of the same shape and type: (x - mean) / max(stddev, 1 / sqrt(number of elements)).

    Raises:
      ValueError: `image` has fewer than three dimensions, or one of size 0.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.per_image_standardization([[[1.0], [3.0]]])).ravel().tolist()
    [-1.0, 1.0]
    """
    with name_scope(None, "per_image_standardization", [image]) as scope:
        image = at_least_3d(convert_to_tensor(image, name="image"))
        dtype = image.dtype
        image = as_floats(image)
        sizes: Any = shape_of(image)
        count = reduce_prod(sizes[-3:])
        mean = reduce_mean(image, axis=[-1, -2, -3], keepdims=True)
        stddev = reduce_std(image, axis=[-1, -2, -3], keepdims=True)
        # Images of one colour have no deviation.
        least = rsqrt(cast(count, image.dtype))
        stddev = maximum(stddev, least)
        standardized = div(image - mean, stddev, name=scope)
        return convert_image_dtype(standardized, dtype, saturate=True)


@export("image.random_brightness")
def random_brightness(image: Any, max_delta: float, seed: int | None = None) -> Tensor:
    """Adds a number from [-max_delta, max_delta) to all pixels; see `tf.image.adjust_brightness`.

    Args:
      image: of any shape, integers or floats.
      max_delta: not negative.
      seed: with the graph's seed, determines the draws; see `tf.set_random_seed`.

    Returns:
      A tensor of the same shape and type.

    Raises:
      ValueError: `max_delta` is negative.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.random_brightness([0.25, 0.5], 0.0)).tolist()
    [0.25, 0.5]
    """
    if max_delta < 0:
        raise ValueError("max_delta must be non-negative.")
    return adjust_brightness(image, random_uniform([], -max_delta, max_delta, seed=seed))


@export("image.random_contrast")
def random_contrast(image: Any, lower: float, upper: float, seed: int | None = None) -> Tensor:
    """Changes the contrast by a factor from [lower, upper); see `tf.image.adjust_contrast`.

    Args:
      image: [..., height, width, channels], integers or floats.
      lower: not negative.
      upper: larger than `lower`.
      seed: with the graph's seed, determines the draws; see `tf.set_random_seed`.

    Returns:
      A tensor of the same shape and type.

    Raises:
      ValueError: the bounds are not in order, or `lower` is negative.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.random_contrast(tf.ones([2, 2, 1]), 0.5, 2.0)).ravel().tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    _check_bounds(lower, upper)
    return adjust_contrast(image, random_uniform([], lower, upper, seed=seed))


def _check_bounds(lower: float, upper: float) -> None:
    if upper <= lower:
        raise ValueError("upper must be > lower.")
    if lower < 0:
        raise ValueError("lower must be non-negative.")


@export("image.adjust_brightness")
def adjust_brightness(image: Any, delta: Any) -> Tensor:
    """Adds a number to all pixels.

    Args:
      image: of any shape, integers or floats.
      delta: a scalar; 1 is the whole range of integers.

    Returns:
      A tensor of the same shape and type; integers stay in their range.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.adjust_brightness([0.25, 0.5], 0.25)).tolist()
    [0.5, 0.75]
    """
    with name_scope(None, "adjust_brightness", [image, delta]) as name:
        image = convert_to_tensor(image, name="image")
        floats = as_floats(image)
        adjusted = add(floats, cast(delta, floats.dtype), name=name)
        return convert_image_dtype(adjusted, image.dtype, saturate=True)


@export("image.adjust_contrast")
def adjust_contrast(images: Any, contrast_factor: Any) -> Tensor:
    """Multiplies each pixel's distance to the mean of its channel.

    Args:
      images: [..., height, width, channels], integers or floats.
      contrast_factor: a float32 scalar.

    Returns:
      A tensor of the same shape and type: (x - mean) * contrast_factor + mean; integers stay in their range.

    Raises:
      ValueError: `images` has fewer than three dimensions.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.adjust_contrast([[[1.0], [3.0]]], 2.0)).ravel().tolist()
    [0.0, 4.0]
    """
    with name_scope(None, "adjust_contrast", [images, contrast_factor]) as name:
        images = convert_to_tensor(images, name="images")
        adjusted = make_op(ADJUST_CONTRAST, as_floats(images), contrast_factor, name=name)
        return convert_image_dtype(adjusted, images.dtype, saturate=True)


@export("image.adjust_gamma")
def adjust_gamma(image: Any, gamma: Any = 1, gain: Any = 1) -> Tensor:
    """Raises each pixel to a power.

    Args:
      image: of any shape, integers or floats.
      gamma: a scalar, not negative; above 1 images become darker.
      gain: a scalar that multiplies the result.

    Returns:
      A tensor of the same shape and type: gain * x**gamma; integers stay in their range.

    Raises:
      ValueError: `gamma` is negative. Where that is known only when the graph runs, InvalidArgumentError then.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.adjust_gamma([0.0, 0.5, 1.0], 2.0)).tolist()
    [0.0, 0.25, 1.0]
    """
    with name_scope(None, "adjust_gamma", [image, gamma, gain]):
        image = convert_to_tensor(image, name="image")
        floats = as_floats(image)
        asserted = check(gamma >= 0, "Gamma should be a non-negative real number.")
        if asserted:
            gamma = with_dependencies(asserted, gamma)
        adjusted = gain * floats**gamma
        return convert_image_dtype(adjusted, image.dtype, saturate=True)


@export("image.random_hue")
def random_hue(image: Any, max_delta: float, seed: int | None = None) -> Tensor:
    """Turns the hue by a part of the circle from [-max_delta, max_delta); see `tf.image.adjust_hue`.

    Args:
      image: [..., height, width, 3], integers or floats.
      max_delta: between 0 and 0.5.
      seed: with the graph's seed, determines the draws; see `tf.set_random_seed`.

    Returns:
      A tensor of the same shape and type.

    Raises:
      ValueError: `max_delta` is out of range.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.random_hue([[[0.5, 0.5, 0.5]]], 0.2)).ravel().tolist()
    [0.5, 0.5, 0.5]
    """
    if max_delta > 0.5:
        raise ValueError("max_delta must be <= 0.5.")
    if max_delta < 0:
        raise ValueError("max_delta must be non-negative.")
    return adjust_hue(image, random_uniform([], -max_delta, max_delta, seed=seed))


@export("image.adjust_hue")
def adjust_hue(image: Any, delta: Any, name: str | None = None) -> Tensor:
    """Turns the hue.

    Args:
      image: [..., height, width, 3], integers or floats.
      delta: a float32 scalar, in parts of the circle.
      name: the name scope.

    Returns:
      A tensor of the same shape and type.

    Raises:
      ValueError: `image` has fewer than three dimensions.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.adjust_hue([[[1.0, 0.0, 0.0]]], 0.5)).ravel().tolist()
    [0.0, 1.0, 1.0]
    """
    with name_scope(name, "adjust_hue", [image]):
        image = convert_to_tensor(image, name="image")
        adjusted = make_op(ADJUST_HUE, as_floats(image), delta)
        return convert_image_dtype(adjusted, image.dtype)


@export("image.random_saturation")
def random_saturation(image: Any, lower: float, upper: float, seed: int | None = None) -> Tensor:
    """Changes the saturation by a factor from [lower, upper); see `tf.image.adjust_saturation`.

    Args:
      image: [..., height, width, 3], integers or floats.
      lower: not negative.
      upper: larger than `lower`.
      seed: with the graph's seed, determines the draws; see `tf.set_random_seed`.

    Returns:
      A tensor of the same shape and type.

    Raises:
      ValueError: the bounds are not in order, or `lower` is negative.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.random_saturation([[[0.5, 0.5, 0.5]]], 0.5, 2.0)).ravel().tolist()
    [0.5, 0.5, 0.5]
    """
    _check_bounds(lower, upper)
    return adjust_saturation(image, random_uniform([], lower, upper, seed=seed))


@export("image.adjust_saturation")
def adjust_saturation(image: Any, saturation_factor: Any, name: str | None = None) -> Tensor:
    """Multiplies the saturation.

    Args:
      image: [..., height, width, 3], integers or floats.
      saturation_factor: a float32 scalar.
      name: the name scope.

    Returns:
      A tensor of the same shape and type.

    Raises:
      ValueError: `image` has fewer than three dimensions.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.adjust_saturation([[[1.0, 0.5, 0.5]]], 0.0)).ravel().tolist()
    [1.0, 1.0, 1.0]
    """
    with name_scope(name, "adjust_saturation", [image]):
        image = convert_to_tensor(image, name="image")
        adjusted = make_op(ADJUST_SATURATION, as_floats(image), saturation_factor)
        return convert_image_dtype(adjusted, image.dtype)
