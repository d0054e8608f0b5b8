"""What is kept outside of the graph and must be made before it is used: the resources in a graph's collections."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from tangraph.framework import dtypes
from tangraph.framework.graph_keys import GraphKeys
from tangraph.framework.scopes import add_to_collection, device, get_collection, name_scope
from tangraph.ops.array.identity import no_op

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor


class Resource(NamedTuple):
    """A resource: its handle, the operation that makes it, and a bool tensor that says whether it is made."""

    handle: Any
    create: Any
    is_initialized: Any


def register_resource(handle: Any, create_op: Any, is_initialized_op: Any, is_shared: bool = True) -> None:
    """Adds a resource to the collection of those that `initialize_resources` makes."""
    key = GraphKeys.RESOURCES if is_shared else GraphKeys.LOCAL_RESOURCES
    add_to_collection(key, Resource(handle, create_op, is_initialized_op))


def shared_resources() -> list[Any]:
    """Returns the resources that all tasks see."""
    return get_collection(GraphKeys.RESOURCES)


def local_resources() -> list[Any]:
    """Returns the resources of this task."""
    return get_collection(GraphKeys.LOCAL_RESOURCES)


def report_uninitialized_resources(
    resource_list: Sequence[Any] | None = None, name: str = "report_uninitialized_resources"
) -> Tensor:
    """Returns a 1-D string tensor: the names of the resources that are not made.

    Args:
      resource_list: the resources; all shared and local ones when None.
      name: the name scope.
    """
    from tangraph.ops.array.boolean_mask import boolean_mask
    from tangraph.ops.array.constant import constant
    from tangraph.ops.array.packing import stack
    from tangraph.ops.math.logical import logical_not

    resources = shared_resources() + local_resources() if resource_list is None else resource_list
    with name_scope(name), device(os.environ.get("TF_DEVICE_FOR_UNINITIALIZED_VARIABLE_REPORTING", "/cpu:0")):
        if not resources:
            return constant([], dtype=dtypes.string)
        missing = logical_not(stack([resource.is_initialized for resource in resources]))
        return boolean_mask(constant([resource.handle.name for resource in resources]), missing)


def initialize_resources(resource_list: Sequence[Any], name: str = "init") -> Operation:
    """Returns an operation that makes the resources; a no-op for none."""
    from tangraph.ops.control_flow.grouping import group

    return group(*[resource.create for resource in resource_list], name=name) if resource_list else no_op(name=name)
