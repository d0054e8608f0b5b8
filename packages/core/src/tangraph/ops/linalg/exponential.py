"""The exponential of matrices, by Padé approximants, scaling and squaring (Higham, 2005)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.array.concat import concat
from tangraph.ops.array.constant import constant
from tangraph.ops.array.diag import eye
from tangraph.ops.array.reshape import reshape
from tangraph.ops.array.shape import shape, size
from tangraph.ops.array.where import where
from tangraph.ops.control_flow.while_loop import while_loop
from tangraph.ops.linalg.solve import matrix_solve
from tangraph.ops.math.cast import cast
from tangraph.ops.math.comparison import less
from tangraph.ops.math.extremes import maximum
from tangraph.ops.math.matmul import matmul
from tangraph.ops.math.power import pow
from tangraph.ops.math.reductions import reduce_max, reduce_sum
from tangraph.ops.math.rounding import floor
from tangraph.ops.math.unary import abs, log

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tangraph.framework.tensor import Tensor

# The coefficients of the approximants' numerators, those of the lowest power first.
_COEFFICIENTS: Final = {
    3: (120.0, 60.0, 12.0),
    5: (30240.0, 15120.0, 3360.0, 420.0, 30.0),
    7: (17297280.0, 8648640.0, 1995840.0, 277200.0, 25200.0, 1512.0, 56.0),
    9: (17643225600.0, 8821612800.0, 2075673600.0, 302702400.0, 30270240.0, 2162160.0, 110880.0, 3960.0, 90.0),
    13: (
        *(64764752532480000.0, 32382376266240000.0, 7771770303897600.0, 1187353796428800.0, 129060195264000.0),
        *(10559470521600.0, 670442572800.0, 33522128640.0, 1323241920.0, 40840800.0, 960960.0, 16380.0, 182.0),
    ),
}
# Up to which norm an approximant is exact to the type's precision; beyond the last, the matrix is scaled down.
_SINGLE: Final = (4.258730016922831e-001, 1.880152677804762e000)
_DOUBLE: Final = (1.495585217958292e-002, 2.539398330063230e-001, 9.504178996162932e-001, 2.097847961257068e000)
_GREATEST: Final = {"single": 3.925724783138660, "double": 5.371920351148152}


def _approximant(matrix: Tensor, degree: int) -> tuple[Tensor, Tensor]:
    """Returns the odd and the even part of the numerator."""
    b = [constant(x, matrix.dtype) for x in _COEFFICIENTS[degree]]
    ones = eye(shape(matrix)[-2], batch_shape=shape(matrix)[:-2], dtype=matrix.dtype)
    powers = {2: matmul(matrix, matrix)}
    for exponent in range(4, min(degree, 7 if degree == 13 else degree), 2):
        powers[exponent] = matmul(powers[exponent - 2], powers[2])
    if degree == 13:
        return _approximant_13(matrix, powers, b, ones)
    odd = powers[degree - 1]
    for exponent in range(degree - 3, 0, -2):
        odd = odd + b[exponent + 1] * powers[exponent]
    odd = matmul(matrix, odd + b[1] * ones)
    even = b[degree - 1] * powers[degree - 1]
    for exponent in range(degree - 3, 0, -2):
        even = even + b[exponent] * powers[exponent]
    return odd, even + b[0] * ones


def _approximant_13(
    matrix: Tensor, powers: dict[int, Tensor], b: Sequence[Tensor], ones: Tensor
) -> tuple[Tensor, Tensor]:
    second, fourth, sixth = powers[2], powers[4], powers[6]
    odd = matmul(sixth, sixth + b[11] * fourth + b[9] * second) + b[7] * sixth + b[5] * fourth + b[3] * second
    odd = matmul(matrix, odd + b[1] * ones)
    high = b[12] * sixth + b[10] * fourth + b[8] * second
    return odd, matmul(sixth, high) + b[6] * sixth + b[4] * fourth + b[2] * second + b[0] * ones


@export("linalg.expm")
def matrix_exponential(input: Any, name: str | None = None) -> Tensor:
    """Returns the exponentials of square matrices, in the sense of the matrix product.

    Args:
      input: of shape [..., n, n], of floats or complex numbers.
      name: the name scope.

    Raises:
      ValueError: another type.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.linalg.expm([[0.0, 1.0], [0.0, 0.0]])).tolist()
    [[1.0, 1.0], [0.0, 1.0]]
    """
    with name_scope(name, "matrix_exponential", [input]):
        matrix = convert_to_tensor(input, name="input")
        static = matrix.raw_shape
        if static is not None and static[-2:] == (0, 0):
            return matrix
        batch: Any = None if static is None else static[:-2]
        if not raw_shape.is_fully_defined(batch):
            batch = shape(matrix)[:-2]
        whole_is_known = raw_shape.is_fully_defined(static)
        matrix = reshape(matrix, concat(([-1], shape(matrix)[-2:]), axis=0))
        norm = reduce_max(reduce_sum(abs(matrix), axis=size(shape(matrix)) - 2), axis=-1)
        odd, even, squarings = _approximated(matrix, norm)
        numerator = odd + even
        result = matrix_solve(-odd + even, numerator)
        most = reduce_max(squarings)
        start = constant(0.0, norm.dtype)

        def squared(i: Tensor, r: Tensor) -> tuple[Tensor, Tensor]:
            return i + 1, where(less(i, squarings), matmul(r, r), r)

        _, result = while_loop(lambda i, _: less(i, most), squared, [start, result])
        known = raw_shape.is_fully_defined(matrix.raw_shape)
        if not known or not whole_is_known:
            return reshape(result, concat((batch, shape(result)[-2:]), axis=0))
        return reshape(result, (*batch, *result.raw_shape[-2:]))


def _approximated(matrix: Tensor, norm: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Returns the two parts of the approximants, and how often each result is to be squared."""
    limits: Sequence[float]
    degrees: Sequence[int]
    if matrix.dtype in (dtypes.float16, dtypes.float32, dtypes.complex64):
        limits, degrees, greatest = _SINGLE, (3, 5, 7), _GREATEST["single"]
    elif matrix.dtype in (dtypes.float64, dtypes.complex128):
        limits, degrees, greatest = _DOUBLE, (3, 5, 7, 9, 13), _GREATEST["double"]
    else:
        raise ValueError(f"tf.linalg.expm does not support matrices of type {matrix.dtype}")
    limit = constant(greatest, norm.dtype)
    squarings = maximum(floor(log(norm / limit) / log(constant(2.0, norm.dtype))), 0)
    parts = [_approximant(matrix, degree) for degree in degrees[:-1]]
    factor = pow(constant(2.0, dtype=matrix.dtype), cast(squarings, matrix.dtype))
    parts.append(_approximant(matrix / factor[..., np.newaxis, np.newaxis], degrees[-1]))
    odd, even = (_chosen(norm, limits, [part[i] for part in parts]) for i in (0, 1))
    return odd, even, squarings


def _chosen(norm: Tensor, limits: Sequence[float], cases: Sequence[Tensor]) -> Tensor:
    """Returns, of each matrix, the first case whose limit its norm does not reach."""
    result: Tensor
    if len(limits) == 1:
        result = where(less(norm, constant(limits[0], norm.dtype)), cases[0], cases[1])
        return result
    below = less(norm, constant(limits[0], norm.dtype))
    result = where(below, cases[0], _chosen(norm, limits[1:], cases[1:]))
    return result
