"""Clipping by value and by norm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import colocate_with, name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.math.broadcast import unchanged_shape

if TYPE_CHECKING:
    from tangraph.framework.tensor import Tensor

ops = OpSet()

CLIP_BY_VALUE = ops.define(
    "ClipByValue",
    ["t: T", "clip_value_min: T", "clip_value_max: T"],
    ["output: T"],
    ["T: numbertype"],
    shape=unchanged_shape,
)
ops.without_gradient("ClipByValue")


def _is_slices(value: Any) -> bool:
    return hasattr(value, "indices") and hasattr(value, "values") and hasattr(value, "dense_shape")


def _with_values(slices: Any, values: Tensor) -> Any:
    """IndexedSlices like others, with other values."""
    return type(slices)(values, slices.indices, slices.dense_shape)


@export("clip_by_value")
def clip_by_value(t: Any, clip_value_min: Any, clip_value_max: Any, name: str | None = None) -> Any:
    """Returns a tensor whose elements are raised to a minimum and lowered to a maximum.

    Args:
      t: a tensor or IndexedSlices.
      clip_value_min: the minimum, a number or a tensor that broadcasts to the shape of `t`.
      clip_value_max: the maximum, likewise.
      name: the operation's name.

    Raises:
      ValueError: a bound would broadcast `t` to another shape.
    """
    from tangraph.ops.math.extremes import maximum, minimum

    with name_scope(name, "clip_by_value", [t, clip_value_min, clip_value_max]) as scope:
        values = convert_to_tensor(t.values if _is_slices(t) else t, name="t")
        lowered = minimum(values, clip_value_max)
        values.shape.merge_with(lowered.shape)
        raised = maximum(lowered, clip_value_min, name=scope)
        values.shape.merge_with(raised.shape)
        return _with_values(t, raised) if _is_slices(t) else raised


@export("clip_by_norm")
def clip_by_norm(t: Any, clip_norm: Any, axes: Any = None, name: str | None = None) -> Any:
    """Returns a tensor scaled down so that its L2 norm is at most `clip_norm`.

    Args:
      t: a tensor of floats, or IndexedSlices.
      clip_norm: the greatest norm, a number.
      axes: the axes along which the norm is taken; all when None.
      name: the operation's name.

    Raises:
      ValueError: `clip_norm` would broadcast `t` to another shape.
    """
    from tangraph.ops.array.fill import ones_like
    from tangraph.ops.array.identity import identity
    from tangraph.ops.math.extremes import maximum
    from tangraph.ops.math.reductions import reduce_sum
    from tangraph.ops.math.unary import sqrt

    with name_scope(name, "clip_by_norm", [t, clip_norm]) as scope:
        values = convert_to_tensor(t.values if _is_slices(t) else t, name="t")
        squared = reduce_sum(values * values, axes, keepdims=True)
        positive = squared > 0
        # The gradient of the root at 0 would be nan.
        safe = make_op("Select", positive, squared, ones_like(squared))
        norm = make_op("Select", positive, sqrt(safe), squared)
        scaled = values * clip_norm
        values.shape.merge_with(scaled.shape)
        clipped = identity(scaled / maximum(norm, clip_norm), name=scope)
        return _with_values(t, clipped) if _is_slices(t) else clipped


@export("global_norm", "linalg.global_norm")
def global_norm(t_list: Any, name: str | None = None) -> Tensor:
    """Returns the L2 norm of several tensors taken as one vector.

    Args:
      t_list: a list of tensors, IndexedSlices and None.
      name: the name scope.

    Raises:
      TypeError: `t_list` is no sequence.
    """
    from tangraph.ops.array.constant import constant
    from tangraph.ops.array.packing import stack
    from tangraph.ops.math.reductions import reduce_sum
    from tangraph.ops.math.unary import sqrt

    _check_list(t_list)
    with name_scope(name, "global_norm", t_list):
        values = _values(t_list)
        halves = []
        for value in values:
            if value is not None:
                with colocate_with(value):
                    halves.append(make_op("L2Loss", value))
        total = reduce_sum(stack(halves))
        return sqrt(total * constant(2.0, dtype=total.dtype), name="global_norm")


def _check_list(t_list: Any) -> None:
    if not isinstance(t_list, Sequence) or isinstance(t_list, str):
        raise TypeError("t_list should be a sequence")


def _values(t_list: Any) -> list[Any]:
    return [
        None if t is None else convert_to_tensor(t.values if _is_slices(t) else t, name=f"t_{i}")
        for i, t in enumerate(list(t_list))
    ]


@export("clip_by_global_norm")
def clip_by_global_norm(
    t_list: Any, clip_norm: Any, use_norm: Any = None, name: str | None = None
) -> tuple[list[Any], Tensor]:
    """Returns tensors scaled down together so that their common L2 norm is at most `clip_norm`.

    Args:
      t_list: a list of tensors, IndexedSlices and None.
      clip_norm: the greatest norm, a number above 0.
      use_norm: the norm when it is known; `global_norm(t_list)` when None.
      name: the name scope.

    Returns:
      The list of clipped tensors, and the norm. With an infinite norm the tensors are nan.

    Raises:
      TypeError: `t_list` is no sequence.
    """
    from tangraph.ops.array.constant import constant
    from tangraph.ops.array.identity import identity
    from tangraph.ops.math.extremes import minimum
    from tangraph.ops.math.rounding import is_finite

    _check_list(t_list)
    norm = global_norm(t_list, name) if use_norm is None else use_norm
    with name_scope(name, "clip_by_global_norm", [*t_list, clip_norm]) as scope:
        factor = minimum(1.0 / norm, constant(1.0, dtype=norm.dtype) / clip_norm)
        scale = clip_norm * factor
        # Zero times infinity would go unseen.
        scale = make_op("Select", is_finite(norm), scale, constant(float("nan"), dtype=scale.dtype))
        clipped: list[Any] = []
        for i, value in enumerate(_values(t_list)):
            if value is None:
                clipped.append(None)
                continue
            with colocate_with(value):
                clipped.append(identity(value * scale, name=f"{scope}_{i}"))
        return [_with_values(t, c) if _is_slices(t) else c for t, c in zip(t_list, clipped, strict=True)], norm


@export("clip_by_average_norm")
def clip_by_average_norm(t: Any, clip_norm: Any, name: str | None = None) -> Tensor:
    """Returns a tensor scaled down so that its L2 norm divided by its number of elements is at most `clip_norm`."""
    from tangraph.ops.array.constant import constant
    from tangraph.ops.array.identity import identity
    from tangraph.ops.array.shape import rank, size
    from tangraph.ops.math.cast import cast
    from tangraph.ops.math.extremes import minimum
    from tangraph.ops.math.ranges import range
    from tangraph.ops.math.reductions import reduce_sum
    from tangraph.ops.math.unary import rsqrt

    with name_scope(name, "clip_by_average_norm", [t, clip_norm]) as scope:
        t = convert_to_tensor(t, name="t")
        count = cast(size(t), dtypes.float32)
        inverse = rsqrt(reduce_sum(t * t, range(rank(t))))
        scaled = t * clip_norm
        return identity(scaled * minimum(inverse * count, constant(1.0, dtype=t.dtype) / clip_norm), name=scope)
