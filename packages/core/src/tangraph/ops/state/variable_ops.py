"""Ops on reference variables: the buffer, assignment, and whether anything was assigned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.tensor_shape import TensorShape

if TYPE_CHECKING:
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()
_BUFFER = ["shape: shape", "dtype: type", "container: string = ''", "shared_name: string = ''"]


def _variable_shape(c: ShapeContext) -> Raw:
    return c.attr("shape")  # type: ignore[no-any-return]


def _legacy_variable_shape(c: ShapeContext) -> Raw:
    # In the old op type an empty shape means an unknown one.
    return c.attr("shape") or None


def _assign_shape(c: ShapeContext) -> Raw:
    return c.merged(0, 1) if c.attr("validate_shape") else c.shapes[1]


def _update_shape(c: ShapeContext) -> Raw:
    return c.merged(0, 1)


def _scalar(_: ShapeContext) -> Raw:
    return ()


def _scalar_reference(c: ShapeContext) -> Raw:
    return raw_shape.with_rank(c.shapes[0], 0)


def _reference(c: ShapeContext) -> Raw:
    return c.shapes[0]


VARIABLE = ops.define(
    "Variable", outputs=["ref: Ref(dtype)"], attrs=_BUFFER, shape=_legacy_variable_shape, stateful=True
)
VARIABLE_V2 = ops.define("VariableV2", outputs=["ref: Ref(dtype)"], attrs=_BUFFER, shape=_variable_shape, stateful=True)
TEMPORARY_VARIABLE = ops.define(
    "TemporaryVariable",
    outputs=["ref: Ref(dtype)"],
    attrs=["shape: shape", "dtype: type", "var_name: string = ''"],
    shape=_variable_shape,
    stateful=True,
)
DESTROY_TEMPORARY_VARIABLE = ops.define(
    "DestroyTemporaryVariable",
    inputs=["ref: Ref(T)"],
    outputs=["value: T"],
    attrs=["T: type", "var_name: string"],
    shape=_reference,
    stateful=True,
)
IS_VARIABLE_INITIALIZED = ops.define(
    "IsVariableInitialized",
    inputs=["ref: Ref(dtype)"],
    outputs=["is_initialized: bool"],
    attrs=["dtype: type"],
    shape=_scalar,
)
# Everything that writes counts as stateful, so that no plan drops it.
ASSIGN = ops.define(
    "Assign",
    inputs=["ref: Ref(T)", "value: T"],
    outputs=["output_ref: Ref(T)"],
    attrs=["T: type", "validate_shape: bool = true", "use_locking: bool = true"],
    shape=_assign_shape,
    stateful=True,
)
ASSIGN_ADD, ASSIGN_SUB = (
    ops.define(
        name,
        inputs=["ref: Ref(T)", "value: T"],
        outputs=["output_ref: Ref(T)"],
        attrs=["T: numbertype", "use_locking: bool = false"],
        shape=_update_shape,
        stateful=True,
    )
    for name in ("AssignAdd", "AssignSub")
)
COUNT_UP_TO = ops.define(
    "CountUpTo",
    inputs=["ref: Ref(T)"],
    outputs=["output: T"],
    attrs=["limit: int", "T: {int32, int64}"],
    shape=_scalar_reference,
    stateful=True,
)
ops.not_differentiable("Assign", "AssignAdd", "AssignSub")
ops.without_gradient(
    "Variable", "VariableV2", "TemporaryVariable", "DestroyTemporaryVariable", "IsVariableInitialized", "CountUpTo"
)


def given(**attrs: Any) -> dict[str, Any]:
    """Returns the attrs that are not None; the others keep their defaults."""
    return {key: value for key, value in attrs.items() if value is not None}


def is_reference(ref: Any) -> bool:
    """Says whether a variable or tensor is a reference, and not a resource variable."""
    return bool(ref.dtype.is_ref)


def variable_op_v2(
    shape: Any, dtype: Any, name: str = "Variable", container: str = "", shared_name: str = ""
) -> Tensor:
    """Returns a reference to a new buffer, which holds nothing before it is assigned.

    Args:
      shape: the shape; None when the buffer may get any.
      dtype: the element type.
      name: the operation's name.
      container, shared_name: under which the session keeps the buffer; the operation's name when empty.
    """
    result: Tensor = make_op(
        VARIABLE_V2, shape=TensorShape(shape), dtype=dtype, container=container, shared_name=shared_name, name=name
    )
    return result


def is_variable_initialized(ref: Any, name: str | None = None) -> Tensor:
    """Returns a bool scalar: whether the variable was assigned."""
    if is_reference(ref):
        result: Tensor = make_op(IS_VARIABLE_INITIALIZED, ref, name=name)
        return result
    return ref.is_initialized(name=name)  # type: ignore[no-any-return]


@export("assign")
def assign(
    ref: Any, value: Any, validate_shape: bool | None = None, use_locking: bool | None = None, name: str | None = None
) -> Any:
    """Writes `value` into a variable.

    Args:
      ref: a variable, or a reference tensor.
      value: the new value, of the variable's type.
      validate_shape: whether it must have the variable's shape (True when None). Otherwise the variable takes its shape.
      use_locking: accepted; updates are always guarded by a lock.
      name: the operation's name.

    Returns:
      The reference, to read the variable after the assignment; for a resource variable, an object that reads it.

    Raises:
      ValueError: the shapes do not fit.
      TypeError: the types do not fit.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     v = tf.Variable([1.0, 2.0])
    ...     sess.run(tf.assign(v, [3.0, 4.0])).tolist()
    [3.0, 4.0]
    """
    if is_reference(ref):
        attrs = given(validate_shape=validate_shape, use_locking=use_locking)
        return make_op(ASSIGN, ref, value, name=name, **attrs)
    return ref.assign(value, name=name)


@export("assign_add")
def assign_add(ref: Any, value: Any, use_locking: bool | None = None, name: str | None = None) -> Any:
    """Adds `value` to a variable in place; see `assign`."""
    if is_reference(ref):
        return make_op(ASSIGN_ADD, ref, value, name=name, **given(use_locking=use_locking))
    return ref.assign_add(value)


@export("assign_sub")
def assign_sub(ref: Any, value: Any, use_locking: bool | None = None, name: str | None = None) -> Any:
    """Subtracts `value` from a variable in place; see `assign`."""
    if is_reference(ref):
        return make_op(ASSIGN_SUB, ref, value, name=name, **given(use_locking=use_locking))
    return ref.assign_sub(value)


@export("count_up_to")
def count_up_to(ref: Any, limit: int, name: str | None = None) -> Tensor:
    """Adds one to an integer scalar variable, and returns the value before.

    Args:
      ref: a variable of type int32 or int64.
      limit: the value at which the operation raises OutOfRangeError instead.
      name: the operation's name.
    """
    if is_reference(ref):
        result: Tensor = make_op(COUNT_UP_TO, ref, limit=limit, name=name)
        return result
    from tangraph.ops.state.resource import RESOURCE_COUNT_UP_TO

    return make_op(RESOURCE_COUNT_UP_TO, ref.handle, limit=limit, T=ref.dtype, name=name)  # type: ignore[no-any-return]
