"""Images as files, as objects of Pillow and as arrays."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any, Final

import numpy as np

from tangraph.export import export
from tangraph_layers.engine.settings import floatx, image_data_format

FORMATS: Final = (".png", ".jpg", ".jpeg", ".bmp", ".ppm", ".tif", ".tiff")
_FILTERS: Final = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")
_MODES: Final = {"grayscale": ("L", "I;16", "I"), "rgba": ("RGBA",), "rgb": ("RGB",)}


def pillow(task: str) -> Any:
    """Returns Pillow's module of images.

    Raises:
      ImportError: it is not installed.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError(
            f"Could not import PIL.Image. {task} requires PIL: pip install tangraph-keras[images]"
        ) from error
    return Image


def _checked(data_format: str | None) -> str:
    found = image_data_format() if data_format is None else data_format
    if found not in {"channels_first", "channels_last"}:
        raise ValueError(f"Unknown data_format: {found}")
    return found


@export("keras.preprocessing.image.load_img")
def load_img(
    path: Any,
    grayscale: bool = False,
    color_mode: str = "rgb",
    target_size: tuple[int, int] | None = None,
    interpolation: str = "nearest",
) -> Any:
    """Returns an image from a file, as an object of Pillow.

    Args:
      path: the file.
      grayscale: an old way to say `color_mode="grayscale"`.
      color_mode: "grayscale", "rgb" or "rgba".
      target_size: (height, width) to resize it to; as it is when None.
      interpolation: "nearest", "bilinear", "bicubic", "hamming", "box" or "lanczos".

    Raises:
      ImportError: Pillow is not installed.
      ValueError: an unknown word.
    """
    if grayscale is True:
        warnings.warn('grayscale is deprecated. Please use color_mode = "grayscale"', stacklevel=2)
        color_mode = "grayscale"
    images = pillow("The use of `load_img`")
    image = images.open(io.BytesIO(Path(path).read_bytes()))
    if color_mode not in _MODES:
        raise ValueError('color_mode must be "grayscale", "rgb", or "rgba"')
    if image.mode not in _MODES[color_mode]:
        image = image.convert(_MODES[color_mode][0])
    if target_size is None or image.size == (target_size[1], target_size[0]):
        return image
    if interpolation not in _FILTERS:
        raise ValueError(
            f"Invalid interpolation method {interpolation} specified. Supported methods are {', '.join(_FILTERS)}"
        )
    return image.resize((target_size[1], target_size[0]), getattr(images.Resampling, interpolation.upper()))


@export("keras.preprocessing.image.array_to_img")
def array_to_img(x: Any, data_format: str | None = None, scale: bool = True, dtype: Any = None) -> Any:
    """Returns an array as an image of Pillow.

    Args:
      x: an array of rank 3.
      data_format: "channels_last" or "channels_first"; the setting's when None.
      scale: whether values are brought from least to greatest to 0 to 255.
      dtype: the type to compute in; the setting's when None.

    Raises:
      ImportError: Pillow is not installed.
      ValueError: another rank, another number of channels than 1, 3 or 4, an unknown format.
    """
    images = pillow("The use of `array_to_img`")
    array = np.asarray(x, dtype=dtype or floatx())
    if array.ndim != 3:
        raise ValueError(f"Expected image array to have rank 3 (single image). Got array with shape: {array.shape}")
    if _checked(data_format) == "channels_first":
        array = array.transpose(1, 2, 0)
    if scale:
        array = array - np.min(array)
        greatest = np.max(array)
        if greatest != 0:
            array /= greatest
        array *= 255
    channels = array.shape[2]
    if channels in {3, 4}:
        return images.fromarray(array.astype("uint8"))
    if channels != 1:
        raise ValueError(f"Unsupported channel number: {channels}")
    return images.fromarray(array[:, :, 0].astype("int32" if np.max(array) > 255 else "uint8"))


@export("keras.preprocessing.image.img_to_array")
def img_to_array(img: Any, data_format: str | None = None, dtype: Any = None) -> Any:
    """Returns an image of Pillow as an array of rank 3.

    Args:
      img: the image.
      data_format: "channels_last" or "channels_first"; the setting's when None.
      dtype: the element type; the setting's when None.

    Raises:
      ValueError: an image of another rank, an unknown format.
    """
    first = _checked(data_format) == "channels_first"
    x = np.asarray(img, dtype=dtype or floatx())
    if x.ndim == 3:
        return x.transpose(2, 0, 1) if first else x
    if x.ndim == 2:
        return x[np.newaxis] if first else x[..., np.newaxis]
    raise ValueError(f"Unsupported image shape: {x.shape}")


@export("keras.preprocessing.image.save_img")
def save_img(
    path: Any,
    x: Any,
    data_format: str | None = None,
    file_format: str | None = None,
    scale: bool = True,
    **kwargs: Any,
) -> None:
    """Writes an array as an image to a file.

    Args:
      path: the file.
      x: an array of rank 3.
      data_format: "channels_last" or "channels_first"; the setting's when None.
      file_format: the format; that of the file's name when None.
      scale: see `array_to_img`.
      **kwargs: those of Pillow's `save`.
    """
    image = array_to_img(x, data_format=data_format, scale=scale)
    if image.mode == "RGBA" and file_format in {"jpg", "jpeg"}:
        warnings.warn("The JPG format does not support RGBA images, converting to RGB.", stacklevel=2)
        image = image.convert("RGB")
    image.save(path, format=file_format, **kwargs)
