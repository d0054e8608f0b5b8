"""Variables: assignment, updates in place, and questions about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.client.resources import Cell
from tangraph.framework import errors, raw_shape
from tangraph.plugin import KernelSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


def _initialized(_: KernelContext) -> Callable[..., Any]:
    return lambda cell: np.bool_(cell.initialized)


kernel.add("IsVariableInitialized", _initialized)
kernel.add("VarIsInitializedOp", _initialized)


@kernel("Assign")
def assign(k: KernelContext) -> Callable[..., Any]:
    """Writes into the buffer; the value must have its shape, or gives it its own."""
    if not k.attr("validate_shape"):

        def replace(cell: Cell, value: Any) -> Cell:
            cell.store(value)
            return cell

        return replace
    declared = k.static_shapes[0]

    def write(cell: Cell, value: Any) -> Cell:
        with cell.lock:
            expected = np.shape(cell.value) if cell.initialized else declared
            if np.shape(value) != expected and not raw_shape.compatible(expected, np.shape(value)):
                raise errors.InvalidArgumentError(
                    None,
                    None,
                    "Assign requires shapes of both tensors to match. lhs shape= "
                    f"{raw_shape.to_str(expected)} rhs shape= {raw_shape.to_str(np.shape(value))}",
                )
            cell.store(value)
        return cell

    return write


@kernel("AssignVariableOp")
def assign_variable_op(_: KernelContext) -> Callable[..., Any]:
    """Replaces the value; a resource variable takes any shape."""
    return Cell.store


def _update(name: str, on_reference: bool) -> Callable[[KernelContext], Callable[..., Any]]:
    """Returns the factory of an update in place by one ufunc."""

    def factory(k: KernelContext) -> Callable[..., Any]:
        compute = getattr(k.xp, name)

        def update(cell: Cell, value: Any) -> Cell | None:
            with cell.lock:
                live = cell.value
                if live.shape != value.shape:
                    raise errors.InvalidArgumentError(None, None, _mismatch(live.shape, value.shape, on_reference))
                if live.shape:
                    compute(live, value, out=live)
                else:
                    cell.value = compute(live, value)
            return cell if on_reference else None

        return update

    return factory


def _mismatch(shape: tuple[int, ...], given: tuple[int, ...], on_reference: bool) -> str:
    if on_reference:
        return "Parameters and update must be the same size"
    return (
        f"Cannot update variable with shape {raw_shape.to_str(shape)} using a Tensor with shape "
        f"{raw_shape.to_str(given)}, shapes must be equal."
    )


kernel.add("AssignAdd", _update("add", on_reference=True))
kernel.add("AssignSub", _update("subtract", on_reference=True))
kernel.add("AssignAddVariableOp", _update("add", on_reference=False))
kernel.add("AssignSubVariableOp", _update("subtract", on_reference=False))


@kernel("CountUpTo", "ResourceCountUpTo")
def count_up_to(k: KernelContext) -> Callable[..., Any]:
    """Adds one until the limit, and gives the value before."""
    limit, one = k.attr("limit"), k.output_dtypes[0].np.type(1)

    def count(cell: Cell) -> Any:
        with cell.lock:
            before = cell.value[()]
            if before >= limit:
                raise errors.OutOfRangeError(None, None, f"Reached limit of {limit}")
            cell.value = before + one
        return before

    return count


@kernel("VariableShape")
def variable_shape(k: KernelContext) -> Callable[..., Any]:
    """The live shape."""
    dtype = k.output_dtypes[0].np
    return lambda cell: np.array(np.shape(cell.value), dtype)


@kernel("DestroyResourceOp")
def destroy_resource_op(k: KernelContext) -> Callable[..., Any]:
    """Forgets the value; what reads it afterwards finds the variable uninitialised."""
    ignore = k.attr("ignore_lookup_error")

    def destroy(cell: Cell) -> None:
        if not ignore and not cell.initialized:
            raise errors.NotFoundError(None, None, f"Resource localhost/{cell.name} does not exist.")
        cell.clear()

    return destroy


@kernel("TemporaryVariable")
def temporary_variable(k: KernelContext) -> Callable[..., Any]:
    """A new buffer in every step, which starts as garbage in TensorFlow and as zeros here."""
    xp, shape, dtype = k.xp, k.attr("shape"), k.output_dtypes[0].np
    name = k.attr("var_name") or k.name

    def make() -> Cell:
        cell = Cell(name)
        cell.value = xp.zeros(shape, dtype)
        return cell

    return make


@kernel("DestroyTemporaryVariable")
def destroy_temporary_variable(_: KernelContext) -> Callable[..., Any]:
    """The buffer of a temporary variable, which nobody else holds from here on."""

    def destroy(cell: Cell) -> Any:
        value = cell.value
        cell.clear()
        return value

    return destroy
