"""Switch and Merge: the nodes at the borders of a conditional's branches, and of a loop's iterations.

The plan never runs them: `tangraph.plan.lower` turns them into conditions on other steps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.framework import raw_shape, stacks
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.control_flow.composite import as_tensor_or_composite, composite_parts
from tangraph.util import nest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext

ops = OpSet()


def _switch_shape(c: ShapeContext) -> list[Raw]:
    raw_shape.with_rank(c.shapes[1], 0)
    return [c.shapes[0], c.shapes[0]]


def _merge_shape(c: ShapeContext) -> list[Raw]:
    """The dimensions in which all inputs agree; unknown rank as soon as one of them differs."""
    first = c.shapes[0]
    if first is None or any(s is None or len(s) != len(first) for s in c.shapes):
        return [None, ()]
    columns = zip(*[s for s in c.shapes if s is not None], strict=True)
    return [tuple([d[0] if all(x == d[0] for x in d) else None for d in columns]), ()]


SWITCH = ops.define(
    "Switch",
    ["data: T", "pred: bool"],
    ["output_false: T", "output_true: T"],
    ["T: type"],
    shape=_switch_shape,
    aliases={0: 0, 1: 0},
)
REF_SWITCH = ops.define(
    "RefSwitch",
    ["data: Ref(T)", "pred: bool"],
    ["output_false: Ref(T)", "output_true: Ref(T)"],
    ["T: type"],
    shape=_switch_shape,
    aliases={0: 0, 1: 0},
)
MERGE = ops.define(
    "Merge", ["inputs: N * T"], ["output: T", "value_index: int32"], ["T: type", "N: int >= 1"], shape=_merge_shape
)
REF_MERGE = ops.define(
    "RefMerge",
    ["inputs: N * Ref(T)"],
    ["output: Ref(T)", "value_index: int32"],
    ["T: type", "N: int >= 1"],
    shape=_merge_shape,
)


@ops.gradient("Switch", "RefSwitch")
def _switch_grad(op: Operation, *grads: Any) -> Any:
    from tangraph.ops.control_flow.gradients import switch_grad

    return switch_grad(op, *grads)


@ops.gradient("Merge", "RefMerge")
def _merge_grad(op: Operation, grad: Any, _: Any) -> Any:
    from tangraph.ops.control_flow.gradients import merge_grad

    return merge_grad(op, grad)


def switch(data: Any, pred: Any, dtype: Any = None, name: str | None = None) -> Any:
    """Forwards `data` to the output that `pred` selects; what depends on the other one does not run.

    Args:
      data: a tensor, or what is made of several (each gets a Switch of its own).
      pred: a bool scalar.
      dtype: the element type wanted of `data`.
      name: the operation's name.

    Returns:
      (output when false, output when true).

    Raises:
      TypeError: `data` is neither a tensor nor made of tensors.
    """
    with name_scope(name, "Switch", [data, pred]) as scope:
        data = as_tensor_or_composite(data, dtype, "data", as_ref=True)
        pred = convert_to_tensor(pred, name="pred")
        if isinstance(data, Tensor):
            return tuple(make_op(SWITCH, data, pred, name=scope))
        pairs = [make_op(SWITCH, part, pred) for part in composite_parts(data)]
        return tuple([nest.pack_sequence_as(data, side, expand_composites=True) for side in zip(*pairs, strict=True)])


def ref_switch(data: Tensor, pred: Tensor, name: str | None = None) -> tuple[Tensor, Tensor]:
    """As :func:`switch`, for a reference to a variable."""
    output_false, output_true = make_op(REF_SWITCH, data, pred, name=name)
    return output_false, output_true


def switch_ref_or_tensor(data: Any, pred: Tensor, name: str = "Switch") -> Any:
    """A Switch, or a RefSwitch for a reference, on the device of `data`."""
    data = as_tensor_or_composite(data, None, "data")
    # A Switch moves no data, so that it belongs where the data are, whatever the caller is colocated with.
    with stacks.get_default_graph().colocate_with(data, ignore_existing=True):
        if isinstance(data, Tensor) and data.dtype.is_ref:
            return ref_switch(data, pred, name=name)
        return switch(data, pred, name=name)


def merge(inputs: Sequence[Any], name: str | None = None) -> tuple[Any, Tensor]:
    """Forwards the one input that is computed.

    Args:
      inputs: tensors, or values made of several; IndexedSlices and tensors mix.
      name: the operation's name.

    Returns:
      (the value, an int32 scalar with the index of the input that it came from).

    Raises:
      ValueError: an input is None.
      TypeError: an input is neither a tensor nor made of tensors.
    """
    if any(value is None for value in inputs):
        raise ValueError(f"At least one of the merge inputs is None: {inputs}")
    with name_scope(name, "Merge", inputs) as scope:
        values = [as_tensor_or_composite(v, as_ref=True) for v in inputs]
        if all(isinstance(v, Tensor) for v in values):
            is_ref = all(v.dtype.is_ref for v in values)
            output, index = make_op(REF_MERGE if is_ref else MERGE, values, name=scope)
            return output, index
        values = _as_one_kind(values)
        for value in values[1:]:
            nest.assert_same_structure(values[0], value, expand_composites=True)
        merged = [make_op(MERGE, list(parts)) for parts in zip(*map(composite_parts, values), strict=True)]
        result = nest.pack_sequence_as(values[0], [m[0] for m in merged], expand_composites=True)
        return result, merged[0][1]


def _as_one_kind(values: list[Any]) -> list[Any]:
    from tangraph.framework.indexed_slices import IndexedSlices
    from tangraph.ops.control_flow.composite import as_indexed_slices_list

    if all(isinstance(v, (IndexedSlices, Tensor)) for v in values):
        return as_indexed_slices_list(values)
    for value in values:
        composite_parts(value)
    return values
