"""WAV files of 16-bit samples."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def encode_wav(frames: NDArray[Any], rate: int) -> bytes:
    """Returns a WAV file.

    Args:
      frames: floats between -1 and 1, [frames, channels]; what is outside is clipped.
      rate: frames a second.

    >>> len(encode_wav(np.zeros([10, 2], np.float32), 8000))
    84
    """
    scaled = frames.astype(np.float32) * np.float32(1 << 15)
    # Halves are rounded away from zero.
    rounded = np.copysign(np.floor(np.abs(scaled) + np.float32(0.5)), scaled)
    samples: bytes = np.clip(rounded, -(1 << 15), (1 << 15) - 1).astype("<i2").tobytes()
    channels = frames.shape[1]
    width = 2 * channels
    fmt = struct.pack("<HHIIHH", 1, channels, rate, rate * width, width, 16)
    body = b"WAVE" + b"fmt " + struct.pack("<I", len(fmt)) + fmt + b"data" + struct.pack("<I", len(samples)) + samples
    return b"RIFF" + struct.pack("<I", len(body)) + body
