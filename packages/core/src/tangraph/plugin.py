"""What a plugin imports from Tangraph: this one module.

The hooks are described in :mod:`tangraph.plugins.hookspecs`. Everything here but `hookimpl` is imported when it is
first used, so that a plugin's module stays cheap to load.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from tangraph.plugins.hookspecs import hookimpl

if TYPE_CHECKING:
    from tangraph import registry
    from tangraph.backend import Backend
    from tangraph.export import export
    from tangraph.framework import errors
    from tangraph.framework.make_op import make_op
    from tangraph.framework.op_def import OpDef, OpSet
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.plan.ir import Program, Step, Value
    from tangraph.plan.kernel import KernelContext, KernelSet
    from tangraph.plugins.base import RegistrationError
    from tangraph.plugins.manager import register
    from tangraph.plugins.registries import (
        BackendRegistry,
        CommandRegistry,
        DatasetRegistry,
        KernelRegistry,
        NamespaceRegistry,
        OpRegistry,
        RewriteRegistry,
        SummarySinkRegistry,
    )

__all__ = [
    "Backend",
    "BackendRegistry",
    "CommandRegistry",
    "DatasetRegistry",
    "KernelContext",
    "KernelRegistry",
    "KernelSet",
    "NamespaceRegistry",
    "OpDef",
    "OpRegistry",
    "OpSet",
    "Program",
    "RegistrationError",
    "RewriteRegistry",
    "ShapeContext",
    "Step",
    "SummarySinkRegistry",
    "Value",
    "errors",
    "export",
    "hookimpl",
    "make_op",
    "register",
    "registry",
]

_MODULES: Final = {
    "Backend": "tangraph.backend",
    "BackendRegistry": "tangraph.plugins.registries",
    "CommandRegistry": "tangraph.plugins.registries",
    "DatasetRegistry": "tangraph.plugins.registries",
    "KernelContext": "tangraph.plan.kernel",
    "KernelRegistry": "tangraph.plugins.registries",
    "KernelSet": "tangraph.plan.kernel",
    "NamespaceRegistry": "tangraph.plugins.registries",
    "OpDef": "tangraph.framework.op_def",
    "OpRegistry": "tangraph.plugins.registries",
    "OpSet": "tangraph.framework.op_def",
    "Program": "tangraph.plan.ir",
    "RegistrationError": "tangraph.plugins.base",
    "RewriteRegistry": "tangraph.plugins.registries",
    "ShapeContext": "tangraph.framework.shape_context",
    "Step": "tangraph.plan.ir",
    "SummarySinkRegistry": "tangraph.plugins.registries",
    "Value": "tangraph.plan.ir",
    "errors": "tangraph.framework",
    "export": "tangraph.export",
    "make_op": "tangraph.framework.make_op",
    "register": "tangraph.plugins.manager",
    "registry": "tangraph",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    import_module(_MODULES[name] + (f".{name}" if name in {"errors", "registry"} else ""))
    globals()[name] = found = getattr(import_module(_MODULES[name]), name)
    return found


def __dir__() -> list[str]:
    return __all__
