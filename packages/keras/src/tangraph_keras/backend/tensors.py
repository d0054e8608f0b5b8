"""Constants, placeholders and variables, and what is known of them."""

from __future__ import annotations

from typing import Any

import numpy as np

import tangraph as tf
from tangraph.export import export
from tangraph_layers.engine.session import track_variable
from tangraph_layers.engine.settings import floatx


@export("keras.backend.constant")
def constant(value: Any, dtype: Any = None, shape: Any = None, name: str | None = None) -> Any:
    """Returns a constant tensor, of Keras' type of floats when no type is given.

    >>> with tf.Graph().as_default():
    ...     constant([1, 2])
    <tf.Tensor 'Const:0' shape=(2,) dtype=float32>
    """
    return tf.constant(value, dtype=floatx() if dtype is None else dtype, shape=shape, name=name)


def is_keras_tensor(x: Any) -> bool:
    """Returns whether a tensor came out of a layer of Keras (or `Input`).

    Raises:
      ValueError: no tensor.
    """
    if not isinstance(x, tf.Tensor | tf.Variable | tf.SparseTensor):
        raise ValueError(f"Unexpectedly found an instance of type `{type(x)}`. Expected a symbolic tensor instance.")
    return hasattr(x, "_keras_history")


@export("keras.backend.placeholder")
def placeholder(
    shape: Any = None,
    ndim: int | None = None,
    dtype: Any = None,
    sparse: bool = False,
    name: str | None = None,
    ragged: bool = False,
) -> Any:
    """Returns a placeholder.

    Args:
      shape: its shape, with None for unknown sizes.
      ndim: its rank, where nothing is known of its sizes.
      dtype: its element type; Keras' type of floats when None.
      sparse: whether it is a SparseTensor.
      name: its name.
      ragged: whether it is a RaggedTensor, ragged in the dimensions after the first that are None.

    Raises:
      ValueError: both sparse and ragged.

    >>> with tf.Graph().as_default():
    ...     placeholder(shape=(None, 3))
    <tf.Tensor 'Placeholder:0' shape=(?, 3) dtype=float32>
    """
    if sparse and ragged:
        raise ValueError("Cannot set both sparse and ragged to True when creating a placeholder.")
    dtype = floatx() if dtype is None else dtype
    if not shape and ndim:
        shape = (None,) * ndim
    if sparse:
        return tf.sparse_placeholder(dtype, shape=shape, name=name)
    if ragged:
        rank = next((i for i, size in enumerate(shape[1:]) if size is not None), len(shape) - 1)
        return tf.ragged.placeholder(dtype=dtype, ragged_rank=rank, value_shape=shape[rank + 1 :], name=name)
    return tf.placeholder(dtype, shape=shape, name=name)


def is_placeholder(x: Any) -> bool:
    """Returns whether a tensor, or one of a composite tensor's parts, is a placeholder."""
    if isinstance(x, tf.Tensor):
        return bool(x.op.type == "Placeholder")
    parts = tf.nest.flatten(x, expand_composites=True)
    return any(isinstance(part, tf.Tensor) and part.op.type == "Placeholder" for part in parts)


@export("keras.backend.variable")
def variable(value: Any, dtype: Any = None, name: str | None = None, constraint: Any = None) -> Any:
    """Returns a variable, which a session of Keras initializes by itself.

    Args:
      value: its initial value: an array, a number, a tensor; of a SciPy sparse matrix, a constant SparseTensor is made.
      dtype: its element type; Keras' type of floats when None.
      name: its name.
      constraint: a function that optimizers apply after each update.

    >>> with tf.Graph().as_default():
    ...     variable([[1.0, 2.0]], name="table")
    <tf.Variable 'table:0' shape=(1, 2) dtype=float32>
    """
    dtype = floatx() if dtype is None else dtype
    if hasattr(value, "tocoo"):
        found = value.tocoo()
        indices = np.stack([found.row, found.col], axis=1)
        sparse = tf.SparseTensor(indices=indices, values=found.data, dense_shape=found.shape)
        sparse._keras_shape = found.shape
        return sparse
    made = tf.Variable(value, dtype=tf.as_dtype(dtype), name=name, constraint=constraint, use_resource=True)
    if isinstance(value, np.ndarray):
        made._keras_shape = value.shape
    elif hasattr(value, "shape"):
        made._keras_shape = int_shape(value)
    track_variable(made)
    return made


@export("keras.backend.is_sparse")
def is_sparse(tensor: Any) -> bool:
    """Returns whether a tensor is sparse."""
    return isinstance(tensor, tf.SparseTensor)


@export("keras.backend.to_dense")
def to_dense(tensor: Any) -> Any:
    """Returns a dense tensor of a sparse one, and any other as it is."""
    return tf.sparse_tensor_to_dense(tensor) if is_sparse(tensor) else tensor


@export("keras.backend.shape")
def shape(x: Any) -> Any:
    """Returns the shape of a tensor as a tensor."""
    return tf.shape(x)


@export("keras.backend.int_shape")
def int_shape(x: Any) -> Any:
    """Returns the shape of a tensor as a tuple of numbers, with None for what is unknown; None for an unknown rank.

    >>> with tf.Graph().as_default():
    ...     int_shape(placeholder(shape=(None, 3)))
    (None, 3)
    """
    found = x.shape
    if isinstance(found, tuple):
        return found
    return None if found.ndims is None else tuple(found.as_list())


@export("keras.backend.ndim")
def ndim(x: Any) -> int | None:
    """Returns the rank of a tensor; None where it is unknown."""
    rank: int | None = x.shape.ndims
    return rank


@export("keras.backend.dtype")
def dtype(x: Any) -> str:
    """Returns the name of a tensor's element type.

    >>> with tf.Graph().as_default():
    ...     dtype(variable(1.0))
    'float32'
    """
    name: str = x.dtype.base_dtype.name
    return name


@export("keras.backend.zeros")
def zeros(shape: Any, dtype: Any = None, name: str | None = None) -> Any:
    """Returns a variable of zeros; of a shape that is not known, a tensor."""
    return _filled(tf.zeros, shape, dtype, name)


@export("keras.backend.ones")
def ones(shape: Any, dtype: Any = None, name: str | None = None) -> Any:
    """Returns a variable of ones; of a shape that is not known, a tensor."""
    return _filled(tf.ones, shape, dtype, name)


def _filled(fill: Any, shape: Any, dtype: Any, name: str | None) -> Any:
    with tf.init_scope():
        dtype = floatx() if dtype is None else dtype
        value = fill(shape=shape, dtype=tf.as_dtype(dtype), name=name)
        if all(value.shape.as_list()):
            return variable(value, dtype=dtype, name=name)
        track_variable(value)
        return value


@export("keras.backend.eye")
def eye(size: int, dtype: Any = None, name: str | None = None) -> Any:
    """Returns a variable that holds an identity matrix."""
    dtype = floatx() if dtype is None else dtype
    return variable(tf.eye(size, dtype=tf.as_dtype(dtype)), dtype, name)


@export("keras.backend.zeros_like")
def zeros_like(x: Any, dtype: Any = None, name: str | None = None) -> Any:
    """Returns zeros of the shape of a tensor."""
    return tf.zeros_like(x, dtype=dtype, name=name)


@export("keras.backend.ones_like")
def ones_like(x: Any, dtype: Any = None, name: str | None = None) -> Any:
    """Returns ones of the shape of a tensor."""
    return tf.ones_like(x, dtype=dtype, name=name)


@export("keras.backend.random_uniform_variable")
def random_uniform_variable(
    shape: Any, low: float, high: float, dtype: Any = None, name: str | None = None, seed: int | None = None
) -> Any:
    """Returns a variable of uniform values between two bounds; without a seed, NumPy's global generator draws one."""
    return _random(tf.random_uniform_initializer, shape, low, high, dtype, name, seed)


@export("keras.backend.random_normal_variable")
def random_normal_variable(
    shape: Any, mean: float, scale: float, dtype: Any = None, name: str | None = None, seed: int | None = None
) -> Any:
    """Returns a variable of normal values; without a seed, NumPy's global generator draws one."""
    return _random(tf.random_normal_initializer, shape, mean, scale, dtype, name, seed)


def _random(make: Any, shape: Any, a: float, b: float, dtype: Any, name: str | None, seed: int | None) -> Any:
    dtype = floatx() if dtype is None else dtype
    if seed is None:
        seed = np.random.randint(10**9)  # noqa: NPY002  the draw that programs with np.random.seed get
    value = make(a, b, dtype=tf.as_dtype(dtype), seed=seed)(shape)
    return variable(value, dtype=dtype, name=name)


@export("keras.backend.count_params")
def count_params(x: Any) -> Any:
    """Returns the number of elements of a tensor whose shape is known."""
    return np.prod(x.shape.as_list())


@export("keras.backend.cast")
def cast(x: Any, dtype: Any) -> Any:
    """Returns a tensor with its elements converted to another type."""
    return tf.cast(x, dtype)
