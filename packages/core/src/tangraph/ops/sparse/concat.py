"""SparseTensors put together along a dimension, and split again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import raw_shape
from tangraph.framework.constant_value import constant_value
from tangraph.framework.deprecation import deprecated_argument_lookup
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.sparse_tensor import SparseTensor, convert_to_sparse_tensor
from tangraph.framework.tensor_conversion import convert_to_tensor

if TYPE_CHECKING:
    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.shape_context import ShapeContext

ops = OpSet()


def _concat_shape(c: ShapeContext) -> list[Raw]:
    count = c.attr("N")
    rows: int | None = 0
    columns, shape = None, None
    for i in range(count):
        (n, rank), (m,) = c.with_rank(i, 2), c.with_rank(count + i, 1)
        n = raw_shape.merge_dim(n, m)
        rows = None if rows is None or n is None else rows + n
        columns = raw_shape.merge_dim(columns, rank)
        shape = raw_shape.merge(shape, c.with_rank(2 * count + i, 1))
    return [(rows, columns), (rows,), shape]


def _split_shape(c: ShapeContext) -> list[Raw]:
    shape, count = c.shapes[3], c.attr("num_split")
    return [*[(None, raw_shape.num_elements(shape))] * count, *[(None,)] * count, *[shape] * count]


SPARSE_CONCAT = ops.define(
    "SparseConcat",
    ["indices: N * int64", "values: N * T", "shapes: N * int64"],
    ["output_indices: int64", "output_values: T", "output_shape: int64"],
    ["concat_dim: int", "N: int >= 2", "T: type"],
    shape=_concat_shape,
)
SPARSE_SPLIT = ops.define(
    "SparseSplit",
    ["split_dim: int64", "indices: int64", "values: T", "shape: int64"],
    ["output_indices: num_split * int64", "output_values: num_split * T", "output_shape: num_split * int64"],
    ["num_split: int >= 1", "T: type"],
    shape=_split_shape,
)
ops.without_gradient("SparseSplit")
ops.not_differentiable("SparseConcat")


@export("sparse.concat", "sparse_concat")
def sparse_concat(
    axis: Any,
    sp_inputs: Any,
    name: str | None = None,
    expand_nonconcat_dim: bool = False,
    concat_dim: Any = None,
    expand_nonconcat_dims: bool | None = None,
) -> SparseTensor:
    """Puts SparseTensors together along a dimension.

    Args:
      axis: the dimension, from the end if negative.
      sp_inputs: a list of SparseTensors of the same rank and type.
      name: the operation's name.
      expand_nonconcat_dim: whether the other dimensions may differ; the result's are the largest.
      concat_dim: the older name of `axis`.
      expand_nonconcat_dims: the newer name of `expand_nonconcat_dim`.

    Raises:
      TypeError: an input is no SparseTensor, or they are no list.
    """
    if expand_nonconcat_dims is not None:
        expand_nonconcat_dim = deprecated_argument_lookup(
            "expand_nonconcat_dims", expand_nonconcat_dims, "expand_nonconcat_dim", expand_nonconcat_dim or None
        )
    axis = deprecated_argument_lookup("axis", axis, "concat_dim", concat_dim)
    if not isinstance(sp_inputs, (list, tuple)):
        raise TypeError("Inputs must be a list or tuple.")
    inputs = [convert_to_sparse_tensor(x) for x in sp_inputs]
    if len(inputs) == 1:
        return inputs[0]
    shapes: list[Any] = [x.dense_shape for x in inputs]
    if expand_nonconcat_dim:
        shapes = _expanded(shapes, axis)
    indices, values, shape = make_op(
        SPARSE_CONCAT, [x.indices for x in inputs], [x.values for x in inputs], shapes, concat_dim=axis, name=name
    )
    known: list[Any] = [constant_value(s) for s in shapes]
    if all(value is not None for value in known):
        whole: Any = known[0].copy()
        whole[axis] = sum(value[axis] for value in known)
        shape = convert_to_tensor(whole)
    return SparseTensor(indices, values, shape)


def _expanded(shapes: list[Any], axis: int) -> list[Any]:
    from tangraph.ops.array.concat import concat
    from tangraph.ops.array.reshape import reshape
    from tangraph.ops.math.reductions import reduce_max

    rows = concat([reshape(shape, [1, -1]) for shape in shapes], 0)
    largest: Any = reduce_max(rows, 0)
    result = []
    for shape in shapes:
        before = largest[:axis]
        own = shape[-1:] if axis == -1 else shape[axis : axis + 1]
        behind = [] if axis == -1 else largest[axis + 1 :]
        result.append(concat([before, own, behind], 0))
    return result


class KeywordRequired:
    """Stands where an argument has to be named."""

    def __repr__(self) -> str:
        return "KeywordRequired()"


_KEYWORD_REQUIRED = KeywordRequired()


@export("sparse.split", "sparse_split")
def sparse_split(
    keyword_required: Any = _KEYWORD_REQUIRED,
    sp_input: Any = None,
    num_split: int | None = None,
    axis: Any = None,
    name: str | None = None,
    split_dim: Any = None,
) -> list[SparseTensor]:
    """Splits a SparseTensor along a dimension.

    Args:
      keyword_required: not to be given: the others have to be named.
      sp_input: a SparseTensor.
      num_split: into how many parts; the first ones are larger by 1 if they cannot be equal.
      axis: the dimension.
      name: the operation's name.
      split_dim: the older name of `axis`.

    Raises:
      ValueError: an argument is missing or has no name.
      TypeError: the input is no SparseTensor.
    """
    if not isinstance(keyword_required, KeywordRequired):
        raise ValueError("Keyword arguments are required for this function.")
    if sp_input is None:
        raise ValueError("sp_input is required")
    if num_split is None:
        raise ValueError("num_split is required")
    axis = deprecated_argument_lookup("axis", axis, "split_dim", split_dim)
    if axis is None:
        raise ValueError("axis is required")
    sparse = convert_to_sparse_tensor(sp_input)
    parts = make_op(
        SPARSE_SPLIT, axis, sparse.indices, sparse.values, sparse.dense_shape, num_split=num_split, name=name
    )
    return [SparseTensor(*part) for part in zip(*parts, strict=True)]
