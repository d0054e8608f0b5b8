"""Updates of the rows and slices of a variable that indices name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tangraph.export import export
from tangraph.framework import raw_shape
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.state.resource import variable_shape_of
from tangraph.ops.state.variable_ops import is_reference

if TYPE_CHECKING:
    from tangraph.framework.operation import Operation
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext
    from tangraph.framework.tensor import Tensor

ops = OpSet()


def _check_rows(variable: Raw, c: ShapeContext) -> None:
    """Updates have the shape of the indices and then a row's, or are one scalar for all."""
    if c.shapes[2] != ():
        row = None if variable is None else variable[1:]
        raw_shape.merge(c.shapes[2], raw_shape.concatenate(c.shapes[1], row))


def _scatter_shape(c: ShapeContext) -> Raw:
    _check_rows(c.shapes[0], c)
    return c.shapes[0]


def _resource_scatter_shape(c: ShapeContext) -> list[Raw]:
    _check_rows(variable_shape_of(c), c)
    return []


def check_nd(whole: Raw, indices: Raw, updates: Raw, whole_name: str = "input") -> None:
    """Checks the shapes of ScatterNd and its kind.

    Args:
      whole: the shape of what is updated.
      indices: one vector of `indices[-1]` coordinates for each update.
      updates: the leading dimensions of `indices`, and then those of `whole` that the coordinates leave.
      whole_name: what the error calls `whole`.

    Raises:
      ValueError: they do not fit.
    """
    indices = raw_shape.with_rank_at_least(indices, 1)
    empty = raw_shape.num_elements(whole) == 0
    if empty and (raw_shape.num_elements(indices) or raw_shape.num_elements(updates)):
        raise ValueError("Indices and updates specified for empty output shape")
    if indices is None or updates is None:
        return
    outer = len(indices) - 1
    _merge_part("outer", outer, "indices", indices, indices[:-1], updates, updates[:outer])
    depth = indices[-1]
    if depth is None or whole is None or depth > len(whole):
        return
    rest = whole[depth:]
    _merge_part("inner", len(rest), whole_name, whole, rest, updates, updates[outer:])


def _merge_part(side: str, count: int, name: str, whole: Raw, part: Raw, updates: Raw, updates_part: Raw) -> None:
    try:
        raw_shape.merge(part, updates_part)
    except ValueError as error:
        raise ValueError(
            f"The {side} {count} dimensions of {name}.shape={raw_shape.to_str(whole)} must match the {side} {count} "
            f"dimensions of updates.shape={raw_shape.to_str(updates)}: {error}"
        ) from None


def _scatter_nd_shape(c: ShapeContext) -> Raw:
    check_nd(c.shapes[0], c.shapes[1], c.shapes[2])
    return c.shapes[0]


def _resource_scatter_nd_shape(c: ShapeContext) -> list[Raw]:
    check_nd(variable_shape_of(c, "T"), c.shapes[1], c.shapes[2])
    return []


_NUMBERS: Final = "numbertype"
_ORDERED: Final = "{half, bfloat16, float, double, int32, int64}"
#: Kind -> element types on references, on handles.
_ROWS: Final = {
    "Add": (_NUMBERS, _NUMBERS),
    "Sub": (_NUMBERS, _NUMBERS),
    "Mul": (_NUMBERS, _NUMBERS),
    "Div": (_NUMBERS, _NUMBERS),
    "Min": (_ORDERED, _NUMBERS),
    "Max": (_ORDERED, _NUMBERS),
    "Update": ("type", "type"),
}
_SLICES: Final = {"NdAdd": _NUMBERS, "NdSub": _NUMBERS, "NdUpdate": "type"}
_INDICES: Final = "Tindices: {int32, int64}"
_STOPPING: Final = ("Add", "Sub", "Mul", "Div", "NdAdd", "NdSub", "NdUpdate")

for _kind, (_types, _resource_types) in _ROWS.items():
    ops.define(
        f"Scatter{_kind}",
        inputs=["ref: Ref(T)", "indices: Tindices", "updates: T"],
        outputs=["output_ref: Ref(T)"],
        attrs=[f"T: {_types}", _INDICES, f"use_locking: bool = {'true' if _kind == 'Update' else 'false'}"],
        shape=_scatter_shape,
        stateful=True,
    )
    ops.define(
        f"ResourceScatter{_kind}",
        inputs=["resource: resource", "indices: Tindices", "updates: dtype"],
        attrs=[f"dtype: {_resource_types}", _INDICES],
        shape=_resource_scatter_shape,
        stateful=True,
    )
for _kind, _types in _SLICES.items():
    ops.define(
        f"Scatter{_kind}",
        inputs=["ref: Ref(T)", "indices: Tindices", "updates: T"],
        outputs=["output_ref: Ref(T)"],
        attrs=[f"T: {_types}", _INDICES, f"use_locking: bool = {'true' if _kind == 'NdUpdate' else 'false'}"],
        shape=_scatter_nd_shape,
        stateful=True,
    )
    ops.define(
        f"ResourceScatter{_kind}",
        inputs=["ref: resource", "indices: Tindices", "updates: T"],
        attrs=["T: type", _INDICES, "use_locking: bool = true"],
        shape=_resource_scatter_nd_shape,
        stateful=True,
    )
ops.not_differentiable(*(f"Scatter{kind}" for kind in _STOPPING))
ops.without_gradient(*(op_type for op_type in ops if op_type.removeprefix("Scatter") not in _STOPPING))


def reference_scatter(
    kind: str, ref: Any, indices: Any, updates: Any, use_locking: bool | None, name: str | None
) -> Tensor:
    """Adds a Scatter node on a reference; returns the reference."""
    attrs = {} if use_locking is None else {"use_locking": use_locking}
    result: Tensor = make_op(ops[f"Scatter{kind}"], ref, indices, updates, name=name, **attrs)
    return result


def resource_scatter(kind: str, variable: Any, indices: Any, updates: Any, name: str | None) -> Operation:
    """Adds a ResourceScatter node on the handle of a variable."""
    updates = convert_to_tensor(updates, variable.dtype)
    result: Operation = make_op(ops[f"ResourceScatter{kind}"], variable.handle, indices, updates, name=name)
    return result


def slices_of(sparse_delta: Any) -> tuple[Tensor, Tensor]:
    """Returns the indices and values of IndexedSlices; TypeError for anything else."""
    from tangraph.framework.indexed_slices import IndexedSlices

    if not isinstance(sparse_delta, IndexedSlices):
        raise TypeError(f"sparse_delta is not IndexedSlices: {sparse_delta}")
    return sparse_delta.indices, sparse_delta.values


def _scatter(kind: str, ref: Any, indices: Any, updates: Any, use_locking: bool | None, name: str | None) -> Any:
    if is_reference(ref):
        return reference_scatter(kind, ref, indices, updates, use_locking, name)
    # Looked up first: a tensor that is no variable has none, and nothing is added to the graph for it.
    lazy_read = ref._lazy_read
    return lazy_read(resource_scatter(kind, ref, indices, updates, name))


@export("scatter_update")
def scatter_update(ref: Any, indices: Any, updates: Any, use_locking: bool = True, name: str | None = None) -> Any:
    """Writes ``ref[indices, ...] = updates``.

    Args:
      ref: a variable.
      indices: int32 or int64; the rows along the first dimension. Of several updates of one row the last one counts.
      updates: of shape ``indices.shape + ref.shape[1:]``, or a scalar.
      use_locking: accepted; updates are always guarded by a lock.
      name: the operation's name.

    Returns:
      The reference, to read the variable after the update; for a resource variable, an object that reads it.

    Raises:
      ValueError: the shapes do not fit.
      tf.errors.InvalidArgumentError: when it runs, for an index out of range; the variable stays as it was.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     v = tf.Variable([1.0, 2.0, 3.0])
    ...     sess.run(v.initializer)
    ...     sess.run(tf.scatter_update(v, [0, 2], [10.0, 30.0])).tolist()
    [10.0, 2.0, 30.0]
    """
    return _scatter("Update", ref, indices, updates, use_locking, name)


@export("scatter_add")
def scatter_add(ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None) -> Any:
    """Adds `updates` to the rows of a variable; updates of one row add up. See `scatter_update`."""
    return _scatter("Add", ref, indices, updates, use_locking, name)


@export("scatter_sub")
def scatter_sub(ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None) -> Any:
    """Subtracts `updates` from the rows of a variable. See `scatter_update`."""
    return _scatter("Sub", ref, indices, updates, use_locking, name)


@export("scatter_mul")
def scatter_mul(ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None) -> Any:
    """Multiplies the rows of a variable by `updates`. See `scatter_update`."""
    return _scatter("Mul", ref, indices, updates, use_locking, name)


@export("scatter_div")
def scatter_div(ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None) -> Any:
    """Divides the rows of a variable by `updates`. See `scatter_update`."""
    return _scatter("Div", ref, indices, updates, use_locking, name)


@export("scatter_max")
def scatter_max(ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None) -> Any:
    """Takes the maximum of the rows of a variable and `updates`. See `scatter_update`."""
    return _scatter("Max", ref, indices, updates, use_locking, name)


@export("scatter_min")
def scatter_min(ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None) -> Any:
    """Takes the minimum of the rows of a variable and `updates`. See `scatter_update`."""
    return _scatter("Min", ref, indices, updates, use_locking, name)


@export("scatter_nd_update")
def scatter_nd_update(ref: Any, indices: Any, updates: Any, use_locking: bool = True, name: str | None = None) -> Any:
    """Writes `updates` to the slices of a variable that the vectors along the last dimension of `indices` name.

    Args:
      ref: a variable of rank P.
      indices: int32 or int64, of shape ``[..., K]`` with K <= P.
      updates: of shape ``indices.shape[:-1] + ref.shape[K:]``.
      use_locking: accepted; updates are always guarded by a lock.
      name: the operation's name.

    Returns:
      As `scatter_update`.

    Raises:
      ValueError: the shapes do not fit.
      tf.errors.InvalidArgumentError: when it runs, for an index out of range; the variable stays as it was.
    """
    return _scatter("NdUpdate", ref, indices, updates, use_locking, name)


@export("scatter_nd_add")
def scatter_nd_add(ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None) -> Any:
    """Adds `updates` to slices of a variable. See `scatter_nd_update`."""
    return _scatter("NdAdd", ref, indices, updates, use_locking, name)


@export("scatter_nd_sub")
def scatter_nd_sub(ref: Any, indices: Any, updates: Any, use_locking: bool = False, name: str | None = None) -> Any:
    """Subtracts `updates` from slices of a variable. See `scatter_nd_update`."""
    return _scatter("NdSub", ref, indices, updates, use_locking, name)


@export("batch_scatter_update")
def batch_scatter_update(
    ref: Any, indices: Any, updates: Any, use_locking: bool = True, name: str | None = None
) -> Any:
    """Writes `updates` along the last dimension of `indices`, whose other dimensions are those of the variable.

    Args:
      ref: a variable of shape ``batch + [n, ...]``.
      indices: int32 or int64, of shape ``batch + [k]``.
      updates: of shape ``batch + [k, ...]``.
      use_locking: accepted; updates are always guarded by a lock.
      name: the name scope.

    Raises:
      ValueError: the rank of `indices` is not known.
    """
    from tangraph.ops.array.concat import concat
    from tangraph.ops.array.fill import ones_like
    from tangraph.ops.array.reshape import expand_dims, reshape
    from tangraph.ops.array.shape import shape

    with name_scope(name):
        indices = convert_to_tensor(indices, name="indices")
        sizes = shape(indices)
        rank = indices.get_shape().ndims
        if rank is None:
            raise ValueError("batch_gather does not allow indices with unknown shape.")
        last: Any = expand_dims(indices, axis=-1)
        coordinates = []
        for axis in range(rank - 1):
            size: Any = sizes[axis]
            broadcast: list[Any] = [1] * (rank + 1)
            broadcast[axis] = size
            positions: Any = reshape(make_op("Range", 0, size, 1), broadcast)
            if positions.dtype.base is not last.dtype:
                positions = make_op("Cast", positions, DstT=last.dtype)
            coordinates.append(positions * ones_like(last))
        return scatter_nd_update(ref, concat([*coordinates, last], axis=-1), updates, use_locking=use_locking)
