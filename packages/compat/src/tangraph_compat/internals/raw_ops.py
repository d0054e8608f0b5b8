"""`tf.raw_ops.MatMul` and `tensorflow.python.ops.gen_math_ops.mat_mul`: one function an op, made from its schema."""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Callable
from functools import cache
from typing import Any, Final

from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpDef
from tangraph.plugins import manager

# Arguments that TensorFlow's functions call otherwise than its op definitions do: op types -> {name there: name here}.
_RENAMED: Final = {
    **{
        op: {"axis": "reduction_indices"} for op in ("All", "Any", "EuclideanNorm", "Max", "Mean", "Min", "Prod", "Sum")
    },
    "ExpandDims": {"axis": "dim"},
    "Select": {"x": "t", "y": "e"},
    "Split": {"axis": "split_dim"},
    "SplitV": {"axis": "split_dim"},
    "Squeeze": {"axis": "squeeze_dims"},
    "Where": {"condition": "input"},
}
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
def _result_type(op_type: str, fields: tuple[str, ...]) -> Any:
    return namedtuple(op_type, fields)  # noqa: PYI024  made from data


def _named(op: OpDef, result: Any) -> Any:
    """Gives several outputs their names."""
    if len(op.outputs) < 2:
        return result
    return _result_type(op.name, tuple(argument.name for argument in op.outputs))(*result)


@cache
def _functions(count: int) -> dict[str, str]:
    """Returns function name -> op type, for as many ops as are registered."""
    return {snake_case(op_type): op_type for op_type in manager.current().registries.ops.entries}


def find(name: str) -> Callable[..., Any] | None:
    """Returns the function of an op, or None; a leading underscore is passed over."""
    ops = manager.current().registries.ops
    op_type = _functions(len(ops.entries)).get(name.removeprefix("_"))
    return None if op_type is None else _function(name, ops.get(op_type))


class _Signature:
    """The arguments of an op's function: inputs, attrs without a default, attrs with one, `name`."""

    def __init__(self, op: OpDef) -> None:
        attrs = [attr for attr in op.attrs.values() if attr.name not in op.inferred]
        self.op = op
        self._own_names = _RENAMED.get(op.name, {})
        names = {own: name for name, own in self._own_names.items()}
        self.inputs = [names.get(argument.name, argument.name) for argument in op.inputs]
        self.required = self.inputs + [names.get(a.name, a.name) for a in attrs if not a.has_default]
        self.order = [*self.required, *(names.get(a.name, a.name) for a in attrs if a.has_default), "name"]

    def make(self, given: dict[str, Any]) -> Any:
        """Adds the node; returns its outputs, several with their names."""
        inputs = [given.pop(argument) for argument in self.inputs]
        name = given.pop("name", None)
        attrs = {self._own_names.get(key, key): value for key, value in given.items()}
        return _named(self.op, make_op(self.op, *inputs, name=name, **attrs))


def _function(name: str, op: OpDef) -> Callable[..., Any]:
    """Makes `f(inputs, attrs without a default, attrs with one, name=None)`."""
    signature = _Signature(op)
    order = signature.order

    def call(*args: Any, **kwargs: Any) -> Any:
        if len(args) > len(order):
            raise TypeError(f"{name}() takes {len(order)} arguments: {', '.join(order)}. Received: {len(args)}")
        given = dict(zip(order, args, strict=False))
        if repeated := given.keys() & kwargs.keys():
            raise TypeError(f"{name}() got multiple values for argument '{min(repeated)}'")
        given |= kwargs
        if missing := [argument for argument in signature.inputs if argument not in given]:
            raise TypeError(
                f"{name}() lacks the arguments: {', '.join(missing)}. Received: {', '.join(given) or 'none'}"
            )
        return signature.make(given)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"The op {op.name}, as it is: {', '.join(order)}."
    return call


def keyword_function(op_type: str) -> Callable[..., Any]:
    """Returns `tf.raw_ops.MatMul` and its like, which take keyword arguments only.

    Raises:
      AttributeError: there is no such op.
    """
    ops = manager.current().registries.ops
    if op_type not in ops.entries:
        raise AttributeError(f"module 'tensorflow.raw_ops' has no attribute '{op_type}' in Tangraph")
    signature = _Signature(ops.get(op_type))
    keys = signature.order

    def call(*args: Any, **kwargs: Any) -> Any:
        if args:
            raise TypeError(
                f"{op_type} only takes keyword args (possible keys: {keys}). Please pass these args as kwargs instead."
            )
        for key in kwargs:
            if key not in keys:
                raise TypeError(f"{op_type}() got an unexpected keyword argument '{key}'")
        if missing := [key for key in signature.required if key not in kwargs]:
            noun = "argument" if len(missing) == 1 else "arguments"
            raise TypeError(
                f"{op_type}() missing {len(missing)} required positional {noun}: {', '.join(map(repr, missing))}"
            )
        return signature.make(kwargs)

    call.__name__ = call.__qualname__ = op_type
    call.__doc__ = f"The op {op_type}, as it is, by keywords: {', '.join(keys)}."
    return call
