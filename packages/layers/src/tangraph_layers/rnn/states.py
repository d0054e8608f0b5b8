"""Shapes and start values of states, which are nested structures of tensors."""

from __future__ import annotations

from typing import Any, NamedTuple

import tangraph as tf
from tangraph.export import export


class _LSTMState(NamedTuple):
    c: Any
    h: Any


@export("nn.rnn_cell.LSTMStateTuple", "contrib.rnn.LSTMStateTuple")
class LSTMStateTuple(_LSTMState):
    """The state of an LSTM cell: `c`, what it remembers, and `h`, what it has put out last.

    >>> tf.nn.rnn_cell.LSTMStateTuple(c=3, h=2)
    LSTMStateTuple(c=3, h=2)
    """

    __slots__ = ()

    @property
    def dtype(self) -> Any:
        """The element type of both.

        Raises:
          TypeError: they differ.
        """
        c, h = self
        if c.dtype != h.dtype:
            raise TypeError(f"Inconsistent internal state: {c.dtype} vs {h.dtype}")
        return c.dtype


def _part(value: Any, what: str) -> tuple[Any, list[Any] | None]:
    """Returns a part of a shape as a vector tensor, or None, and what is known of it."""
    if tf.contrib.framework.is_tensor(value):
        known = tf.contrib.util.constant_value(value)
        if value.shape.ndims == 0:
            return tf.expand_dims(value, 0), None if known is None else [int(known)]
        if value.shape.ndims != 1:
            raise ValueError(f"{what} tensor must be either a scalar or vector, but saw tensor: {value}")
        return value, None if known is None else [int(size) for size in known]
    shape = tf.TensorShape(value)
    tensor = tf.constant(shape.as_list(), dtype=tf.int32) if shape.is_fully_defined() else None
    return tensor, None if shape.ndims is None else shape.as_list()


def joined_shape(prefix: Any, suffix: Any) -> Any:
    """Returns the shape `prefix + suffix` as a vector tensor; each is a tensor, a number, or a shape.

    Raises:
      ValueError: one of them is not fully known, or is a tensor of rank 2 or more.
    """
    first, second = _part(prefix, "prefix")[0], _part(suffix, "suffix")[0]
    if first is None or second is None:
        raise ValueError(f"Provided a prefix or suffix of None: {prefix} and {suffix}")
    return tf.concat((first, second), 0)


def joined_static_shape(prefix: Any, suffix: Any) -> Any:
    """Returns as a list what is known of the shape `prefix + suffix`; None if its rank is not."""
    first, second = _part(prefix, "prefix")[1], _part(suffix, "suffix")[1]
    joined = tf.TensorShape(first).concatenate(tf.TensorShape(second))
    return None if joined.ndims is None else joined.as_list()


def zero_state_tensors(state_size: Any, batch_size: Any, dtype: Any) -> Any:
    """Returns zeros of the shapes [batch_size, ...size] in the structure of `state_size`."""

    def zeros(size: Any) -> Any:
        made = tf.zeros(joined_shape(batch_size, size), dtype=dtype)
        made.set_shape(joined_static_shape(batch_size, size))
        return made

    return tf.nest.map_structure(zeros, state_size)
