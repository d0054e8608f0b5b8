"""Branches by a predicate that may be known while the graph is built."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tangraph as tf
from tangraph.ops.control_flow import cond


def smart_cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    """Returns what one of two functions makes: of a predicate that is known, its branch alone is built.

    Args:
      pred: a bool, 0 or 1, a bool scalar tensor, or a variable.
      true_fn: a function without arguments.
      false_fn: a function without arguments.
    """
    if isinstance(pred, tf.Variable):
        return tf.cond(pred, true_fn, false_fn)
    return cond.smart_cond(pred, true_fn, false_fn)


def known_value(pred: Any) -> bool | None:
    """Returns the value of a predicate that is known while the graph is built, else None."""
    if isinstance(pred, tf.Variable):
        return None
    return cond.smart_constant_value(pred)
