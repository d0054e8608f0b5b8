"""Products of matrices on several threads.

A product is cut along the longer side of its result, and each piece is one call of BLAS, on views of the operands.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.framework import raw_shape
from tangraph_backend_cpu import blas, threads

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tangraph.framework.raw_shape import Raw

#: Multiplications in a product that is worth a second thread: one takes about 50 us for them, to wake another 20.
SHARED: Final = 1 << 22
#: From here on OpenBLAS would use its own threads, if it were not told to leave it: that costs 2 us.
_SINGLE: Final = 1 << 19
#: Cuts lie at multiples of this many rows or columns, which suits BLAS' inner kernels and the processor's cache lines.
_MULTIPLE: Final = 16
_TYPES: Final = frozenset("fdFD")


def product(dtype: Any, wanted: int = 0) -> Callable[[Any, Any], Any]:
    """Returns a function of two matrices.

    Args:
      dtype: the matrices' type.
      wanted: how many threads the session wants for an operation; 0 for as many as there are.
    """
    if np.dtype(dtype).char not in _TYPES or blas.control() is None:
        return np.dot
    count = threads.available(wanted)
    dot, alone = np.dot, blas.one_thread()

    def run(a: Any, b: Any) -> Any:
        rows, inner = a.shape
        work = rows * inner * b.shape[1]
        if work < _SINGLE:
            return dot(a, b)
        if work < SHARED or count == 1:
            with alone:
                return dot(a, b)
        out = np.empty((rows, b.shape[1]), a.dtype)
        with alone:
            threads.run(pieces(a, b, out, count), count)
        return out

    return run


def is_large(inputs: Sequence[Raw], output: Raw) -> bool:
    """Says whether a product may be large enough for `product`, by what is known of the shapes."""
    a, b = inputs
    sizes = [raw_shape.num_elements(shape) for shape in (a, b, output)]
    if None in sizes:
        return True
    # (m k) (k n) (m n) is the square of m k n
    return math.prod(s for s in sizes if s is not None) >= _SINGLE**2


def pieces(a: Any, b: Any, out: Any, count: int) -> list[Callable[[], Any]]:
    """Returns the tasks of a product."""
    rows, columns = out.shape
    if columns >= rows:
        every = slice(None)
        cuts = threads.cut(columns, count, _MULTIPLE)
        return [functools.partial(np.matmul, a, b[every, s], out[every, s]) for s in cuts]
    return [functools.partial(np.matmul, a[s], b, out[s]) for s in threads.cut(rows, count, _MULTIPLE)]
