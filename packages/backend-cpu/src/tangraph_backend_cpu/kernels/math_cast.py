"""Changes of the element type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import errors
from tangraph.plugin import KernelSet

if TYPE_CHECKING:
    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()
_CPP_NAMES = {"float32": "float", "float64": "double", "float16": "half"}


@kernel("Cast")
def cast(k: KernelContext) -> Any:
    """Converts each element as C does: fractions are dropped, what does not fit wraps around."""
    source, target = k.input_dtypes[0], k.output_dtypes[0]
    dtype = target.np
    if "string" in (source.name, target.name) or target.is_quantized or source.is_quantized:
        return _unsupported(source.name, target.name)
    if source.is_complex and not target.is_complex and not target.is_bool:
        return lambda x: x.real.astype(dtype)
    if k.attrs.get("Truncate") and source.name == "float32" and target.name == "bfloat16":
        # The upper half of the bits.
        return lambda x: (np.asarray(x).view(np.uint32) >> 16).astype(np.uint16).view(dtype)
    return lambda x: x.astype(dtype)


def _unsupported(source: str, target: str) -> Any:
    text = f"Cast {_CPP_NAMES.get(source, source)} to {_CPP_NAMES.get(target, target)} is not supported"

    def run(_: Any) -> Any:
        raise errors.UnimplementedError(None, None, text)

    return run
