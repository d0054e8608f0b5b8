"""The residual networks: ResNet (He et al., 2015) and, with activations first, ResNetV2 (2016)."""

from __future__ import annotations

from typing import Any, Final

from tangraph.export import export, named
from tangraph_keras.applications.request import Request, channel_axis
from tangraph_keras.engine.model import Model
from tangraph_keras.layers.activation import Activation
from tangraph_keras.layers.merge import Add
from tangraph_keras.layers.padding import ZeroPadding2D
from tangraph_layers.keras.convolution import Conv2D
from tangraph_layers.keras.normalization import BatchNormalization
from tangraph_layers.keras.pooling import MaxPooling2D

_BASE: Final = "https://github.com/keras-team/keras-applications/releases/download/resnet/"
# The blocks of each stack; the MD5 sums of the weights with and without the top.
_NETS: Final = {
    "ResNet50": ((3, 4, 6, 3), "2cb95161c43110f7111970584f804107", "4d473c1dd8becc155b73f8504c6f6626"),
    "ResNet101": ((3, 4, 23, 3), "f1aeb4b969a6efcfb50fad2f0c20cfc5", "88cf7a10940856eca736dc7b7e228a21"),
    "ResNet152": ((3, 8, 36, 3), "100835be76be38e30d865e96f2aaae62", "ee4c566cf9a93f14d82f913c2dc6dd0c"),
    "ResNet50V2": ((3, 4, 6, 3), "3ef43a0b657b3be2300d5770ece849e0", "fac2f116257151a9d068a22e544a4917"),
    "ResNet101V2": ((3, 4, 23, 3), "6343647c601c52e1368623803854d971", "c0ed64b8031c3730f411d2eb4eea35b5"),
    "ResNet152V2": ((3, 8, 36, 3), "a49b44d1979771252814e80f8ec446f9", "ed17cf2e0169df9d443503ef94b23b33"),
}


def _normalized(x: Any, name: str) -> Any:
    return BatchNormalization(axis=channel_axis(), epsilon=1.001e-5, name=f"{name}_bn")(x)


def _active(x: Any, name: str) -> Any:
    return Activation("relu", name=f"{name}_relu")(_normalized(x, name))


def _block(x: Any, filters: int, steps: int, widens: bool, name: str) -> Any:
    """A block that ends with an activation; it widens what it adds to, or adds to its input."""
    shortcut = x
    if widens:
        shortcut = Conv2D(4 * filters, 1, strides=steps, name=f"{name}_0_conv")(x)
        shortcut = _normalized(shortcut, f"{name}_0")
    x = _active(Conv2D(filters, 1, strides=steps, name=f"{name}_1_conv")(x), f"{name}_1")
    x = _active(Conv2D(filters, 3, padding="same", name=f"{name}_2_conv")(x), f"{name}_2")
    x = _normalized(Conv2D(4 * filters, 1, name=f"{name}_3_conv")(x), f"{name}_3")
    x = Add(name=f"{name}_add")([shortcut, x])
    return Activation("relu", name=f"{name}_out")(x)


def _stack(x: Any, filters: int, blocks: int, first: bool, name: str) -> Any:
    x = _block(x, filters, 1 if first else 2, True, f"{name}_block1")
    for index in range(2, blocks + 1):
        x = _block(x, filters, 1, False, f"{name}_block{index}")
    return x


def _block_v2(x: Any, filters: int, steps: int, widens: bool, name: str) -> Any:
    """A block that begins with an activation."""
    before = _active(x, f"{name}_preact")
    shortcut = x
    if widens:
        shortcut = Conv2D(4 * filters, 1, strides=steps, name=f"{name}_0_conv")(before)
    elif steps > 1:
        shortcut = MaxPooling2D(1, strides=steps)(x)
    x = _active(Conv2D(filters, 1, strides=1, use_bias=False, name=f"{name}_1_conv")(before), f"{name}_1")
    x = ZeroPadding2D(padding=((1, 1), (1, 1)), name=f"{name}_2_pad")(x)
    x = _active(Conv2D(filters, 3, strides=steps, use_bias=False, name=f"{name}_2_conv")(x), f"{name}_2")
    x = Conv2D(4 * filters, 1, name=f"{name}_3_conv")(x)
    return Add(name=f"{name}_out")([shortcut, x])


def _stack_v2(x: Any, filters: int, blocks: int, last: bool, name: str) -> Any:
    x = _block_v2(x, filters, 1, True, f"{name}_block1")
    for index in range(2, blocks):
        x = _block_v2(x, filters, 1, False, f"{name}_block{index}")
    return _block_v2(x, filters, 1 if last else 2, False, f"{name}_block{blocks}")


def _net(name: str, request: Request) -> Model:
    blocks, *hashes = _NETS[name]
    second = name.endswith("V2")
    images = request.images(request.shape(default_size=224, min_size=32))
    x = ZeroPadding2D(padding=((3, 3), (3, 3)), name="conv1_pad")(images)
    x = Conv2D(64, 7, strides=2, name="conv1_conv")(x)
    if not second:
        x = _active(x, "conv1")
    x = ZeroPadding2D(padding=((1, 1), (1, 1)), name="pool1_pad")(x)
    x = MaxPooling2D(3, strides=2, name="pool1_pool")(x)
    for index, number in enumerate(blocks):
        filters, label = 64 * 2**index, f"conv{index + 2}"
        x = _stack_v2(x, filters, number, index == 3, label) if second else _stack(x, filters, number, not index, label)
    if second:
        x = _active(x, "post")
    x = request.topped(x, "probs", ("avg_pool", "avg_pool", "max_pool"))
    model = request.model(images, x, name.lower())
    ending = "" if request.include_top else "_notop"
    file = f"{name.lower()}_weights_tf_dim_ordering_tf_kernels{ending}.h5"
    return request.loaded(model, _BASE, file, hashes[not request.include_top])


def _function_of(name: str, *modules: str) -> Any:
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

    doc = f"Returns {name}, a residual network; the arguments are those of `tf.keras.applications.VGG16`."
    names = [f"keras.applications.{module}{name}" for module in ("", *modules)]
    return export(*names)(named(name, doc)(make))


ResNet50 = _function_of("ResNet50", "resnet.", "resnet50.")
ResNet101 = _function_of("ResNet101", "resnet.")
ResNet152 = _function_of("ResNet152", "resnet.")
ResNet50V2 = _function_of("ResNet50V2", "resnet_v2.")
ResNet101V2 = _function_of("ResNet101V2", "resnet_v2.")
ResNet152V2 = _function_of("ResNet152V2", "resnet_v2.")
