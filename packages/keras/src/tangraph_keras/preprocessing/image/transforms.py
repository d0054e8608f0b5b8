"""Images turned, moved, sheared and zoomed, their channels shifted; at random by NumPy's global generator."""

from __future__ import annotations

from typing import Any

import numpy as np

from tangraph.export import export
from tangraph_keras.preprocessing.image.pictures import array_to_img, img_to_array, pillow


def uniform(low: float, high: float, size: int | None = None) -> Any:
    """Returns random numbers from NumPy's global generator, which programs seed."""
    return np.random.uniform(low, high, size)  # noqa: NPY002


@export("keras.preprocessing.image.random_rotation")
def random_rotation(
    x: Any,
    rg: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> Any:
    """Returns an image turned by up to `rg` degrees; see `apply_affine_transform` for the other arguments."""
    theta = uniform(-rg, rg)
    return apply_affine_transform(
        x, theta=theta, channel_axis=channel_axis, fill_mode=fill_mode, cval=cval, order=interpolation_order
    )


@export("keras.preprocessing.image.random_shift")
def random_shift(
    x: Any,
    wrg: float,
    hrg: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> Any:
    """Returns an image moved by up to the shares `wrg` of its width and `hrg` of its height."""
    tx = uniform(-hrg, hrg) * x.shape[row_axis]
    ty = uniform(-wrg, wrg) * x.shape[col_axis]
    return apply_affine_transform(
        x, tx=tx, ty=ty, channel_axis=channel_axis, fill_mode=fill_mode, cval=cval, order=interpolation_order
    )


@export("keras.preprocessing.image.random_shear")
def random_shear(
    x: Any,
    intensity: float,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> Any:
    """Returns an image sheared by up to `intensity` degrees."""
    shear = uniform(-intensity, intensity)
    return apply_affine_transform(
        x, shear=shear, channel_axis=channel_axis, fill_mode=fill_mode, cval=cval, order=interpolation_order
    )


@export("keras.preprocessing.image.random_zoom")
def random_zoom(
    x: Any,
    zoom_range: Any,
    row_axis: int = 1,
    col_axis: int = 2,
    channel_axis: int = 0,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    interpolation_order: int = 1,
) -> Any:
    """Returns an image zoomed by factors between two numbers.

    Raises:
      ValueError: not two numbers.
    """
    if len(zoom_range) != 2:
        raise ValueError(f"`zoom_range` should be a tuple or list of two floats. Received: {zoom_range}")
    zx, zy = (1, 1) if tuple(zoom_range) == (1, 1) else uniform(zoom_range[0], zoom_range[1], 2)
    return apply_affine_transform(
        x, zx=zx, zy=zy, channel_axis=channel_axis, fill_mode=fill_mode, cval=cval, order=interpolation_order
    )


@export("keras.preprocessing.image.apply_channel_shift")
def apply_channel_shift(x: Any, intensity: float, channel_axis: int = 0) -> Any:
    """Returns an image with a number added, within the range of its values."""
    return np.clip(np.asarray(x) + intensity, np.min(x), np.max(x))


@export("keras.preprocessing.image.random_channel_shift")
def random_channel_shift(x: Any, intensity_range: float, channel_axis: int = 0) -> Any:
    """Returns an image with a random number added, within the range of its values."""
    return apply_channel_shift(x, uniform(-intensity_range, intensity_range), channel_axis=channel_axis)


@export("keras.preprocessing.image.apply_brightness_shift")
def apply_brightness_shift(x: Any, brightness: float) -> Any:
    """Returns an image brighter by a factor.

    Raises:
      ImportError: Pillow is not installed.
    """
    pillow("Using brightness shifts")
    from PIL import ImageEnhance

    return img_to_array(ImageEnhance.Brightness(array_to_img(x)).enhance(float(brightness)))


@export("keras.preprocessing.image.random_brightness")
def random_brightness(x: Any, brightness_range: Any) -> Any:
    """Returns an image brighter by a random factor between two numbers.

    Raises:
      ImportError: Pillow is not installed.
      ValueError: not two numbers.
    """
    if len(brightness_range) != 2:
        raise ValueError(f"`brightness_range should be tuple or list of two floats. Received: {brightness_range}")
    return apply_brightness_shift(x, uniform(*brightness_range))


def flip_axis(x: Any, axis: int) -> Any:
    """Returns an array with one axis in reverse order."""
    return np.flip(np.asarray(x), axis)


@export("keras.preprocessing.image.apply_affine_transform")
def apply_affine_transform(
    x: Any,
    theta: float = 0,
    tx: float = 0,
    ty: float = 0,
    shear: float = 0,
    zx: float = 1,
    zy: float = 1,
    row_axis: int = 0,
    col_axis: int = 1,
    channel_axis: int = 2,
    fill_mode: str = "nearest",
    cval: float = 0.0,
    order: int = 1,
) -> Any:
    """Returns an image turned, moved, sheared and zoomed around its middle.

    Args:
      x: an array of rank 3.
      theta: degrees to turn it by.
      tx, ty: rows and columns to move it by.
      shear: degrees to shear it by.
      zx, zy: factors of rows and columns.
      row_axis, col_axis, channel_axis: the axes.
      fill_mode: what is outside of the image: "constant", "nearest", "reflect" or "wrap".
      cval: the value of "constant".
      order: of the spline that interpolates.

    Raises:
      ImportError: SciPy is not installed.
    """
    matrices = []
    if theta != 0:
        angle = np.deg2rad(theta)
        matrices.append([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    if tx != 0 or ty != 0:
        matrices.append([[1, 0, tx], [0, 1, ty], [0, 0, 1]])
    if shear != 0:
        angle = np.deg2rad(shear)
        matrices.append([[1, -np.sin(angle), 0], [0, np.cos(angle), 0], [0, 0, 1]])
    if zx != 1 or zy != 1:
        matrices.append([[zx, 0, 0], [0, zy, 0], [0, 0, 1]])
    if not matrices:
        return x
    try:
        from scipy.ndimage import affine_transform
    except ImportError as error:
        raise ImportError(
            "Image transformations require SciPy. Install SciPy: pip install tangraph-keras[images]"
        ) from error
    whole = np.array(matrices[0])
    for matrix in matrices[1:]:
        whole = np.dot(whole, np.array(matrix))
    middle = float(x.shape[row_axis]) / 2 + 0.5, float(x.shape[col_axis]) / 2 + 0.5
    there = np.array([[1, 0, middle[0]], [0, 1, middle[1]], [0, 0, 1]])
    back = np.array([[1, 0, -middle[0]], [0, 1, -middle[1]], [0, 0, 1]])
    whole = np.dot(np.dot(there, whole), back)
    channels = [
        affine_transform(channel, whole[:2, :2], whole[:2, 2], order=order, mode=fill_mode, cval=cval)
        for channel in np.moveaxis(x, channel_axis, 0)
    ]
    return np.moveaxis(np.stack(channels, axis=0), 0, channel_axis)
