"""`tensorflow.python.ops.resources`: what is kept outside of the graph, and must be initialized."""

from __future__ import annotations

from typing import Any, NamedTuple

from tangraph.framework.graph_keys import GraphKeys
from tangraph.framework.scopes import add_to_collection, get_collection
from tangraph_compat.internals import public


class _Resource(NamedTuple):
    handle: Any
    create: Any
    is_initialized: Any


def register_resource(handle: Any, create_op: Any, is_initialized_op: Any, is_shared: bool = True) -> None:
    """Adds a resource to the collection of those that `initialize_resources` makes."""
    key = GraphKeys.RESOURCES if is_shared else GraphKeys.LOCAL_RESOURCES
    add_to_collection(key, _Resource(handle, create_op, is_initialized_op))


def shared_resources() -> list[Any]:
    """Returns the resources that all tasks see."""
    return get_collection(GraphKeys.RESOURCES)


def local_resources() -> list[Any]:
    """Returns the resources of this task."""
    return get_collection(GraphKeys.LOCAL_RESOURCES)


def initialize_resources(resource_list: Any, name: str = "init") -> Any:
    """Returns an operation that makes the resources; a no-op for none."""
    if resource_list:
        return public("group")(*[resource.create for resource in resource_list], name=name)
    return public("no_op")(name=name)
