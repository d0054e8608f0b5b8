"""decode_raw: bytes as numbers; decode_compressed: what a compressed string holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.framework import raw_shape
from tangraph.framework.deprecation import deprecated_argument_lookup
from tangraph.plugin import KernelSet, OpSet, errors, export, make_op
from tangraph_datasets.records.compression import WINDOW_BITS, inflate

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.tensor import Tensor
    from tangraph.plugin import KernelContext, ShapeContext

ops = OpSet()
kernel = KernelSet()

_REAL: Final = "half, float, double, int32, uint16, uint8, int16, int8, int64"


def _raw_shape(c: ShapeContext) -> Raw:
    return raw_shape.concatenate(c.shapes[0], (None,))


def _padded_shape(c: ShapeContext) -> Raw:
    size = c.attr("out_type").size
    length = c.value(1)
    count = None
    if length is not None:
        count, rest = divmod(int(length), size)
        if rest:
            raise ValueError(f"Dimension size must be evenly divisible by {size} but is {int(length)}")
    return raw_shape.concatenate(c.shapes[0], (count,))


def _same_shape(c: ShapeContext) -> Raw:
    return c.shapes[0]


DECODE_RAW = ops.define(
    "DecodeRaw",
    ["bytes: string"],
    ["output: out_type"],
    [f"out_type: {{{_REAL}, complex64, complex128, bool}}", "little_endian: bool = true"],
    shape=_raw_shape,
)
DECODE_PADDED_RAW = ops.define(
    "DecodePaddedRaw",
    ["input_bytes: string", "fixed_length: int32"],
    ["output: out_type"],
    [f"out_type: {{{_REAL}}}", "little_endian: bool = true"],
    shape=_padded_shape,
)
DECODE_COMPRESSED = ops.define(
    "DecodeCompressed",
    ["bytes: string"],
    ["output: string"],
    ["compression_type: string = ''"],
    shape=_same_shape,
)
ops.not_differentiable("DecodeRaw", "DecodePaddedRaw")
ops.without_gradient("DecodeCompressed")


def invalid(text: str) -> errors.InvalidArgumentError:
    """Returns the error for a string that cannot be read."""
    return errors.InvalidArgumentError(None, None, text)


def texts_of(value: Any) -> tuple[list[bytes], tuple[int, ...]]:
    """Returns the strings of a string tensor in order, and its shape."""
    if isinstance(value, bytes):
        return [value], ()
    array = np.asarray(value, object)
    return array.ravel().tolist(), array.shape


def texts(items: list[bytes], shape: tuple[int, ...]) -> Any:
    """Returns strings as a string tensor of a shape."""
    if not shape:
        return items[0]
    out = np.empty(len(items), object)
    out[:] = items
    return out.reshape(shape)


def _stored_type(k: KernelContext) -> np.dtype[Any]:
    return np.dtype(k.output_dtypes[0].np).newbyteorder("<" if k.attr("little_endian") else ">")


@kernel("DecodeRaw")
def _decode_raw(k: KernelContext) -> Callable[..., Any]:
    """Bytes as numbers."""
    stored, dtype, name = _stored_type(k), k.output_dtypes[0].np, k.output_dtypes[0].name

    def run(value: Any) -> Any:
        items, shape = texts_of(value)
        if not items:
            return np.empty((*shape, 0), dtype)
        length = len(items[0])
        for index, item in enumerate(items):
            if len(item) != length:
                raise invalid(
                    f"DecodeRaw requires input strings to all be the same size, but element {index} has size "
                    f"{length} != {len(item)}"
                )
        if length % stored.itemsize:
            raise invalid(
                f"Input to DecodeRaw has length {length} that is not a multiple of {stored.itemsize}, the size of {name}"
            )
        # `astype` copies: an array over bytes cannot be written to.
        return np.frombuffer(b"".join(items), stored).astype(dtype).reshape(*shape, length // stored.itemsize)

    return run


@kernel("DecodePaddedRaw")
def _decode_padded_raw(k: KernelContext) -> Callable[..., Any]:
    """Bytes, cut or filled up to one length, as numbers."""
    stored, dtype = _stored_type(k), k.output_dtypes[0].np

    def run(value: Any, fixed_length: Any) -> Any:
        length = int(fixed_length)
        if length <= 0:
            raise invalid(f"`fixed_length` must be greater than 0 but was {length}")
        if length % stored.itemsize:
            raise invalid(f"`fixed_length` ({length}) must be a multiple of the size of `out_type` ({stored.itemsize})")
        items, shape = texts_of(value)
        data = b"".join([item[:length].ljust(length, b"\0") for item in items])
        return np.frombuffer(data, stored).astype(dtype).reshape(*shape, length // stored.itemsize)

    return run


@kernel("DecodeCompressed")
def _decode_compressed(k: KernelContext) -> Callable[..., Any]:
    """What compressed strings hold."""
    compression = k.attr("compression_type")
    if compression and compression not in WINDOW_BITS:
        raise invalid("Only ZLIB, GZIP or NONE are supported compressions")

    def run(value: Any) -> Any:
        if not compression:
            return value.copy() if isinstance(value, np.ndarray) else value
        items, shape = texts_of(value)
        return texts([inflate(item, compression) for item in items], shape)

    return run


@export("decode_raw", "io.decode_raw")
def decode_raw(
    input_bytes: Any = None,
    out_type: Any = None,
    little_endian: bool = True,
    name: str | None = None,
    bytes: Any = None,
) -> Tensor:
    """Reads strings as numbers, one after the other as they are in memory.

    Args:
      input_bytes: strings, all of the same length.
      out_type: the numbers' type.
      little_endian: whether the first byte of a number is its lowest.
      name: the operation's name.
      bytes: the old name of `input_bytes`.

    Returns:
      Shape ``[..., n]``, one dimension more than `input_bytes`.

    Raises:
      ValueError: `out_type` is missing.
      TypeError: it is no type of numbers.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     sess.run(tf.decode_raw([b"ab", b"cd"], tf.uint8)).tolist()
    [[97, 98], [99, 100]]
    """
    input_bytes = deprecated_argument_lookup("input_bytes", input_bytes, "bytes", bytes)
    if out_type is None:
        raise ValueError("decode_raw_v1() missing 1 positional argument: 'out_type'")
    result: Tensor = make_op(DECODE_RAW, input_bytes, out_type=out_type, little_endian=little_endian, name=name)
    return result


@export("decode_compressed", "io.decode_compressed")
def decode_compressed(bytes: Any, compression_type: str = "", name: str | None = None) -> Tensor:
    """Returns what compressed strings hold, in their shape.

    Args:
      bytes: strings of any shape.
      compression_type: "ZLIB", "GZIP" or "".
      name: the operation's name.

    In a run it raises DataLossError for a string that is damaged or cut off.
    """
    result: Tensor = make_op(DECODE_COMPRESSED, bytes, compression_type=compression_type, name=name)
    return result
