"""ragged.map_flat_values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.scopes import control_dependencies
from tangraph.ops.ragged.factories import from_nested_row_splits
from tangraph.ops.ragged.tensor import as_tensor_or_ragged, is_ragged
from tangraph.ops.ragged.util import assert_splits_match

if TYPE_CHECKING:
    from collections.abc import Callable

    from tangraph.framework.tensor import Tensor


@export("ragged.map_flat_values")
def map_flat_values(op: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Applies a function to the elements of RaggedTensors, whose rows must be the same.

    Args:
      op: a function of tensors that keeps the first axis.
      *args, **kwargs: its arguments; RaggedTensors, in lists too, become their `flat_values`.

    Returns:
      A RaggedTensor; what `op` returns when there is none among the arguments.

    Raises:
      ValueError: the RaggedTensors have different numbers of ragged axes.

    >>> import tangraph as tf
    >>> with tf.Graph().as_default(), tf.Session() as session:
    ...     x = tf.ragged.constant([[1, 2], [3]])
    ...     session.run(tf.ragged.map_flat_values(tf.square, x)).to_list()
    [[1, 4], [9]]
    """
    nested: list[tuple[Tensor, ...]] = []
    flat_args, flat_kwargs = _flattened(args, nested), _flattened(kwargs, nested)
    if not nested:
        return op(*args, **kwargs)
    if len({splits[0].dtype for splits in nested}) > 1:
        raise ValueError(
            "Input RaggedTensors have mismatched row_splits dtypes; use RaggedTensor.with_row_splits_dtype() to "
            "convert them to compatible dtypes."
        )
    with control_dependencies(assert_splits_match(nested)):
        return from_nested_row_splits(op(*flat_args, **flat_kwargs), nested[0], validate=False)


def _flattened(value: Any, nested: list[tuple[Tensor, ...]]) -> Any:
    if is_ragged(value):
        ragged = as_tensor_or_ragged(value)
        nested.append(ragged.nested_row_splits)
        return ragged.flat_values
    if isinstance(value, list):
        return [_flattened(item, nested) for item in value]
    if isinstance(value, tuple):
        return tuple([_flattened(item, nested) for item in value])
    if isinstance(value, dict):
        return {key: _flattened(item, nested) for key, item in value.items()}
    return value
