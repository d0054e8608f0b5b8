"""SparseTensors as strings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.framework import dtypes, raw_shape
from tangraph.framework.dtypes import cpp_name
from tangraph.framework.sparse_tensor import SparseTensor, convert_to_sparse_tensor
from tangraph.framework.tensor_shape import TensorShape
from tangraph.plugin import KernelSet, OpSet, export, make_op
from tangraph_datasets.parsing.raw import invalid
from tangraph_datasets.parsing.tensors import parsed, serialized
from tangraph_datasets.sparse_rows import check_parts, join, split

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.raw_shape import Raw
    from tangraph.framework.tensor import Tensor
    from tangraph.plugin import KernelContext, ShapeContext

ops = OpSet()
kernel = KernelSet()

_PARTS = ("sparse_indices: int64", "sparse_values: T", "sparse_shape: int64")
_SPARSE = ("sparse_indices: int64", "sparse_values: dtype", "sparse_shape: int64")
_OUT = ("T: type", "out_type: {string, variant} = DT_STRING")


def _check(c: ShapeContext) -> None:
    for index, rank in enumerate((2, 1, 1)):
        raw_shape.with_rank(c.shapes[index], rank)


def _one(c: ShapeContext) -> Raw:
    _check(c)
    return (3,)


def _many(c: ShapeContext) -> Raw:
    _check(c)
    return (None, 3)


def _read_many(c: ShapeContext) -> list[Raw]:
    last = raw_shape.with_rank(c.shapes[0], 2)[1]
    if last is not None and last != 3:
        raise ValueError(f"Dimension must be 3 but is {last}")
    return [(None, None), (None,), (None,)]


def _read(c: ShapeContext) -> list[Raw]:
    known = raw_shape.with_rank_at_least(c.shapes[0], 1)
    if known is not None and known[-1] not in {None, 3}:
        raise ValueError(f"Dimension must be 3 but is {known[-1]}")
    return [(None, None), (None,), (None,)]


SERIALIZE = ops.define("SerializeSparse", _PARTS, ["serialized_sparse: out_type"], _OUT, shape=_one)
SERIALIZE_MANY = ops.define("SerializeManySparse", _PARTS, ["serialized_sparse: out_type"], _OUT, shape=_many)
DESERIALIZE_MANY = ops.define(
    "DeserializeManySparse", ["serialized_sparse: string"], _SPARSE, ["dtype: type"], shape=_read_many
)
DESERIALIZE = ops.define(
    "DeserializeSparse",
    ["serialized_sparse: Tserialized"],
    _SPARSE,
    ["dtype: type", "Tserialized: {string, variant} = DT_STRING"],
    shape=_read,
)
ops.without_gradient("SerializeSparse", "SerializeManySparse", "DeserializeManySparse", "DeserializeSparse")


def _strings(indices: Any, values: Any, shape: Any, dtype: Any) -> list[bytes]:
    parts = ((indices, dtypes.int64), (values, dtype), (shape, dtypes.int64))
    return [serialized(part, kind) for part, kind in parts]


@kernel("SerializeSparse")
def _serialize(k: KernelContext) -> Callable[..., Any]:
    """A SparseTensor as three strings."""
    dtype, as_strings = k.input_dtypes[1], k.attr("out_type") is dtypes.string

    def run(indices: Any, values: Any, shape: Any) -> Any:
        check_parts(indices, values, shape)
        return _row(_strings(indices, values, shape, dtype) if as_strings else [indices, values, shape])

    return run


def _row(items: list[Any]) -> Any:
    out = np.empty(len(items), object)
    for i, item in enumerate(items):
        out[i] = item
    return out


@kernel("SerializeManySparse")
def _serialize_many(k: KernelContext) -> Callable[..., Any]:
    """The rows of a SparseTensor as three strings each."""
    dtype, as_strings = k.input_dtypes[1], k.attr("out_type") is dtypes.string

    def run(indices: Any, values: Any, shape: Any) -> Any:
        rows = [_row(_strings(*part, dtype) if as_strings else list(part)) for part in split(indices, values, shape)]
        return np.stack(rows) if rows else np.empty((0, 3), object)

    return run


def _parts_of(row: Any, dtype: Any, number: int) -> tuple[Any, Any, Any]:
    """The parts of a SparseTensor from three strings, or from three tensors (variants)."""
    found = []
    for what, wanted, item in zip(
        ("indices", "values", "shape"), (dtypes.int64, dtype, dtypes.int64), row, strict=True
    ):
        if not isinstance(item, bytes):
            found.append(item)
            continue
        value, kind = parsed(item)
        if kind is not wanted:
            raise invalid(
                f"Requested SparseTensor of type {cpp_name(wanted)} but SparseTensor[{number}].{what}.dtype() == "
                f"{cpp_name(kind)}"
            )
        found.append(value)
    indices, values, shape = found
    check_parts(indices, values, shape)
    return indices, values, shape


@kernel("DeserializeManySparse", "DeserializeSparse")
def _deserialize(k: KernelContext) -> Callable[..., Any]:
    """A SparseTensor whose rows are given by three strings each."""
    dtype = k.attr("dtype")
    many = k.op_type == "DeserializeManySparse"

    def run(value: Any) -> Any:
        array = np.asarray(value, object)
        if array.ndim < 1 or array.shape[-1] != 3 or (many and array.ndim != 2):
            raise invalid(f"Serialized sparse should have 3 as the last dimension, has shape {list(array.shape)}")
        rows = [_parts_of(row, dtype, i) for i, row in enumerate(array.reshape(-1, 3))]
        if array.ndim == 1:
            return rows[0]
        indices, values, shape = join(rows, dtype)
        outer = array.shape[:-1]
        if len(outer) == 1:
            return indices, values, shape
        places = np.stack(np.unravel_index(indices[:, 0], outer), axis=1)
        return np.hstack([places, indices[:, 1:]]), values, np.concatenate([outer, shape[1:]]).astype(np.int64)

    return run


@export("serialize_sparse", "io.serialize_sparse")
def serialize_sparse(sp_input: Any, name: str | None = None, out_type: Any = dtypes.string) -> Tensor:
    """Returns a SparseTensor as three strings: its indices, its values and its shape.

    Args:
      sp_input: a SparseTensor.
      name: the operation's name.
      out_type: tf.string or tf.variant.
    """
    sparse = convert_to_sparse_tensor(sp_input)
    result: Tensor = make_op(SERIALIZE, sparse.indices, sparse.values, sparse.dense_shape, out_type=out_type, name=name)
    return result


@export("serialize_many_sparse", "io.serialize_many_sparse")
def serialize_many_sparse(sp_input: Any, name: str | None = None, out_type: Any = dtypes.string) -> Tensor:
    """Returns the rows of a SparseTensor of rank 2 or more as three strings each, shape ``[n, 3]``.

    Args:
      sp_input: a SparseTensor.
      name: the operation's name.
      out_type: tf.string or tf.variant.
    """
    sparse = convert_to_sparse_tensor(sp_input)
    result: Tensor = make_op(
        SERIALIZE_MANY, sparse.indices, sparse.values, sparse.dense_shape, out_type=out_type, name=name
    )
    return result


def _sparse(op: Any, strings: Any, dtype: Any, rank: int | None, name: str | None) -> SparseTensor:
    indices, values, shape = make_op(op, strings, dtype=dtype, name=name)
    indices.set_shape(TensorShape([None, rank]))
    shape.set_shape(TensorShape([rank]))
    return SparseTensor(indices, values, shape)


def deserialize_sparse(serialized_sparse: Any, dtype: Any, rank: int | None = None, name: str | None = None) -> Any:
    """Returns the SparseTensor of :func:`serialize_sparse`, or those of several as one; see below."""
    return _sparse(DESERIALIZE, serialized_sparse, dtype, rank, name)


@export("deserialize_many_sparse", "io.deserialize_many_sparse")
def deserialize_many_sparse(
    serialized_sparse: Any, dtype: Any, rank: int | None = None, name: str | None = None
) -> SparseTensor:
    """Returns the SparseTensor whose rows are given by three strings each; its shape is the largest of theirs.

    Args:
      serialized_sparse: strings, shape ``[n, 3]``.
      dtype: the values' type.
      rank: the rank of the result, where it is known.
      name: the operation's name.
    """
    return _sparse(DESERIALIZE_MANY, serialized_sparse, dtype, rank, name)
