"""Learning rates that are constant between boundaries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor, internal_convert_n_to_tensor
from tangraph.ops.math.cast import cast

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tangraph.framework.tensor import Tensor


@export("train.piecewise_constant", "train.piecewise_constant_decay")
def piecewise_constant(x: Any, boundaries: Sequence[Any], values: Sequence[Any], name: str | None = None) -> Tensor:
    """Returns ``values[0]`` for x up to the first boundary, ``values[1]`` up to the second, and so on.

    Args:
      x: a scalar tensor or variable, usually the global step.
      boundaries: increasing numbers or scalar tensors of the type of `x`.
      values: one more than boundaries, all of one type.
      name: the name scope, "PiecewiseConstant" when None.

    Returns:
      A scalar of the type of `values`.

    Raises:
      ValueError: types that differ, or lengths that do not fit.
    """
    if len(boundaries) != len(values) - 1:
        raise ValueError("The length of boundaries should be 1 less than the length of values")
    limits = internal_convert_n_to_tensor(boundaries)
    results = internal_convert_n_to_tensor(values)
    x = convert_to_tensor(x)
    base = x.dtype.base_dtype
    for i, limit in enumerate(limits):
        if limit.dtype.base_dtype is not base:
            # Python integers are int32, and lose nothing as the int64 of a global step.
            if limit.dtype.base_dtype is not dtypes.int32 or base is not dtypes.int64:
                raise ValueError(f"Boundaries ({limit.dtype.base_dtype}) must have the same dtype as x ({base}).")
            limits[i] = cast(limit, base)
    for value in results[1:]:
        if value.dtype.base_dtype is not results[0].dtype.base_dtype:
            raise ValueError(
                f"Values must have elements all with the same dtype ({results[0].dtype.base_dtype} vs "
                f"{value.dtype.base_dtype})."
            )
    return _select(x, limits, results, name)


def _select(x: Tensor, limits: Sequence[Tensor], values: Sequence[Tensor], name: str | None) -> Tensor:
    from tangraph.ops.control_flow.case import case

    def always(value: Tensor) -> Callable[[], Tensor]:
        return lambda: value

    with name_scope(name or "PiecewiseConstant"):
        pairs = [(x <= limits[0], always(values[0])), (x > limits[-1], always(values[-1]))]
        for low, high, value in zip(limits[:-1], limits[1:], values[1:-1], strict=True):
            pairs.append(((x > low) & (x <= high), always(value)))
        result: Tensor = case(pairs, always(values[0]), exclusive=True)
        return result
