"""DenseNet (Huang et al., 2016)."""

from __future__ import annotations

from typing import Any, Final

from tangraph.export import export, named
from tangraph_keras.applications.request import Request, channel_axis
from tangraph_keras.engine.model import Model
from tangraph_keras.layers.activation import Activation
from tangraph_keras.layers.merge import Concatenate
from tangraph_keras.layers.padding import ZeroPadding2D
from tangraph_layers.engine.node import int_shape
from tangraph_layers.keras.convolution import Conv2D
from tangraph_layers.keras.normalization import BatchNormalization
from tangraph_layers.keras.pooling import AveragePooling2D, MaxPooling2D

_BASE: Final = "https://github.com/keras-team/keras-applications/releases/download/densenet/"
_GROWTH: Final = 32
# The blocks of each stage; the MD5 sums of the weights with and without the top.
_NETS: Final = {
    "DenseNet121": ((6, 12, 24, 16), "9d60b8095a5708f2dcce2bca79d332c7", "30ee3e1110167f948a6b9946edeeb738"),
    "DenseNet169": ((6, 12, 32, 32), "d699b8f76981ab1b30698df4c175e90b", "b8c4d4c20dd625c148057b9ff1c1176b"),
    "DenseNet201": ((6, 12, 48, 32), "1ceb130c1ea1b78c3bf6114dbdfd8807", "c13680b51ded0fb44dff2d8f86ac8bb1"),
}


def _active(x: Any, name: str) -> Any:
    x = BatchNormalization(axis=channel_axis(), epsilon=1.001e-5, name=f"{name}bn")(x)
    return Activation("relu", name=f"{name}relu")(x)


def _block(x: Any, name: str) -> Any:
    """Adds channels that are computed of all others."""
    new = Conv2D(4 * _GROWTH, 1, use_bias=False, name=f"{name}_1_conv")(_active(x, f"{name}_0_"))
    new = Conv2D(_GROWTH, 3, padding="same", use_bias=False, name=f"{name}_2_conv")(_active(new, f"{name}_1_"))
    return Concatenate(axis=channel_axis(), name=f"{name}_concat")([x, new])


def _transition(x: Any, name: str) -> Any:
    """Halves height, width and channels."""
    x = _active(x, f"{name}_")
    x = Conv2D(int(int_shape(x)[channel_axis()] * 0.5), 1, use_bias=False, name=f"{name}_conv")(x)
    return AveragePooling2D(2, strides=2, name=f"{name}_pool")(x)


def _net(name: str, request: Request) -> Model:
    blocks, *hashes = _NETS[name]
    images = request.images(request.shape(default_size=224, min_size=32))
    x = ZeroPadding2D(padding=((3, 3), (3, 3)))(images)
    x = Conv2D(64, 7, strides=2, use_bias=False, name="conv1/conv")(x)
    x = ZeroPadding2D(padding=((1, 1), (1, 1)))(_active(x, "conv1/"))
    x = MaxPooling2D(3, strides=2, name="pool1")(x)
    for stage, number in enumerate(blocks, 2):
        for index in range(1, number + 1):
            x = _block(x, f"conv{stage}_block{index}")
        if stage < 5:
            x = _transition(x, f"pool{stage}")
    x = request.topped(_active(x, ""), "fc1000", ("avg_pool", "avg_pool", "max_pool"))
    model = request.model(images, x, name.lower())
    ending = "" if request.include_top else "_notop"
    file = f"{name.lower()}_weights_tf_dim_ordering_tf_kernels{ending}.h5"
    return request.loaded(model, _BASE, file, hashes[not request.include_top])


def _function_of(name: str) -> Any:
    """Returns the public function that makes a net."""

    def make(
        include_top: bool = True,
        weights: Any = "imagenet",
        input_tensor: Any = None,
        input_shape: Any = None,
        pooling: str | None = None,
        classes: int = 1000,
    ) -> Model:
        return _net(name, Request(include_top, weights, input_tensor, input_shape, pooling, classes))

    doc = f"Returns {name}, whose blocks see all before them; the arguments are those of `tf.keras.applications.VGG16`."
    return export(f"keras.applications.{name}", f"keras.applications.densenet.{name}")(named(name, doc)(make))


DenseNet121 = _function_of("DenseNet121")
DenseNet169 = _function_of("DenseNet169")
DenseNet201 = _function_of("DenseNet201")
