"""One of two values, by a condition."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export


@export("keras.backend.switch")
def switch(condition: Any, then_expression: Any, else_expression: Any) -> Any:
    """Returns one of two values.

    Args:
      condition: a tensor of numbers or bools; of a scalar, only the chosen function's operations run.
      then_expression: a tensor, or a function that returns one.
      else_expression: the same.

    Returns:
      A tensor; of a condition with dimensions, the elements that it chooses.

    Raises:
      ValueError: a condition of more dimensions than the values.
    """
    if condition.dtype != tf.bool:
        condition = tf.cast(condition, "bool")
    rank = condition.shape.ndims
    if not rank:
        return tf.cond(condition, _function(then_expression), _function(else_expression))
    chosen = then_expression() if callable(then_expression) else then_expression
    other = else_expression() if callable(else_expression) else else_expression
    wanted = chosen.shape.ndims
    if rank > wanted:
        raise ValueError(
            "Rank of `condition` should be less than or equal to rank of `then_expression` and `else_expression`. "
            f"ndim(condition)={rank}, ndim(then_expression)={wanted}"
        )
    if rank > 1:
        condition = _spread(condition, chosen, wanted - rank)
    return tf.where(condition, chosen, other)


def _function(expression: Any) -> Any:
    return expression if callable(expression) else lambda: expression


def _spread(condition: Any, chosen: Any, missing: int) -> Any:
    shape = tf.concat([tf.shape(condition), [1] * missing], axis=0)
    condition = tf.reshape(condition, shape)
    wanted = tf.shape(chosen)
    repeats = tf.where(wanted - shape > 0, wanted, tf.ones_like(wanted))
    return tf.tile(condition, repeats)
