"""Sparse tensors: a block of one, and the product with a dense matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import errors, raw_shape
from tangraph.plugin import KernelSet
from tangraph_backend_cpu.kernels.unbuffered import unbuffered

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


@kernel("SparseSlice")
def sparse_slice(k: KernelContext) -> Callable[..., Any]:
    """The elements inside of a block, with indices counted from its corner."""
    del k

    def sliced(indices: Any, values: Any, shape: Any, start: Any, size: Any) -> Any:
        end = np.minimum(start + size, shape)
        inside = ((indices >= start) & (indices < end)).all(axis=1)
        return indices[inside] - start, values[inside], np.maximum(end - start, 0)

    return sliced


@kernel("SparseSliceGrad")
def sparse_slice_grad(k: KernelContext) -> Callable[..., Any]:
    """The gradients of the elements inside of a block, and zeros for the others."""
    dtype = k.output_dtypes[0].np

    def placed(grad: Any, indices: Any, start: Any, inside: Any) -> Any:
        place = {tuple(row): i for i, row in enumerate((inside + start).tolist())}
        result = np.zeros(indices.shape[0], dtype)
        for i, row in enumerate(indices.tolist()):
            at = place.get(tuple(row))
            if at is not None:
                result[i] = grad[at]
        return result

    return placed


@kernel("SparseTensorDenseMatMul")
def sparse_tensor_dense_mat_mul(k: KernelContext) -> Callable[..., Any]:
    """Rows of the dense matrix, scaled and added up."""
    xp, dtype = k.xp, k.output_dtypes[0].np
    adjoint_a, adjoint_b = k.attr("adjoint_a"), k.attr("adjoint_b")
    is_complex, add = dtype.kind == "c", unbuffered(xp, "add")

    def product(indices: Any, values: Any, shape: Any, b: Any) -> Any:
        rows, columns = indices[:, 0], indices[:, 1]
        height, width = shape.tolist()
        if adjoint_a:
            rows, columns, height, width = columns, rows, width, height
            values = xp.conj(values) if is_complex else values
        if adjoint_b:
            b = xp.conj(b).T if is_complex else b.T
        if b.shape[0] != width:
            raise errors.InvalidArgumentError(
                None,
                None,
                f"Cannot multiply A and B because inner dimension does not match: {width} vs. {b.shape[0]}.  Did you "
                f"forget a transpose?  Dimensions of A: {raw_shape.to_str((height, width))}.  Dimensions of B: "
                f"{raw_shape.to_str(b.shape)}",
            )
        if xp is np:
            _check(rows, height, "row")
            _check(columns, width, "column")
        result = xp.zeros((height, b.shape[1]), dtype)
        add(result, rows, values[:, None] * b[columns])
        return result

    return product


def _check(indices: Any, size: int, what: str) -> None:
    if indices.size and (indices.min() < 0 or indices.max() >= size):
        raise errors.InvalidArgumentError(None, None, f"A sparse matrix has a {what} index outside of [0, {size})")
