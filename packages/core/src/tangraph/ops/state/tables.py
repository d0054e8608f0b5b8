"""The operation that initialises every lookup table of a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tangraph.export import export
from tangraph.framework.graph_keys import GraphKeys
from tangraph.framework.scopes import get_collection
from tangraph.ops.array.identity import no_op

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation


@export("tables_initializer", "initializers.tables_initializer")
def tables_initializer(name: str = "init_all_tables") -> Operation:
    """Returns an operation that runs the initialisers of all tables; it does nothing when there are none."""
    from tangraph.ops.control_flow.grouping import group

    initializers = get_collection(GraphKeys.TABLE_INITIALIZERS)
    return group(*initializers, name=name) if initializers else no_op(name=name)
