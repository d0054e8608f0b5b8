"""The ops on Unicode: their schemas, and what needs no ragged tensors of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet

if TYPE_CHECKING:
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _decode_shape(c: ShapeContext) -> list[Raw]:
    count = raw_shape.num_elements(c.shapes[0])
    splits: Raw = (None if count is None else count + 1,)
    return [splits, *[(None,)] * (2 if c.op_type.endswith("Offsets") else 1)]


def _encode_shape(c: ShapeContext) -> Raw:
    raw_shape.with_rank(c.shapes[0], 1)
    (count,) = raw_shape.with_rank(c.shapes[1], 1)
    return (None if count is None else count - 1,)


_ERRORS = "errors: {'strict', 'replace', 'ignore'} = 'replace'"
_DECODING = [
    "input_encoding: string",
    _ERRORS,
    "replacement_char: int = 65533",
    "replace_control_characters: bool = false",
]
_SPLITS = "Tsplits: {int32, int64} = DT_INT64"
UNICODE_DECODE = ops.define(
    "UnicodeDecode",
    ["input: string"],
    ["row_splits: Tsplits", "char_values: int32"],
    [*_DECODING, _SPLITS],
    shape=_decode_shape,
)
UNICODE_DECODE_WITH_OFFSETS = ops.define(
    "UnicodeDecodeWithOffsets",
    ["input: string"],
    ["row_splits: Tsplits", "char_values: int32", "char_to_byte_starts: int64"],
    [*_DECODING, _SPLITS],
    shape=_decode_shape,
)
UNICODE_ENCODE = ops.define(
    "UnicodeEncode",
    ["input_values: int32", "input_splits: Tsplits"],
    ["output: string"],
    [
        "errors: {'ignore', 'replace', 'strict'} = 'replace'",
        "output_encoding: {'UTF-8', 'UTF-16-BE', 'UTF-32-BE'}",
        "replacement_char: int = 65533",
        _SPLITS,
    ],
    shape=_encode_shape,
)
UNICODE_TRANSCODE = ops.define(
    "UnicodeTranscode",
    ["input: string"],
    ["output: string"],
    [*_DECODING, "output_encoding: {'UTF-8', 'UTF-16-BE', 'UTF-32-BE'}"],
    shape=lambda c: c.shapes[0],
)
UNICODE_SCRIPT = ops.define("UnicodeScript", ["input: int32"], ["output: int32"], shape=lambda c: c.shapes[0])
ops.without_gradient("UnicodeDecode", "UnicodeDecodeWithOffsets", "UnicodeEncode", "UnicodeTranscode", "UnicodeScript")


@export("strings.unicode_script")
def unicode_script(input: Any, name: str | None = None) -> Tensor:
    """Returns the scripts (Latin, Greek, Han, ...) of characters.

    Args:
      input: code points, int32.
      name: the operation's name.

    Returns:
      ICU's numbers of the scripts (UScriptCode), int32; -1 for what is no code point.
    """
    result: Tensor = make_op(UNICODE_SCRIPT, input, name=name)
    return result


@export("strings.unicode_transcode")
def unicode_transcode(
    input: Any,
    input_encoding: str,
    output_encoding: str,
    errors: str = "replace",
    replacement_char: int = 65533,
    replace_control_characters: bool = False,
    name: str | None = None,
) -> Tensor:
    """Returns strings in another encoding.

    Args:
      input: strings.
      input_encoding: their encoding: "UTF-8", "US-ASCII", "ISO-8859-1", "SHIFT-JIS", ...
      output_encoding: "UTF-8", "UTF-16-BE" or "UTF-32-BE".
      errors: what is done about bytes that stand for no character: "replace", "ignore" or "strict".
      replacement_char: what they are replaced by.
      replace_control_characters: whether control characters are replaced too.
      name: the operation's name.

    Raises:
      InvalidArgumentError: in the run, an encoding that does not exist, or with "strict" such bytes.
    """
    result: Tensor = make_op(
        UNICODE_TRANSCODE,
        input,
        input_encoding=input_encoding,
        output_encoding=output_encoding,
        errors=errors,
        replacement_char=replacement_char,
        replace_control_characters=replace_control_characters,
        name=name,
    )
    return result
