"""Initial values that depend on other variables: they read `initialized_value()`, so that any order of initialisers works."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tangraph.framework.graph_keys import GraphKeys

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor

_LEFT_ALONE: Final = frozenset({"IsVariableInitialized", "VarIsInitializedOp", "ReadVariableOp", "If"})
_VARIABLES: Final = frozenset({"Variable", "VariableV2", "VarHandleOp"})


def guard_against_uninitialized(name: str, initial_value: Tensor) -> Tensor:
    """Returns a value like `initial_value` that no longer needs other variables to be initialised first.

    Args:
      name: the name of the new variable; copies of operations end in it.
      initial_value: the value; it is returned as it is when a cycle leads to it (a loop).
    """
    if _has_cycle(initial_value.op):
        return initial_value
    copied = _copy_where_needed(name, initial_value.op)
    return copied.outputs[initial_value.value_index]


def _has_cycle(start: Operation) -> bool:
    finished: set[Operation] = set()
    started: set[Operation] = {start}
    stack = [(start, _before(start))]
    while stack:
        op, pending = stack[-1]
        if not pending:
            finished.add(op)
            started.discard(op)
            stack.pop()
            continue
        following = pending.pop()
        if following in started:
            return True
        if following not in finished:
            started.add(following)
            stack.append((following, _before(following)))
    return False


def _before(op: Operation) -> list[Operation]:
    return [*(t.op for t in op._inputs), *op._control_inputs]


def _copy_where_needed(name: str, start: Operation) -> Operation:
    """Walks backwards from an operation, inputs first, and copies what depends on a variable."""
    done: dict[Operation, Operation] = {}
    stack = [(start, iter(start._inputs))]
    while stack:
        op, inputs = stack[-1]
        if op in done:
            stack.pop()
            continue
        known = _stands_for_itself(op)
        if known is not None:
            done[op] = known
            stack.pop()
            continue
        following = next((t.op for t in inputs if t.op not in done), None)
        if following is not None:
            stack.append((following, iter(following._inputs)))
            continue
        done[op] = _copy(name, op, [done[t.op].outputs[t.value_index] for t in op._inputs])
        stack.pop()
    return done[start]


def _stands_for_itself(op: Operation) -> Operation | None:
    if op.type in _LEFT_ALONE:
        return op
    if op.type in _VARIABLES:
        value = _initialized_value(op)
        return op if value is None else value.op
    return None


def _copy(name: str, op: Operation, inputs: list[Tensor]) -> Operation:
    if all(new is old for new, old in zip(inputs, op._inputs, strict=True)):
        return op
    op_type = "Switch" if op.type == "RefSwitch" else op.type
    return op.graph.create_op(op_type, inputs, name=f"{op.name}_{name}".replace(":", "_"), attrs=dict(op.attrs))


def _initialized_value(variable_op: Operation) -> Tensor | None:
    names = (variable_op.name, f"{variable_op.name}:0")
    for collection in (GraphKeys.GLOBAL_VARIABLES, GraphKeys.LOCAL_VARIABLES):
        for variable in variable_op.graph.get_collection(collection):
            if getattr(variable, "name", None) in names and hasattr(variable, "initialized_value"):
                return variable.initialized_value()  # type: ignore[no-any-return]
    return None
