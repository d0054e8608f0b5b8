"""The name of the engine, arrays of the type of floats, the format of images."""

from __future__ import annotations

from typing import Any

import numpy as np

from tangraph.export import export
from tangraph_layers.engine.settings import floatx, image_data_format


@export("keras.backend.backend")
def backend() -> str:
    """Returns the name of the engine, "tensorflow"."""
    return "tensorflow"


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
    if found not in {"channels_first", "channels_last"}:
        raise ValueError(f"Unknown data_format: {found}")
    return found
