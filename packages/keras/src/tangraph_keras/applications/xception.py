"""Xception (Chollet, 2016)."""

from __future__ import annotations

from typing import Any, Final

from tangraph.export import export
from tangraph_keras.applications.request import Request, last_channel_axis
from tangraph_keras.engine.model import Model
from tangraph_keras.layers.activation import Activation
from tangraph_keras.layers.merge import add
from tangraph_layers.keras.convolution import Conv2D
from tangraph_layers.keras.normalization import BatchNormalization
from tangraph_layers.keras.pooling import MaxPooling2D
from tangraph_layers.keras.separable_convolution import SeparableConv2D

_BASE: Final = "https://github.com/fchollet/deep-learning-models/releases/download/v0.4/"
_FILE: Final = "xception_weights_tf_dim_ordering_tf_kernels{}.h5"
_HASHES: Final = ("0a58e3b7378bc2990ea3b43d5981f1f6", "b0042744bf5b25fce3cb969f33bebb97")


def _normalized(x: Any, name: str | None = None) -> Any:
    return BatchNormalization(axis=last_channel_axis(), name=name)(x)


def _active(x: Any, name: str) -> Any:
    return Activation("relu", name=f"{name}_act")(x)


def _separable(x: Any, filters: int, name: str) -> Any:
    x = SeparableConv2D(filters, (3, 3), padding="same", use_bias=False, name=name)(x)
    return _normalized(x, f"{name}_bn")


def _halved(x: Any, filters: tuple[int, int], block: str, activated: bool = True) -> Any:
    """A block that halves height and width."""
    residual = Conv2D(filters[1], (1, 1), strides=(2, 2), padding="same", use_bias=False)(x)
    residual = _normalized(residual)
    if activated:
        x = _active(x, f"{block}_sepconv1")
    x = _separable(x, filters[0], f"{block}_sepconv1")
    x = _separable(_active(x, f"{block}_sepconv2"), filters[1], f"{block}_sepconv2")
    x = MaxPooling2D((3, 3), strides=(2, 2), padding="same", name=f"{block}_pool")(x)
    return add([x, residual])


def _middle(x: Any, block: str) -> Any:
    residual = x
    for index in range(1, 4):
        name = f"{block}_sepconv{index}"
        x = _separable(_active(x, name), 728, name)
    return add([x, residual])


@export("keras.applications.Xception", "keras.applications.xception.Xception")
def Xception(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
) -> Model:
    """Returns Xception; see `tf.keras.applications.VGG16`.

    Args:
      include_top: whether there are the layers that classify.
      weights: None for random ones, "imagenet", or the path of a file.
      input_tensor: the images; a new input when None.
      input_shape: the shape of an image, where there is no top: 71 x 71 or more.
      pooling: what comes last without a top: "avg", "max", or None.
      classes: how many classes there are.
    """
    request = Request(include_top, weights, input_tensor, input_shape, pooling, classes)
    images = x = request.images(request.shape(default_size=299, min_size=71))
    for name, filters, steps in (("block1_conv1", 32, 2), ("block1_conv2", 64, 1)):
        x = Conv2D(filters, (3, 3), strides=(steps, steps), use_bias=False, name=name)(x)
        x = _active(_normalized(x, f"{name}_bn"), name)
    for index, filters in enumerate((128, 256, 728), 2):
        x = _halved(x, (filters, filters), f"block{index}", activated=index > 2)
    for index in range(5, 13):
        x = _middle(x, f"block{index}")
    x = _halved(x, (728, 1024), "block13")
    for name, filters in (("block14_sepconv1", 1536), ("block14_sepconv2", 2048)):
        x = _active(_separable(x, filters, name), name)
    model = request.model(images, request.topped(x), "xception")
    return request.loaded(model, _BASE, _FILE.format("" if include_top else "_notop"), _HASHES[not include_top])
