"""Base64, in the alphabet for URLs and file names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor

ops = OpSet()

ENCODE = ops.define(
    "EncodeBase64", ["input: string"], ["output: string"], ["pad: bool = false"], shape=lambda c: c.shapes[0]
)
DECODE = ops.define("DecodeBase64", ["input: string"], ["output: string"], shape=lambda c: c.shapes[0])
ops.not_differentiable("EncodeBase64", "DecodeBase64")


@export("encode_base64", "io.encode_base64")
def encode_base64(input: Any, pad: bool = False, name: str | None = None) -> Tensor:
    """Returns strings in base64, with "-" and "_" for "+" and "/".

    Args:
      input: strings of any bytes.
      pad: whether "=" fills up to a multiple of four.
      name: the operation's name.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.encode_base64("ab", pad=True))
    b'YWI='
    """
    result: Tensor = make_op(ENCODE, input, pad=pad, name=name)
    return result


@export("decode_base64", "io.decode_base64")
def decode_base64(input: Any, name: str | None = None) -> Tensor:
    """Returns what was encoded by `tf.encode_base64`, filled up or not.

    Raises:
      InvalidArgumentError: in the run, a string is no base64.
    """
    result: Tensor = make_op(DECODE, input, name=name)
    return result
