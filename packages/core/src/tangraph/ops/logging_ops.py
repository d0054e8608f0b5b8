"""Assert, Print and print: operations that look at values while the graph runs."""

from __future__ import annotations

import logging
import os
import pprint
import random
import sys
from typing import TYPE_CHECKING, Any, Final

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor, internal_convert_n_to_tensor, is_dense_tensor_like
from tangraph.ops.array.identity import no_op, unchanged
from tangraph.util import nest, tf_logging

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext

ops = OpSet()


def _scalar(_: ShapeContext) -> Raw:
    return ()


ASSERT = ops.define(
    "Assert", ["condition: bool", "data: T"], [], ["T: list(type) >= 1", "summarize: int = 3"], stateful=True
)
PRINT = ops.define(
    "Print",
    ["input: T", "data: U"],
    ["output: T"],
    ["T: type", "U: list(type) >= 0", "message: string = ''", "first_n: int = -1", "summarize: int = 3"],
    shape=unchanged,
    stateful=True,
    aliases={0: 0},
)
STRING_FORMAT = ops.define(
    "StringFormat",
    ["inputs: T"],
    ["output: string"],
    ["T: list(type) >= 0", "template: string = '%s'", "placeholder: string = '%s'", "summarize: int = 3"],
    shape=_scalar,
)
PRINT_V2 = ops.define(
    "PrintV2", ["input: string"], [], ["output_stream: string = 'stderr'", r"end: string = '\n'"], stateful=True
)
ops.not_differentiable("Assert")
ops.without_gradient("PrintV2", "StringFormat")


@ops.gradient("Print")
def _print_grad(op: Operation, grad: Any) -> list[Any]:
    return [grad] + [None] * (len(op._inputs) - 1)


@export("Assert", "debugging.Assert")
def Assert(condition: Any, data: Sequence[Any], summarize: int | None = None, name: str | None = None) -> Operation:
    """Returns an operation that fails, and shows `data`, unless the condition is true.

    It has to be run: hang it on what must not be computed otherwise with `tf.control_dependencies`.

    Args:
      condition: a bool scalar.
      data: tensors to show in the error.
      summarize: how many elements of each to show; 3 by default, all when negative.
      name: the name scope.
    """
    with name_scope(name, "Assert", [condition, data]):
        tensors = internal_convert_n_to_tensor(data)
        if all(t.dtype in (dtypes.string, dtypes.int32) for t in tensors):
            # Such data are on the host already.
            return _assert(condition, data, summarize)
        from tangraph.ops.control_flow.cond import cond

        # Only a failure copies the data to where they can be shown.
        condition = convert_to_tensor(condition, name="Condition")
        guarded = cond(condition, no_op, lambda: _assert(condition, data, summarize), name="AssertGuard")
        result: Operation = guarded.op
        return result


def _assert(condition: Any, data: Sequence[Any], summarize: int | None) -> Operation:
    attrs = {} if summarize is None else {"summarize": summarize}
    result: Operation = make_op(ASSERT, condition, list(data), name="Assert", **attrs)
    return result


@export("Print")
def Print(
    input_: Any,
    data: Sequence[Any],
    message: str | None = None,
    first_n: int | None = None,
    summarize: int | None = None,
    name: str | None = None,
) -> Tensor:
    """Returns its input; whenever that is computed, writes a line with `data` to stderr.

    Args:
      input_: a tensor.
      data: tensors to show.
      message: put in front.
      first_n: how many times to write; always by default.
      summarize: how many elements of each tensor to show; 3 by default.
      name: the operation's name.
    """
    given = {"message": message, "first_n": first_n, "summarize": summarize}
    attrs = {key: value for key, value in given.items() if value is not None}
    result: Tensor = make_op(PRINT, input_, data, name=name, **attrs)
    return result


@export("strings.format")
def string_format(
    template: str, inputs: Any, placeholder: str = "{}", summarize: int = 3, name: str | None = None
) -> Tensor:
    """Returns a template whose placeholders are replaced by tensors, printed as `tf.print` does.

    Args:
      template: a string with as many placeholders as there are tensors.
      inputs: a tensor or list of them.
      placeholder: what is replaced.
      summarize: how many first and last elements of each dimension to show; all when negative.
      name: the operation's name.

    Raises:
      ValueError: there are more or fewer placeholders than tensors.
    """
    if not isinstance(inputs, (list, tuple)):
        inputs = [inputs]
    count = template.count(placeholder)
    if count != len(inputs):
        raise ValueError(f"{count} placeholder(s) in template does not match {len(inputs)} tensor(s) provided as input")
    result: Tensor = make_op(
        STRING_FORMAT, list(inputs), template=template, placeholder=placeholder, summarize=summarize, name=name
    )
    return result


# -- tf.print ----------------------------------------------------------------------------------------------------------

_LEVELS: Final[dict[int, str]] = {
    logging.INFO: "log(info)",
    logging.WARNING: "log(warning)",
    logging.ERROR: "log(error)",
}
_FUNCTIONS: Final[dict[str, str]] = {
    "info": "log(info)",
    "warning": "log(warning)",
    "warn": "log(warning)",
    "error": "log(error)",
}


@export("print")
def print_v2(*inputs: Any, **kwargs: Any) -> Operation:
    """Returns an operation that prints its inputs each time it runs.

    Args:
      *inputs: tensors, Python values and nested structures of these.
      **kwargs: `output_stream` (sys.stderr by default, sys.stdout, a `tf.logging` function or level, or
        "file://<path>"), `summarize` (how many first and last elements of each dimension to show: 3; -1 for all), `sep`,
        `end` and `name`.

    Raises:
      ValueError: another keyword argument, or an output stream that is none of these.
    """
    output_stream = kwargs.pop("output_stream", sys.stderr)
    name = kwargs.pop("name", None)
    summarize = kwargs.pop("summarize", 3)
    sep = kwargs.pop("sep", " ")
    end = kwargs.pop("end", os.linesep)
    if kwargs:
        raise ValueError(f"Unrecognized keyword arguments for tf.print: {kwargs}")
    stream = _stream_name(output_stream)
    if (
        len(inputs) == 1
        and isinstance(inputs[0], Tensor)
        and inputs[0].raw_shape == ()
        and (inputs[0].dtype is dtypes.string)
    ):
        text = inputs[0]
    else:
        text = _formatted(inputs, sep, summarize, f"{name}_format" if name else None)
    result: Operation = make_op(PRINT_V2, text, output_stream=stream, end=end, name=name)
    return result


def _stream_name(output_stream: Any) -> str:
    if isinstance(output_stream, str) and output_stream.startswith("file://"):
        return output_stream
    if output_stream is sys.stdout:
        return "stdout"
    if output_stream is sys.stderr:
        return "stderr"
    if isinstance(output_stream, int) and output_stream in _LEVELS:
        return _LEVELS[output_stream]
    for module in (tf_logging, logging):
        for name, stream in _FUNCTIONS.items():
            if output_stream is getattr(module, name, None) and output_stream is not None:
                return stream
    raise ValueError(
        f"Unsupported output stream, logging level, or file.{output_stream}. Supported streams are sys.stdout, "
        "sys.stderr, tf.logging.info, tf.logging.warning, tf.logging.error. File needs to be in the form of "
        "'file://<filepath>'."
    )


def _formatted(inputs: Sequence[Any], sep: str, summarize: int, name: str | None) -> Tensor:
    """The inputs as one string: structures as Python prints them, with the tensors filled in when it runs."""
    without_tensors = nest.map_structure(lambda x: "" if _is_tensor(x) else x, inputs)
    placeholder = _unused_placeholder(" ".join(pprint.pformat(x) for x in without_tensors))
    tensors: list[Any] = []
    templates = [_template_of(item, placeholder, tensors) for item in inputs]
    # pformat puts a placeholder that stands in a structure into quotes.
    template = sep.join(templates).replace(f"'{placeholder}'", placeholder)
    return string_format(template, tensors, placeholder, summarize, name)


def _is_tensor(value: Any) -> bool:
    return is_dense_tensor_like(value) or nest.is_composite(value)


def _unused_placeholder(text: str) -> str:
    placeholder = "{}"
    # TensorFlow's own choice of digits, which shows in the attrs of the node.
    choice = random.Random(5)  # noqa: S311  no secret
    while placeholder in text:
        placeholder += str(choice.randint(0, 9))
    return placeholder


def _template_of(item: Any, placeholder: str, tensors: list[Any]) -> str:
    from tangraph.framework.sparse_tensor import SparseTensor

    leaves: list[Any] = []
    for leaf in nest.flatten(item):
        if isinstance(leaf, SparseTensor):
            tensors.extend([leaf.indices, leaf.values, leaf.dense_shape])
            leaves.append(f"SparseTensor(indices={placeholder}, values={placeholder}, shape={placeholder})")
        elif _is_tensor(leaf):
            tensors.append(leaf)
            leaves.append(placeholder)
        else:
            leaves.append(leaf)
    if isinstance(item, str):
        return item
    return pprint.pformat(nest.pack_sequence_as(item, leaves))
