"""InceptionResNetV2 (Szegedy et al., 2016)."""

from __future__ import annotations

from typing import Any, Final

from tangraph.export import export
from tangraph_keras.applications.request import Request, channel_axis
from tangraph_keras.engine.model import Model
from tangraph_keras.layers.activation import Activation
from tangraph_keras.layers.lambda_layer import Lambda
from tangraph_keras.layers.merge import Concatenate
from tangraph_layers.engine.node import int_shape
from tangraph_layers.keras.convolution import Conv2D
from tangraph_layers.keras.normalization import BatchNormalization
from tangraph_layers.keras.pooling import AveragePooling2D, MaxPooling2D

_BASE: Final = "https://github.com/fchollet/deep-learning-models/releases/download/v0.7/"
_FILE: Final = "inception_resnet_v2_weights_tf_dim_ordering_tf_kernels{}.h5"
_HASHES: Final = ("e693bd0210a403b3192acc6073ad2e96", "d19885ff4a710c122648d3b5c3b684e4")

# Branches are chains of convolutions: (filters, size), with steps of two and no padding where "halves" follows.
_BLOCKS: Final = {
    "block35": (((32, 1),), ((32, 1), (32, 3)), ((32, 1), (48, 3), (64, 3))),
    "block17": (((192, 1),), ((128, 1), (160, [1, 7]), (192, [7, 1]))),
    "block8": (((192, 1),), ((192, 1), (224, [1, 3]), (256, [3, 1]))),
}
_FIRST: Final = (((96, 1),), ((48, 1), (64, 5)), ((64, 1), (96, 3), (96, 3)))
_HALVING: Final = (((384, 3, "halves"),), ((256, 1), (256, 3), (384, 3, "halves")))
_LAST_HALVING: Final = (
    ((256, 1), (384, 3, "halves")),
    ((256, 1), (288, 3, "halves")),
    ((256, 1), (288, 3), (320, 3, "halves")),
)


def _convolved(x: Any, filters: int, size: Any, padding: str = "same", name: str | None = None) -> Any:
    steps, padding = (2, "valid") if padding == "halves" else (1, padding)
    x = Conv2D(filters, size, strides=steps, padding=padding, use_bias=False, name=name)(x)
    x = BatchNormalization(axis=channel_axis(), scale=False, name=name and f"{name}_bn")(x)
    return Activation("relu", name=name and f"{name}_ac")(x)


def _chained(x: Any, chain: Any) -> Any:
    for step in chain:
        x = _convolved(x, *step)
    return x


def _block(x: Any, scale: float, kind: str, index: int, activated: bool = True) -> Any:
    """Adds a part of what branches return."""
    name = f"{kind}_{index}"
    mixed = Concatenate(axis=channel_axis(), name=f"{name}_mixed")([_chained(x, branch) for branch in _BLOCKS[kind]])
    shape = int_shape(x)
    added = Conv2D(shape[channel_axis()], 1, strides=1, padding="same", use_bias=True, name=f"{name}_conv")(mixed)
    x = Lambda(
        lambda inputs, scale: inputs[0] + inputs[1] * scale,
        output_shape=shape[1:],
        arguments={"scale": scale},
        name=name,
    )([x, added])
    return Activation("relu", name=f"{name}_ac")(x) if activated else x


def _halved(x: Any, branches: Any, name: str) -> Any:
    outputs = [_chained(x, branch) for branch in branches]
    outputs.append(MaxPooling2D(3, strides=2, padding="valid")(x))
    return Concatenate(axis=channel_axis(), name=name)(outputs)


def _stem(images: Any) -> Any:
    x = _chained(images, ((32, 3, "halves"), (32, 3, "valid"), (64, 3)))
    x = MaxPooling2D(3, strides=2)(x)
    x = _chained(x, ((80, 1, "valid"), (192, 3, "valid")))
    x = MaxPooling2D(3, strides=2)(x)
    outputs = [_chained(x, branch) for branch in _FIRST]
    outputs.append(_convolved(AveragePooling2D(3, strides=1, padding="same")(x), 64, 1))
    return Concatenate(axis=channel_axis(), name="mixed_5b")(outputs)


@export("keras.applications.InceptionResNetV2", "keras.applications.inception_resnet_v2.InceptionResNetV2")
def InceptionResNetV2(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
) -> Model:
    """Returns InceptionResNetV2; see `tf.keras.applications.VGG16`.

    Args:
      include_top: whether there are the layers that classify.
      weights: None for random ones, "imagenet", or the path of a file.
      input_tensor: the images; a new input when None.
      input_shape: the shape of an image, where there is no top: 75 x 75 or more.
      pooling: what comes last without a top: "avg", "max", or None.
      classes: how many classes there are.
    """
    request = Request(include_top, weights, input_tensor, input_shape, pooling, classes)
    images = request.images(request.shape(default_size=299, min_size=75))
    x = _stem(images)
    for index in range(1, 11):
        x = _block(x, 0.17, "block35", index)
    x = _halved(x, _HALVING, "mixed_6a")
    for index in range(1, 21):
        x = _block(x, 0.1, "block17", index)
    x = _halved(x, _LAST_HALVING, "mixed_7a")
    for index in range(1, 10):
        x = _block(x, 0.2, "block8", index)
    x = _block(x, 1.0, "block8", 10, activated=False)
    x = _convolved(x, 1536, 1, name="conv_7b")
    model = request.model(images, request.topped(x), "inception_resnet_v2")
    return request.loaded(model, _BASE, _FILE.format("" if include_top else "_notop"), _HASHES[not include_top])
