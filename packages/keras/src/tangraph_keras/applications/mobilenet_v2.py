"""MobileNetV2 (Sandler et al., 2018)."""

from __future__ import annotations

from typing import Any, Final

from tangraph.export import export
from tangraph_keras.applications.mobilenet import default_size, rows_of_weights
from tangraph_keras.applications.request import Request, halving_pads, last_channel_axis, sizes
from tangraph_keras.backend.tensors import is_keras_tensor
from tangraph_keras.engine.model import Model
from tangraph_keras.layers.activation import ReLU
from tangraph_keras.layers.depthwise_convolution import DepthwiseConv2D
from tangraph_keras.layers.merge import Add
from tangraph_keras.layers.padding import ZeroPadding2D
from tangraph_layers.engine.node import int_shape
from tangraph_layers.keras.convolution import Conv2D
from tangraph_layers.keras.normalization import BatchNormalization

_BASE: Final = "https://github.com/JonathanCMitchell/mobilenet_v2_keras/releases/download/v1.1/"
_SIZES: Final = (96, 128, 160, 192, 224)
_ALPHAS: Final = (0.35, 0.50, 0.75, 1.0, 1.3, 1.4)
# Filters, steps of the first, and number of the blocks.
_BLOCKS: Final = ((16, 1, 1), (24, 2, 2), (32, 2, 3), (64, 2, 4), (96, 1, 3), (160, 2, 3), (320, 1, 1))


def _eights(number: float) -> int:
    """Returns the multiple of eight that is near a number, and not less than nine tenths of it."""
    near = max(8, int(number + 4) // 8 * 8)
    return near + 8 if near < 0.9 * number else near


def _normalized(x: Any, name: str) -> Any:
    return BatchNormalization(axis=last_channel_axis(), epsilon=1e-3, momentum=0.999, name=name)(x)


def _expanded(x: Any, channels: int, prefix: str) -> Any:
    x = Conv2D(channels, kernel_size=1, padding="same", use_bias=False, activation=None, name=f"{prefix}expand")(x)
    return ReLU(6.0, name=f"{prefix}expand_relu")(_normalized(x, f"{prefix}expand_BN"))


def _block(inputs: Any, filters: int, steps: int, index: int) -> Any:
    """A block that is wide inside, and narrow where it adds to its input."""
    x, prefix = inputs, f"block_{index}_" if index else "expanded_conv_"
    channels = int_shape(inputs)[last_channel_axis()]
    if index:
        x = _expanded(x, 6 * channels, prefix)
    if steps == 2:
        x = ZeroPadding2D(padding=halving_pads(x, 3), name=f"{prefix}pad")(x)
    padding = "same" if steps == 1 else "valid"
    x = DepthwiseConv2D(
        kernel_size=3, strides=steps, activation=None, use_bias=False, padding=padding, name=f"{prefix}depthwise"
    )(x)
    x = ReLU(6.0, name=f"{prefix}depthwise_relu")(_normalized(x, f"{prefix}depthwise_BN"))
    x = Conv2D(filters, kernel_size=1, padding="same", use_bias=False, activation=None, name=f"{prefix}project")(x)
    x = _normalized(x, f"{prefix}project_BN")
    return Add(name=f"{prefix}add")([inputs, x]) if channels == filters and steps == 1 else x


def _shape_of(tensor: Any, shape: Any) -> Any:
    """Returns the shape of an image, where it is known."""
    if tensor is None:
        return shape
    known = is_keras_tensor(tensor)
    if shape is None:
        return int_shape(tensor)[1:] if known else None
    if not known:
        raise ValueError(f"input_tensor specified: {tensor} is not a keras tensor")
    if int_shape(tensor)[2] != shape[1]:
        raise ValueError(f"input_shape: {shape} and input_tensor: {tensor} do not meet the same shape requirements")
    return shape


def _blocks(x: Any, alpha: float) -> Any:
    index = 0
    for filters, first, number in _BLOCKS:
        for steps in (first, *[1] * (number - 1)):
            x = _block(x, _eights(int(filters * alpha)), steps, index)
            index += 1
    return x


@export("keras.applications.MobileNetV2", "keras.applications.mobilenet_v2.MobileNetV2")
def MobileNetV2(
    input_shape: Any = None,
    alpha: float = 1.0,
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
) -> Model:
    """Returns MobileNetV2; see `tf.keras.applications.VGG16`.

    Args:
      input_shape: the shape of an image, where there is no top: 32 x 32 or more.
      alpha: how many channels there are, as a part of those of the paper.
      include_top: whether there are the layers that classify.
      weights: None for random ones, "imagenet", or the path of a file.
      input_tensor: the images; a new input when None.
      pooling: what comes last without a top: "avg", "max", or None.
      classes: how many classes there are.
    """
    request = Request(include_top, weights, input_tensor, input_shape, pooling, classes)
    shape = request.shape(default_size(_shape_of(input_tensor, input_shape), _SIZES), min_size=32)
    rows = sizes(shape)[0]
    if weights == "imagenet":
        if alpha not in _ALPHAS:
            raise ValueError(
                "If imagenet weights are being loaded, alpha can be one of `0.35`, `0.50`, `0.75`, `1.0`, `1.3` or "
                f"`1.4` only. Received: {alpha}"
            )
        rows = rows_of_weights(shape, _SIZES)
    images = request.images(shape)
    x = ZeroPadding2D(padding=halving_pads(images, 3), name="Conv1_pad")(images)
    x = Conv2D(_eights(32 * alpha), kernel_size=3, strides=(2, 2), padding="valid", use_bias=False, name="Conv1")(x)
    x = _blocks(ReLU(6.0, name="Conv1_relu")(_normalized(x, "bn_Conv1")), alpha)
    last = _eights(1280 * alpha) if alpha > 1.0 else 1280
    x = Conv2D(last, kernel_size=1, use_bias=False, name="Conv_1")(x)
    x = ReLU(6.0, name="out_relu")(_normalized(x, "Conv_1_bn"))
    model = request.model(images, request.topped(x, "Logits", (None, None, None)), f"mobilenetv2_{alpha:0.2f}_{rows}")
    ending = "" if include_top else "_no_top"
    return request.loaded(model, _BASE, f"mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{alpha}_{rows}{ending}.h5")
