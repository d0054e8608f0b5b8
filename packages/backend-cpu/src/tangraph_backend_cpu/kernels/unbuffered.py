"""Updates of elements that may be named more than once: NumPy's `ufunc.at`, and what a GPU has of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    At = Callable[[Any, Any, Any], None]


def unbuffered(xp: Any, name: str) -> At:
    """Returns the function of an array, places in it and values that applies a ufunc once for every place.

    CuPy adds in few types and subtracts in fewer: complex numbers are added in their parts, what is subtracted is added
    with the other sign, and halfs are compared as floats.

    Args:
      xp: the array module.
      name: "add", "subtract", "maximum" or "minimum"; on the host any ufunc of two operands.

    >>> x = np.zeros(3)
    >>> unbuffered(np, "add")(x, [0, 0, 2], 1.0)
    >>> x.tolist()
    [2.0, 0.0, 1.0]
    """
    if name == "subtract" and xp is not np:
        add = unbuffered(xp, "add")
        return lambda array, places, values: add(array, places, -values)
    at: At = getattr(xp, name).at
    return at if xp is np else _on_device(name, at)


def _on_device(name: str, at: At) -> At:
    def run(array: Any, places: Any, values: Any) -> None:
        if array.dtype.kind == "c":
            at(array.real, places, values.real)
            at(array.imag, places, values.imag)
        elif array.dtype == np.float16 and name != "add":
            wide = array.astype(np.float32)
            at(wide, places, values)
            array[...] = wide
        else:
            at(array, places, values)

    return run
