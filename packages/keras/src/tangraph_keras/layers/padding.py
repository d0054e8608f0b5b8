"""Zeros around the inputs, and parts of the inputs cut off."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.backend.shaping import spatial_2d_padding, spatial_3d_padding, temporal_padding
from tangraph_layers import settings
from tangraph_layers.engine.layer import Layer
from tangraph_layers.input_spec import InputSpec

_ORDINALS = ("1st", "2nd", "3rd")
_WHAT = {
    (2, "padding"): "a tuple of 2 ints (symmetric_height_pad, symmetric_width_pad), or a tuple of 2 tuples of 2 ints "
    "((top_pad, bottom_pad), (left_pad, right_pad))",
    (3, "padding"): "a tuple of 3 ints (symmetric_dim1_pad, symmetric_dim2_pad, symmetric_dim3_pad), or a tuple of 3 "
    "tuples of 2 ints ((left_dim1_pad, right_dim1_pad), (left_dim2_pad, right_dim2_pad), (left_dim3_pad, "
    "right_dim2_pad))",
    (
        2,
        "cropping",
    ): "a tuple of 2 ints (symmetric_height_crop, symmetric_width_crop), or a tuple of 2 tuples of 2 ints "
    "((top_crop, bottom_crop), (left_crop, right_crop))",
    (3, "cropping"): "a tuple of 3 ints (symmetric_dim1_crop, symmetric_dim2_crop, symmetric_dim3_crop), or a tuple of "
    "3 tuples of 2 ints ((left_dim1_crop, right_dim1_crop), (left_dim2_crop, right_dim2_crop), (left_dim3_crop, "
    "right_dim2_crop))",
}


def _pairs(value: Any, rank: int, name: str) -> tuple[tuple[int, ...], ...]:
    """Returns (before, after) for each dimension of space, from a number, numbers or pairs."""
    if isinstance(value, int):
        return ((value, value),) * rank
    if not hasattr(value, "__len__"):
        raise ValueError(f"`{name}` should be either an int, {_WHAT[rank, name]}. Found: {value}")
    if len(value) != rank:
        number = "two" if rank == 2 else "3"
        raise ValueError(f"`{name}` should have {number} elements. Found: {value}")
    return tuple(
        settings.sizes(one, 2, f"{ordinal} entry of {name}") for one, ordinal in zip(value, _ORDINALS, strict=False)
    )


class _Border(Layer):
    """A layer that changes the sizes of space by pairs of numbers."""

    rank = 2
    _sign = 1
    _border_argument = "padding"

    def __init__(self, pairs: Any, data_format: str | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = "channels_last" if self.rank == 1 else settings.data_format(data_format)
        if self.rank == 1:
            self._border: Any = (settings.sizes(pairs, 2, self._border_argument),)
        else:
            self._border = _pairs(pairs, self.rank, self._border_argument)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    @property
    def _first(self) -> bool:
        return self.data_format == "channels_first"

    def _value(self) -> Any:
        return self._border[0] if self.rank == 1 else self._border

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the outputs."""
        shape = tf.TensorShape(input_shape).as_list()
        start = 2 if self._first else 1
        for axis, (before, after) in enumerate(self._border, start):
            if shape[axis] is not None:
                shape[axis] += self._sign * (before + after)
        return tf.TensorShape(shape)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer."""
        config = {**super().get_config(), self._border_argument: self._value()}
        return config if self.rank == 1 else {**config, "data_format": self.data_format}


@export("keras.layers.ZeroPadding1D")
class ZeroPadding1D(_Border):
    """Puts zeros before and after lines.

    Args:
      padding: how many: one number for both, or two.
      **kwargs: see `tf.keras.layers.Layer`.
    """

    rank = 1

    def __init__(self, padding: Any = 1, **kwargs: Any) -> None:
        super().__init__(padding, None, **kwargs)

    @property
    def padding(self) -> Any:
        """How many zeros there are before and after."""
        return self._value()

    def call(self, inputs: Any) -> Any:
        """Returns the outputs."""
        return temporal_padding(inputs, padding=self.padding)


@export("keras.layers.ZeroPadding2D")
class ZeroPadding2D(_Border):
    """Puts zeros around images.

    Args:
      padding: how many: one number, one for rows and one for columns, or (before, after) of each.
      data_format: "channels_last" or "channels_first"; the setting's when None.
      **kwargs: see `tf.keras.layers.Layer`.

    Raises:
      ValueError: it is none of these.

    >>> with tf.Graph().as_default():
    ...     ZeroPadding2D(((1, 0), (2, 2)))(tf.ones([1, 3, 3, 1])).shape.as_list()
    [1, 4, 7, 1]
    """

    rank = 2

    def __init__(self, padding: Any = (1, 1), data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(padding, data_format, **kwargs)

    @property
    def padding(self) -> Any:
        """How many zeros there are before and after each axis."""
        return self._value()

    def call(self, inputs: Any) -> Any:
        """Returns the outputs."""
        return spatial_2d_padding(inputs, padding=self.padding, data_format=self.data_format)


@export("keras.layers.ZeroPadding3D")
class ZeroPadding3D(_Border):
    """Puts zeros around volumes; see `ZeroPadding2D`."""

    rank = 3

    def __init__(self, padding: Any = (1, 1, 1), data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(padding, data_format, **kwargs)

    @property
    def padding(self) -> Any:
        """How many zeros there are before and after each axis."""
        return self._value()

    def call(self, inputs: Any) -> Any:
        """Returns the outputs."""
        return spatial_3d_padding(inputs, padding=self.padding, data_format=self.data_format)


class _Cropping(_Border):
    _sign = -1
    _border_argument = "cropping"

    @property
    def cropping(self) -> Any:
        """How much is cut off before and after each axis."""
        return self._value()

    def call(self, inputs: Any) -> Any:
        """Returns the outputs."""
        everything = slice(None)
        space = [slice(before, -after if after else None) for before, after in self._border]
        return inputs[(everything, everything, *space) if self._first else (everything, *space, everything)]


@export("keras.layers.Cropping1D")
class Cropping1D(_Cropping):
    """Cuts off the beginning and the end of lines.

    Args:
      cropping: how much: one number for both, or two.
      **kwargs: see `tf.keras.layers.Layer`.
    """

    rank = 1

    def __init__(self, cropping: Any = (1, 1), **kwargs: Any) -> None:
        super().__init__(cropping, None, **kwargs)


@export("keras.layers.Cropping2D")
class Cropping2D(_Cropping):
    """Cuts off the borders of images.

    Args:
      cropping: how much: one number, one for rows and one for columns, or (before, after) of each.
      data_format: "channels_last" or "channels_first"; the setting's when None.
      **kwargs: see `tf.keras.layers.Layer`.

    Raises:
      ValueError: it is none of these.
    """

    rank = 2

    def __init__(self, cropping: Any = ((0, 0), (0, 0)), data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(cropping, data_format, **kwargs)


@export("keras.layers.Cropping3D")
class Cropping3D(_Cropping):
    """Cuts off the borders of volumes; see `Cropping2D`."""

    rank = 3

    def __init__(self, cropping: Any = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(cropping, data_format, **kwargs)
