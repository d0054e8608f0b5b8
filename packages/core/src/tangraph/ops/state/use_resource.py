"""The process-wide choice between reference and resource variables."""

from __future__ import annotations

from tangraph.export import export

_enabled = [False]


@export("enable_resource_variables")
def enable_resource_variables() -> None:
    """Makes new variables resource variables, unless their arguments or the variable scope say otherwise."""
    _enabled[0] = True


@export("disable_resource_variables")
def disable_resource_variables() -> None:
    """Makes new variables reference variables again, which is the default."""
    _enabled[0] = False


@export("resource_variables_enabled")
def resource_variables_enabled() -> bool:
    """Says whether new variables are resource variables by default."""
    return _enabled[0]
