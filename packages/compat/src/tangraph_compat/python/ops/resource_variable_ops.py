"""`tensorflow.python.ops.resource_variable_ops`."""

from __future__ import annotations

from typing import Any

from tangraph.ops.state.resource_variable import ResourceVariable
from tangraph_compat.internals import names_of

__getattr__, __dir__ = names_of(__name__)
__all__ = ["ResourceVariable", "is_resource_variable"]


def is_resource_variable(var: Any) -> bool:
    """Returns whether a variable is a resource variable."""
    return isinstance(var, ResourceVariable) or hasattr(var, "_should_act_as_resource_variable")
