"""Maxima and minima with a number, as fast as with an array.

NumPy's maximum of floats takes its vector loop only when both operands are contiguous arrays; with a number for one of
them it is three times slower. So the number is kept as a short array, which is laid beside one piece after the other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

#: Elements in a piece. The array of equal numbers then stays in the first-level or second-level cache.
PIECE: Final = 1 << 14
#: Below this size a call more costs what the loop saves.
SMALL: Final = 1 << 10


def against(ufunc: Any, number: Any, xp: Any = np) -> Callable[..., Any]:
    """Returns ``function(x, out=None)``, which is ``ufunc(x, number, out=out)``.

    Args:
      ufunc: ``xp.maximum`` or ``xp.minimum``.
      number: a NumPy scalar of the type of the arrays to come.
      xp: the array library.

    >>> against(np.maximum, np.float32(0))(np.float32([-1, 2])).tolist()
    [0.0, 2.0]
    """
    if xp is not np or number.dtype.kind != "f" or number.dtype.itemsize < 4:
        return lambda x, out=None: ufunc(x, number, out=out)
    equal = np.full(PIECE, number)

    def run(x: Any, out: Any = None) -> Any:
        size = x.size
        if size < SMALL or not x.flags.c_contiguous or not (out is None or out.flags.c_contiguous):
            return ufunc(x, number, out=out)
        if out is None:
            out = np.empty(x.shape, x.dtype)
        source, target = x.reshape(-1), out.reshape(-1)
        for start in range(0, size - PIECE + 1, PIECE):
            piece = slice(start, start + PIECE)
            ufunc(source[piece], equal, out=target[piece])
        rest = size % PIECE
        if rest:
            ufunc(source[-rest:], equal[:rest], out=target[-rest:])
        return out

    return run
