"""InceptionV3 (Szegedy et al., 2015)."""

from __future__ import annotations

from typing import Any, Final

from tangraph.export import export
from tangraph_keras.applications.request import Request, channel_axis
from tangraph_keras.engine.model import Model
from tangraph_keras.layers.activation import Activation
from tangraph_keras.layers.merge import concatenate
from tangraph_layers.keras.convolution import Conv2D
from tangraph_layers.keras.normalization import BatchNormalization
from tangraph_layers.keras.pooling import AveragePooling2D, MaxPooling2D

_BASE: Final = "https://github.com/fchollet/deep-learning-models/releases/download/v0.5/"
_FILE: Final = "inception_v3_weights_tf_dim_ordering_tf_kernels{}.h5"
_HASHES: Final = ("9a0d58056eeedaa3f26cb7ebd46da564", "bcbd6486424b2319ff4ef7d526e38f63")

# Branches are chains of convolutions: (filters, rows, columns), with steps of two and no padding where "halves" follows.
_SMALL: Final = (((64, 1, 1),), ((48, 1, 1), (64, 5, 5)), ((64, 1, 1), (96, 3, 3), (96, 3, 3)))
_HALVING: Final = (((384, 3, 3, "halves"),), ((64, 1, 1), (96, 3, 3), (96, 3, 3, "halves")))
_LAST_HALVING: Final = (
    ((192, 1, 1), (320, 3, 3, "halves")),
    ((192, 1, 1), (192, 1, 7), (192, 7, 1), (192, 3, 3, "halves")),
)


def _wide(filters: int) -> tuple[Any, ...]:
    """Branches whose convolutions go over seven rows, and over seven columns."""
    long = ((filters, 1, 1), (filters, 7, 1), (filters, 1, 7), (filters, 7, 1), (192, 1, 7))
    return (((192, 1, 1),), ((filters, 1, 1), (filters, 1, 7), (192, 7, 1)), long)


def _convolved(x: Any, filters: int, rows: int, columns: int, padding: str = "same", steps: int = 1) -> Any:
    if padding == "halves":
        padding, steps = "valid", 2
    x = Conv2D(filters, (rows, columns), strides=(steps, steps), padding=padding, use_bias=False)(x)
    x = BatchNormalization(axis=channel_axis(), scale=False)(x)
    return Activation("relu")(x)


def _chained(x: Any, chain: Any) -> Any:
    for step in chain:
        x = _convolved(x, *step)
    return x


def _mixed(x: Any, branches: Any, filters: int, name: str) -> Any:
    """Branches beside a mean of neighbours."""
    outputs = [_chained(x, branch) for branch in branches]
    return concatenate([*outputs, _neighbours(x, filters)], axis=channel_axis(), name=name)


def _neighbours(x: Any, filters: int) -> Any:
    return _convolved(AveragePooling2D((3, 3), strides=(1, 1), padding="same")(x), filters, 1, 1)


def _halved(x: Any, branches: Any, name: str) -> Any:
    """Branches beside the greatest of neighbours, all at half the size."""
    outputs = [_chained(x, branch) for branch in branches]
    outputs.append(MaxPooling2D((3, 3), strides=(2, 2))(x))
    return concatenate(outputs, axis=channel_axis(), name=name)


def _spread(x: Any, name: str | None) -> Any:
    """Rows beside columns."""
    both = [_convolved(x, 384, 1, 3), _convolved(x, 384, 3, 1)]
    return concatenate(both, axis=channel_axis(), **({} if name is None else {"name": name}))


def _last(x: Any, index: int) -> Any:
    narrow = _convolved(x, 320, 1, 1)
    once = _spread(_convolved(x, 384, 1, 1), f"mixed9_{index}")
    twice = _spread(_chained(x, ((448, 1, 1), (384, 3, 3))), None)
    return concatenate([narrow, once, twice, _neighbours(x, 192)], axis=channel_axis(), name=f"mixed{9 + index}")


@export("keras.applications.InceptionV3", "keras.applications.inception_v3.InceptionV3")
def InceptionV3(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
) -> Model:
    """Returns InceptionV3; see `tf.keras.applications.VGG16`.

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
    x = _chained(images, ((32, 3, 3, "halves"), (32, 3, 3, "valid"), (64, 3, 3)))
    x = MaxPooling2D((3, 3), strides=(2, 2))(x)
    x = _chained(x, ((80, 1, 1, "valid"), (192, 3, 3, "valid")))
    x = MaxPooling2D((3, 3), strides=(2, 2))(x)
    for index, filters in enumerate((32, 64, 64)):
        x = _mixed(x, _SMALL, filters, f"mixed{index}")
    x = _halved(x, _HALVING, "mixed3")
    for index, filters in enumerate((128, 160, 160, 192), 4):
        x = _mixed(x, _wide(filters), 192, f"mixed{index}")
    x = _halved(x, _LAST_HALVING, "mixed8")
    for index in range(2):
        x = _last(x, index)
    model = request.model(images, request.topped(x), "inception_v3")
    return request.loaded(model, _BASE, _FILE.format("" if include_top else "_notop"), _HASHES[not include_top])
