"""`tensorflow.python.ops.gen_math_ops.mat_mul` and its like: one function an op, made from the op's schema."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpDef
from tangraph.plugins import manager

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z0-9])(?=[A-Z][a-z])")


def snake_case(op_type: str) -> str:
    """Returns the name of an op's function.

    >>> (
    ...     snake_case("MatMul"),
    ...     snake_case("ConcatV2"),
    ...     snake_case("ReadVariableOp"),
    ...     snake_case("NonMaxSuppressionV3"),
    ... )
    ('mat_mul', 'concat_v2', 'read_variable_op', 'non_max_suppression_v3')
    """
    return _WORD.sub("_", op_type).lower().replace("_v_", "_v")


@cache
def _functions(count: int) -> dict[str, str]:
    """Returns function name -> op type, for as many ops as are registered."""
    return {snake_case(op_type): op_type for op_type in manager.current().registries.ops.entries}


def find(name: str) -> Callable[..., Any] | None:
    """Returns the function of an op, or None; a leading underscore is passed over."""
    ops = manager.current().registries.ops
    op_type = _functions(len(ops.entries)).get(name.removeprefix("_"))
    return None if op_type is None else _function(name, ops.get(op_type))


def _function(name: str, op: OpDef) -> Callable[..., Any]:
    """Makes `f(inputs, attrs without a default, attrs with one, name=None)`."""
    attrs = [attr for attr in op.attrs.values() if attr.name not in op.inferred]
    names = [argument.name for argument in op.inputs]
    order = [*names, *(a.name for a in attrs if not a.has_default), *(a.name for a in attrs if a.has_default), "name"]

    def call(*args: Any, **kwargs: Any) -> Any:
        if len(args) > len(order):
            raise TypeError(f"{name}() takes {len(order)} arguments: {', '.join(order)}. Received: {len(args)}")
        given = dict(zip(order, args, strict=False))
        if repeated := given.keys() & kwargs.keys():
            raise TypeError(f"{name}() got multiple values for argument '{min(repeated)}'")
        given |= kwargs
        if missing := [argument for argument in names if argument not in given]:
            raise TypeError(
                f"{name}() lacks the arguments: {', '.join(missing)}. Received: {', '.join(given) or 'none'}"
            )
        inputs = [given.pop(argument) for argument in names]
        return make_op(op, *inputs, name=given.pop("name", None), **given)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"The op {op.name}, as it is: {', '.join(order)}."
    return call
