"""`tensorflow.python.ops.resources`: what is kept outside of the graph, and must be initialized."""

from tangraph.ops.state.resources import (
    initialize_resources,
    local_resources,
    register_resource,
    report_uninitialized_resources,
    shared_resources,
)

__all__ = [
    "initialize_resources",
    "local_resources",
    "register_resource",
    "report_uninitialized_resources",
    "shared_resources",
]
