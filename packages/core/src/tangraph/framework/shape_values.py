"""Values of tensors that are known while the graph is built, as TensorFlow's shape inference finds them.

`known_value` evaluates constant sub-graphs of the ops that programs compute shapes with; `value_as_shape` also follows
partly known shapes through Shape, Pack, ConcatV2 and StridedSlice (not through Cast and Identity).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tangraph.framework import dtypes, errors, raw_shape
from tangraph.framework.strided_index import numpy_index

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tangraph.framework.op_def import OpDef
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.tensor import Tensor

Array = Any


class InvalidShapeError(ValueError):
    """A tensor that is read as a shape holds a number below -1."""


#: Ops that pass on what is fed, or belong to a conditional or loop.
_NEVER_RUN: Final = frozenset(
    {"PlaceholderWithDefault", "Switch", "Merge", "Enter", "Exit", "NextIteration", "LoopCond", "CheckNumerics"}
)
_RUNNABLE: Final[dict[OpDef, bool]] = {}
#: Larger results are not worth evaluating while a graph is built.
MAX_ELEMENTS: Final = 1 << 16


def known_value(tensor: Tensor) -> np.ndarray[Any, Any] | None:
    """Returns the value of a tensor whose producers are all constant, else None.

    A constant that enters a loop is known where it is asked for itself, and unknown on the way to others.
    """
    if tensor.op.type == "Enter":
        source = tensor.op._inputs[0]
        return None if source.op.type == "Enter" else known_value(source)
    cache = tensor.graph.__dict__.setdefault("_known_values", {})
    todo = [tensor]
    while todo:
        current = todo[-1]
        if current in cache:
            todo.pop()
            continue
        op = current.op
        waiting = _inputs_to_evaluate(op, current, cache)
        if waiting:
            todo.extend(waiting)
            continue
        value = _evaluate(op, current.value_index, cache)
        if value is None and _may_become_known(op):
            for item in todo:  # shapes of inputs can still be refined by set_shape: do not remember
                if item is tensor:
                    return None
            return None
        cache[current] = value
        todo.pop()
    value = cache[tensor]
    return None if value is None else np.asarray(value)


def _may_become_known(op: Operation) -> bool:
    return op.type in {"Shape", "ShapeN", "Size", "Rank"}


def _inputs_to_evaluate(op: Operation, tensor: Tensor, cache: Mapping[Tensor, Any]) -> list[Tensor]:
    if op.type not in _EVALUATORS and not _runnable(op):
        return []
    if _may_become_known(op) and (op.type == "ShapeN" or _shape_like(op, tensor.value_index) is not None):
        return []
    waiting = [t for t in op._inputs if t not in cache]
    # An input that cannot be known settles the matter without looking at the others.
    if any(t in cache and cache[t] is None for t in op._inputs):
        return []
    return waiting


def _evaluate(op: Operation, index: int, cache: Mapping[Tensor, Any]) -> Any:
    if op.type == "Const":
        return op.attrs["value"]
    if _may_become_known(op):
        found = _shape_like(op, index)
        # A constant input may have a shape that shape inference does not know (that of Unique, say).
        if found is not None or op.type == "ShapeN":
            return found
    evaluator = _EVALUATORS.get(op.type)
    if evaluator is None and not _runnable(op):
        return None
    values = [cache.get(t) for t in op._inputs]
    if any(v is None or np.size(v) > MAX_ELEMENTS for v in values):
        return None
    try:
        with np.errstate(all="ignore"):
            result = _run_kernel(op, values) if evaluator is None else evaluator(op.attrs, *values)
    except (ValueError, IndexError, TypeError, ZeroDivisionError, OverflowError, errors.OpError):
        return None
    if result is None:
        return None
    if isinstance(result, tuple):
        result = result[index]
    dtype = op.outputs[index].dtype.base.np
    result = np.asarray(result)
    return result.astype(dtype) if result.dtype != dtype else result


def _runnable(op: Operation) -> bool:
    """Says whether an op without a rule of its own may be computed while the graph is built."""
    known = _RUNNABLE.get(op.op_def)
    if known is None:
        spec = op.op_def
        known = _RUNNABLE[spec] = (
            bool(spec.inputs)
            and not spec.stateful
            and spec.name not in _NEVER_RUN
            and not any(a.is_ref or a.dtype in (dtypes.resource, dtypes.variant) for a in (*spec.inputs, *spec.outputs))
        )
    return known


def _run_kernel(op: Operation, values: list[Array]) -> Any:
    """Computes an op with the CPU's kernel; None when there is none."""
    from tangraph import registry
    from tangraph.plan.kernel import KernelContext

    factory = registry.kernel_factory("cpu", op.type)
    if factory is None:
        return None
    context = KernelContext(
        op.type,
        op.attrs,
        xp=np,
        name=op.name,
        input_dtypes=tuple([t.dtype for t in op._inputs]),
        output_dtypes=tuple([t.dtype for t in op.outputs]),
        static_shapes=tuple([v.shape for v in values]),
        output_shapes=tuple([None for _ in op.outputs]),
        constants=tuple(values),
    )
    return factory(context)(*values)


def _shape_like(op: Operation, index: int) -> Any:
    raw = op._inputs[index if op.type == "ShapeN" else 0].raw_shape
    if raw is None:
        return None
    dtype = op.outputs[index].dtype.np
    if op.type == "Rank":
        return np.array(len(raw), dtype)
    if any(d is None for d in raw):
        return None
    if op.type == "Size":
        return np.array(raw_shape.num_elements(raw), dtype)
    return np.array(raw, dtype)


def _strided_slice(attrs: Mapping[str, Any], x: Array, begin: Array, end: Array, strides: Array) -> Array:
    return x[numpy_index(attrs, begin, end, strides)]


def _slice(_: Mapping[str, Any], x: Array, begin: Array, size: Array) -> Array:
    return x[tuple(slice(int(b), None if s < 0 else int(b + s)) for b, s in zip(begin, size, strict=True))]


def _squeeze(attrs: Mapping[str, Any], x: Array) -> Array:
    dims = tuple(attrs["squeeze_dims"])
    return np.squeeze(x, axis=dims or None)


def _reduction(function: Callable[..., Any]) -> Callable[..., Any]:
    def evaluate(attrs: Mapping[str, Any], x: Array, axis: Array) -> Array:
        axes = tuple(int(a) for a in np.atleast_1d(axis))
        return function(x, axis=axes, keepdims=attrs["keep_dims"])

    return evaluate


def _plain(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda _attrs, *values: function(*values)


def _broadcast_gradient_args(_: Mapping[str, Any], s0: Array, s1: Array) -> tuple[Array, Array]:
    from tangraph.ops.math.broadcast import reduction_axes

    r0, r1 = reduction_axes(tuple(s0.tolist()), tuple(s1.tolist()))
    return np.array(r0, s0.dtype), np.array(r1, s0.dtype)


def _dynamic_partition(attrs: Mapping[str, Any], data: Array, partitions: Array) -> tuple[Array, ...]:
    return tuple(data[partitions == i] for i in range(attrs["num_partitions"]))


def _dynamic_stitch(attrs: Mapping[str, Any], *values: Array) -> Array:
    indices, data = values[: attrs["N"]], values[attrs["N"] :]
    size = max((int(i.max()) for i in indices if i.size), default=-1) + 1
    result = np.zeros((size, *data[0].shape[indices[0].ndim :]), data[0].dtype)
    for i, d in zip(indices, data, strict=True):
        result[i] = d
    return result


def _unique(attrs: Mapping[str, Any], x: Array) -> tuple[Array, Array]:
    """The distinct values in the order of their first appearance, and the place of each element's among them."""
    del attrs
    _, first, inverse = np.unique(x, return_index=True, return_inverse=True)
    order = np.argsort(first)
    places = np.empty_like(order)
    places[order] = np.arange(len(order))
    return x[first[order]], places[inverse]


def _list_diff(_: Mapping[str, Any], x: Array, y: Array) -> tuple[Array, Array]:
    places = np.flatnonzero(~np.isin(x, y))
    return x[places], places


_EVALUATORS: Final[dict[str, Callable[..., Any]]] = {
    "Const": lambda attrs: attrs["value"],
    "Identity": _plain(lambda x: x),
    "StopGradient": _plain(lambda x: x),
    "Add": _plain(np.add),
    "AddV2": _plain(np.add),
    "Sub": _plain(np.subtract),
    "Mul": _plain(np.multiply),
    "RealDiv": _plain(np.divide),
    "FloorDiv": _plain(np.floor_divide),
    "FloorMod": _plain(np.mod),
    "Maximum": _plain(np.maximum),
    "Minimum": _plain(np.minimum),
    "Neg": _plain(np.negative),
    "Abs": _plain(np.abs),
    "Square": _plain(np.square),
    "Equal": _plain(np.equal),
    "NotEqual": _plain(np.not_equal),
    "Less": _plain(np.less),
    "LessEqual": _plain(np.less_equal),
    "Greater": _plain(np.greater),
    "GreaterEqual": _plain(np.greater_equal),
    "LogicalAnd": _plain(np.logical_and),
    "LogicalNot": _plain(np.logical_not),
    "Select": _plain(np.where),
    "Cast": _plain(lambda x: x),
    "Pack": lambda attrs, *values: np.stack(values, attrs["axis"]),
    "ConcatV2": lambda _attrs, *values: np.concatenate(values[:-1], int(values[-1])),
    "StridedSlice": _strided_slice,
    "Slice": _slice,
    "Shape": _plain(np.shape),
    "ShapeN": _plain(np.shape),
    "Size": _plain(np.size),
    "Rank": _plain(np.ndim),
    "Range": _plain(np.arange),
    "Fill": _plain(np.full),
    "Reshape": _plain(lambda x, shape: np.reshape(x, tuple(shape))),
    "ExpandDims": _plain(lambda x, axis: np.expand_dims(x, int(axis))),
    "Squeeze": _squeeze,
    "Tile": _plain(np.tile),
    "BroadcastGradientArgs": _broadcast_gradient_args,
    "DynamicPartition": _dynamic_partition,
    "DynamicStitch": _dynamic_stitch,
    "ParallelDynamicStitch": _dynamic_stitch,
    "Unique": _unique,
    "ReverseV2": _plain(lambda x, axis: np.flip(x, tuple(int(a) for a in axis))),
    "GatherV2": _plain(lambda x, indices, axis: np.take(x, indices, int(axis))),
    "Transpose": _plain(np.transpose),
    "InvertPermutation": _plain(np.argsort),
    "ZerosLike": _plain(np.zeros_like),
    "ListDiff": _list_diff,
    "Sqrt": _plain(np.sqrt),
    "Rsqrt": _plain(lambda x: 1 / np.sqrt(x)),
    "Reciprocal": _plain(np.reciprocal),
    "Exp": _plain(np.exp),
    "Log": _plain(np.log),
    "Pow": _plain(np.power),
    "Floor": _plain(np.floor),
    "Ceil": _plain(np.ceil),
    "Rint": _plain(np.rint),
    "Round": _plain(np.rint),
    "Sign": _plain(np.sign),
    "Mod": _plain(np.fmod),
    "TruncateMod": _plain(np.fmod),
    "SquaredDifference": _plain(lambda x, y: np.square(x - y)),
    "LogicalOr": _plain(np.logical_or),
    "All": _reduction(np.all),
    "Any": _reduction(np.any),
    "Mean": _reduction(np.mean),
    "ArgMax": _plain(lambda x, axis: np.argmax(x, int(axis))),
    "ArgMin": _plain(lambda x, axis: np.argmin(x, int(axis))),
    "Sum": _reduction(np.sum),
    "Prod": _reduction(np.prod),
    "Max": _reduction(np.max),
    "Min": _reduction(np.min),
}


def value_as_shape(tensor: Tensor) -> Raw:
    """Returns a rank-1 integer tensor's value as a raw shape, as far as it is known; None when nothing is."""
    op = tensor.op
    kind = op.type
    if kind in {"Shape", "ShapeN"}:
        return op._inputs[tensor.value_index].raw_shape
    if kind == "Pack" and op.attrs["axis"] == 0 and all(t.raw_shape in ((), None) for t in op._inputs):
        return tuple(_scalar(t) for t in op._inputs)
    if kind == "ConcatV2":
        parts = [value_as_shape(t) for t in op._inputs[:-1]]
        sizes = [t.raw_shape for t in op._inputs[:-1]]
        whole: list[int | None] = []
        for part, size in zip(parts, sizes, strict=True):
            if part is None:
                if size is None or len(size) != 1 or size[0] is None:
                    return None
                part = (None,) * size[0]
            whole.extend(part)
        return tuple(whole)
    if kind == "StridedSlice":
        partial = value_as_shape(op._inputs[0])
        begin, end, strides = (known_value(t) for t in op._inputs[1:])
        if partial is not None and begin is not None and end is not None and strides is not None:
            index = numpy_index(op.attrs, begin, end, strides)
            if len(index) == 1 and isinstance(index[0], slice):
                return partial[index[0]]
    value = known_value(tensor)
    if value is None or value.ndim > 1 or value.dtype.kind not in "iu":
        return None
    if value.ndim == 0:
        return None
    for size in value.tolist():
        if size < -1:
            raise InvalidShapeError(f"Invalid value in tensor used for shape: {size}")
    return tuple(None if d < 0 else int(d) for d in value)


def _scalar(tensor: Tensor) -> int | None:
    value = known_value(tensor)
    return None if value is None or value < 0 else int(value)
