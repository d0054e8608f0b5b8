"""Images of another type: floats are between 0 and 1, integers between 0 and the largest of their type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import dtypes
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.identity import identity
from tangraph.ops.math.arithmetic import multiply
from tangraph.ops.math.cast import cast, saturate_cast
from tangraph.ops.math.division import div
from tangraph.plugin import export

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor

#: The types of floats that brightness, contrast and their like work with.
NARROW = (dtypes.float16, dtypes.float32)


@export("image.convert_image_dtype")
def convert_image_dtype(image: Any, dtype: Any, saturate: bool = False, name: str | None = None) -> Tensor:
    """Converts images to another type, and scales them to its range.

    Args:
      image: of any shape, integers or floats.
      dtype: the type wanted, integers or floats.
      saturate: whether what lies outside of the range becomes its end.
      name: the operation's name.

    Returns:
      A tensor of the same shape. Floats are between 0 and 1 if integers have been.

    Raises:
      AttributeError: `dtype` is of neither integers nor floats.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.convert_image_dtype([0.0, 0.5, 1.0], tf.uint8)).tolist()
    [0, 127, 255]
    """
    image = convert_to_tensor(image, name="image")
    dtype = dtypes.as_dtype(dtype)
    if not dtype.is_floating and not dtype.is_integer:
        raise AttributeError("dtype must be either floating point or integer")
    if dtype == image.dtype:
        return identity(image, name=name)
    with name_scope(name, "convert_image", [image]) as scope:
        if image.dtype.is_integer and dtype.is_integer:
            return _between_integers(image, dtype, saturate, scope)
        if image.dtype.is_floating and dtype.is_floating:
            return cast(image, dtype, name=scope)  # type: ignore[no-any-return]
        if image.dtype.is_integer:
            return multiply(cast(image, dtype), 1.0 / image.dtype.max, name=scope)
        # Half a unit more, so that the cast does not cut off what rounding has taken.
        result: Tensor = _cast(multiply(image, dtype.max + 0.5), dtype, saturate, scope)
        return result


def _cast(image: Any, dtype: Any, saturate: bool, name: str | None = None) -> Any:
    return saturate_cast(image, dtype, name=name) if saturate else cast(image, dtype, name=name)


def _between_integers(image: Any, dtype: Any, saturate: bool, name: str | None) -> Tensor:
    """Integers of other sizes: multiplied or divided by a whole number, while they are of the larger type."""
    largest, wanted = image.dtype.max, dtype.max
    if largest > wanted:
        scaled = div(image, (largest + 1) // (wanted + 1))
        return _cast(scaled, dtype, saturate, name)  # type: ignore[no-any-return]
    return multiply(_cast(image, dtype, saturate), (wanted + 1) // (largest + 1), name=name)


def as_floats(image: Any) -> Any:
    """Returns images of float16 or float32 as they are, others as float32."""
    return image if image.dtype in NARROW else convert_image_dtype(image, dtypes.float32)
