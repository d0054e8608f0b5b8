"""Strings from numbers, and numbers from strings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.deprecation import deprecated_argument_lookup
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor

ops = OpSet()

AS_STRING = ops.define(
    "AsString",
    ["input: T"],
    ["output: string"],
    [
        "T: {int8, int16, int32, int64, complex64, complex128, float, double, bool}",
        "precision: int = -1",
        "scientific: bool = false",
        "shortest: bool = false",
        "width: int = -1",
        "fill: string = ''",
    ],
    shape=lambda c: c.shapes[0],
)
STRING_TO_NUMBER = ops.define(
    "StringToNumber",
    ["string_tensor: string"],
    ["output: out_type"],
    ["out_type: {float, double, int32, int64} = DT_FLOAT"],
    shape=lambda c: c.shapes[0],
)
ops.not_differentiable("AsString", "StringToNumber")


@export("as_string", "strings.as_string", "dtypes.as_string")
def as_string(
    input: Any,
    precision: int = -1,
    scientific: bool = False,
    shortest: bool = False,
    width: int = -1,
    fill: str = "",
    name: str | None = None,
) -> Tensor:
    """Returns numbers as text.

    Args:
      input: a tensor of signed integers, floats, complex numbers or bools.
      precision: digits after the point; six when negative. For floats only.
      scientific: whether floats are written with an exponent.
      shortest: whether that is decided by which is shorter.
      width: the least number of characters.
      fill: how shorter numbers are filled up: "" and " " with spaces, "0" with zeros, "-" with spaces at the end; with
        "+", positive numbers get a sign.
      name: the operation's name.

    Raises:
      InvalidArgumentError: in the run, arguments that do not go together.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.as_string([3.14159, 2.0], precision=2)).tolist()
    [b'3.14', b'2.00']
    """
    result: Tensor = make_op(
        AS_STRING,
        input,
        precision=precision,
        scientific=scientific,
        shortest=shortest,
        width=width,
        fill=fill,
        name=name,
    )
    return result


@export("string_to_number", "strings.to_number")
def string_to_number(
    string_tensor: Any = None, out_type: Any = dtypes.float32, name: str | None = None, input: Any = None
) -> Tensor:
    """Returns the numbers that strings stand for.

    Args:
      string_tensor: strings; spaces around a number do not count.
      out_type: float32, float64, int32 or int64.
      name: the operation's name.
      input: the newer name of `string_tensor`.

    Raises:
      InvalidArgumentError: in the run, a string is no such number.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.string_to_number(["1.5", "-2e3"])).tolist()
    [1.5, -2000.0]
    """
    string_tensor = deprecated_argument_lookup("input", input, "string_tensor", string_tensor)
    result: Tensor = make_op(STRING_TO_NUMBER, string_tensor, out_type=out_type, name=name)
    return result
