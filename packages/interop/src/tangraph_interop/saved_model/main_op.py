"""What is run when a SavedModel is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.scopes import control_dependencies
from tangraph.ops.control_flow.grouping import group
from tangraph.ops.state.tables import tables_initializer
from tangraph.ops.state.variables import global_variables_initializer, local_variables_initializer

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation


@export("saved_model.main_op.main_op")
def main_op() -> Operation:
    """Returns an operation that initialises all variables, local ones included, and all tables."""
    return group(global_variables_initializer(), local_variables_initializer(), tables_initializer())


@export("saved_model.main_op_with_restore", "saved_model.main_op.main_op_with_restore")
def main_op_with_restore(restore_op_name: Any) -> Operation:
    """Returns an operation that runs `main_op`, and then the operations given."""
    with control_dependencies([main_op()]):
        return group(restore_op_name)
