"""Optionals: Python objects that hold values or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.client.variants import OptionalValue
from tangraph.framework.errors import InvalidArgumentError
from tangraph.plan.kernel import KernelSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


@kernel("OptionalFromValue")
def optional_from_value(_: KernelContext) -> Callable[..., Any]:
    """An optional that holds its inputs."""
    return lambda *components: OptionalValue(components)


@kernel("OptionalNone")
def optional_none(_: KernelContext) -> Callable[..., Any]:
    """An optional that holds nothing."""
    nothing = OptionalValue()
    return lambda: nothing


@kernel("OptionalHasValue")
def optional_has_value(_: KernelContext) -> Callable[..., Any]:
    """Whether an optional holds something."""
    return lambda optional: np.bool_(optional.components is not None)


@kernel("OptionalGetValue")
def optional_get_value(k: KernelContext) -> Callable[..., Any]:
    """What an optional holds."""
    single = len(k.attr("output_types")) == 1

    def get(optional: OptionalValue) -> Any:
        components = optional.components
        if components is None:
            raise InvalidArgumentError(None, None, "The given optional does not have a value.")
        return components[0] if single else components

    return get
