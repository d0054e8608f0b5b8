"""The values of tensors and variables: to read them, to write them, to update them."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

import tangraph as tf
from tangraph.export import export
from tangraph_keras.backend.session import get_session
from tangraph_keras.backend.tensors import dtype, to_dense


@export("keras.backend.get_value")
def get_value(x: Any) -> Any:
    """Returns the value of a variable or tensor, computed in Keras' session; what is no tensor as it is.

    >>> with tf.Graph().as_default():
    ...     x = tf.keras.backend.variable([1.0, 2.0])
    ...     get_value(x).tolist(), get_value(x + 1).tolist()
    ([1.0, 2.0], [2.0, 3.0])
    """
    if not tf.is_tensor(x):
        return x
    if hasattr(x, "numpy") and not hasattr(x, "graph"):
        return x.numpy()
    return x.eval(session=get_session((x,)))


@export("keras.backend.batch_get_value")
def batch_get_value(tensors: Any) -> list[Any]:
    """Returns the values of several variables or tensors, all of one run."""
    return list(get_session(tensors).run(tensors)) if tensors else []


@export("keras.backend.set_value")
def set_value(x: Any, value: Any) -> None:
    """Writes a value into a variable, in Keras' session.

    >>> with tf.Graph().as_default():
    ...     x = tf.keras.backend.variable([1.0, 2.0])
    ...     set_value(x, [3.0, 4.0])
    ...     get_value(x).tolist()
    [3.0, 4.0]
    """
    array = np.asarray(value, dtype=dtype(x))
    operation, fed = _assignment(x, array.ndim)
    get_session().run(operation, feed_dict={fed: array})


@export("keras.backend.batch_set_value")
def batch_set_value(tuples: Any) -> None:
    """Writes values into several variables, in one run.

    Args:
      tuples: pairs of a variable and its value.
    """
    if not tuples:
        return
    operations, feeds = [], {}
    for x, value in tuples:
        array = np.asarray(value, dtype=dtype(x))
        operation, fed = _assignment(x, array.ndim)
        operations.append(operation)
        feeds[fed] = array
    get_session().run(operations, feed_dict=feeds)


def _assignment(x: Any, rank: int) -> tuple[Any, Any]:
    """Returns a variable's own assignment and the placeholder that feeds it, made when they are first needed."""
    if not hasattr(x, "_assign_placeholder"):
        x._assign_placeholder = tf.placeholder(x.dtype.base_dtype, shape=[None] * rank)
        x._assign_op = x.assign(x._assign_placeholder)
    return x._assign_op, x._assign_placeholder


@export("keras.backend.eval")
def eval(x: Any) -> Any:
    """Returns the value of a tensor, a sparse one made dense.

    >>> with tf.Graph().as_default():
    ...     eval(tf.constant([1, 2]) + 1).tolist()
    [2, 3]
    """
    return get_value(to_dense(x))


@export("keras.backend.update")
def update(x: Any, new_x: Any) -> Any:
    """Returns the operation that assigns a tensor to a variable."""
    return tf.assign(x, new_x)


@export("keras.backend.update_add")
def update_add(x: Any, increment: Any) -> Any:
    """Returns the operation that adds a tensor to a variable."""
    return tf.assign_add(x, increment)


@export("keras.backend.update_sub")
def update_sub(x: Any, decrement: Any) -> Any:
    """Returns the operation that subtracts a tensor from a variable."""
    return tf.assign_sub(x, decrement)


@export("keras.backend.moving_average_update")
def moving_average_update(x: Any, value: Any, momentum: Any) -> Any:
    """Returns the operation that moves a variable towards a value, with the bias of the start removed.

    Args:
      x: a variable that starts at zero.
      value: a tensor of its shape.
      momentum: how much of itself the average keeps.
    """
    from tangraph_training.moving_averages import assign_moving_average

    return assign_moving_average(x, value, momentum, zero_debias=True)


@export("keras.backend.print_tensor")
def print_tensor(x: Any, message: str = "") -> Any:
    """Returns a tensor that prints a message and its value when it is computed.

    What is no tensor of a graph is printed by an operation of its own, and returned.
    """
    if not isinstance(x, tf.Tensor):
        tf.print(message, x, output_stream=sys.stdout)
        return x
    with tf.control_dependencies([tf.print(message, x, output_stream=sys.stdout)]):
        return tf.identity(x)
