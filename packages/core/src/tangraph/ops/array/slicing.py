"""Parts of tensors: slice, strided_slice and `tensor[...]`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import EllipsisType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.strided_index import strided_slice_shape
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_shape import Dimension
from tangraph.ops.array.constant import constant
from tangraph.ops.array.packing import stack
from tangraph.ops.array.raw import cast_node

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext

ops = OpSet()
_builtin_slice = slice

newaxis: Final = None
__tf_values__ = {"newaxis": newaxis}


def _slice_shape(c: ShapeContext) -> Raw:
    whole = c.shapes[0]
    count = raw_shape.merge(raw_shape.with_rank(c.shapes[1], 1), raw_shape.with_rank(c.shapes[2], 1))
    if count is not None and count[0] is not None:
        whole = raw_shape.with_rank(whole, count[0])
    begin, size = c.shape_value(1), c.value(2)
    if size is None:
        sizes = c.shape_value(2)
        if sizes is not None:
            raw_shape.with_rank(begin, len(sizes))
            return sizes
        return None if whole is None else (None,) * len(whole)
    begin = raw_shape.with_rank(begin, size.size)
    dims = whole if whole is not None else (None,) * int(size.size)
    return tuple([_slice_size(i, dims[i], begin[i], int(n)) for i, n in enumerate(size.tolist())])


def _slice_size(axis: int, whole: int | None, begin: int | None, size: int) -> int | None:
    if size < -1:
        raise ValueError(
            f"Out of bounds slicing on dimension {axis} of length {-1 if whole is None else whole}: sizes vector cannot "
            f"be < -1, but was {size}"
        )
    if size >= 0:
        return size
    if whole is None or begin is None:
        return None
    if begin > whole:
        raise ValueError(f"Negative dimension size caused by subtracting {begin} from {whole}")
    return whole - begin


def _strided_slice_shape(c: ShapeContext) -> Raw:
    count: Raw = raw_shape.with_rank(c.shapes[1], 1)
    for index in (2, 3):
        count = raw_shape.merge(count, raw_shape.with_rank(c.shapes[index], 1))
    strides, whole = c.value(3), c.shapes[0]
    if whole is None or count is None or count[0] is None or strides is None:
        return None
    begin, end = c.value(1), c.value(2)
    return strided_slice_shape(
        whole,
        None if begin is None else begin.tolist(),
        None if end is None else end.tolist(),
        strides.tolist(),
        c.attrs,
    )


def _strided_slice_grad_shape(c: ShapeContext) -> Raw:
    return c.shape_value(0)


_MASKS = [
    "begin_mask: int = 0",
    "end_mask: int = 0",
    "ellipsis_mask: int = 0",
    "new_axis_mask: int = 0",
    "shrink_axis_mask: int = 0",
]
_INDEX = ["begin: Index", "end: Index", "strides: Index"]
_ATTRS = ["T: type", "Index: {int32, int64}", *_MASKS]
SLICE = ops.define(
    "Slice",
    ["input: T", "begin: Index", "size: Index"],
    ["output: T"],
    ["T: type", "Index: {int32, int64}"],
    shape=_slice_shape,
    host_inputs=(1, 2),
    aliases={0: 0},
)
STRIDED_SLICE = ops.define(
    "StridedSlice",
    ["input: T", *_INDEX],
    ["output: T"],
    _ATTRS,
    shape=_strided_slice_shape,
    host_inputs=(1, 2, 3),
    aliases={0: 0},
)
STRIDED_SLICE_GRAD = ops.define(
    "StridedSliceGrad",
    ["shape: Index", *_INDEX, "dy: T"],
    ["output: T"],
    _ATTRS,
    shape=_strided_slice_grad_shape,
    host_inputs=(0, 1, 2, 3),
)
TENSOR_STRIDED_SLICE_UPDATE = ops.define(
    "TensorStridedSliceUpdate",
    ["input: T", *_INDEX, "value: T"],
    ["output: T"],
    _ATTRS,
    shape=lambda c: c.shapes[0],
    host_inputs=(1, 2, 3),
)
ops.without_gradient("TensorStridedSliceUpdate")


@ops.gradient("Slice")
def _slice_grad(op: Operation, grad: Tensor) -> tuple[Tensor, None, None]:
    from tangraph.ops.array.concat import concat
    from tangraph.ops.array.pad import pad
    from tangraph.ops.array.reshape import reshape
    from tangraph.ops.array.shape import rank, shape

    whole, begin = op.inputs[0], op.inputs[1]
    input_rank = rank(whole)
    size: Any = shape(op.outputs[0])
    column = stack([input_rank, 1])
    before = reshape(begin, column)
    input_shape: Any = shape(whole)
    after = reshape(input_shape - size - begin, column)
    return pad(grad, concat([before, after], 1)), None, None


def _masks(op: Operation) -> dict[str, Any]:
    return {
        key: op.attrs[key] for key in ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")
    }


@ops.gradient("StridedSlice")
def _strided_slice_grad(op: Operation, grad: Tensor) -> tuple[Tensor, None, None, None]:
    from tangraph.ops.array.shape import shape

    whole, begin, end, strides = op.inputs
    size = shape(whole, out_type=begin.dtype)
    return make_op(STRIDED_SLICE_GRAD, size, begin, end, strides, grad, **_masks(op)), None, None, None


@ops.gradient("StridedSliceGrad")
def _strided_slice_grad_grad(op: Operation, grad: Tensor) -> tuple[Any, ...]:
    _, begin, end, strides, _ = op.inputs
    return None, None, None, None, strided_slice(grad, begin, end, strides, **_masks(op))


@export("slice")
def slice(input_: Any, begin: Any, size: Any, name: str | None = None) -> Tensor:
    """Cuts a block out of a tensor.

    Args:
      input_: a tensor.
      begin: where the block begins, one integer a dimension.
      size: how large it is; -1 for all that is left.
      name: the operation's name.

    Raises:
      ValueError: the block is not inside of the tensor.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     tf.slice(tf.zeros([4, 5]), [1, 2], [2, -1])
    <tf.Tensor 'Slice:0' shape=(2, 3) dtype=float32>
    """
    result: Tensor = make_op(SLICE, input_, begin, size, name=name)
    return result


@export("strided_slice")
def strided_slice(
    input_: Any,
    begin: Any,
    end: Any,
    strides: Any = None,
    begin_mask: int = 0,
    end_mask: int = 0,
    ellipsis_mask: int = 0,
    new_axis_mask: int = 0,
    shrink_axis_mask: int = 0,
    var: Any = None,
    name: str | None = None,
) -> Tensor:
    """Takes ``input_[begin:end:strides]``, with one element of the three vectors for each index.

    Args:
      input_: a tensor.
      begin: int32 or int64, the first element along each dimension.
      end: of the same type, the one after the last.
      strides: of the same type, the steps; ones when None.
      begin_mask: bit i says that index i begins at the start.
      end_mask: bit i says that index i goes to the end.
      ellipsis_mask: bit i says that index i stands for all dimensions that have no index.
      new_axis_mask: bit i says that index i makes a new dimension of size 1.
      shrink_axis_mask: bit i says that index i takes one element and drops the dimension.
      var: the variable that the tensor is the value of, for `assign` of the result.
      name: the operation's name.

    Returns:
      The part; ``part.assign(value)`` writes into `var`.

    Raises:
      ValueError: an index out of bounds.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     session.run(tf.strided_slice([1, 2, 3, 4, 5, 6], [1], [6], [2])).tolist()
    [2, 4, 6]
    """
    if strides is None:
        from tangraph.ops.array.fill import ones_like

        strides = ones_like(begin)
    masks = {
        "begin_mask": begin_mask,
        "end_mask": end_mask,
        "ellipsis_mask": ellipsis_mask,
        "new_axis_mask": new_axis_mask,
        "shrink_axis_mask": shrink_axis_mask,
    }
    result: Tensor = make_op(STRIDED_SLICE, input_, begin, end, strides, name=name, **masks)
    result.assign = _assigner(var, name, begin, end, strides, masks)  # type: ignore[attr-defined]
    return result


def _assigner(
    var: Any, scope: str | None, begin: Any, end: Any, strides: Any, masks: dict[str, int]
) -> Callable[..., Any]:
    def assign(val: Any, name: str | None = None) -> Any:
        """Writes a value into this part of the variable; returns the variable after it."""
        if var is None:
            raise ValueError("Sliced assignment is only supported for variables")
        return var._strided_slice_assign(
            begin=begin,
            end=end,
            strides=strides,
            value=val,
            name=f"{scope}_assign" if name is None else name,
            **masks,
        )

    return assign


# -- tensor[...] -------------------------------------------------------------------------------------------------

_ONLY: Final = (
    "Only integers, slices (`:`), ellipsis (`...`), tf.newaxis (`None`) and scalar tf.int32/tf.int64 tensors are valid "
    "indices"
)


def _check_index(index: Any) -> None:
    if isinstance(index, (int, Dimension)):
        return
    dtype = getattr(index, "dtype", None)
    shape = getattr(index, "shape", None)
    if dtype is None or dtypes.as_dtype(dtype).base not in (dtypes.int32, dtypes.int64) or (shape and len(shape) == 1):
        raise TypeError(f"{_ONLY}, got {index!r}")


class _Spec:
    """The vectors and masks of a StridedSlice, gathered from an index expression."""

    def __init__(self) -> None:
        self.begin: list[Any] = []
        self.end: list[Any] = []
        self.strides: list[Any] = []
        self.masks = dict.fromkeys(("begin_mask", "end_mask", "shrink_axis_mask", "new_axis_mask", "ellipsis_mask"), 0)

    def add(self, item: Any) -> None:
        """Adds one index."""
        if isinstance(item, _builtin_slice):
            self._range(item)
        elif isinstance(item, EllipsisType):
            self._append(0, 0, 1, "ellipsis_mask")
        elif item is None:
            self._append(0, 0, 1, "new_axis_mask")
        else:
            _check_index(item)
            self._append(item, item + 1, 1, "shrink_axis_mask")

    def _append(self, begin: Any, end: Any, stride: Any, *masks: str) -> None:
        for mask in masks:
            self.masks[mask] |= 1 << len(self.begin)
        self.begin.append(begin)
        self.end.append(end)
        self.strides.append(stride)

    def _range(self, item: Any) -> None:
        masks = []
        begin, end, stride = item.start, item.stop, item.step
        if _is_open(begin):
            begin = 0
            masks.append("begin_mask")
        else:
            _check_index(begin)
        if _is_open(end):
            end = 0
            masks.append("end_mask")
        else:
            _check_index(end)
        if stride is None:
            stride = 1
        else:
            _check_index(stride)
        self._append(begin, end, stride, *masks)

    def packed(self) -> list[Tensor]:
        """Returns begin, end and strides as tensors of one type."""
        if not self.begin:
            return [constant([], dtype=dtypes.int32)] * 3
        parts = [stack(self.begin), stack(self.end), stack(self.strides)]
        if any(p.dtype == dtypes.int64 for p in parts):
            parts = [p if p.dtype == dtypes.int64 else cast_node(p, dtypes.int64) for p in parts]
        return parts


def _is_open(bound: Any) -> bool:
    return bound is None or (not isinstance(bound, Tensor) and isinstance(bound, int) and bound == sys.maxsize)


def slice_helper(tensor: Any, key: Any, var: Any = None) -> Tensor:
    """Returns ``tensor[key]``, as a StridedSlice named ``strided_slice`` (or a boolean mask).

    Args:
      tensor: a tensor.
      key: an integer, slice, Ellipsis, None (a new axis), scalar integer tensor, a tuple or list of them; or a boolean
        tensor or array, which masks.
      var: the variable that the tensor is the value of.

    Raises:
      TypeError: an index of another kind.
      ValueError: an index out of bounds.
    """
    if (
        isinstance(key, bool)
        or (isinstance(key, Tensor) and key.dtype == dtypes.bool)
        or (isinstance(key, np.ndarray) and key.dtype == bool)
    ):
        from tangraph.ops.array.boolean_mask import boolean_mask

        return boolean_mask(tensor=tensor, mask=key)
    spec = _Spec()
    for item in key if isinstance(key, (list, tuple)) else [key]:
        spec.add(item)
    with name_scope(None, "strided_slice", [tensor, *spec.begin, *spec.end, *spec.strides]) as scope:
        begin, end, strides = spec.packed()
        return strided_slice(tensor, begin, end, strides, var=var, name=scope, **spec.masks)
