"""MobileNet (Howard et al., 2017)."""

from __future__ import annotations

import warnings
from typing import Any, Final

from tangraph.export import export
from tangraph_keras.applications.request import Request, last_channel_axis, sizes
from tangraph_keras.engine.model import Model
from tangraph_keras.layers.activation import Activation, ReLU
from tangraph_keras.layers.depthwise_convolution import DepthwiseConv2D
from tangraph_keras.layers.global_pooling import GlobalAveragePooling2D
from tangraph_keras.layers.padding import ZeroPadding2D
from tangraph_keras.layers.shaping import Reshape
from tangraph_layers.keras.convolution import Conv2D
from tangraph_layers.keras.dropout import Dropout
from tangraph_layers.keras.normalization import BatchNormalization

_BASE: Final = "https://github.com/fchollet/deep-learning-models/releases/download/v0.6/"
_SIZES: Final = (128, 160, 192, 224)
_ALPHAS: Final = {0.25: "2_5", 0.5: "5_0", 0.75: "7_5", 1.0: "1_0"}
# The filters of each block, and whether it halves height and width.
_BLOCKS: Final = (
    *((64, False), (128, True), (128, False), (256, True), (256, False), (512, True)),
    *((512, False), (512, False), (512, False), (512, False), (512, False), (1024, True), (1024, False)),
)


def default_size(shape: Any, known: tuple[int, ...]) -> int:
    """Returns the height and width of images: those of a square that weights are known for, or 224."""
    rows, columns = sizes(shape) if shape is not None else (224, 224)
    return int(rows) if rows == columns and rows in known else 224


def rows_of_weights(shape: Any, known: tuple[int, ...]) -> int:
    """Returns the height of the images that the weights of ImageNet are for."""
    rows, columns = sizes(shape)
    if rows == columns and rows in known:
        return int(rows)
    warnings.warn(
        f"`input_shape` is undefined or non-square, or `rows` is not in {list(known)}. Weights for input shape "
        "(224, 224) will be loaded as the default.",
        stacklevel=4,
    )
    return 224


def _active(x: Any, name: str) -> Any:
    x = BatchNormalization(axis=last_channel_axis(), name=f"{name}_bn")(x)
    return ReLU(6.0, name=f"{name}_relu")(x)


def _block(x: Any, filters: int, depth: int, halves: bool, index: int) -> Any:
    """A convolution of each channel, and one over the channels."""
    if halves:
        x = ZeroPadding2D(((0, 1), (0, 1)), name=f"conv_pad_{index}")(x)
    steps, padding, name = (2, "valid", "conv_dw_%d") if halves else (1, "same", "conv_dw_%d")
    x = DepthwiseConv2D(
        (3, 3),
        padding=padding,
        depth_multiplier=depth,
        strides=(steps, steps),
        use_bias=False,
        name=name % index,
    )(x)
    x = _active(x, name % index)
    x = Conv2D(filters, (1, 1), padding="same", use_bias=False, strides=(1, 1), name=f"conv_pw_{index}")(x)
    return _active(x, f"conv_pw_{index}")


def _classified(x: Any, request: Request, channels: int, dropout: float) -> Any:
    shape = (channels, 1, 1) if last_channel_axis() == 1 else (1, 1, channels)
    x = Reshape(shape, name="reshape_1")(GlobalAveragePooling2D()(x))
    x = Dropout(dropout, name="dropout")(x)
    x = Conv2D(request.classes, (1, 1), padding="same", name="conv_preds")(x)
    x = Reshape((request.classes,), name="reshape_2")(x)
    return Activation("softmax", name="act_softmax")(x)


def _check(alpha: float, depth_multiplier: int) -> None:
    if depth_multiplier != 1:
        raise ValueError(
            f"If imagenet weights are being loaded, depth multiplier must be 1. Received: {depth_multiplier}"
        )
    if alpha not in _ALPHAS:
        raise ValueError(
            "If imagenet weights are being loaded, alpha can be one of`0.25`, `0.50`, `0.75` or `1.0` only. "
            f"Received: {alpha}"
        )


@export("keras.applications.MobileNet", "keras.applications.mobilenet.MobileNet")
def MobileNet(
    input_shape: Any = None,
    alpha: float = 1.0,
    depth_multiplier: int = 1,
    dropout: float = 1e-3,
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
) -> Model:
    """Returns MobileNet; see `tf.keras.applications.VGG16`.

    Args:
      input_shape: the shape of an image, where there is no top: 32 x 32 or more.
      alpha: how many channels there are, as a part of those of the paper.
      depth_multiplier: how many channels a convolution of one channel makes.
      dropout: the part of the numbers before the classes that becomes zero in training.
      include_top: whether there are the layers that classify.
      weights: None for random ones, "imagenet", or the path of a file.
      input_tensor: the images; a new input when None.
      pooling: what comes last without a top: "avg", "max", or None.
      classes: how many classes there are.
    """
    request = Request(include_top, weights, input_tensor, input_shape, pooling, classes)
    shape = request.shape(default_size(input_shape, _SIZES), min_size=32)
    rows = sizes(shape)[0]
    if weights == "imagenet":
        _check(alpha, depth_multiplier)
        rows = rows_of_weights(shape, _SIZES)
    images = request.images(shape)
    x = ZeroPadding2D(padding=((0, 1), (0, 1)), name="conv1_pad")(images)
    x = Conv2D(int(32 * alpha), (3, 3), padding="valid", use_bias=False, strides=(2, 2), name="conv1")(x)
    x = _active(x, "conv1")
    for index, (filters, halves) in enumerate(_BLOCKS, 1):
        x = _block(x, int(filters * alpha), depth_multiplier, halves, index)
    x = _classified(x, request, int(1024 * alpha), dropout) if include_top else request.pooled(x)
    model = request.model(images, x, f"mobilenet_{alpha:0.2f}_{rows}")
    file = f"mobilenet_{_ALPHAS.get(alpha)}_{rows}_tf{'' if include_top else '_no_top'}.h5"
    return request.loaded(model, _BASE, file)
