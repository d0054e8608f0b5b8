"""Crosses of SparseTensors: for each row, every combination of one element of each."""

from __future__ import annotations

from typing import Any, Final

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.framework.make_op import make_op
from tangraph.framework.op_def import OpSet
from tangraph.framework.sparse_tensor import SparseTensor, is_sparse
from tangraph.framework.tensor import Tensor

ops = OpSet()

DEFAULT_HASH_KEY: Final = 0xDECAFCAFFE

SPARSE_CROSS = ops.define(
    "SparseCross",
    ["indices: N * int64", "values: sparse_types", "shapes: N * int64", "dense_inputs: dense_types"],
    ["output_indices: int64", "output_values: out_type", "output_shape: int64"],
    [
        "N: int >= 0",
        "hashed_output: bool",
        "num_buckets: int >= 0",
        "hash_key: int",
        "sparse_types: list({int64, string}) >= 0",
        "dense_types: list({int64, string}) >= 0",
        "out_type: {int64, string}",
        "internal_type: {int64, string}",
    ],
    shape=lambda c: [(None, 2), (None,), (2,)],
)
ops.without_gradient("SparseCross")


@export("sparse.cross")
def sparse_cross(inputs: list[Any], name: str | None = None) -> SparseTensor:
    """Returns, for each row, every combination of one element of each input, joined with ``_X_``.

    Args:
      inputs: a list of SparseTensors and Tensors of rank 2, of strings or integers, with the same number of rows.
      name: the operation's name.

    Returns:
      A SparseTensor of strings, [rows, most combinations in a row]; the last SparseTensor or Tensor changes fastest,
      Tensors come after SparseTensors.

    Raises:
      TypeError: `inputs` is no list, or has other elements.
      tf.errors.InvalidArgumentError: when run, inputs of another rank or with different numbers of rows.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     words = tf.SparseTensor([[0, 0], [0, 1]], ["a", "b"], [1, 2])
    ...     session.run(tf.sparse.cross([words, tf.constant([["c"]])])).values.tolist()
    [b'a_X_c', b'b_X_c']
    """
    return _cross(inputs, name, hashed_output=False, num_buckets=0, hash_key=None)


@export("sparse.cross_hashed")
def sparse_cross_hashed(
    inputs: list[Any], num_buckets: int = 0, hash_key: int | None = None, name: str | None = None
) -> SparseTensor:
    """Returns a hash of every combination of one element of each input, for each row.

    Args:
      inputs: see `tf.sparse.cross`.
      num_buckets: the hashes are taken modulo this number, or are as they come for 0.
      hash_key: what the hash begins with; 0xDECAFCAFFE when None or 0.
      name: the operation's name.

    Returns:
      A SparseTensor of int64, [rows, most combinations in a row].

    Raises:
      TypeError: `inputs` is no list, or has other elements.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     words = tf.SparseTensor([[0, 0], [0, 1]], ["a", "b"], [1, 2])
    ...     other = tf.SparseTensor([[0, 0]], ["x"], [1, 1])
    ...     session.run(tf.sparse.cross_hashed([words, other], 100)).values.tolist()
    [92, 4]
    """
    return _cross(inputs, name, hashed_output=True, num_buckets=num_buckets, hash_key=hash_key)


def _cross(
    inputs: list[Any], name: str | None, *, hashed_output: bool, num_buckets: int, hash_key: int | None
) -> SparseTensor:
    if not isinstance(inputs, list):
        raise TypeError("Inputs must be a list")
    if not all(is_sparse(x) or isinstance(x, Tensor) for x in inputs):
        raise TypeError("All inputs must be SparseTensors")
    sparse = [x for x in inputs if is_sparse(x)]
    values = [_strings_or_int64(x.values) for x in sparse]
    dense = [_strings_or_int64(x) for x in inputs if not is_sparse(x)]
    strings = all(x.dtype is dtypes.string for x in [*values, *dense])
    indices, crossed, shape = make_op(
        SPARSE_CROSS,
        [x.indices for x in sparse],
        values,
        [x.dense_shape for x in sparse],
        dense,
        hashed_output=hashed_output,
        num_buckets=num_buckets,
        hash_key=hash_key or DEFAULT_HASH_KEY,
        out_type=dtypes.int64 if hashed_output else dtypes.string,
        internal_type=dtypes.string if strings else dtypes.int64,
        name=name,
    )
    return SparseTensor(indices, crossed, shape)


def _strings_or_int64(x: Any) -> Any:
    from tangraph.ops.math.cast import cast

    return x if x.dtype is dtypes.string else cast(x, dtypes.int64)
