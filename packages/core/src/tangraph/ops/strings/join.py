"""string_join: strings one behind the other."""

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


def _join_shape(c: ShapeContext) -> Raw:
    """All inputs have one shape, but for scalars, which go with any."""
    result: Raw = ()
    if any(shape is None for shape in c.shapes):
        return None
    for shape in c.shapes:
        if shape != ():
            result = shape if result == () else raw_shape.merge(result, shape)
    return result


STRING_JOIN = ops.define(
    "StringJoin",
    ["inputs: N * string"],
    ["output: string"],
    ["N: int >= 1", "separator: string = ''"],
    shape=_join_shape,
)
ops.not_differentiable("StringJoin")


@export("string_join", "strings.join")
def string_join(inputs: Any, separator: str = "", name: str | None = None) -> Tensor:
    """Joins strings elementwise.

    Args:
      inputs: a list of string tensors of one shape; scalars go with any.
      separator: what stands between them.
      name: the operation's name.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     sess.run(tf.string_join(["a", "b"], "-"))
    b'a-b'
    """
    return make_op(STRING_JOIN, inputs, separator=separator, name=name)  # type: ignore[no-any-return]
