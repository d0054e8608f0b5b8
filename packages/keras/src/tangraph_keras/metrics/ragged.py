"""Values of ragged tensors as columns, for metrics."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.ops.ragged.util import assert_splits_match


def flat_values(values: list[Any], mask: Any = None) -> tuple[list[Any], Any]:
    """Returns values and weights, those of ragged tensors as columns of all their elements.

    Raises:
      TypeError: some of them are ragged, and some are not.
    """
    ragged = [isinstance(value, tf.RaggedTensor) for value in values]
    mask_is_ragged = isinstance(mask, tf.RaggedTensor)
    if not any(ragged):
        if mask_is_ragged:
            raise TypeError("Ragged mask is not allowed with non-ragged inputs.")
        return values, mask
    if not all(ragged) or not (mask is None or mask_is_ragged):
        raise TypeError("One of the inputs does not have acceptable types.")
    splits = [value.nested_row_splits for value in values]
    assertions = assert_splits_match(splits)
    if mask_is_ragged:
        mask = _column(mask, assert_splits_match([splits[0], mask.nested_row_splits]))
    return [_column(value, assertions) for value in values], mask


def _column(value: Any, assertions: list[Any]) -> Any:
    with tf.control_dependencies(assertions):
        flat = tf.identity(value.flat_values) if assertions else value.flat_values
    return tf.expand_dims(flat, -1)
