"""Norms of vectors and matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.framework.deprecation import deprecated_argument_lookup
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor

_MATRIX_NORMS = ["euclidean", "fro", 1, 2, np.inf]


@export("norm", "linalg.norm")
def norm(
    tensor: Any,
    ord: Any = "euclidean",
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """Returns the norm of vectors, matrices, or of a whole tensor.

    Args:
      tensor: a tensor of floats or complex numbers.
      ord: "euclidean", a number above 0 or np.inf; for matrices "euclidean", "fro", 1, 2 or np.inf.
      axis: None for the norm of all elements as one vector, an int for vectors, a pair of ints for matrices.
      keepdims: whether the axes stay, with size 1.
      name: the name scope.
      keep_dims: the old name of `keepdims`.

    Raises:
      ValueError: an `ord` or `axis` that is none of these.
    """
    keep = bool(deprecated_argument_lookup("keepdims", keepdims, "keep_dims", keep_dims))
    is_matrix = isinstance(axis, (list, tuple)) and len(axis) == 2
    if is_matrix:
        axis = tuple(axis)
        if not all(isinstance(a, int) for a in axis) or axis[0] == axis[1]:
            raise ValueError("'axis' must be None, an integer, or a tuple of 2 unique integers")
        if ord not in _MATRIX_NORMS:
            raise ValueError(f"'ord' must be a supported matrix norm in {_MATRIX_NORMS}, got {ord}")
    else:
        if not (axis is None or isinstance(axis, int)):
            raise ValueError("'axis' must be None, an integer, or a tuple of 2 unique integers")
        if (isinstance(ord, str) and ord != "euclidean") or (not isinstance(ord, str) and not ord > 0):
            raise ValueError(f"'ord' must be a supported vector norm, got {ord}")
        axis = None if axis is None else (axis,)
    with name_scope(name, "norm", [tensor]):
        tensor = convert_to_tensor(tensor)
        result = _kept_norm(tensor, ord, axis, is_matrix)
        if keep:
            return result
        from tangraph.ops.array.reshape import squeeze

        squeezed: Tensor = squeeze(result, axis)
        return squeezed


def _kept_norm(tensor: Tensor, ord: Any, axis: tuple[int, ...] | None, is_matrix: bool) -> Tensor:
    from tangraph.ops.math.complex import conj
    from tangraph.ops.math.power import pow
    from tangraph.ops.math.reductions import reduce_max, reduce_sum
    from tangraph.ops.math.unary import abs, sqrt

    if is_matrix and axis is not None and ord == 2:
        return _spectral_norm(tensor, axis)
    if ord in ("fro", "euclidean", 2):
        return sqrt(reduce_sum(tensor * conj(tensor), axis, keepdims=True))
    magnitude = abs(tensor)
    first = None if axis is None else axis[0]
    if ord == 1:
        total = reduce_sum(magnitude, first, keepdims=True)
        return reduce_max(total, axis[-1], keepdims=True) if is_matrix and axis is not None else total
    if ord == np.inf:
        total = reduce_sum(magnitude, axis[1], keepdims=True) if is_matrix and axis is not None else magnitude
        return reduce_max(total, first, keepdims=True)
    return pow(reduce_sum(pow(magnitude, ord), axis, keepdims=True), 1.0 / ord)


def _spectral_norm(tensor: Tensor, axis: tuple[int, ...]) -> Tensor:
    """The greatest singular value; the two axes go to the end for it, and back."""
    from tangraph.framework.make_op import make_op
    from tangraph.ops.array.concat import concat
    from tangraph.ops.array.reshape import expand_dims, squeeze
    from tangraph.ops.array.shape import rank
    from tangraph.ops.array.transpose import transpose
    from tangraph.ops.array.unique import setdiff1d
    from tangraph.ops.array.where import where
    from tangraph.ops.control_flow.cond import cond
    from tangraph.ops.control_flow.functional import map_fn
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.comparison import equal
    from tangraph.ops.math.ranges import range
    from tangraph.ops.math.reductions import reduce_max
    from tangraph.ops.math.unary import abs

    dims = rank(tensor)
    axes = convert_to_tensor(axis)
    axes = map_fn(lambda i: cond(i >= 0, lambda: i, lambda: i + dims), axes)
    order = range(dims)
    others, _ = setdiff1d(order, axes)
    permutation = concat([others, axes], axis=0)
    back = map_fn(lambda i: cast(squeeze(where(equal(permutation, i))), dtype="int32"), order)
    turned = transpose(tensor, permutation)
    values = make_op("Svd", turned, compute_uv=False)[0]
    greatest = reduce_max(abs(values), axis=-1, keepdims=True)
    return transpose(expand_dims(greatest, -1), back)


@export("linalg.normalize")
def normalize(tensor: Any, ord: Any = "euclidean", axis: Any = None, name: str | None = None) -> tuple[Tensor, Tensor]:
    """Returns a tensor divided by its norm along an axis, and the norm; the arguments are those of `norm`."""
    from tangraph.ops.math.cast import cast

    with name_scope(name, "normalize", [tensor]):
        tensor = convert_to_tensor(tensor)
        length = cast(norm(tensor, ord, axis, keepdims=True), tensor.dtype)
        return tensor / length, length
