"""The ``with`` block that makes every operation created inside wait for some others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework.operation import Operation

if TYPE_CHECKING:
    from tangraph.framework.graph import Graph


class ControlDependenciesController:
    """One ``graph.control_dependencies(...)`` block."""

    def __init__(self, graph: Graph, control_inputs: list[Operation] | None) -> None:
        self._graph = graph
        self._new_stack = control_inputs is None
        self.control_inputs = control_inputs or []
        self._seen: set[Operation] = set()
        self._old_stack: list[ControlDependenciesController] = []
        self._old_context: Any = None

    def __enter__(self) -> None:
        graph = self._graph
        if self._new_stack:
            self._old_stack = graph._control_dependencies_stack
            graph._control_dependencies_stack = []
            self._old_context = graph._get_control_flow_context()
            graph._set_control_flow_context(None)
        graph._control_dependencies_stack.append(self)

    def __exit__(self, *_: object) -> None:
        graph = self._graph
        graph._control_dependencies_stack.remove(self)
        if self._new_stack:
            graph._control_dependencies_stack = self._old_stack
            graph._set_control_flow_context(self._old_context)

    def add_op(self, op: Operation) -> None:
        """Records an operation created inside the block."""
        self._seen.add(op)

    def op_in_group(self, op: Operation) -> bool:
        """Says whether the operation was created inside the block, and so waits already."""
        return op in self._seen


def control_inputs_for(graph: Graph, inputs: Any) -> list[Operation]:
    """Returns the control inputs of a new operation: those that its data inputs do not already imply."""
    input_ops = {t.op for t in inputs}
    result: list[Operation] = []
    for controller in graph._control_dependencies_stack:
        if not any(controller.op_in_group(op) for op in input_ops):
            result.extend(c for c in controller.control_inputs if c not in input_ops and c not in result)
    return result
