"""The scope in which variables are made: outside of control dependencies, conditionals, loops and function bodies."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tangraph.export import export
from tangraph.framework import stacks

if TYPE_CHECKING:
    from collections.abc import Iterator


@export("init_scope")
@contextmanager
def init_scope() -> Iterator[None]:
    """Lifts the operations created inside the block out of control-flow constructs and function bodies.

    The name scope and the devices stay; control dependencies, conditionals and loops are left; inside the body of a
    function, operations go to the outermost graph that is no function.
    """
    here = stacks.get_default_graph()
    graph = here
    if graph.building_function:
        outer = [g for g in reversed(stacks.graphs.stack) if not g.building_function]
        graph = outer[0] if outer else stacks.graphs.get_global()
    scope = here.get_name_scope()
    with graph.as_default(), graph.name_scope(f"{scope}/" if scope else None), graph.control_dependencies(None):
        devices, graph._device_stack = graph._device_stack, here._device_stack
        try:
            yield
        finally:
            graph._device_stack = devices


def in_control_flow() -> bool:
    """Returns whether operations are being made inside of a conditional or loop."""
    return stacks.get_default_graph()._control_flow_context is not None
