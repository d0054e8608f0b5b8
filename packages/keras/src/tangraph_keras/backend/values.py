"""The values of tensors, and the operations that update variables."""

from __future__ import annotations

import sys
from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.backend.tensors import to_dense
from tangraph_layers.engine.session import get_value


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
