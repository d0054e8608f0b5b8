"""The cells of NASNet-A: graphs of separable convolutions that a search has found."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph_keras.applications.request import halving_pads, last_channel_axis
from tangraph_keras.layers.activation import Activation
from tangraph_keras.layers.merge import add, concatenate
from tangraph_keras.layers.padding import Cropping2D, ZeroPadding2D
from tangraph_layers.engine.node import int_shape
from tangraph_layers.keras.convolution import Conv2D
from tangraph_layers.keras.normalization import BatchNormalization
from tangraph_layers.keras.pooling import AveragePooling2D, MaxPooling2D
from tangraph_layers.keras.separable_convolution import SeparableConv2D


def normalized(x: Any, name: str) -> Any:
    """Returns normalized images."""
    return BatchNormalization(axis=last_channel_axis(), momentum=0.9997, epsilon=1e-3, name=name)(x)


def _narrow(x: Any, filters: int, name: str) -> Any:
    """Returns a convolution of single pixels."""
    layer = Conv2D(filters, (1, 1), padding="same", use_bias=False, name=name, kernel_initializer="he_normal")
    return layer(x)


def _separable(x: Any, filters: int, size: int, index: int, name: str, steps: int = 1) -> Any:
    layer = SeparableConv2D(
        filters,
        (size, size),
        strides=(steps, steps),
        name=f"separable_conv_{index}_{name}",
        padding="same" if steps == 1 else "valid",
        use_bias=False,
        kernel_initializer="he_normal",
    )
    return normalized(layer(x), f"separable_conv_{index}_bn_{name}")


def _twice(x: Any, filters: int, size: int, name: str, steps: int = 1) -> Any:
    """Returns two separable convolutions of activated images."""
    with tf.name_scope(f"separable_conv_block_{name}"):
        x = Activation("relu")(x)
        if steps == 2:
            x = ZeroPadding2D(padding=halving_pads(x, size), name=f"separable_conv_1_pad_{name}")(x)
        x = _separable(x, filters, size, 1, name, steps)
        return _separable(Activation("relu")(x), filters, size, 2, name)


def _mean(x: Any, name: str, steps: int = 1, padding: str = "same") -> Any:
    return AveragePooling2D((3, 3), strides=(steps, steps), padding=padding, name=name)(x)


def _greatest(x: Any, name: str) -> Any:
    return MaxPooling2D((3, 3), strides=(2, 2), padding="valid", name=name)(x)


def _every_second(x: Any, filters: int, index: int, name: str) -> Any:
    layer = AveragePooling2D((1, 1), strides=(2, 2), padding="valid", name=f"adjust_avg_pool_{index}_{name}")
    return _narrow(layer(x), filters // 2, f"adjust_conv_{index}_{name}")


def _halved(x: Any, filters: int, name: str) -> Any:
    """Returns even pixels beside odd ones."""
    x = Activation("relu", name=f"adjust_relu_1_{name}")(x)
    even = _every_second(x, filters, 1, name)
    odd = Cropping2D(cropping=((1, 0), (1, 0)))(ZeroPadding2D(padding=((0, 1), (0, 1)))(x))
    both = concatenate([even, _every_second(odd, filters, 2, name)], axis=last_channel_axis())
    return normalized(both, f"adjust_bn_{name}")


def _adjusted(previous: Any, x: Any, filters: int, name: str) -> Any:
    """Returns the images before the last, in the form of the last."""
    with tf.name_scope("adjust_block"):
        if previous is None:
            return x
        shape = int_shape(previous)
        if shape[-2] != int_shape(x)[-2]:
            with tf.name_scope(f"adjust_reduction_block_{name}"):
                return _halved(previous, filters, name)
        if shape[-1] != filters:
            with tf.name_scope(f"adjust_projection_block_{name}"):
                narrow = _narrow(Activation("relu")(previous), filters, f"adjust_conv_projection_{name}")
                return normalized(narrow, f"adjust_bn_{name}")
        return previous


def _begun(x: Any, previous: Any, filters: int, kind: str, name: str) -> tuple[Any, Any]:
    previous = _adjusted(previous, x, filters, name)
    narrow = _narrow(Activation("relu")(x), filters, f"{kind}_conv_1_{name}")
    return previous, normalized(narrow, f"{kind}_bn_1_{name}")


def normal_cell(x: Any, previous: Any, filters: int, name: str) -> tuple[Any, Any]:
    """Returns images of the same size, and those that they come from.

    Args:
      x: images.
      previous: those before them.
      filters: the number of channels of each of the six parts.
      name: a part of the layers' names.
    """
    with tf.name_scope(f"normal_A_block_{name}"):
        p, h = _begun(x, previous, filters, "normal", name)
        with tf.name_scope("block_1"):
            first = [_twice(h, filters, 5, f"normal_left1_{name}"), _twice(p, filters, 3, f"normal_right1_{name}")]
            parts = [p, add(first, name=f"normal_add_1_{name}")]
        with tf.name_scope("block_2"):
            second = [_twice(p, filters, 5, f"normal_left2_{name}"), _twice(p, filters, 3, f"normal_right2_{name}")]
            parts.append(add(second, name=f"normal_add_2_{name}"))
        with tf.name_scope("block_3"):
            parts.append(add([_mean(h, f"normal_left3_{name}"), p], name=f"normal_add_3_{name}"))
        with tf.name_scope("block_4"):
            fourth = [_mean(p, f"normal_left4_{name}"), _mean(p, f"normal_right4_{name}")]
            parts.append(add(fourth, name=f"normal_add_4_{name}"))
        with tf.name_scope("block_5"):
            parts.append(add([_twice(h, filters, 3, f"normal_left5_{name}"), h], name=f"normal_add_5_{name}"))
        return concatenate(parts, axis=last_channel_axis(), name=f"normal_concat_{name}"), x


def reduction_cell(x: Any, previous: Any, filters: int, name: str) -> tuple[Any, Any]:
    """Returns images of half the size, and those that they come from; see `normal_cell`."""
    with tf.name_scope(f"reduction_A_block_{name}"):
        p, h = _begun(x, previous, filters, "reduction", name)
        padded = ZeroPadding2D(padding=halving_pads(h, 3), name=f"reduction_pad_1_{name}")(h)
        with tf.name_scope("block_1"):
            x1 = [_twice(h, filters, 5, f"reduction_left1_{name}", 2)]
            x1.append(_twice(p, filters, 7, f"reduction_right1_{name}", 2))
            first = add(x1, name=f"reduction_add_1_{name}")
        with tf.name_scope("block_2"):
            x2 = [_greatest(padded, f"reduction_left2_{name}")]
            x2.append(_twice(p, filters, 7, f"reduction_right2_{name}", 2))
            second = add(x2, name=f"reduction_add_2_{name}")
        with tf.name_scope("block_3"):
            x3 = [_mean(padded, f"reduction_left3_{name}", 2, "valid")]
            x3.append(_twice(p, filters, 5, f"reduction_right3_{name}", 2))
            third = add(x3, name=f"reduction_add3_{name}")
        with tf.name_scope("block_4"):
            fourth = add([second, _mean(first, f"reduction_left4_{name}")])
        with tf.name_scope("block_5"):
            x5 = [_twice(first, filters, 3, f"reduction_left4_{name}"), _greatest(padded, f"reduction_right5_{name}")]
            fifth = add(x5, name=f"reduction_add4_{name}")
        parts = [second, third, fourth, fifth]
        return concatenate(parts, axis=last_channel_axis(), name=f"reduction_concat_{name}"), x
