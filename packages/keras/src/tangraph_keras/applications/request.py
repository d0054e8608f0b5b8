"""What all applications are asked for in the same way: images, a top, weights."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tangraph_keras.backend.tensors import is_keras_tensor
from tangraph_keras.engine.input_layer import Input
from tangraph_keras.engine.model import Model
from tangraph_keras.layers.global_pooling import GlobalAveragePooling2D, GlobalMaxPooling2D
from tangraph_keras.utils.download import get_file
from tangraph_keras.utils.sources import get_source_inputs
from tangraph_layers.engine.settings import image_data_format
from tangraph_layers.keras.dense import Dense

_CLASSES: Final = 1000
_IMAGES = "When setting `include_top=True` and loading `imagenet` weights, `input_shape` should be {}."


def channel_axis() -> int:
    """Returns the axis of channels, counted from the first, in Keras' form of images."""
    return 1 if image_data_format() == "channels_first" else 3


def last_channel_axis() -> int:
    """Returns the axis of channels, counted from the last where they come last."""
    return 1 if image_data_format() == "channels_first" else -1


@dataclass(frozen=True)
class Request:
    """The arguments that applications share.

    Attributes:
      include_top: whether there are the layers that classify.
      weights: None for random ones, "imagenet", or the path of a file.
      input_tensor: the images; a new input when None.
      input_shape: the shape of an image; the default when None.
      pooling: what comes last without a top: "avg", "max", or None for nothing.
      classes: how many classes there are.
    """

    include_top: bool
    weights: str | None
    input_tensor: Any
    input_shape: Any
    pooling: str | None
    classes: int

    def __post_init__(self) -> None:
        """Raises ValueError for weights that are not there, or not for so many classes."""
        if self.weights not in {"imagenet", None} and not Path(str(self.weights)).exists():
            raise ValueError(
                "The `weights` argument should be either `None` (random initialization), `imagenet` (pre-training on "
                f"ImageNet), or the path to the weights file to be loaded. Received: {self.weights!r}"
            )
        if self.weights == "imagenet" and self.include_top and self.classes != _CLASSES:
            raise ValueError(
                f'If using `weights` as `"imagenet"` with `include_top` as true, `classes` should be 1000. '
                f"Received: {self.classes}"
            )

    def shape(self, default_size: int, min_size: int, static: bool | None = None) -> tuple[int | None, ...]:
        """Returns the shape of an image.

        Args:
          default_size: its height and width where nothing is asked for.
          min_size: the least height and width.
          static: whether it must be known; where there is a top, when None.

        Raises:
          ValueError: the shape that is asked for is not one of such images.
        """
        static = self.include_top if static is None else static
        default = _with_channels(default_size, self._channels())
        if self.weights == "imagenet" and static:
            if self.input_shape is not None and self.input_shape != default:
                raise ValueError(f"{_IMAGES.format(default)} Received: {self.input_shape}")
            return default
        if not self.input_shape:
            return default if static else _with_channels(None, 3)
        self._check_shape(min_size)
        if static and None in self.input_shape:
            raise ValueError(
                "If `include_top` is True, you should specify a static `input_shape`. "
                f"Got `input_shape={self.input_shape}`"
            )
        shape: tuple[int | None, ...] = self.input_shape
        return shape

    def _channels(self) -> int:
        if self.weights == "imagenet" or not self.input_shape or len(self.input_shape) != 3:
            return 3
        channels: int = self.input_shape[channel_axis() - 1]
        if channels not in {1, 3}:
            warnings.warn(
                "This model usually expects 1 or 3 input channels. However, it was passed an input_shape with "
                f"{channels} input channels.",
                stacklevel=4,
            )
        return channels

    def _check_shape(self, min_size: int) -> None:
        shape = self.input_shape
        if len(shape) != 3:
            raise ValueError(f"`input_shape` must be a tuple of three integers. Received: {shape}")
        if shape[channel_axis() - 1] != 3 and self.weights == "imagenet":
            raise ValueError(f"The input must have 3 channels; got `input_shape={shape}`")
        if any(size is not None and size < min_size for size in sizes(shape)):
            raise ValueError(f"Input size must be at least {min_size}x{min_size}; got `input_shape={shape}`")

    def images(self, shape: Any) -> Any:
        """Returns the tensor of images; see `shape`."""
        if self.input_tensor is None:
            return Input(shape=shape)
        if is_keras_tensor(self.input_tensor):
            return self.input_tensor
        return Input(tensor=self.input_tensor, shape=shape)

    def topped(self, x: Any, name: str = "predictions", pools: tuple[Any, Any, Any] = ("avg_pool", None, None)) -> Any:
        """Returns what comes after the last block: classes, or what `pooling` says.

        Args:
          x: what the last block returns.
          name: of the layer that classifies.
          pools: the names of the layers that pool: before the classes, and those of "avg" and "max".
        """
        if self.include_top:
            x = GlobalAveragePooling2D(name=pools[0])(x)
            return Dense(self.classes, activation="softmax", name=name)(x)
        return self.pooled(x, *pools[1:])

    def pooled(self, x: Any, average_name: str | None = None, maximum_name: str | None = None) -> Any:
        """Returns what `pooling` says of the last block's outputs."""
        if self.pooling == "avg":
            return GlobalAveragePooling2D(name=average_name)(x)
        return GlobalMaxPooling2D(name=maximum_name)(x) if self.pooling == "max" else x

    def model(self, images: Any, outputs: Any, name: str) -> Model:
        """Returns the model; what comes before `input_tensor` is a part of it."""
        inputs = images if self.input_tensor is None else get_source_inputs(self.input_tensor)
        return Model(inputs, outputs, name=name)

    def loaded(
        self, model: Model, base: str, file: str, file_hash: str | None = None, cached: str | None = None
    ) -> Model:
        """Returns the model with its weights.

        Args:
          model: the model.
          base: where the weights of ImageNet are.
          file: what their file is called there.
          file_hash: its MD5 sum, where it is known.
          cached: what it is called in ``~/.keras/models``; the same when None.
        """
        if self.weights is None:
            return model
        path = self.weights
        if self.weights == "imagenet":
            path = get_file(cached or file, base + file, cache_subdir="models", file_hash=file_hash)
        model.load_weights(path)
        return model


def _with_channels(size: int | None, channels: int) -> tuple[int | None, ...]:
    return (channels, size, size) if image_data_format() == "channels_first" else (size, size, channels)


def sizes(shape: Any) -> Any:
    """Returns height and width of the shape of an image."""
    return shape[1:3] if image_data_format() == "channels_first" else shape[0:2]


def halving_pads(x: Any, kernel_size: Any) -> tuple[tuple[int, int], tuple[int, int]]:
    """Returns what to add around images, so that a convolution with steps of two sees them as "same" does at odd sizes."""
    rows, columns = sizes(tuple(x.shape.as_list())[1:])
    kernel = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    even = (1, 1) if rows is None else (1 - rows % 2, 1 - columns % 2)
    (top, left) = (size // 2 - one for size, one in zip(kernel, even, strict=True))
    return (top, kernel[0] // 2), (left, kernel[1] // 2)
