"""What Keras takes for granted: the type of floats, the fuzz factor, the place of channels."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from tangraph.export import export

_FLOATS: Final = ("float16", "float32", "float64")
_FORMATS: Final = ("channels_last", "channels_first")


@dataclass
class _Config:
    floatx: str = "float32"
    epsilon: float = 1e-7
    image_data_format: str = "channels_last"


def keras_home() -> Path:
    """Returns the folder of Keras' settings and downloads: `KERAS_HOME`, or ``~/.keras``."""
    return Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser()


def _read() -> _Config:
    """Returns the user's settings in ``keras.json``, which, unlike TensorFlow, nobody writes who has none."""
    path = keras_home() / "keras.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = {}
    config = _Config()
    for key, value in found.items() if isinstance(found, dict) else ():
        if hasattr(config, key):
            setattr(config, key, value)
    if (
        config.floatx not in _FLOATS
        or config.image_data_format not in _FORMATS
        or not isinstance(config.epsilon, float)
    ):
        raise ValueError(
            f"{path} must hold a floatx of {_FLOATS}, a float epsilon, an image_data_format of {_FORMATS}. "
            f"Received: {found}"
        )
    return config


_config: Final = _read()


@export("keras.backend.backend")
def backend() -> str:
    """Returns the name of the engine, "tensorflow"."""
    return "tensorflow"


@export("keras.backend.epsilon")
def epsilon() -> float:
    """Returns the fuzz factor that keeps divisions and logarithms finite.

    >>> epsilon()
    1e-07
    """
    return _config.epsilon


@export("keras.backend.set_epsilon")
def set_epsilon(value: float) -> None:
    """Sets the fuzz factor."""
    _config.epsilon = value


@export("keras.backend.floatx")
def floatx() -> str:
    """Returns the name of the type of floats that nobody chose.

    >>> floatx()
    'float32'
    """
    return _config.floatx


@export("keras.backend.set_floatx")
def set_floatx(value: str) -> None:
    """Sets the type of floats: "float16", "float32" or "float64".

    Raises:
      ValueError: another name.
    """
    if value not in _FLOATS:
        raise ValueError(f"Unknown floatx type: {value}")
    _config.floatx = str(value)


@export("keras.backend.image_data_format")
def image_data_format() -> str:
    """Returns where images have their channels: "channels_last" or "channels_first".

    >>> image_data_format()
    'channels_last'
    """
    return _config.image_data_format


@export("keras.backend.set_image_data_format")
def set_image_data_format(data_format: str) -> None:
    """Sets where images have their channels.

    Raises:
      ValueError: neither "channels_last" nor "channels_first".
    """
    if data_format not in _FORMATS:
        raise ValueError(f"Unknown data_format: {data_format}")
    _config.image_data_format = str(data_format)


@export("keras.backend.cast_to_floatx")
def cast_to_floatx(x: Any) -> Any:
    """Returns an array of the type of floats.

    >>> cast_to_floatx([1, 2]).dtype
    dtype('float32')
    """
    return np.asarray(x, dtype=floatx())


def checked_format(data_format: str | None) -> str:
    """Returns a data format, the setting's for None.

    Raises:
      ValueError: an unknown one.
    """
    found = image_data_format() if data_format is None else data_format
    if found not in _FORMATS:
        raise ValueError(f"Unknown data_format: {found}")
    return found
