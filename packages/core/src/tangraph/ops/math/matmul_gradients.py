"""Gradients of the matrix products."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import raw_shape
from tangraph.framework.make_op import make_op
from tangraph.ops.math.broadcast import broadcast_gradient_args
from tangraph.ops.math.matmul import MATMUL, matmul, ops

if TYPE_CHECKING:
    from tangraph.framework.dtypes import DType
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor


def _product(a: Tensor, b: Tensor, transpose_a: bool = False, transpose_b: bool = False) -> Tensor:
    result: Tensor = make_op(MATMUL, a, b, transpose_a=transpose_a, transpose_b=transpose_b)
    return result


@ops.gradient("MatMul")
def _matmul_grad(op: Operation, grad: Tensor) -> list[Tensor]:
    from tangraph.ops.math.complex import conj

    a, b = conj(op.inputs[0]), conj(op.inputs[1])
    match op.attrs["transpose_a"], op.attrs["transpose_b"]:
        case False, False:
            return [_product(grad, b, transpose_b=True), _product(a, grad, transpose_a=True)]
        case False, True:
            return [_product(grad, b), _product(grad, a, transpose_a=True)]
        case True, False:
            return [_product(b, grad, transpose_b=True), _product(a, grad)]
    return [
        _product(b, grad, transpose_a=True, transpose_b=True),
        _product(grad, a, transpose_a=True, transpose_b=True),
    ]


@ops.gradient("BatchMatMul")
def _batch_matmul_grad(op: Operation, grad: Tensor) -> list[Tensor]:
    x, y = op.inputs
    match op.attrs["adj_x"], op.attrs["adj_y"]:
        case False, False:
            return [matmul(grad, y, adjoint_b=True), matmul(x, grad, adjoint_a=True)]
        case False, True:
            return [matmul(grad, y), matmul(grad, x, adjoint_a=True)]
        case True, False:
            return [matmul(y, grad, adjoint_b=True), matmul(x, grad)]
    return [
        matmul(y, grad, adjoint_a=True, adjoint_b=True),
        matmul(grad, x, adjoint_a=True, adjoint_b=True),
    ]


@ops.gradient("BatchMatMulV2")
def _batch_matmul_v2_grad(op: Operation, grad: Tensor) -> list[Tensor]:
    from tangraph.ops.array.reshape import reshape
    from tangraph.ops.array.shape import shape
    from tangraph.ops.math.reductions import reduce_sum

    x, y = op.inputs
    x_grad, y_grad = _batch_matmul_grad(op, grad)
    if raw_shape.is_fully_defined(x.raw_shape) and x.raw_shape == y.raw_shape:
        return [x_grad, y_grad]
    sx, sy = shape(x), shape(y)
    rx, ry = broadcast_gradient_args(sx[:-2], sy[:-2])
    return [reshape(reduce_sum(x_grad, rx), sx), reshape(reduce_sum(y_grad, ry), sy)]


@ops.gradient("SparseMatMul")
def _sparse_matmul_grad(op: Operation, grad: Tensor) -> list[Tensor]:
    a, b = op.inputs
    # The gradient of a relu is mostly zeros.
    sparse = {a: op.attrs["a_is_sparse"], b: op.attrs["b_is_sparse"], grad: grad.op.type == "ReluGrad"}

    def product(x: Tensor, y: Tensor, dtype: DType, transpose_a: bool = False, transpose_b: bool = False) -> Tensor:
        from tangraph.ops.array.transpose import transpose
        from tangraph.ops.math.cast import cast

        hints: dict[str, Any] = {"a_is_sparse": sparse[x], "b_is_sparse": sparse[y]}
        result = matmul(x, transpose(y) if transpose_b else y, transpose_a=transpose_a, **hints)
        return cast(result, dtype)  # type: ignore[no-any-return]

    match op.attrs["transpose_a"], op.attrs["transpose_b"]:
        case False, False:
            return [product(grad, b, a.dtype, transpose_b=True), product(a, grad, b.dtype, transpose_a=True)]
        case False, True:
            return [product(grad, b, a.dtype), product(grad, a, b.dtype, transpose_a=True)]
        case True, False:
            return [product(b, grad, a.dtype, transpose_b=True), product(a, grad, b.dtype)]
    return [
        product(b, grad, a.dtype, transpose_a=True, transpose_b=True),
        product(grad, a, b.dtype, transpose_a=True, transpose_b=True),
    ]
