"""NASNet-A (Zoph et al., 2017)."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from typing import Any, Final

from tangraph.export import export
from tangraph_keras.applications.nasnet_cells import normal_cell, normalized, reduction_cell
from tangraph_keras.applications.request import Request
from tangraph_keras.engine.model import Model
from tangraph_keras.layers.activation import Activation
from tangraph_layers.engine.settings import image_data_format, set_image_data_format
from tangraph_layers.keras.convolution import Conv2D

_BASE: Final = "https://github.com/titu1994/Keras-NASNet/releases/download/v1.2/"
# The MD5 sums of the weights with and without the top.
_HASHES: Final = {
    "mobile": ("020fb642bf7360b370c678b08e0adf61", "1ed92395b5b598bdda52abe5c0dbfd63"),
    "large": ("11577c9a518f0070763c2b964a382f17", "d81d89dc07e6e56530c4e77faddd61b5"),
}


@contextlib.contextmanager
def _channels_last() -> Iterator[None]:
    """Has images' channels come last, the only form that there is."""
    before = image_data_format()
    if before != "channels_last":
        warnings.warn(
            "The NASNet family of models is only available for the input data format 'channels_last' (width, height, "
            "channels). The model being returned right now will expect inputs to follow it.",
            stacklevel=5,
        )
    set_image_data_format("channels_last")
    try:
        yield
    finally:
        set_image_data_format(before)


def _cells(x: Any, filters: int, blocks: int, skips: bool) -> Any:
    x, previous = reduction_cell(x, None, filters // 4, "stem_1")
    x, previous = reduction_cell(x, previous, filters // 2, "stem_2")
    for part in range(3):
        if part:
            x, before = reduction_cell(x, previous, filters * 2**part, f"reduce_{part * blocks}")
            previous = previous if skips else before
        for index in range(blocks):
            x, previous = normal_cell(x, previous, filters * 2**part, f"{part * blocks + index + bool(part)}")
    return Activation("relu")(x)


def _net(request: Request, size: str, filters: int, blocks: int, stem: int) -> Model:
    """Returns a net.

    Args:
      request: what is asked for.
      size: "large" or "mobile".
      filters: the channels of the last cells, by 24 those of the first.
      blocks: the normal cells between two that halve height and width.
      stem: the channels of the first convolution.
    """
    shape = request.input_shape
    if isinstance(shape, tuple) and None in shape and request.weights == "imagenet":
        raise ValueError(
            "When specifying the input shape of a NASNet and loading `ImageNet` weights, the input_shape argument must "
            f"be static (no None entries). Got: `input_shape={shape}`."
        )
    large = size == "large"
    shape = request.shape(default_size=331 if large else 224, min_size=32, static=True)
    with _channels_last():
        images = request.images(shape)
        x = Conv2D(
            stem,
            (3, 3),
            strides=(2, 2),
            padding="valid",
            use_bias=False,
            name="stem_conv1",
            kernel_initializer="he_normal",
        )(images)
        x = _cells(normalized(x, "stem_bn1"), filters // 24, blocks, skips=large)
        model = request.model(images, request.topped(x, pools=(None, None, None)), "NASNet")
    file = f"NASNet-{size}{'' if request.include_top else '-no-top'}.h5"
    cached = f"nasnet_{size}{'' if request.include_top else '_no_top'}.h5"
    return request.loaded(model, _BASE, file, _HASHES[size][not request.include_top], cached)


@export("keras.applications.NASNetLarge", "keras.applications.nasnet.NASNetLarge")
def NASNetLarge(
    input_shape: Any = None,
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
) -> Model:
    """Returns NASNet-A (6 @ 4032); see `tf.keras.applications.VGG16`.

    Args:
      input_shape: the shape of an image, where there is no top: 32 x 32 or more.
      include_top: whether there are the layers that classify.
      weights: None for random ones, "imagenet", or the path of a file.
      input_tensor: the images; a new input when None.
      pooling: what comes last without a top: "avg", "max", or None.
      classes: how many classes there are.
    """
    request = Request(include_top, weights, input_tensor, input_shape, pooling, classes)
    return _net(request, "large", 4032, blocks=6, stem=96)


@export("keras.applications.NASNetMobile", "keras.applications.nasnet.NASNetMobile")
def NASNetMobile(
    input_shape: Any = None,
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
) -> Model:
    """Returns NASNet-A (4 @ 1056); see `NASNetLarge`.

    Args:
      input_shape: the shape of an image, where there is no top: 32 x 32 or more.
      include_top: whether there are the layers that classify.
      weights: None for random ones, "imagenet", or the path of a file.
      input_tensor: the images; a new input when None.
      pooling: what comes last without a top: "avg", "max", or None.
      classes: how many classes there are.
    """
    request = Request(include_top, weights, input_tensor, input_shape, pooling, classes)
    return _net(request, "mobile", 1056, blocks=4, stem=32)
