"""`tf.vectorized_map`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph.framework.scopes import name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.ops.control_flow.functional import map_fn
from tangraph.util import nest

if TYPE_CHECKING:
    from collections.abc import Callable


@export("vectorized_map")
def vectorized_map(fn: Callable[[Any], Any], elems: Any) -> Any:
    """Applies a function to each row of a tensor, or of several at once.

    TensorFlow rewrites the function for all rows together. Here it is a loop, as `tf.map_fn` makes it, with the same
    values, types, shapes and gradients, but with other nodes; what TensorFlow cannot rewrite (`tf.cond`, say) works, and
    there must be a row.
    Types and shapes of the results need not be given, since the function is called once on the first row to find them.

    Args:
      fn: a function of a row, or of a structure of rows like `elems`; without side effects.
      elems: a tensor of shape [n, ...], or a nested structure of these.

    Returns:
      The results stacked, in the structure that `fn` returns.

    Raises:
      ValueError: an element of `elems` is a scalar.
    """
    with name_scope("vectorized_map"):
        elems = nest.map_structure(convert_to_tensor, elems)
        if any(elem.raw_shape == () for elem in nest.flatten(elems)):
            raise ValueError("elems must be 1+ dimensional Tensors, not scalars")
        sample = nest.map_structure(convert_to_tensor, fn(nest.map_structure(lambda elem: elem[0], elems)))
        results = map_fn(fn, elems, dtype=nest.map_structure(lambda tensor: tensor.dtype.base, sample))
        for result, one in zip(nest.flatten(results), nest.flatten(sample), strict=True):
            if one.raw_shape is not None:
                result.set_shape([result.shape[0].value, *one.raw_shape])
        return results
