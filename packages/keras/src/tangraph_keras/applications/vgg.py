"""VGG16 and VGG19 (Simonyan and Zisserman, 2014)."""

from __future__ import annotations

from typing import Any, Final

from tangraph.export import export
from tangraph_keras.applications.request import Request
from tangraph_keras.engine.model import Model
from tangraph_layers.keras.convolution import Conv2D
from tangraph_layers.keras.dense import Dense
from tangraph_layers.keras.flatten import Flatten
from tangraph_layers.keras.pooling import MaxPooling2D

_BASE: Final = "https://github.com/fchollet/deep-learning-models/releases/download/v0.1/"
# The convolutions of each block; the MD5 sums of the weights with and without the top.
_BLOCKS: Final = {"vgg16": (2, 2, 3, 3, 3), "vgg19": (2, 2, 4, 4, 4)}
_HASHES: Final = {
    "vgg16": ("64373286793e3c8b2b4e3219cbf3544b", "6d6bbae143d832006294945121d1f1fc"),
    "vgg19": ("cbe5617147190e668d6c5d5026f83318", "253f8cb515780f3b799900260a226db6"),
}


def _vgg(name: str, request: Request) -> Model:
    images = x = request.images(request.shape(default_size=224, min_size=32))
    for block, (convolutions, filters) in enumerate(zip(_BLOCKS[name], (64, 128, 256, 512, 512), strict=True), 1):
        for index in range(1, convolutions + 1):
            layer = Conv2D(filters, (3, 3), activation="relu", padding="same", name=f"block{block}_conv{index}")
            x = layer(x)
        x = MaxPooling2D((2, 2), strides=(2, 2), name=f"block{block}_pool")(x)
    if request.include_top:
        x = Flatten(name="flatten")(x)
        x = Dense(4096, activation="relu", name="fc1")(x)
        x = Dense(4096, activation="relu", name="fc2")(x)
        x = Dense(request.classes, activation="softmax", name="predictions")(x)
    else:
        x = request.pooled(x)
    ending = "" if request.include_top else "_notop"
    file = f"{name}_weights_tf_dim_ordering_tf_kernels{ending}.h5"
    return request.loaded(request.model(images, x, name), _BASE, file, _HASHES[name][not request.include_top])


@export("keras.applications.VGG16", "keras.applications.vgg16.VGG16")
def VGG16(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
) -> Model:
    """Returns VGG16, a model of 16 layers with weights.

    Args:
      include_top: whether there are the layers that classify.
      weights: None for random ones, "imagenet", or the path of a file.
      input_tensor: the images; a new input when None.
      input_shape: the shape of an image, where there is no top: of three channels, 32 x 32 or more.
      pooling: what comes last without a top: "avg", "max", or None for nothing.
      classes: how many classes there are.

    Raises:
      ValueError: weights that are not there, or a shape that does not do.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     model = VGG16(include_top=False, weights=None, pooling="avg")
    ...     model.output_shape, len(model.layers)
    ((None, 512), 20)
    """
    return _vgg("vgg16", Request(include_top, weights, input_tensor, input_shape, pooling, classes))


@export("keras.applications.VGG19", "keras.applications.vgg19.VGG19")
def VGG19(
    include_top: bool = True,
    weights: Any = "imagenet",
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
) -> Model:
    """Returns VGG19, a model of 19 layers with weights; see `tf.keras.applications.VGG16`.

    Args:
      include_top: whether there are the layers that classify.
      weights: None for random ones, "imagenet", or the path of a file.
      input_tensor: the images; a new input when None.
      input_shape: the shape of an image, where there is no top.
      pooling: what comes last without a top: "avg", "max", or None.
      classes: how many classes there are.
    """
    return _vgg("vgg19", Request(include_top, weights, input_tensor, input_shape, pooling, classes))
