"""Stacks, and the node that ends a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import errors
from tangraph.plugin import KernelSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


@kernel("StackV2")
def stack(k: KernelContext) -> Callable[..., Any]:
    """A handle is a list, made anew in every run."""
    del k
    return lambda max_size: []


@kernel("StackPushV2")
def push(k: KernelContext) -> Callable[..., Any]:
    """Appends the value; the plan gives it on, and keeps its buffer from being reused."""
    del k
    return list.append


@kernel("StackPopV2")
def pop(k: KernelContext) -> Callable[..., Any]:
    """Takes the last value off; the plan words the error of an empty stack."""
    del k
    return list.pop


@kernel("StackCloseV2")
def close(k: KernelContext) -> Callable[..., Any]:
    """Lets go of what is on the stack."""
    del k
    return lambda handle: handle.clear()


@kernel("Abort")
def abort(k: KernelContext) -> Callable[..., Any]:
    """Ends the run with an error; TensorFlow would end the process."""
    message = k.attr("error_msg")

    def fail() -> None:
        raise errors.AbortedError(None, None, message or "Abort")

    return fail
