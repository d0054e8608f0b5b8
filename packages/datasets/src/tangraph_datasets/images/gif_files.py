"""GIF files: all their frames."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from tangraph_datasets.images.bytes_in import invalid
from tangraph_datasets.images.libraries import pillow

Array = Any


def decode(data: bytes) -> Array:
    """Returns the frames of a GIF file, [frames, height, width, 3], uint8.

    Raises:
      InvalidArgumentError: the file is broken.
    """
    library = pillow("Decoding a GIF file")
    try:
        image = library.open(io.BytesIO(data), formats=("GIF",))
        frames = []
        for number in range(image.n_frames):
            image.seek(number)
            frames.append(np.asarray(image.convert("RGB")))
    except (OSError, SyntaxError, ValueError, EOFError, IndexError) as error:
        raise invalid(f"Invalid GIF data (size {len(data)}), failed to open gif file: {error}") from None
    return np.stack(frames)
