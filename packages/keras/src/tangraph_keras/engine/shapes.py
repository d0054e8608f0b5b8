"""Shapes as layers and models take and give them: tuples, TensorShapes, and structures of these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tangraph as tf

if TYPE_CHECKING:
    from collections.abc import Callable


def convert_shapes(shapes: Any, to_tuples: bool = True) -> Any:
    """Returns a structure of shapes with all of them as tuples, or as TensorShapes.

    >>> convert_shapes([tf.TensorShape([None, 2]), (3,)])
    [(None, 2), (3,)]
    """

    def convert(shape: Any) -> Any:
        found = tf.TensorShape(shape)
        return tuple(found.as_list()) if to_tuples else found

    return map_atoms(_is_shape, convert, shapes)


def _is_shape(value: Any) -> bool:
    if value is None or isinstance(value, int | tf.Dimension | tf.TensorShape):
        return True
    return isinstance(value, tuple | list) and all(x is None or isinstance(x, int | tf.Dimension) for x in value)


def map_atoms(is_atom: Callable[[Any], bool], function: Callable[[Any], Any], nested: Any) -> Any:
    """Returns a structure with a function applied to what counts as an atom of it.

    Raises:
      ValueError: something is neither an atom nor a list, tuple or dictionary.
    """
    if is_atom(nested):
        return function(nested)
    if isinstance(nested, dict):
        return type(nested)((key, map_atoms(is_atom, function, nested[key])) for key in sorted(nested))
    if not isinstance(nested, list | tuple):
        raise ValueError(f"Received non-atomic and non-sequence element: {nested}")
    values = [map_atoms(is_atom, function, value) for value in nested]
    return type(nested)(*values) if hasattr(nested, "_fields") else type(nested)(values)
