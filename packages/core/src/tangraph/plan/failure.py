"""From an exception inside a plan to the error that the user sees: which node, which shapes, which line of theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.client.resources import Cell
from tangraph.framework import dtypes, errors, raw_shape

if TYPE_CHECKING:
    from types import TracebackType

    from tangraph.plan.ir import Step


def translate(error: Exception, step: Step | None, local: dict[str, Any]) -> Exception:
    """Returns the error to raise in place of `error`.

    Args:
      error: what a kernel raised.
      step: the step that ran, when known.
      local: the emitted function's local and global names.
    """
    uninitialized = _uninitialized(error, step)
    if uninitialized is not None:
        return uninitialized
    if step is None and isinstance(error, UnboundLocalError):
        # The line that returns the fetched values.
        return errors.InvalidArgumentError(None, None, "Retval[0] does not have value")
    if step is None or step.origin is None:
        return error
    if isinstance(error, errors.OpError):
        return (
            error
            if error.op is not None
            else type(error)(step.origin.node_def, step.origin, _with_node(error.message, step))
        )
    if isinstance(error, UnboundLocalError):
        text = f"The value of '{step.label}' was asked for, but the branch that computes it was not taken."
        return errors.InvalidArgumentError(step.origin.node_def, step.origin, _with_node(text, step))
    if isinstance(error, MemoryError):
        return errors.ResourceExhaustedError(
            step.origin.node_def, step.origin, _with_node(f"OOM when allocating: {error}", step)
        )
    if isinstance(error, (ValueError, TypeError, IndexError, ArithmeticError, KeyError)):
        text = _describe(error, step, local)
        return errors.InvalidArgumentError(step.origin.node_def, step.origin, _with_node(text, step))
    return errors.UnknownError(step.origin.node_def, step.origin, _with_node(f"{type(error).__name__}: {error}", step))


def blame(error: Exception, step: Step) -> None:
    """Notes which step failed, where one line of a plan runs several."""
    error.__dict__["_tangraph_step"] = step


def blamed(error: Exception) -> Step | None:
    """Returns the step that was noted with `blame`."""
    return error.__dict__.get("_tangraph_step")


def _with_node(text: str, step: Step) -> str:
    return text if "[[node" in text else f"{text}\n\t [[node {step.label} (defined at {_user_line(step)}) ]]"


def _user_line(step: Step) -> str:
    lines = step.origin.traceback if step.origin is not None else []
    return f"{lines[-1][0]}:{lines[-1][1]}" if lines else "<unknown>"


def _values(step: Step, local: dict[str, Any]) -> list[Any]:
    found = []
    for value in step.inputs:
        item = value.constant if value.constant is not None else local.get(value.name)
        found.append(item)
    return found


def _uninitialized(error: Exception, step: Step | None) -> Exception | None:
    """The error for a variable that was read before anything was assigned; None when that is not what happened."""
    cell = error.obj if isinstance(error, AttributeError) else None
    if not isinstance(cell, Cell) or cell.initialized:
        return None
    if step is None or step.origin is None:
        text = f"Attempting to use uninitialized value {cell.name}\n\t [[node {cell.name}]]"
        return errors.FailedPreconditionError(None, None, text)
    missing = f"Resource localhost/{cell.name}/N10tensorflow3VarE does not exist."
    node, origin = step.origin.node_def, step.origin
    if step.op_type == "ReadVariableOp":
        text = (
            f"Error while reading resource variable {cell.name} from Container: localhost. This could mean that the "
            f"variable was uninitialized. Not found: {missing}"
        )
    elif any(value.dtype is dtypes.resource for value in step.inputs):
        return errors.NotFoundError(node, origin, _with_node(missing, step))
    else:
        text = f"Attempting to use uninitialized value {cell.name}"
    return errors.FailedPreconditionError(node, origin, _with_node(text, step))


def _describe(error: Exception, step: Step, local: dict[str, Any]) -> str:
    if isinstance(error, ValueError) and "truth value" in str(error):
        # An `if` in the emitted source: a predicate that is no scalar.
        values: list[Any] = [local.get(p.name) for p, _ in step.guard]
        found = next((np.shape(v) for v in values if np.shape(v)), ())
        return f"The second input must be a scalar, but it has shape {str(list(found)).replace(' ', '')}"
    if isinstance(error, IndexError) and step.op_type == "StackPopV2":
        return f"Stack[{step.label}] is empty when calling Pop()."
    items = [getattr(i, "value", i) if isinstance(i, Cell) else i for i in _values(step, local)]
    shapes = [np.shape(i) if not isinstance(i, Cell) and i is not None else None for i in items]
    if step.op_def is not None and step.op_def.elementwise and len(shapes) == 2 and None not in shapes:
        a, b = [s for s in shapes if s is not None]
        if not _broadcast(a, b):
            return f"Incompatible shapes: {raw_shape.to_str(a)} vs. {raw_shape.to_str(b)}"
    received = ", ".join("?" if s is None else str(list(s)).replace(" ", "") for s in shapes)
    return f"{error} (op '{step.op_type}', received input shapes: {received})"


def _broadcast(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    try:
        np.broadcast_shapes(a, b)
    except ValueError:
        return False
    return True


def failing_line(trace: TracebackType | None, filename: str) -> tuple[int, dict[str, Any]] | None:
    """Returns the line of the emitted file that was running, and the names that it saw."""
    found = None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == filename:
            found = trace.tb_lineno, {**trace.tb_frame.f_globals, **trace.tb_frame.f_locals}
        trace = trace.tb_next
    return found
