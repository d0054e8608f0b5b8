"""Strings one by one: case, strip, length, substr."""

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


def _substr_shape(c: ShapeContext) -> Raw:
    strings, positions, lengths = c.shapes
    if positions is None or lengths is None:
        return None
    raw_shape.with_rank(positions, len(lengths))
    raw_shape.merge(positions, lengths)
    return raw_shape.broadcast(strings, positions)


_UNIT = "unit: {'BYTE', 'UTF8_CHAR'} = 'BYTE'"
LOWER = ops.define(
    "StringLower", ["input: string"], ["output: string"], ["encoding: string = ''"], shape=lambda c: c.shapes[0]
)
UPPER = ops.define(
    "StringUpper", ["input: string"], ["output: string"], ["encoding: string = ''"], shape=lambda c: c.shapes[0]
)
STRIP = ops.define("StringStrip", ["input: string"], ["output: string"], shape=lambda c: c.shapes[0])
LENGTH = ops.define("StringLength", ["input: string"], ["output: int32"], [_UNIT], shape=lambda c: c.shapes[0])
SUBSTR = ops.define(
    "Substr",
    ["input: string", "pos: T", "len: T"],
    ["output: string"],
    ["T: {int32, int64}", _UNIT],
    shape=_substr_shape,
)
ops.without_gradient("StringLower", "StringUpper", "StringStrip", "StringLength", "Substr")


@export("strings.lower")
def lower(input: Any, encoding: str = "", name: str | None = None) -> Tensor:
    """Returns strings in lower case.

    Args:
      input: strings.
      encoding: "" for ASCII letters only, or "utf-8".
      name: the operation's name.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.strings.lower("AbC"))
    b'abc'
    """
    result: Tensor = make_op(LOWER, input, encoding=encoding, name=name)
    return result


@export("strings.upper")
def upper(input: Any, encoding: str = "", name: str | None = None) -> Tensor:
    """Returns strings in upper case; the arguments are those of `tf.strings.lower`."""
    result: Tensor = make_op(UPPER, input, encoding=encoding, name=name)
    return result


@export("string_strip", "strings.strip")
def string_strip(input: Any, name: str | None = None) -> Tensor:
    """Returns strings without the ASCII white space at both ends."""
    result: Tensor = make_op(STRIP, input, name=name)
    return result


@export("strings.length")
def string_length(input: Any, name: str | None = None, unit: str = "BYTE") -> Tensor:
    """Returns how long strings are, as int32.

    Args:
      input: strings.
      name: the operation's name.
      unit: "BYTE", or "UTF8_CHAR" for characters.
    """
    result: Tensor = make_op(LENGTH, input, unit=unit, name=name)
    return result


@export("substr", "strings.substr")
def substr(input: Any, pos: Any, len: Any, name: str | None = None, unit: str = "BYTE") -> Tensor:
    """Returns parts of strings.

    Args:
      input: strings.
      pos: where the parts start, int32 or int64; from the end when negative.
      len: how long they are, of the type and shape of `pos`; less at the end of a string. `input` and `pos` are
        broadcast.
      name: the operation's name.
      unit: what is counted: "BYTE" or "UTF8_CHAR".

    Raises:
      InvalidArgumentError: in the run, a part starts behind the end, or before the start.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.substr("hello", 1, 3))
    b'ell'
    """
    result: Tensor = make_op(SUBSTR, input, pos, len, unit=unit, name=name)
    return result
