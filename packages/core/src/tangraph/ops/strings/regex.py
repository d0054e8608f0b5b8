"""Regular expressions, in the syntax of RE2."""

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


def _regex_shape(c: ShapeContext) -> Raw:
    for shape in c.shapes[1:]:
        raw_shape.with_rank(shape, 0)
    return c.shapes[0]


FULL_MATCH = ops.define("RegexFullMatch", ["input: string", "pattern: string"], ["output: bool"], shape=_regex_shape)
STATIC_FULL_MATCH = ops.define(
    "StaticRegexFullMatch", ["input: string"], ["output: bool"], ["pattern: string"], shape=_regex_shape
)
REPLACE = ops.define(
    "RegexReplace",
    ["input: string", "pattern: string", "rewrite: string"],
    ["output: string"],
    ["replace_global: bool = true"],
    shape=_regex_shape,
)
STATIC_REPLACE = ops.define(
    "StaticRegexReplace",
    ["input: string"],
    ["output: string"],
    ["pattern: string", "rewrite: string", "replace_global: bool = true"],
    shape=_regex_shape,
)
ops.not_differentiable("RegexReplace")
ops.without_gradient("RegexFullMatch", "StaticRegexFullMatch", "StaticRegexReplace")


@export("strings.regex_full_match")
def regex_full_match(input: Any, pattern: Any, name: str | None = None) -> Tensor:
    """Returns whether strings match a regular expression from start to end.

    Args:
      input: strings.
      pattern: a string, or a scalar tensor.
      name: the operation's name.

    Raises:
      InvalidArgumentError: in the run, the pattern cannot be read.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.strings.regex_full_match(["abc", "xyz"], "a.*")).tolist()
    [True, False]
    """
    result: Tensor
    if isinstance(pattern, (str, bytes)):
        result = make_op(STATIC_FULL_MATCH, input, pattern=pattern, name=name)
    else:
        result = make_op(FULL_MATCH, input, pattern, name=name)
    return result


@export("regex_replace", "strings.regex_replace")
def regex_replace(
    input: Any, pattern: Any, rewrite: Any, replace_global: bool = True, name: str | None = None
) -> Tensor:
    r"""Returns strings with what matches a regular expression replaced.

    Args:
      input: strings.
      pattern: a string, or a scalar tensor.
      rewrite: what comes in its place, the same; "\1" to "\9" stand for groups, "\0" for the whole match.
      replace_global: whether all matches are replaced, or the first one.
      name: the operation's name.

    Raises:
      InvalidArgumentError: in the run, the pattern cannot be read.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.regex_replace("a1b22", "[0-9]+", "#"))
    b'a#b#'
    """
    result: Tensor
    if isinstance(pattern, (str, bytes)) and isinstance(rewrite, (str, bytes)):
        attrs = {"pattern": pattern, "rewrite": rewrite, "replace_global": replace_global}
        result = make_op(STATIC_REPLACE, input, name=name, **attrs)
    else:
        result = make_op(REPLACE, input, pattern, rewrite, replace_global=replace_global, name=name)
    return result
