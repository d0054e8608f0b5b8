"""Where a model begins."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.engine.layer import Layer
from tangraph_layers.engine.node import KerasHistory, Node
from tangraph_layers.engine.settings import dtype_name, floatx
from tangraph_layers.names import get_uid


@export("keras.layers.InputLayer")
class InputLayer(Layer):
    """The layer that a model's input comes from.

    Args:
      input_shape: the shape of one example: a tuple, a number or a TensorShape.
      batch_size: the number of examples in a batch; None for any.
      dtype: the element type; that of `tf.keras.backend.floatx` when None.
      input_tensor: a tensor to take instead of a new placeholder.
      sparse: whether the placeholder is a SparseTensor.
      name: the name of the layer, and of the placeholder.
      ragged: whether the placeholder is a RaggedTensor.
      **kwargs: `batch_input_shape`, the shape of a batch.

    Raises:
      ValueError: an unknown argument; both shapes are given; the tensor is of another type.
    """

    def __init__(
        self,
        input_shape: Any = None,
        batch_size: int | None = None,
        dtype: Any = None,
        input_tensor: Any = None,
        sparse: bool = False,
        name: str | None = None,
        ragged: bool = False,
        **kwargs: Any,
    ) -> None:
        if "batch_input_shape" in kwargs:
            batch_input_shape = kwargs.pop("batch_input_shape")
            if input_shape and batch_input_shape:
                raise ValueError(
                    "Only provide the input_shape OR batch_input_shape argument to InputLayer, not both at the same "
                    f"time. Received: {input_shape} and {batch_input_shape}"
                )
            batch_size, input_shape = batch_input_shape[0], batch_input_shape[1:]
        if kwargs:
            raise ValueError("Unrecognized keyword arguments:", kwargs.keys())
        if not dtype:
            dtype = floatx() if input_tensor is None else dtype_name(input_tensor.dtype)
        elif input_tensor is not None and input_tensor.dtype != dtype:
            raise ValueError(f"`input_tensor.dtype` differs from `dtype`: {input_tensor.dtype} vs. {dtype}")
        super().__init__(dtype=dtype, name=name or f"input_{get_uid('input')}")
        self.built = True
        self.sparse = sparse
        self.ragged = ragged
        self.batch_size = batch_size
        self.supports_masking = True
        self.is_placeholder = input_tensor is None
        if input_tensor is None:
            self._batch_input_shape: Any = _batch_shape(batch_size, input_shape)
            input_tensor = _placeholder(dtype, self._batch_input_shape, self.name, sparse, ragged)
        else:
            self._batch_input_shape = tuple(input_tensor.shape.as_list())
        input_tensor._keras_history = KerasHistory(self, 0, 0)
        input_tensor._keras_mask = None
        Node(self, [], [], [], [input_tensor], [input_tensor])

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make an equal layer."""
        return {
            "batch_input_shape": self._batch_input_shape,
            "dtype": self.dtype,
            "sparse": self.sparse,
            "ragged": self.ragged,
            "name": self.name,
        }


def _batch_shape(batch_size: Any, shape: Any) -> Any:
    if shape is None:
        return None
    if isinstance(shape, tf.TensorShape):
        shape = shape.as_list()
    return (batch_size, *((shape,) if isinstance(shape, int) else shape))


def _placeholder(dtype: Any, shape: Any, name: str, sparse: bool, ragged: bool) -> Any:
    if sparse:
        return tf.sparse_placeholder(dtype, shape=shape, name=name)
    if ragged:
        rank = 0
        for place in range(1, len(shape)):
            if shape[place] is None:
                rank = place
        return tf.ragged.placeholder(dtype, ragged_rank=rank, value_shape=shape[rank + 1 :], name=name)
    return tf.placeholder(dtype, shape=shape, name=name)


@export("keras.layers.Input", "keras.Input")
def Input(
    shape: Any = None,
    batch_size: int | None = None,
    name: str | None = None,
    dtype: Any = None,
    sparse: bool = False,
    tensor: Any = None,
    ragged: bool = False,
    **kwargs: Any,
) -> Any:
    """Returns a tensor that a model begins with.

    Args:
      shape: the shape of one example, a tuple with None for any size.
      batch_size: the number of examples in a batch; None for any.
      name: the name of the layer that it comes from.
      dtype: the element type; that of `tf.keras.backend.floatx` when None.
      sparse: whether it is a SparseTensor.
      tensor: a tensor to take instead of a new placeholder.
      ragged: whether it is a RaggedTensor.
      **kwargs: `batch_shape`, the shape of a batch.

    Raises:
      ValueError: neither a shape nor a tensor is given; two shapes are; an unknown argument.

    >>> with tf.Graph().as_default():
    ...     tf.keras.Input(shape=(3,), name="x")
    <tf.Tensor 'x:0' shape=(?, 3) dtype=float32>
    """
    if sparse and ragged:
        raise ValueError("Cannot set both sparse and ragged to True in a Keras input.")
    config = {"name": name, "dtype": dtype, "sparse": sparse, "ragged": ragged, "input_tensor": tensor}
    batch_shape = kwargs.pop("batch_input_shape", kwargs.pop("batch_shape", None))
    if shape and batch_shape:
        raise ValueError(
            "Only provide the `shape` OR `batch_input_shape` argument to Input, not both at the same time."
        )
    if batch_shape:
        shape = batch_shape[1:]
        config["batch_input_shape"] = batch_shape
    else:
        config.update(batch_size=batch_size, input_shape=shape)
    if kwargs:
        raise ValueError("Unrecognized keyword arguments:", kwargs.keys())
    if shape is None and tensor is None:
        raise ValueError(
            "Please provide to Input either a `shape` or a `tensor` argument. Note that `shape` does not include the "
            "batch dimension."
        )
    outputs = InputLayer(**config).inbound_nodes[0].output_tensors
    return outputs[0] if len(outputs) == 1 else outputs
