"""`constant_value`: what TensorFlow's Python library takes for known when it builds graphs.

Its rules are narrower than those of shape inference (`shape_values`), and graphs depend on them: `smart_cond`, layers
and losses build other nodes where a value is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.framework import raw_shape
from tangraph.framework.tensor_shape import TensorShape

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.tensor import Tensor


@export("contrib.util.constant_value", "get_static_value")
def constant_value(tensor: Any, partial: bool = False) -> Any:
    """Returns the value of a tensor that the library knows while the graph is built, else None.

    Args:
      tensor: a Tensor.
      partial: whether a Pack of known and unknown values gives an object array with None in it.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     int(tf.contrib.util.constant_value(tf.constant(3)))
    3
    """
    rule = _RULES.get(tensor.op.type)
    value = rule(tensor, partial) if rule is not None else None
    if value is not None:
        tensor.graph.prevent_feeding(tensor)
    return value


def _const(tensor: Tensor, _: bool) -> Any:
    return tensor.op.attrs["value"]


def _shape(tensor: Tensor, _: bool) -> Any:
    raw = tensor.op._inputs[0].raw_shape
    return np.array(raw, tensor.dtype.np) if raw_shape.is_fully_defined(raw) else None


def _size(tensor: Tensor, _: bool) -> Any:
    raw = tensor.op._inputs[0].raw_shape
    return np.array(raw_shape.num_elements(raw), np.int32) if raw_shape.is_fully_defined(raw) else None


def _rank(tensor: Tensor, _: bool) -> Any:
    raw = tensor.op._inputs[0].raw_shape
    return None if raw is None else np.array(len(raw), np.int32)


def _range(tensor: Tensor, _: bool) -> Any:
    values = _all_inputs(tensor.op)
    return None if values is None else np.arange(*values, dtype=tensor.dtype.np)


def _cast(tensor: Tensor, _: bool) -> Any:
    value = constant_value(tensor.op._inputs[0])
    return None if value is None else np.asarray(value).astype(tensor.dtype.np)


def _concat_v2(tensor: Tensor, _: bool) -> Any:
    values = _all_inputs(tensor.op)
    return None if values is None else np.concatenate(values[:-1], axis=int(values[-1]))


def _concat_offset(tensor: Tensor, _: bool) -> Any:
    values = _all_inputs(tensor.op)
    if values is None:
        return None
    axis, shapes = int(values[0]), values[1:]
    offset = np.zeros_like(shapes[0])
    offset[axis] = sum(s[axis] for s in shapes[: tensor.value_index])
    return offset


def _pack(tensor: Tensor, partial: bool) -> Any:
    if not tensor.op._inputs or tensor.op.attrs["axis"] != 0 or any(t.raw_shape is None for t in tensor.op._inputs):
        return None
    values = [constant_value(t, partial) for t in tensor.op._inputs]
    if all(v is not None for v in values):
        return np.array(values)
    if not partial:
        return None
    known = np.empty(len(values), object)
    for i, value in enumerate(values):
        known[i] = value
    return known


def _fill(tensor: Tensor, _: bool) -> Any:
    raw = tensor.raw_shape
    value = constant_value(tensor.op._inputs[1])
    if not raw_shape.is_fully_defined(raw) or value is None:
        return None
    return np.full(raw, value, dtype=np.asarray(value).dtype)


def _compare(function: Callable[..., Any]) -> Callable[[Tensor, bool], Any]:
    def rule(tensor: Tensor, _: bool) -> Any:
        values = _all_inputs(tensor.op)
        return None if values is None else function(*values)

    return rule


def _all_inputs(op: Operation) -> list[Any] | None:
    values = []
    for tensor in op._inputs:
        value = constant_value(tensor)
        if value is None:
            return None
        values.append(value)
    return values


_RULES: dict[str, Callable[[Any, bool], Any]] = {
    "Const": _const,
    "Shape": _shape,
    "Size": _size,
    "Rank": _rank,
    "Range": _range,
    "Cast": _cast,
    "ConcatV2": _concat_v2,
    "ConcatOffset": _concat_offset,
    "Pack": _pack,
    "Fill": _fill,
    "Equal": _compare(np.equal),
    "NotEqual": _compare(np.not_equal),
}


def constant_value_as_shape(tensor: Any) -> TensorShape:
    """Returns a rank-1 integer tensor's value as a TensorShape, as far as the library knows it.

    Raises:
      ValueError: the tensor is not of rank 1 (a scalar -1 means an unknown shape).
    """
    return TensorShape.from_raw(_as_shape(tensor))


def _as_shape(tensor: Tensor) -> Raw:
    if tensor.raw_shape == ():
        value = constant_value(tensor)
        if value is None or value != -1:
            raise ValueError(
                "Received a scalar with unknown value as shape; require a statically known scalar with value '-1' to "
                "describe an unknown shape."
            )
        return None
    op = tensor.op
    if op.type == "Shape":
        return op._inputs[0].raw_shape
    if op.type == "Pack":
        if op.attrs["axis"] != 0:
            raise ValueError("Shape tensor must be packed along axis 0.")
        dims = [constant_value(t) for t in op._inputs]
        return tuple(None if d is None or d < 0 else int(d) for d in dims)
    if op.type == "ConcatV2":
        parts = [_as_shape(t) for t in op._inputs[:-1]]
        return None if any(p is None for p in parts) else tuple(d for p in parts for d in p or ())
    if op.type == "StridedSlice":
        sliced = _sliced_shape(op)
        if sliced is not None:
            return sliced
    value = constant_value(tensor)
    if value is not None:
        return tuple(None if d < 0 else int(d) for d in np.asarray(value))
    raw = tensor.raw_shape
    return None if raw is None or raw[0] is None else (None,) * raw[0]


def _sliced_shape(op: Operation) -> Raw:
    values = [constant_value(t) for t in op._inputs[1:]]
    attrs = op.attrs
    if any(v is None for v in values) or attrs["ellipsis_mask"] or attrs["new_axis_mask"] or attrs["shrink_axis_mask"]:
        return None
    begin, end, strides = (int(v[0]) for v in values)
    whole = _as_shape(op._inputs[0])
    if whole is None:
        return None
    return whole[slice(None if attrs["begin_mask"] & 1 else begin, None if attrs["end_mask"] & 1 else end, strides)]
