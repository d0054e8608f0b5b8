"""From arrays to the values of summaries, as messages of the protobuf library (which are serialized in no time)."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import numpy as np
from google.protobuf.message import DecodeError

from tangraph.framework.errors import InvalidArgumentError
from tangraph.framework.raw_shape import to_str
from tangraph_interop.wire import codec
from tangraph_summary.histogram import histogram_of
from tangraph_summary.messages import Summary
from tangraph_summary.png import encode_png
from tangraph_summary.wav import encode_wav

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tangraph.framework.dtypes import DType


def new_summary() -> Any:
    """Returns an empty summary."""
    return codec.protobuf_class(Summary)()


def scalar_tag(tag: Any, message: str) -> str:
    """Returns a tag that must be a scalar as text.

    Raises:
      InvalidArgumentError: it is none.
    """
    if np.shape(tag):
        raise InvalidArgumentError(None, None, message)
    found = tag.item() if hasattr(tag, "item") else tag
    return str(found, "utf-8", "replace")


def add_scalar(summary: Any, tag: str | bytes, number: Any) -> None:
    """Adds a number to a summary."""
    with np.errstate(over="ignore"):
        summary.value.add(tag=tag, simple_value=float(np.float32(number)))


def add_histogram(summary: Any, tag: str, values: NDArray[Any], node_name: str) -> None:
    """Adds a histogram to a summary.

    Raises:
      InvalidArgumentError: a value is not finite; the text names the node.
    """
    if values.dtype.kind not in "iu":
        finite = np.isfinite(values)
        if not finite.all():
            first = values.reshape(-1)[np.argmin(finite.reshape(-1))]
            what = "Nan" if np.isnan(first) else "Infinity"
            raise InvalidArgumentError(None, None, f"{what} in summary histogram for: {node_name}")
    found = histogram_of(values)
    histo = summary.value.add(tag=tag).histo
    histo.min, histo.max, histo.num = found.min, found.max, found.num
    histo.sum, histo.sum_squares = found.sum, found.sum_squares
    histo.bucket_limit.extend(found.limits)
    histo.bucket.extend(found.counts)


def add_tensor(value: Any, tensor: NDArray[Any], dtype: DType) -> None:
    """Writes an array into a value of a summary: numbers as their bytes, strings one by one."""
    proto = value.tensor
    proto.dtype = dtype.base.as_datatype_enum
    proto.tensor_shape.SetInParent()
    for size in tensor.shape:
        proto.tensor_shape.dim.add(size=size)
    if dtype.base.name == "string":
        proto.string_val.extend(tensor.reshape(-1).tolist())
    else:
        proto.tensor_content = tensor.tobytes()


def add_metadata(value: Any, serialized: bytes) -> None:
    """Writes serialized SummaryMetadata into a value of a summary; what cannot be read is left out."""
    value.metadata.SetInParent()
    with contextlib.suppress(DecodeError):
        value.metadata.MergeFromString(serialized)


def add_images(summary: Any, tag: str, images: NDArray[Any], most: int, bad_color: NDArray[Any]) -> None:
    """Adds images to a summary: `images` is [batch, height, width, channels], uint8 or floats.

    Raises:
      InvalidArgumentError: the shape is another one.
    """
    shape = images.shape
    if images.ndim != 4 or shape[3] not in {1, 3, 4}:
        raise InvalidArgumentError(
            None, None, f"Tensor must be 4-D with last dim 1, 3, or 4, not {to_str(images.shape)}"
        )
    if not shape[1] * shape[2]:
        found = ", ".join(map(str, shape))
        raise InvalidArgumentError(None, None, f"input tensor must have non-zero dims. Found: [{found}].")
    if images.dtype != np.uint8:
        bad_color = bad_color.reshape(-1)
        if bad_color.size < shape[3]:
            raise InvalidArgumentError(
                None,
                None,
                f"expected depth <= bad_color.size, got depth = {shape[3]}, bad_color.size = {bad_color.size}",
            )
    for i, image in enumerate(images[:most]):
        value = summary.value.add(tag=f"{tag}/image/{i}" if most > 1 else f"{tag}/image")
        value.image.height, value.image.width, value.image.colorspace = shape[1:]
        pixels = image if image.dtype == np.uint8 else _as_bytes(image, bad_color[: shape[3]])
        value.image.encoded_image_string = encode_png(pixels)


def _as_bytes(image: NDArray[Any], bad_color: NDArray[Any]) -> NDArray[np.uint8]:
    """Scales an image of floats to 0...255, in its own precision; what is not finite becomes the bad colour."""
    finite = np.isfinite(image).all(axis=-1)
    pixels = image[finite]
    low, high = (float(pixels.min()), float(pixels.max())) if pixels.size else (np.inf, -np.inf)
    if low < 0:
        farthest, span, offset = max(abs(low), abs(high)), 127.0, 128.0
    else:
        farthest, span, offset = high, 255.0, 0.0
    kind = image.dtype.type
    scale = kind(0.0 if farthest < 1e-6 else np.float32(span) / np.float32(farthest))
    out = np.empty(image.shape, np.uint8)
    out[...] = bad_color
    out[finite] = (pixels * scale + kind(offset)).astype(np.int64).astype(np.uint8)
    return out


def add_sounds(summary: Any, tag: str, sounds: NDArray[Any], rate: Any, most: int) -> None:
    """Adds sounds to a summary: `sounds` is [batch, frames, channels] or [batch, frames].

    Raises:
      InvalidArgumentError: the shape is another one, or the rate is not positive.
    """
    if sounds.ndim not in {2, 3}:
        raise InvalidArgumentError(None, None, f"Tensor must be 3-D or 2-D, got: {to_str(sounds.shape)}")
    if np.size(rate) != 1:
        raise InvalidArgumentError(None, None, f"sample_rate must be a scalar. Received: {to_str(np.shape(rate))}")
    rate = np.ravel(rate)[0]
    if not rate > 0:
        raise InvalidArgumentError(None, None, "sample_rate must be > 0")
    if not sounds.size:
        raise InvalidArgumentError(None, None, "audio is null")
    for i, sound in enumerate(sounds[:most]):
        value = summary.value.add(tag=f"{tag}/audio/{i}" if most > 1 else f"{tag}/audio")
        frames = sound.reshape(sounds.shape[1], -1)
        value.audio.sample_rate = float(rate)
        value.audio.length_frames, value.audio.num_channels = sounds.shape[1], (*sounds.shape, 1)[2]
        value.audio.content_type = "audio/wav"
        value.audio.encoded_audio_string = encode_wav(frames, int(np.rint(rate)))
