"""SparseTensor: a tensor given by the indices and values of its elements that are not empty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tangraph.client.fetches import register_session_run_conversion_functions
from tangraph.export import export
from tangraph.framework import dtypes, raw_shape
from tangraph.framework.constant_value import constant_value_as_shape
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor import Tensor
from tangraph.framework.tensor_conversion import convert_to_tensor, internal_convert_to_tensor
from tangraph.framework.tensor_shape import TensorShape

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.dtypes import DType
    from tangraph.framework.graph import Graph
    from tangraph.framework.operation import Operation


@export("SparseTensorValue")
class SparseTensorValue(NamedTuple):
    """What fetching a :class:`SparseTensor` gives, and what feeds one.

    Attributes:
      indices: int64, shape ``[n, rank]``.
      values: shape ``[n]``.
      dense_shape: int64, shape ``[rank]``.
    """

    indices: Any
    values: Any
    dense_shape: Any


@export("SparseTensor", "sparse.SparseTensor")
class SparseTensor:
    """A tensor given by the indices and values of its elements that are not empty.

    Args:
      indices: int64, shape ``[n, rank]``: where the elements stand, usually in row-major order.
      values: shape ``[n]``: the elements.
      dense_shape: int64, shape ``[rank]``: the shape of the whole.

    Raises:
      ValueError: the three do not fit each other.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     x = tf.SparseTensor([[0, 0], [1, 2]], [5, 6], [2, 3])
    ...     session.run(tf.sparse_tensor_to_dense(x)).tolist()
    [[5, 0, 0], [0, 0, 6]]
    """

    def __init__(self, indices: Any, values: Any, dense_shape: Any) -> None:
        with name_scope(None, "SparseTensor", [indices, values, dense_shape]):
            self._indices = convert_to_tensor(indices, name="indices", dtype=dtypes.int64)
            self._values = internal_convert_to_tensor(values, name="values")
            self._dense_shape = convert_to_tensor(dense_shape, name="dense_shape", dtype=dtypes.int64)
        index, value = self._indices.shape.with_rank(2), self._values.shape.with_rank(1)
        whole = self._dense_shape.shape.with_rank(1)
        index[0].merge_with(value[0])
        index[1].merge_with(whole[0])

    def __mul__(self, other: Any) -> SparseTensor:
        return self._by_dense(other, "mul", "SparseDenseCwiseMul")

    def __truediv__(self, other: Any) -> SparseTensor:
        return self._by_dense(other, "truediv", "SparseDenseCwiseDiv")

    def __div__(self, other: Any) -> SparseTensor:
        return self._by_dense(other, "div", "SparseDenseCwiseDiv")

    def _by_dense(self, other: Any, name: str, op_type: str) -> SparseTensor:
        from tangraph.ops.operators import sparse_by_dense

        result: SparseTensor = sparse_by_dense(self, other, name, op_type)
        return result

    @classmethod
    def from_value(cls, sparse_tensor_value: Any) -> SparseTensor:
        """Returns a SparseTensor for a SparseTensor or a SparseTensorValue.

        Raises:
          TypeError: it is neither.
        """
        if not is_sparse(sparse_tensor_value):
            raise TypeError(f"Neither a SparseTensor nor SparseTensorValue: {sparse_tensor_value}.")
        return SparseTensor(
            indices=sparse_tensor_value.indices,
            values=sparse_tensor_value.values,
            dense_shape=sparse_tensor_value.dense_shape,
        )

    def _to_components(self) -> tuple[Any, ...]:
        return self.indices, self.values, self.dense_shape

    def _from_components(self, components: tuple[Any, ...]) -> SparseTensor:
        return SparseTensor(*components)

    def _shape_invariants(self, shape: Any) -> list[Any]:
        """The static shapes that the components keep in a loop through which the whole keeps `shape`."""
        rank = self.shape.ndims if shape is None else shape.ndims
        return [TensorShape([None, rank]), TensorShape([None]), TensorShape([rank])]

    @property
    def indices(self) -> Tensor:
        """Where the elements stand, int64 of shape ``[n, rank]``."""
        return self._indices

    @property
    def values(self) -> Tensor:
        """The elements, of shape ``[n]``."""
        return self._values

    @property
    def dense_shape(self) -> Tensor:
        """The shape of the whole, int64 of shape ``[rank]``."""
        return self._dense_shape

    @property
    def op(self) -> Operation:
        """The operation that produces the values."""
        return self._values.op

    @property
    def dtype(self) -> DType:
        """The element type."""
        return self._values.dtype

    @property
    def graph(self) -> Graph:
        """The graph that holds the three tensors."""
        return self._indices.graph

    @property
    def shape(self) -> TensorShape:
        """The static shape, as far as it is known."""
        return constant_value_as_shape(self._dense_shape)

    def get_shape(self) -> TensorShape:
        """Returns the static shape, as far as it is known."""
        return constant_value_as_shape(self._dense_shape)

    def consumers(self) -> list[Operation]:
        """Returns the operations that take one of the three tensors, each once."""
        parts = (self._indices, self._values, self._dense_shape)
        return list(dict.fromkeys(op for part in parts for op in part.consumers()))

    def eval(self, feed_dict: Any = None, session: Any = None) -> SparseTensorValue:
        """Runs the graph for the value; see `Tensor.eval`."""
        from tangraph.client.session import eval_in_session

        value: SparseTensorValue = eval_in_session(self, feed_dict, session)  # type: ignore[arg-type]
        return value

    def __str__(self) -> str:
        return f"SparseTensor(indices={self._indices}, values={self._values}, dense_shape={self._dense_shape})"


def is_sparse(x: Any) -> bool:
    """Says whether a value is a SparseTensor or a SparseTensorValue."""
    return isinstance(x, (SparseTensor, SparseTensorValue))


def convert_to_sparse_tensor(value: Any) -> SparseTensor:
    """Returns a SparseTensor for a SparseTensor or its value.

    Raises:
      TypeError: it is neither.
    """
    if isinstance(value, SparseTensorValue):
        return SparseTensor.from_value(value)
    if not isinstance(value, SparseTensor):
        raise TypeError("Input must be a SparseTensor.")
    return value


@export("convert_to_tensor_or_sparse_tensor")
def convert_to_tensor_or_sparse_tensor(value: Any, dtype: Any = None, name: str | None = None) -> Any:
    """Returns a SparseTensor for a SparseTensor or its value, and a tensor for anything else.

    Raises:
      RuntimeError: a SparseTensor of another type than `dtype`.
    """
    wanted = None if dtype is None else dtypes.as_dtype(dtype)
    if isinstance(value, SparseTensorValue):
        value = SparseTensor.from_value(value)
    if isinstance(value, SparseTensor):
        if wanted is not None and not wanted.is_compatible_with(value.dtype):
            raise RuntimeError(f"Sparse dtype: requested = {wanted.name}, actual = {value.dtype.name}")
        return value
    return internal_convert_to_tensor(value, wanted, name)


@export("sparse.placeholder", "sparse_placeholder")
def sparse_placeholder(dtype: Any, shape: Any = None, name: str | None = None) -> SparseTensor:
    """Returns a SparseTensor whose value is fed, as a SparseTensorValue or a tuple of its three arrays.

    Args:
      dtype: the type of the values.
      shape: the shape of the whole; None, or with None in it, when it is fed too.
      name: the prefix of the names of the three placeholders.
    """
    from tangraph.ops.array.constant import placeholder

    def named(suffix: str) -> str | None:
        return None if name is None else f"{name}/{suffix}"

    rank: int | None = None
    if isinstance(shape, Tensor):
        known = shape.raw_shape
        rank = None if known is None else known[0]
        dense_shape: Any = convert_to_tensor(shape, dtype=dtypes.int64, name=named("shape"))
    else:
        dense_shape = None
        if shape is not None:
            sizes = raw_shape.from_value(shape) if isinstance(shape, TensorShape) else tuple(shape)
            rank = None if sizes is None else len(sizes)
            if sizes is not None and None not in sizes:
                dense_shape = convert_to_tensor(list(sizes), dtype=dtypes.int64, name=named("shape"))
    if dense_shape is None:
        dense_shape = placeholder(dtypes.int64, shape=[rank], name=named("shape"))
    values = placeholder(dtype, shape=[None], name=named("values"))
    indices = placeholder(dtypes.int64, shape=[None, rank], name=named("indices"))
    return SparseTensor(values=values, indices=indices, dense_shape=dense_shape)


def _parts(value: SparseTensor) -> list[Any]:
    return [value.indices, value.values, value.dense_shape]


def _fetch(value: SparseTensor) -> tuple[list[Any], Callable[[list[Any]], Any]]:
    return _parts(value), lambda got: SparseTensorValue(*got)


def _feed(key: SparseTensor, value: Any) -> list[tuple[Any, Any]]:
    return list(zip(_parts(key), value, strict=True))


register_session_run_conversion_functions(SparseTensor, _fetch, _feed)
