"""What the kernels of all formats share: their errors, their input, and the shape of what comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.plugin import errors

if TYPE_CHECKING:
    from tangraph.framework.raw_shape import Raw
    from tangraph.plugin import ShapeContext


def invalid(text: str) -> errors.InvalidArgumentError:
    """Returns the error for a file or an attr that is not what it should be."""
    return errors.InvalidArgumentError(None, None, text)


def scalar(contents: Any) -> bytes:
    """Returns the one string of a string tensor.

    Raises:
      InvalidArgumentError: there are more.
    """
    if isinstance(contents, bytes):
        return contents
    if contents.ndim:
        raise invalid(f"contents must be scalar, got shape [{','.join(map(str, contents.shape))}]")
    return bytes(contents.item())


def channels_attr(c: ShapeContext) -> int | None:
    """Returns the number of channels that the attr says; None where it is the file's.

    Raises:
      ValueError: it is negative.
    """
    channels: int = c.attr("channels")
    if channels < 0:
        raise ValueError(f"channels must be non-negative, got {channels}")
    return channels or None


def decoded_shape(c: ShapeContext) -> Raw:
    """[height, width, channels] of the image in a file."""
    c.with_rank(0, 0)
    return (None, None, channels_attr(c))


def encoded_shape(c: ShapeContext) -> Raw:
    """A scalar, of one image."""
    c.with_rank(0, 3)
    return ()
