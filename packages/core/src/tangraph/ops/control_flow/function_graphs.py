"""The bodies of branches and loops that are functions, and the switch that makes them so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import stacks
from tangraph.functions.definition import GraphFunction
from tangraph.functions.func_graph import FuncGraph
from tangraph.functions.names import uid

if TYPE_CHECKING:
    from tangraph.framework.graph import Graph
    from tangraph.framework.operation import Operation

_enabled: list[bool] = []


@export("enable_control_flow_v2")
def enable_control_flow_v2() -> None:
    """Makes `tf.cond`, `tf.case` and `tf.while_loop` build If and While nodes, which call functions.

    In the bodies of functions they do so in any case.
    """
    _enabled[:] = [True]


@export("disable_control_flow_v2")
def disable_control_flow_v2() -> None:
    """Makes `tf.cond`, `tf.case` and `tf.while_loop` build the nodes of TensorFlow 1 again."""
    _enabled.clear()


@export("control_flow_v2_enabled")
def control_flow_v2_enabled() -> bool:
    """Says whether conditionals and loops that are built now are functions."""
    return uses_functions(stacks.get_default_graph())


def uses_functions(graph: Graph) -> bool:
    """Says whether conditionals and loops in a graph are functions: in bodies of functions, but not in those of Defuns."""
    return bool(_enabled) or isinstance(graph, FuncGraph)


class CondBranchFuncGraph(FuncGraph):
    """A branch of a conditional."""


class WhileCondFuncGraph(FuncGraph):
    """The condition of a loop."""


class WhileBodyFuncGraph(FuncGraph):
    """The body of a loop."""


def unique_function_name(scope: str, name: str) -> str:
    """Returns the name of a function that belongs to a conditional or loop."""
    return f"{scope}{name}_{uid()}".replace("/", "_")


def unique_gradient_name(forward: str) -> str:
    """Returns the name of the function that goes backwards."""
    return f"{forward}_grad_{uid()}"


def add_function_of(graph: FuncGraph) -> GraphFunction:
    """Makes a function of what a graph holds now, and adds it to the library of the graph around."""
    made = GraphFunction(graph.name, graph, graph.inputs, graph.outputs, graph.control_outputs)
    made.add_to_graph(graph.outer_graph)
    return made


def set_lowering(op: Operation) -> None:
    """Notes that a conditional or loop may be replaced by TensorFlow 1's nodes."""
    op.attrs["_lower_using_switch_merge"] = True


def in_function(graph: Graph) -> bool:
    """Says whether a graph is, or is in, the body of a function that is no branch or loop."""
    current: Any = graph
    while isinstance(current, (CondBranchFuncGraph, WhileBodyFuncGraph)):
        current = current.outer_graph
    return isinstance(current, FuncGraph)
