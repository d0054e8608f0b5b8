"""Matrices that are kept in several variables."""

from __future__ import annotations

from typing import Any

import tangraph as tf


def joined_variable(name: str, shape: list[int], dtype: Any, count: int) -> Any:
    """Returns a matrix that is kept in `count` variables of almost as many rows each.

    Raises:
      ValueError: there are fewer rows than variables.
    """
    if count > shape[0]:
        raise ValueError(f"Too many shards: shape={shape}, num_shards={count}")
    size, more = divmod(shape[0], count)
    parts = [tf.get_variable(f"{name}_{n}", [size + (n < more), *shape[1:]], dtype=dtype) for n in range(count)]
    if count == 1:
        return parts[0]
    whole_name = f"{name}/concat"
    key = f"{tf.get_variable_scope().name}/{whole_name}:0"
    for value in tf.get_collection(tf.GraphKeys.CONCATENATED_VARIABLES):
        if value.name == key:
            return value
    whole = tf.concat(parts, 0, name=whole_name)
    tf.add_to_collection(tf.GraphKeys.CONCATENATED_VARIABLES, whole)
    return whole
