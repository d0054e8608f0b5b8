"""Kernels on Unicode: decode, encode, transcode, script."""

from __future__ import annotations

import codecs
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.framework import errors
from tangraph.plugin import KernelSet
from tangraph_backend_cpu.kernels import unicode_classes
from tangraph_backend_cpu.kernels.string_arrays import each, flat, made

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()

#: Stands for bytes that are no character.
_BAD: Final = -1
#: ICU's names that Python does not know.
_NAMES: Final = {"SHIFT-JIS": "shift_jis", "UTF-16": "utf-16", "UTF-32": "utf-32"}


class _Decoder:
    """Decodes strings of one encoding to (code point or -1, where it starts)."""

    def __init__(self, encoding: str) -> None:
        name = _NAMES.get(encoding.upper(), encoding)
        try:
            info = codecs.lookup(name)
        except LookupError:
            raise errors.InvalidArgumentError(
                None, None, f"Could not create converter for input encoding: {encoding}"
            ) from None
        self._name = info.name

    def __call__(self, text: bytes) -> list[tuple[int, int]]:
        try:
            plain = text.decode(self._name)
        except UnicodeDecodeError:
            return self._with_errors(text)
        if len(plain) == len(text):
            return [(ord(c), i) for i, c in enumerate(plain)]
        return list(zip(map(ord, plain), self._starts(plain, len(text)), strict=True))

    def _starts(self, plain: str, size: int) -> list[int]:
        """Where the characters of valid text start."""
        name = {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}.get(self._name, self._name)
        sizes = [len(c.encode(name)) for c in plain]
        mark = size - sum(sizes)  # of the byte order, which is no character
        return (np.cumsum([mark, *sizes])[:-1] if sizes else np.empty(0, int)).tolist()  # type: ignore[no-any-return]

    def _with_errors(self, text: bytes) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        at = 0
        while at < len(text):
            try:
                found += [(code, at + i) for code, i in self(text[at:])] if at else []
                if at:
                    break
                text.decode(self._name)
            except UnicodeDecodeError:
                pass
            at = self._one_error(text, at, found)
        return found

    def _one_error(self, text: bytes, at: int, found: list[tuple[int, int]]) -> int:
        """Takes what is valid from a place on, and the first error after it; returns where to go on."""
        try:
            text[at:].decode(self._name)
        except UnicodeDecodeError as error:
            valid = text[at : at + error.start].decode(self._name)
            found += zip(map(ord, valid), (at + i for i in self._starts(valid, error.start)), strict=True)
            found.append((_BAD, at + error.start))
            return at + max(error.end, error.start + 1)
        raise AssertionError("an error was there before")


def _decoder(k: KernelContext) -> Callable[[bytes], list[tuple[int, int]]]:
    """Decodes as a node's attrs say: errors and control characters are replaced, left out or raised."""
    decode, mode = _Decoder(k.attr("input_encoding")), k.attr("errors")
    replacement, replace_controls = k.attr("replacement_char"), k.attr("replace_control_characters")
    if not 0 <= replacement <= 0x10FFFF:
        raise errors.InvalidArgumentError(
            None, None, f"replacement_char out of unicode codepoint range. Received: {replacement}"
        )

    def run(text: bytes) -> list[tuple[int, int]]:
        result = []
        for code, start in decode(text):
            if code == _BAD:
                if mode == "strict":
                    raise errors.InvalidArgumentError(None, None, "Invalid formatting on input string")
                if mode == "replace":
                    result.append((replacement, start))
            elif replace_controls and (code < 0x20 or 0x7F <= code < 0xA0):
                result.append((replacement, start))
            else:
                result.append((code, start))
        return result

    return run


@kernel("UnicodeDecode", "UnicodeDecodeWithOffsets")
def unicode_decode(k: KernelContext) -> Callable[..., Any]:
    """The code points of all strings one behind the other, and where each string starts."""
    decode, splits_type, with_offsets = _decoder(k), k.output_dtypes[0].np, k.op_type.endswith("Offsets")

    def run(x: Any) -> tuple[Any, ...]:
        rows = [decode(text) for text in flat(x)]
        splits = np.cumsum([0, *map(len, rows)]).astype(splits_type)
        codes = np.array([code for row in rows for code, _ in row], np.int32)
        if not with_offsets:
            return splits, codes
        return splits, codes, np.array([start for row in rows for _, start in row], np.int64)

    return run


def _encoder(k: KernelContext) -> Callable[[int], bytes]:
    encoding, mode = k.attr("output_encoding").lower(), k.attr("errors")
    replacement = k.attr("replacement_char")

    def encode(code: int) -> bytes:
        if 0 <= code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF:
            return chr(code).encode(encoding)
        if mode == "strict":
            raise errors.InvalidArgumentError(
                None, None, f"Code point value out of valid Unicode range.\nReceived: {code}"
            )
        return chr(replacement).encode(encoding) if mode == "replace" else b""

    return encode


@kernel("UnicodeEncode")
def unicode_encode(k: KernelContext) -> Callable[..., Any]:
    """Strings from the code points of each row."""
    encode = _encoder(k)

    def run(codes: Any, splits: Any) -> Any:
        pieces, marks = [encode(code) for code in codes.tolist()], splits.tolist()
        if not marks or marks[0] != 0 or marks[-1] != len(pieces) or marks != sorted(marks):
            raise errors.InvalidArgumentError(
                None, None, f"Values in input_splits must be equal or in ascending order. Received: {marks}"
            )
        rows = [b"".join(pieces[a:b]) for a, b in pairwise(marks)]
        return made(rows, (len(rows),))

    return run


@kernel("UnicodeTranscode")
def unicode_transcode(k: KernelContext) -> Callable[..., Any]:
    """Strings in another encoding."""
    decode, encode = _decoder(k), _encoder(k)
    return each(lambda text: b"".join([encode(code) for code, _ in decode(text)]))


@kernel("UnicodeScript")
def unicode_script(k: KernelContext) -> Callable[..., Any]:
    """The scripts of code points."""
    del k
    table = unicode_classes.scripts()
    firsts, numbers = (np.array([row[i] for row in table], np.int32) for i in (0, 2))

    def run(x: Any) -> Any:
        codes = np.asarray(x)
        places = np.searchsorted(firsts, codes, "right") - 1
        known = (codes >= 0) & (codes <= 0x10FFFF)
        return np.where(known, numbers[np.maximum(places, 0)], np.int32(-1))[()]

    return run
