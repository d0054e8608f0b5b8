"""The element type, the small number and the image format that Keras takes where nothing else is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import tangraph as tf
from tangraph.export import export


@dataclass
class _Settings:
    floatx: str = "float32"
    epsilon: float = 1e-7
    image_data_format: str = "channels_last"


_settings: Final = _Settings()


@export("keras.backend.floatx")
def floatx() -> str:
    """Returns the name of the element type of variables and inputs, "float32" at first.

    >>> floatx()
    'float32'
    """
    return _settings.floatx


@export("keras.backend.set_floatx")
def set_floatx(value: str) -> None:
    """Sets the element type of variables and inputs.

    Args:
      value: "float16", "float32" or "float64".

    Raises:
      ValueError: it is another.
    """
    if value not in {"float16", "float32", "float64"}:
        raise ValueError(f"Unknown floatx type: {value}")
    _settings.floatx = str(value)


@export("keras.backend.epsilon")
def epsilon() -> float:
    """Returns the small number that keeps divisions and logarithms finite, 1e-7 at first."""
    return _settings.epsilon


@export("keras.backend.set_epsilon")
def set_epsilon(value: float) -> None:
    """Sets the small number that keeps divisions and logarithms finite."""
    _settings.epsilon = value


@export("keras.backend.image_data_format")
def image_data_format() -> str:
    """Returns where images have their channels, "channels_last" at first."""
    return _settings.image_data_format


@export("keras.backend.set_image_data_format")
def set_image_data_format(data_format: str) -> None:
    """Sets where images have their channels.

    Args:
      data_format: "channels_last" or "channels_first".

    Raises:
      ValueError: it is another word.
    """
    if data_format not in {"channels_last", "channels_first"}:
        raise ValueError(f"Unknown data_format: {data_format}")
    _settings.image_data_format = str(data_format)


def dtype_name(dtype: Any) -> str:
    """Returns the name of an element type: that of a variable, of a tensor, of NumPy's, or a name.

    >>> dtype_name(tf.float32), dtype_name("int8")
    ('float32', 'int8')
    """
    name: str = tf.as_dtype(dtype).base_dtype.name
    return name
