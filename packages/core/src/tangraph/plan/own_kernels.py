"""The kernels of steps that plans add on their own, when they replace calls of functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.functions import Functions
    from tangraph.plan.ir import Step


def to_bool(value: Any) -> Any:
    """The truth of the condition of an If or While: a number that is not zero, a text or an array that is not empty."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, bytes):
        return np.bool_(len(value) > 0)
    return np.bool_(np.size(value) > 0) if np.ndim(value) else np.bool_(value != 0)


def _for_more(counter: Any, limit: Any, delta: Any) -> Any:
    return np.bool_(counter < limit if delta > 0 else counter > limit)


def _index_is(step: Step, _: Any) -> Callable[..., Any]:
    wanted = step.attrs["index"]
    return lambda index: np.bool_(index == wanted)


def _call(step: Step, functions: Functions) -> Callable[..., Any]:
    """A function that is called when the step runs, since it calls itself."""
    assert step.origin is not None
    bound = functions.bind(step.origin.graph, step.attrs["_function"], f"{step.label}/", host=False)
    skip, single = step.attrs["_skip"], len(step.outputs) == 1

    def call(*args: Any) -> Any:
        results = bound(*args[skip:])
        return results[0] if single else results

    return call


OWN: Final[dict[str, Callable[[Step, Any], Callable[..., Any]]]] = {
    "_ToBool": lambda *_: to_bool,
    "_IndexIs": _index_is,
    "_ForMore": lambda *_: _for_more,
    "_ForNext": lambda *_: np.add,
    "_Call": _call,
}
