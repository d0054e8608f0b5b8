"""Tensors as signatures describe them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework import dtypes, stacks
from tangraph.framework.sparse_tensor import SparseTensor
from tangraph.framework.tensor_shape import TensorShape
from tangraph.ops.state.scoped_names import prepend_name_scope
from tangraph_interop.messages import TensorInfo

if TYPE_CHECKING:
    from tangraph.framework.graph import Graph
    from tangraph.framework.operation import Operation
    from tangraph.framework.tensor import Tensor


@export("saved_model.build_tensor_info", "saved_model.utils.build_tensor_info")
def build_tensor_info(tensor: Any) -> TensorInfo:
    """Returns the message that describes a tensor, or a sparse tensor.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default():
    ...     info = build_tensor_info(tf.placeholder(tf.float32, [None, 2], name="x"))
    >>> info.name, info.dtype, [dim.size for dim in info.tensor_shape.dim]
    ('x:0', 1, [-1, 2])
    """
    info = TensorInfo(dtype=dtypes.as_dtype(tensor.dtype).as_datatype_enum, tensor_shape=tensor.get_shape().as_proto())
    if isinstance(tensor, SparseTensor):
        info.coo_sparse.values_tensor_name = tensor.values.name
        info.coo_sparse.indices_tensor_name = tensor.indices.name
        info.coo_sparse.dense_shape_tensor_name = tensor.dense_shape.name
    else:
        info.name = tensor.name
    return info


def build_tensor_info_from_op(op: Operation) -> TensorInfo:
    """Returns the message that names an operation."""
    return TensorInfo(name=op.name, tensor_shape=TensorShape(None).as_proto())


@export("saved_model.get_tensor_from_tensor_info", "saved_model.utils.get_tensor_from_tensor_info")
def get_tensor_from_tensor_info(
    tensor_info: Any, graph: Graph | None = None, import_scope: str | None = None
) -> Tensor | SparseTensor:
    """Returns the tensor, or the sparse tensor, that a message describes.

    Args:
      tensor_info: the message.
      graph: where the tensor is; the default graph when None.
      import_scope: the scope under which the message's graph was imported.

    Raises:
      KeyError: there is no such tensor.
      ValueError: the message names none.
    """
    graph = graph or stacks.get_default_graph()

    def named(name: str) -> Tensor:
        return graph.get_tensor_by_name(prepend_name_scope(name, import_scope))

    encoding = tensor_info.WhichOneof("encoding")
    if encoding == "name":
        return named(tensor_info.name)
    if encoding == "coo_sparse":
        names = tensor_info.coo_sparse
        return SparseTensor(
            named(names.indices_tensor_name), named(names.values_tensor_name), named(names.dense_shape_tensor_name)
        )
    raise ValueError(f"Invalid TensorInfo.encoding: {encoding}")
