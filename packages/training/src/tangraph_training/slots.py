"""Slots: variables that belong to another variable, the primary, and are named and placed after it."""

# ruff: noqa: SLF001  what variables tell of slices is TensorFlow's, underscores and all

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework.scopes import colocate_with
from tangraph.ops.state.ref_variable import RefVariable
from tangraph.ops.state.resource_variable import is_resource_variable
from tangraph.ops.state.save_slice_info import SaveSliceInfo
from tangraph.ops.state.variable_base import Variable
from tangraph.ops.state.variable_scope import get_variable, get_variable_scope, variable_scope

if TYPE_CHECKING:
    from tangraph.framework.tensor_shape import TensorShape


def create_slot(primary: Any, val: Any, name: str, colocate_with_primary: bool = True) -> Any:
    """Makes a slot that starts with the value of a tensor.

    Args:
      primary: the variable, or tensor, that the slot belongs to.
      val: the initial value.
      name: the slot is called ``"<primary>/<name>"``.
      colocate_with_primary: whether the slot is placed with the primary.

    Returns:
      The slot, a variable that is not trainable.
    """
    validate_shape = val.get_shape().is_fully_defined()
    return _create(primary, val, name, colocate_with_primary, validate_shape, None, None)


def create_slot_with_initializer(
    primary: Any, initializer: Any, shape: TensorShape, dtype: Any, name: str, colocate_with_primary: bool = True
) -> Any:
    """Makes a slot that starts with what an initializer returns for a shape and an element type; see `create_slot`."""
    return _create(primary, initializer, name, colocate_with_primary, shape.is_fully_defined(), shape, dtype)


def create_zeros_slot(primary: Any, name: str, dtype: Any = None, colocate_with_primary: bool = True) -> Any:
    """Makes a slot of zeros of the primary's shape, and of its element type unless `dtype` says otherwise."""
    if dtype is None:
        dtype = primary.dtype
    shape = primary.get_shape()
    if shape.is_fully_defined():
        from tangraph.ops.state.initializers import Zeros

        return create_slot_with_initializer(primary, Zeros(dtype), shape, dtype, name, colocate_with_primary)
    from tangraph.ops.array.fill import zeros
    from tangraph.ops.array.shape import shape as shape_of

    value = primary.initialized_value() if isinstance(primary, Variable) else primary
    return create_slot(primary, zeros(shape_of(value), dtype=dtype), name, colocate_with_primary)


def _create(primary: Any, value: Any, name: str, colocate: bool, validate_shape: bool, shape: Any, dtype: Any) -> Any:
    prefix = primary._shared_name if isinstance(primary, Variable) else primary.op.name
    with variable_scope(None, f"{prefix}/{name}"):
        if not colocate:
            return _get(primary, value, validate_shape, shape, dtype)
        with colocate_with(primary):
            return _get(primary, value, validate_shape, shape, dtype)


def _get(primary: Any, value: Any, validate_shape: bool, shape: Any, dtype: Any) -> Any:
    use_resource = True if is_resource_variable(primary) else False if isinstance(primary, RefVariable) else None
    scope = get_variable_scope()
    # A slot is as whole as its primary is: a slice of a partitioned variable is not divided once more.
    partitioner = scope.partitioner
    scope.set_partitioner(None)
    slot = get_variable(
        "",
        initializer=value,
        trainable=False,
        use_resource=use_resource,
        shape=shape if callable(value) else None,
        dtype=dtype,
        validate_shape=validate_shape,
    )
    scope.set_partitioner(partitioner)
    if isinstance(primary, Variable) and primary._save_slice_info:
        info = primary._save_slice_info
        own_name = slot.name[len(f"{primary.op.name}/") : -len(":0")]
        slot._set_save_slice_info(
            SaveSliceInfo(
                f"{info.full_name}/{own_name}",
                list(info.full_shape or ()),
                list(info.var_offset or ()),
                list(info.var_shape or ()),
            )
        )
    return slot
