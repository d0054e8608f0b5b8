"""Files of any format: the first bytes decide, when the graph runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import dtypes
from tangraph.framework.scopes import control_dependencies, name_scope
from tangraph.ops.array.gather import gather
from tangraph.ops.control_flow.cond import cond
from tangraph.ops.logging_ops import Assert
from tangraph.ops.math.comparison import equal, not_equal
from tangraph.ops.math.logical import logical_and
from tangraph.ops.strings.text import substr
from tangraph.plugin import export
from tangraph_datasets.images.decoding import decode_bmp, decode_gif, decode_jpeg, decode_png
from tangraph_datasets.images.dtype import convert_image_dtype

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor


@export("image.is_jpeg", "io.is_jpeg")
def is_jpeg(contents: Any, name: str | None = None) -> Tensor:
    r"""Returns whether strings begin as JPEG files do.

    Args:
      contents: strings of any shape.
      name: the name scope, and the name of the last operation in it.

    Returns:
      A tensor of the same shape, bool.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.image.is_jpeg([b"\xff\xd8\xff\xe0", b"\x89PNG"])).tolist()
    [True, False]
    """
    with name_scope(name, "is_jpeg"):
        return equal(substr(contents, 0, 3), b"\xff\xd8\xff", name=name)


def _is_png(contents: Any) -> Tensor:
    with name_scope(None, "is_png"):
        return equal(substr(contents, 0, 3), b"\x89PN", name=None)


@export("image.decode_image", "io.decode_image")
def decode_image(
    contents: Any,
    channels: int | None = None,
    dtype: Any = dtypes.uint8,
    name: str | None = None,
    expand_animations: bool = True,
) -> Tensor:
    """Decodes a file of any of the formats JPEG, PNG, GIF and BMP.

    Args:
      contents: a string scalar, the file.
      channels: 1 for grey, 3 for red, green and blue, 4 for these and alpha, 0 or None for what the file has. BMP and
        GIF files cannot be made grey, and JPEG and GIF files get no alpha.
      dtype: of the result; see `tf.image.convert_image_dtype`.
      name: the name scope.
      expand_animations: whether GIF files give all their frames; else the first.

    Returns:
      [height, width, channels], or [frames, height, width, 3] for GIF files. The shape is not known before, nor its
      rank, unless `expand_animations` is False.

    Raises:
      ValueError: there is no such number of channels.
      InvalidArgumentError: (when run) this is no such file, or it cannot have these channels.
      ImportError: (when run) Pillow or simplejpeg is not installed.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     file = tf.image.encode_png(tf.constant([[[1], [2]]], tf.uint8))
    ...     session.run(tf.image.decode_image(file)).ravel().tolist()
    [1, 2]
    """
    with name_scope(name, "decode_image"):
        if channels not in (None, 0, 1, 3, 4):
            raise ValueError("channels must be in (None, 0, 1, 3, 4)")
        return _Decoder(contents, channels or 0, dtype, expand_animations).decode(channels)


class _Decoder:
    """The branches, each of which asks for one format and hands on to the next."""

    def __init__(self, contents: Any, channels: int, dtype: Any, expand_animations: bool) -> None:
        self._contents = contents
        self._channels = channels
        self._dtype = dtype
        self._expand = expand_animations

    def decode(self, channels: int | None) -> Tensor:
        """Returns the image; `channels` as they were given."""
        self._start = substr(self._contents, 0, 3)
        self._given = channels
        result: Tensor = cond(is_jpeg(self._contents), self._jpeg, self._png_or_other, name="cond_jpeg")
        return result

    def _converted(self, image: Any) -> Tensor:
        return convert_image_dtype(image, self._dtype)

    def _jpeg(self) -> Tensor:
        good = not_equal(self._channels, 4, name="check_jpeg_channels")
        asserted = Assert(good, ["Channels must be in (None, 0, 1, 3) when decoding JPEG images"])
        with control_dependencies([asserted]):
            return self._converted(decode_jpeg(self._contents, self._given))

    def _png_or_other(self) -> Any:
        return cond(_is_png(self._contents), self._png, self._gif_or_other, name="cond_png")

    def _png(self) -> Tensor:
        stored = dtypes.uint8 if self._dtype == dtypes.uint8 else dtypes.uint16
        return self._converted(decode_png(self._contents, self._given, dtype=stored))

    def _gif_or_other(self) -> Any:
        return cond(equal(self._start, b"GIF", name="is_gif"), self._gif, self._bmp, name="cond_gif")

    def _gif(self) -> Tensor:
        # Both have one name, as in TensorFlow.
        good = logical_and(
            not_equal(self._channels, 1, name="check_gif_channels"),
            not_equal(self._channels, 4, name="check_gif_channels"),
        )
        asserted = Assert(good, ["Channels must be in (None, 0, 3) when decoding GIF images"])
        with control_dependencies([asserted]):
            frames = self._converted(decode_gif(self._contents))
            return frames if self._expand else gather(frames, 0)

    def _bmp(self) -> Tensor:
        is_bmp = equal(substr(self._contents, 0, 2), "BM", name="is_bmp")
        readable = Assert(is_bmp, ["Unable to decode bytes as JPEG, PNG, GIF, or BMP"])
        good = not_equal(self._channels, 1, name="check_channels")
        asserted = Assert(good, ["Channels must be in (None, 0, 3) when decoding BMP images"])
        with control_dependencies([readable, asserted]):
            return self._converted(decode_bmp(self._contents))
