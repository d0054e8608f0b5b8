"""Axes in another order: Transpose, ConjugateTranspose, InvertPermutation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import errors
from tangraph.plugin import KernelSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.plan.kernel import KernelContext

kernel = KernelSet()


def _axes(rank: int, perm: Any) -> tuple[int, ...]:
    if perm.ndim != 1:
        raise errors.InvalidArgumentError(None, None, f"perm must be a vector, not {list(perm.shape)}")
    axes = perm.tolist()
    if len(axes) != rank:
        raise errors.InvalidArgumentError(
            None, None, f"transpose expects a vector of size {rank}. But input(1) is a vector of size {len(axes)}"
        )
    seen = set()
    for axis in axes:
        if not 0 <= axis < rank:
            raise errors.InvalidArgumentError(None, None, f"{axis} is out of range [0 .. {rank})")
        seen.add(axis)
    for i in range(rank):
        if i not in seen:
            raise errors.InvalidArgumentError(None, None, f"{i} is missing from {{{','.join(map(str, axes))}}}.")
    return tuple(axes)


@kernel("Transpose", "ConjugateTranspose")
def transpose(k: KernelContext) -> Callable[..., Any]:
    """A view with the axes in another order; conjugated, a copy."""
    conjugate = k.op_type == "ConjugateTranspose"
    xp, constant, known = k.xp, k.constant(1), k.static_shapes[0]
    if constant is not None and known:
        try:
            axes = _axes(len(known), constant)
        except errors.InvalidArgumentError:
            pass
        else:
            if conjugate:
                return lambda x, _: xp.conjugate(x.transpose(axes))
            return lambda x, _: x.transpose(axes)

    def permuted(x: Any, perm: Any) -> Any:
        axes = _axes(np.ndim(x), perm)
        result = x.transpose(axes) if axes else x
        return xp.conjugate(result) if conjugate else result

    return permuted


@kernel("InvertPermutation")
def invert_permutation(k: KernelContext) -> Callable[..., Any]:
    """The permutation that undoes another."""
    dtype = k.output_dtypes[0].np

    def inverted(x: Any) -> Any:
        result = np.full(x.shape, -1, dtype)
        for i, place in enumerate(x.tolist()):
            if not 0 <= place < x.size:
                raise errors.InvalidArgumentError(None, None, f"{place} is not between 0 and {x.size}")
            if result[place] != -1:
                raise errors.InvalidArgumentError(None, None, f"{place} is duplicated in the input.")
            result[place] = i
        return result

    return inverted
