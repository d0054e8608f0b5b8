"""Binds a step to its kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph import registry
from tangraph.framework import errors, raw_shape
from tangraph.framework.dtypes import cpp_name
from tangraph.plan.failure import translate
from tangraph.plan.kernel import KernelContext
from tangraph.plan.own_kernels import OWN

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.backend import Backend
    from tangraph.client.resources import ResourceStore
    from tangraph.plan.functions import Functions
    from tangraph.plan.ir import Program, Step

#: Steps that the emitted source does itself.
INLINE: Final = frozenset(
    {
        "_Feed",
        "_Alias",
        "_MergeInput",
        "_Merge",
        "_Snapshot",
        "_While",
        "ReadVariableOp",
        "VariableV2",
        "Variable",
        "VarHandleOp",
        "Const",
        "NoOp",
        "Identity",
    }
)


def bind(program: Program, resources: ResourceStore, functions: Functions | None = None) -> None:
    """Gives every step its kernel.

    Args:
      program: the program.
      resources: the session's variables and other state.
      functions: gives kernels the functions that their nodes name.

    Raises:
      UnimplementedError: the step's backend has no kernel for it.
    """
    for step in program.region.walk():
        if step.op_type in _UNFED:
            step.kernel = _unfed(step)
        elif step.op_type in OWN:
            step.kernel = OWN[step.op_type](step, functions)
        elif step.op_type not in INLINE and step.kernel is None:
            step.kernel = bind_kernel(step, step.backend, resources, functions, program.threads)


_UNFED: Final = frozenset({"Placeholder", "PlaceholderV2"})


def _unfed(step: Step) -> Callable[..., Any]:
    """The kernel of a placeholder that nothing was fed for."""
    value = step.outputs[0]
    shape = "" if value.shape is None else f" and shape {raw_shape.to_str(value.shape)}"
    text = f"You must feed a value for placeholder tensor '{step.label}' with dtype {cpp_name(value.dtype)}{shape}"

    def fail() -> Any:
        raise errors.InvalidArgumentError(None, None, text)

    return fail


def _ufunc_types(backend: Backend) -> tuple[type, ...]:
    """Returns the classes of NumPy's ufuncs and of those of a library that has NumPy's whole interface."""
    own = getattr(backend.xp, "ufunc", None)
    return (np.ufunc, own) if isinstance(own, type) else (np.ufunc,)


def bind_kernel(
    step: Step,
    backend: Backend,
    resources: ResourceStore | None,
    functions: Functions | None = None,
    threads: int = 0,
) -> Callable[..., Any]:
    """Makes the kernel of one step on a backend; sets `step.takes_out` and `step.takes_draws`."""
    factory = registry.kernel_factory(backend.name, step.op_type, backend.bases)
    if factory is None:
        raise errors.UnimplementedError(
            None if step.origin is None else step.origin.node_def,
            step.origin,
            f"No kernel for op type '{step.op_type}' on backend '{backend.name}' (node '{step.label}', input types "
            f"[{', '.join(v.dtype.name for v in step.inputs)}]).",
        )
    context = KernelContext(
        step.op_type,
        step.attrs,
        xp=backend.xp,
        name=step.label,
        device=step.device,
        input_dtypes=tuple(v.dtype.base for v in step.inputs),
        output_dtypes=tuple(v.dtype.base for v in step.outputs),
        static_shapes=tuple(v.shape for v in step.inputs),
        output_shapes=tuple(v.shape for v in step.outputs),
        constants=tuple(v.constant for v in step.inputs),
        resources=resources,
        threads=threads,
        functions=functions,
        graph=None if step.origin is None else step.origin.graph,
    )
    kernel: Callable[..., Any]
    try:
        kernel = factory(context)
    except errors.OpError as error:
        raise translate(error, step, {}) from error
    step.takes_draws = context.takes_draws
    step.takes_out = context.takes_out or isinstance(kernel, _ufunc_types(backend))
    return kernel
