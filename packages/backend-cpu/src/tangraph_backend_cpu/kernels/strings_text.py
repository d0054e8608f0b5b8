"""Kernels on strings one by one: case, strip, length, substr, base64, from and to numbers."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.framework import errors, raw_shape
from tangraph.plugin import KernelSet
from tangraph_backend_cpu.kernels.string_arrays import each, encoded, flat, made, numbers, shape_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()

_SPACE: Final = b" \t\n\v\f\r"
_FLOAT: Final = re.compile(rb"[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?|inf(inity)?|nan)", re.IGNORECASE)
_HEX: Final = re.compile(rb"[+-]?0x([0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(p[+-]?\d+)?", re.IGNORECASE)
_INTEGER: Final = re.compile(rb"[+-]?\d+")


def _invalid(text: str) -> errors.InvalidArgumentError:
    return errors.InvalidArgumentError(None, None, text)


@kernel("StringLower", "StringUpper")
def change_case(k: KernelContext) -> Callable[..., Any]:
    """Lower or upper case, of ASCII letters or of all."""
    name = "lower" if k.op_type == "StringLower" else "upper"
    encoding = k.attr("encoding")
    if not encoding:
        return each(getattr(bytes, name))
    if encoding != "utf-8":
        raise _invalid(f"only utf-8 or '' (no encoding) is supported, received {encoding}")
    change = getattr(str, name)
    return each(lambda text: change(text.decode("utf-8", "replace")).encode())


@kernel("StringStrip")
def string_strip(k: KernelContext) -> Callable[..., Any]:
    """Strings without white space at the ends."""
    del k
    return each(lambda text: text.strip(_SPACE))


def _starts(text: bytes) -> list[int]:
    """Where the characters of UTF-8 start; the end of the text is the last."""
    return [i for i, byte in enumerate(text) if byte & 0xC0 != 0x80] + [len(text)]


@kernel("StringLength")
def string_length(k: KernelContext) -> Callable[..., Any]:
    """How many bytes or characters strings have."""
    count: Callable[[bytes], int] = len
    if k.attr("unit") == "UTF8_CHAR":

        def count(text: bytes) -> int:
            return len(_starts(text)) - 1

    return lambda x: numbers([count(text) for text in flat(x)], np.int32, shape_of(x))


@kernel("Substr")
def substr(k: KernelContext) -> Callable[..., Any]:
    """Parts of strings."""
    in_characters = k.attr("unit") == "UTF8_CHAR"

    def part(text: bytes, start: int, length: int, index: int) -> bytes:
        marks = _starts(text) if in_characters else range(len(text) + 1)
        size = len(marks) - 1
        if not -size <= start <= size:
            which = "" if in_characters else f" b'{text.decode(errors='replace')}'"
            raise _invalid(f"pos {start} out of range for string{which} at index {index}")
        first = start if start >= 0 else size + start
        # A negative length is a very large one in TensorFlow, which counts without sign.
        last = size if length < 0 else min(first + length, size)
        return text[marks[first] : marks[last]]

    def run(x: Any, start: Any, length: Any) -> Any:
        shapes = [shape_of(x), np.shape(start)]
        try:
            shape = np.broadcast_shapes(*shapes)
        except ValueError:
            texts = [raw_shape.to_str(s) for s in shapes]
            raise _invalid(f"Incompatible shapes: {texts[0]} vs. {texts[1]}") from None
        strings = flat(np.broadcast_to(np.asarray(x, object), shape))
        firsts, lengths = (np.broadcast_to(v, shape).ravel().tolist() for v in (start, length))
        return made([part(*one, i) for i, one in enumerate(zip(strings, firsts, lengths, strict=True))], shape)

    return run


@kernel("EncodeBase64")
def encode_base64(k: KernelContext) -> Callable[..., Any]:
    """Base64 in the alphabet for URLs."""
    if k.attr("pad"):
        return each(base64.urlsafe_b64encode)
    return each(lambda text: base64.urlsafe_b64encode(text).rstrip(b"="))


@kernel("DecodeBase64")
def decode_base64(k: KernelContext) -> Callable[..., Any]:
    """What base64 stands for."""
    del k
    alphabet = re.compile(rb"[A-Za-z0-9_-]*={0,2}")

    def decoded(text: bytes) -> bytes:
        bare = text.rstrip(b"=")
        if len(bare) % 4 == 1:
            raise _invalid("Base64 string length cannot be 1 modulo 4.")
        if not alphabet.fullmatch(text):
            raise _invalid("Invalid character found in base64.")
        try:
            return base64.urlsafe_b64decode(bare + b"=" * (-len(bare) % 4))
        except binascii.Error as error:
            raise _invalid(f"Invalid base64: {error}") from None

    return each(decoded)


@kernel("AsString")
def as_string(k: KernelContext) -> Callable[..., Any]:
    """Numbers as printf writes them."""
    dtype = k.input_dtypes[0]
    write = _writer(k, dtype)

    def run(x: Any) -> Any:
        return made([write(v) for v in np.asarray(x).ravel().tolist()], np.shape(x))

    return run


def _writer(k: KernelContext, dtype: Any) -> Callable[[Any], bytes]:
    precision, width, fill = k.attr("precision"), k.attr("width"), k.attr("fill")
    is_real = dtype.is_floating or dtype.is_complex
    if k.attr("scientific") and k.attr("shortest"):
        raise _invalid("Cannot select both scientific and shortest notation")
    if not is_real and (k.attr("scientific") or k.attr("shortest")):
        raise _invalid(f"scientific and shortest format not supported for datatype {dtype.name}")
    if not is_real and precision > -1:
        raise _invalid(f"precision not supported for datatype {dtype.name}")
    if len(fill) > 1:
        raise _invalid("Fill string must be one or fewer characters")
    if fill not in ("", " ", "+", "-", "0", "#"):
        raise _invalid(f'Fill argument not supported: "{fill}"')
    form = "%" + fill + (str(width) if width > -1 else "") + (f".{precision}" if precision > -1 else "")
    form += ("e" if k.attr("scientific") else "g" if k.attr("shortest") else "f") if is_real else "d"
    if dtype.is_bool:
        return lambda v: b"true" if v else b"false"
    if dtype.is_complex:
        return lambda v: f"({form % v.real},{form % v.imag})".encode()
    return lambda v: (form % v).encode()


@kernel("StringToNumber")
def string_to_number(k: KernelContext) -> Callable[..., Any]:
    """The numbers that strings stand for."""
    dtype = k.output_dtypes[0].np
    read = _reader(dtype)

    def run(x: Any) -> Any:
        with np.errstate(over="ignore"):
            return numbers([read(text) for text in flat(x)], dtype, shape_of(x))

    return run


def _reader(dtype: Any) -> Callable[[bytes], Any]:
    def fail(text: bytes) -> errors.InvalidArgumentError:
        shown = text.decode(errors="replace")
        return _invalid(f"StringToNumberOp could not correctly convert string: {shown}")

    if dtype.kind == "f":

        def read_float(text: bytes) -> float:
            bare = text.strip(_SPACE)
            if _FLOAT.fullmatch(bare):
                return float(bare)
            if _HEX.fullmatch(bare):
                return float.fromhex(bare.decode())
            raise fail(text)

        return read_float
    limits = np.iinfo(dtype)

    def read_integer(text: bytes) -> int:
        bare = text.strip(_SPACE)
        if not _INTEGER.fullmatch(bare) or not limits.min <= int(bare) <= limits.max:
            raise fail(text)
        return int(bare)

    return read_integer


@kernel("ReduceJoin")
def reduce_join(k: KernelContext) -> Callable[..., Any]:
    """Strings joined along axes."""
    keep, separator = k.attr("keep_dims"), encoded(k.attr("separator"))

    def run(x: Any, axes: Any) -> Any:
        strings = np.asarray(x, object)
        rank, order = strings.ndim, []
        for axis in np.ravel(axes).tolist():
            if not -rank <= axis < rank:
                raise errors.OutOfRangeError(
                    None, None, f"Invalid reduction dimension {axis} for input with {rank} dimension(s)"
                )
            if axis % rank in order:
                raise _invalid(f"Duplicate reduction dimension {axis % rank}")
            order.append(axis % rank)
        left = [i for i in range(rank) if i not in order]
        sizes = [strings.shape[i] for i in left]
        count = int(np.prod([strings.shape[i] for i in order], dtype=np.int64))
        # The first of the axes changes fastest.
        rows = strings.transpose(left + order[::-1]).reshape(int(np.prod(sizes, dtype=np.int64)), count)
        shape = [1 if i in order else n for i, n in enumerate(strings.shape)] if keep else sizes
        return made([separator.join(row) for row in rows.tolist()], tuple(shape))

    return run


@kernel("UnsortedSegmentJoin")
def unsorted_segment_join(k: KernelContext) -> Callable[..., Any]:
    """Strings joined by segment."""
    separator = encoded(k.attr("separator"))

    def run(x: Any, segment_ids: Any, num_segments: Any) -> Any:
        strings, ids, count = np.asarray(x, object), np.ravel(segment_ids), int(num_segments)
        if count < 0:
            raise _invalid("Number of segments must be non-negative")
        if ids.size and not (ids.min() >= 0 and ids.max() < count):
            raise _invalid("segment_ids are not allowed to exceed num_segments or to have negative values.")
        if strings.shape[: np.ndim(segment_ids)] != np.shape(segment_ids):
            raise _invalid("Shape of segment_ids must be a prefix of the shape of inputs.")
        inner = strings.shape[np.ndim(segment_ids) :]
        rows = strings.reshape(ids.size, int(np.prod(inner, dtype=np.int64)))
        parts: list[list[list[bytes]]] = [[[] for _ in range(rows.shape[1])] for _ in range(count)]
        for segment, row in zip(ids.tolist(), rows.tolist(), strict=True):
            for place, text in zip(parts[segment], row, strict=True):
                place.append(text)
        return made([separator.join(place) for row in parts for place in row], (count, *inner))

    return run
