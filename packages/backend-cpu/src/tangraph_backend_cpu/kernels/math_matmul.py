"""Products of matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import errors, raw_shape
from tangraph.plugin import KernelSet
from tangraph_backend_cpu import products

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


def _with_transposes(product: Callable[[Any, Any], Any], transpose_a: bool, transpose_b: bool) -> Any:
    if transpose_a and transpose_b:
        return lambda a, b: product(a.T, b.T)
    if transpose_a:
        return lambda a, b: product(a.T, b)
    if transpose_b:
        return lambda a, b: product(a, b.T)
    return product


def _text(shape: tuple[int, ...]) -> str:
    return raw_shape.to_str(shape)


@kernel("MatMul")
def matmul(k: KernelContext) -> Any:
    """The product of two matrices."""
    # dot, unlike matmul, is quick for small matrices too.
    dot = k.xp.dot
    if k.xp is np and products.is_large(k.static_shapes, k.output_shapes[0]):
        dot = products.product(k.output_dtypes[0].np, k.threads)
    product = _with_transposes(dot, k.attr("transpose_a"), k.attr("transpose_b"))
    if raw_shape.is_fully_defined(k.output_shapes[0]) and all(raw_shape.is_fully_defined(s) for s in k.static_shapes):
        # The shape function has compared the shapes.
        return product
    inner_a, inner_b = 0 if k.attr("transpose_a") else 1, 1 if k.attr("transpose_b") else 0

    def run(a: Any, b: Any) -> Any:
        if a.ndim != 2 or b.ndim != 2:
            which, x = (0, a) if a.ndim != 2 else (1, b)
            raise errors.InvalidArgumentError(
                None, None, f"In[{which}] is not a matrix. Instead it has shape {_text(x.shape)}"
            )
        if a.shape[inner_a] != b.shape[inner_b]:
            raise errors.InvalidArgumentError(
                None, None, f"Matrix size-incompatible: In[0]: {_text(a.shape)}, In[1]: {_text(b.shape)}"
            )
        return product(a, b)

    return run


@kernel("SparseMatMul")
def sparse_matmul(k: KernelContext) -> Any:
    """The product as float32, of matrices many of whose elements may be 0."""
    product = _with_transposes(k.xp.dot, k.attr("transpose_a"), k.attr("transpose_b"))
    if all(d.name == "float32" for d in k.input_dtypes):
        return product
    return lambda a, b: product(a.astype(np.float32), b.astype(np.float32))


def _adjoint(k: KernelContext, index: int, wanted: bool) -> Callable[[Any], Any] | None:
    if not wanted:
        return None
    xp = k.xp
    if k.input_dtypes[index].is_complex:
        return lambda x: xp.conjugate(xp.swapaxes(x, -1, -2))
    return lambda x: x.swapaxes(-1, -2)


@kernel("BatchMatMul", "BatchMatMulV2")
def batch_matmul(k: KernelContext) -> Any:
    """The products of matrices in the innermost two axes; the outer ones broadcast."""
    adj_x, adj_y = k.attr("adj_x"), k.attr("adj_y")
    turn_x, turn_y = _adjoint(k, 0, adj_x), _adjoint(k, 1, adj_y)
    product: Callable[[Any, Any], Any] = k.xp.matmul
    if k.xp is np:
        product = products.stacked(k.output_dtypes[0].np, k.threads)
    if k.output_dtypes[0].name == "bfloat16":
        dtype = k.output_dtypes[0].np

        def product(x: Any, y: Any) -> Any:
            return np.matmul(x.astype(np.float32), y.astype(np.float32)).astype(dtype)

    def run(x: Any, y: Any) -> Any:
        left = x if turn_x is None else turn_x(x)
        right = y if turn_y is None else turn_y(y)
        if left.ndim < 2 or right.ndim < 2:
            raise errors.InvalidArgumentError(
                None, None, f"In[{0 if left.ndim < 2 else 1}] ndims must be >= 2: {min(left.ndim, right.ndim)}"
            )
        if left.shape[-1] != right.shape[-2]:
            raise errors.InvalidArgumentError(
                None,
                None,
                f"In[0] mismatch In[1] shape: {left.shape[-1]} vs. {right.shape[-2]}: {_text(x.shape)} {_text(y.shape)} "
                f"{int(adj_x)} {int(adj_y)}",
            )
        try:
            return product(left, right)
        except ValueError:
            raise errors.InvalidArgumentError(
                None,
                None,
                f"In[0] and In[1] must have compatible batch dimensions: {_text(x.shape)} vs. {_text(y.shape)}",
            ) from None

    return run
