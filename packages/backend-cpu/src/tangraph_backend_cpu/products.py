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
#: Ops, those of our passes too, whose kernels call BLAS for products.
USERS: Final = frozenset(
    {
        "BatchMatMul",
        "BatchMatMulV2",
        "Conv2D",
        "Conv2DBackpropFilter",
        "Conv2DBackpropInput",
        "Conv3D",
        "Conv3DBackpropFilter",
        "Conv3DBackpropFilterV2",
        "Conv3DBackpropInput",
        "Conv3DBackpropInputV2",
        "GRUBlockCell",
        "GRUBlockCellGrad",
        "LSTMBlockCell",
        "LSTMBlockCellGrad",
        "MatMul",
        "_LiftedProduct",
        "_LoopSumResult",
        "_RecurrentProduct",
        "_SlicedMatMul",
    }
)
_TYPES: Final = frozenset("fdFD")


def product(dtype: Any, wanted: int = 0) -> Callable[..., Any]:
    """Returns a function of two matrices, and of an array for the result if there is one.

    Args:
      dtype: the matrices' type.
      wanted: how many threads the session wants for an operation; 0 for as many as there are.
    """
    if np.dtype(dtype).char not in _TYPES or blas.control() is None:
        return np.dot
    count = threads.available(wanted)
    dot, alone = np.dot, blas.one_thread()

    def run(a: Any, b: Any, out: Any = None) -> Any:
        rows, inner = a.shape
        columns = b.shape[1]
        work = rows * inner * columns
        if work < _SINGLE:
            return dot(a, b, out)
        if out is None:
            out = np.empty((rows, columns), a.dtype)
        with alone:
            if work >= SHARED:
                threads.run(pieces(a, b, out, count), count)
            else:
                np.matmul(a, b, out)
        return out

    return run


def stacked(dtype: Any, wanted: int = 0) -> Callable[[Any, Any], Any]:
    """Returns a function of two arrays of matrices, whose outer axes broadcast; see `product`."""
    if np.dtype(dtype).char not in _TYPES or blas.control() is None:
        return np.matmul
    count = threads.available(wanted)
    matmul, alone = np.matmul, blas.one_thread()

    def run(a: Any, b: Any) -> Any:
        outer = a.shape[:-2] if a.shape[:-2] == b.shape[:-2] else np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        rows, columns = a.shape[-2], b.shape[-1]
        work = math.prod(outer) * rows * columns * a.shape[-1]
        if work < _SINGLE:
            return matmul(a, b)
        out = np.empty((*outer, rows, columns), a.dtype)
        with alone:
            threads.run(_stacked_pieces(a, b, out, count if work >= SHARED else 1), count)
        return out

    return run


def _stacked_pieces(a: Any, b: Any, out: Any, count: int) -> list[Callable[[], Any]]:
    if a.ndim == b.ndim > 2 and a.shape[0] == b.shape[0] >= count:
        return [functools.partial(np.matmul, a[s], b[s], out[s]) for s in threads.cut(a.shape[0], count)]
    cuts = threads.cut(out.shape[-2], count, _MULTIPLE)
    return [functools.partial(np.matmul, a[..., s, :], b, out[..., s, :]) for s in cuts]


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
