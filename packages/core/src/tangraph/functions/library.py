"""The functions of a graph: how they get in, and the FunctionDefLibrary message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tangraph.framework.graph import Graph
    from tangraph.framework.protos import FunctionDefLibrary


def add_function(graph: Graph, function: Any) -> None:
    """Takes a function into a graph.

    Raises:
      ValueError: it has two gradients, or the graph has another function of the name.
    """
    if function.grad_func_name is not None and function.python_grad_func is not None:
        raise ValueError(f"Gradient defined twice for function {function.name}")
    known = graph._functions.get(function.name)
    if known is None:
        graph._functions[function.name] = function
    elif known is not function and known.definition != function.definition:
        raise ValueError(
            f"Cannot add function '{function.name}' because a different function with the same name already exists."
        )


def find_function(graph: Any, name: str) -> Any:
    """Returns the function that nodes of a graph mean by a name: its own, or that of a graph around it; None without."""
    while graph is not None:
        found = graph._functions.get(name)
        if found is not None:
            return found
        graph = getattr(graph, "outer_graph", None)
    return None


def write_library(graph: Graph, library: FunctionDefLibrary) -> None:
    """Writes the functions of a graph, and which of them are gradients of others, into a message."""
    for function in graph._functions.values():
        library.function.add().CopyFrom(function.definition)
    for name in sorted(graph._functions):
        gradient = graph._functions[name].grad_func_name
        if gradient is not None:
            library.gradient.add(function_name=name, gradient_func=gradient)
