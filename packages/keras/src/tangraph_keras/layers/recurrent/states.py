"""The states of cells and recurrent layers, and how they are given."""

from __future__ import annotations

import inspect
from typing import Any

import tangraph as tf


def takes(function: Any, name: str) -> bool:
    """Returns whether a function has an argument of that name."""
    specification = inspect.getfullargspec(function)
    return name in specification.args or name in specification.kwonlyargs


def as_list(value: Any) -> list[Any]:
    """Returns a list as it is, and anything else as a list of it."""
    return value if isinstance(value, list) else [value]


def has_several_states(state_size: Any) -> bool:
    """Returns whether a size is a list or tuple of sizes."""
    return hasattr(state_size, "__len__") and not isinstance(state_size, tf.TensorShape)


def zero_states(batch_size: Any, state_size: Any, dtype: Any) -> Any:
    """Returns zeros for each state.

    Args:
      batch_size: the number of sequences, a number or a tensor.
      state_size: a size, a shape, or a nested structure of these.
      dtype: the element type.

    Raises:
      ValueError: the number or the type is not known.
    """
    if batch_size is None or dtype is None:
        raise ValueError(
            f"batch_size and dtype cannot be None while constructing initial state: batch_size={batch_size}, "
            f"dtype={dtype}"
        )

    def zeros(size: Any) -> Any:
        return tf.zeros([batch_size, *tf.TensorShape(size).as_list()], dtype=dtype)

    return tf.nest.map_structure(zeros, state_size) if tf.nest.is_nested(state_size) else zeros(state_size)


def zero_states_of(cell: Any, inputs: Any, batch_size: Any, dtype: Any) -> Any:
    """Returns zeros for each state of a cell, for as many sequences as there are inputs."""
    if inputs is not None:
        batch_size, dtype = tf.shape(inputs)[0], inputs.dtype
    return zero_states(batch_size, cell.state_size, dtype)


def standardize_arguments(inputs: Any, initial_state: Any, constants: Any, num_constants: Any) -> tuple[Any, Any, Any]:
    """Returns inputs, initial states and constants apart: all may come in one list, in that order.

    Args:
      inputs: a tensor, or a list.
      initial_state: a tensor, a list or tuple of them, or None.
      constants: the same.
      num_constants: how many of the list are constants.
    """
    if isinstance(inputs, list):
        assert initial_state is None
        assert constants is None
        if num_constants:
            constants = inputs[-num_constants:]
            inputs = inputs[:-num_constants]
        if len(inputs) > 1:
            initial_state = inputs[1:]
        inputs = inputs[0]

    def listed(value: Any) -> Any:
        if isinstance(value, tuple):
            return list(value)
        return value if value is None or isinstance(value, list) else [value]

    return inputs, listed(initial_state), listed(constants)


def as_shape(shape: Any) -> Any:
    """Returns a TensorShape, or a nested structure of shapes as it is."""
    try:
        return tf.TensorShape(shape)
    except (ValueError, TypeError):
        return shape
