"""`tf.contrib.framework.py_func`: a Python function of nested structures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tangraph as tf
from tangraph.export import export

if TYPE_CHECKING:
    from collections.abc import Callable


@export("contrib.framework.py_func")
def py_func(
    func: Callable[..., Any],
    args: Any = (),
    kwargs: Any = None,
    output_types: Any = None,
    output_shapes: Any = None,
    stateful: bool = True,
    name: str | None = None,
) -> Any:
    """Calls a Python function whose arguments and results are nested structures; see `tf.py_func`.

    Args:
      func: a function of arrays.
      args: its positional arguments, with tensors at the leaves.
      kwargs: its keyword arguments.
      output_types: the types of the results, in their structure; or a function of the arguments that returns them.
      output_shapes: their shapes; or a function of the arguments that returns them.
      stateful: whether it must be called in every run.
      name: the operation's name.

    Raises:
      TypeError: `args` is no list, or `kwargs` no dictionary.
    """
    kwargs = {} if kwargs is None else kwargs
    if not isinstance(args, list | tuple):
        raise TypeError(f"args must be list and not {type(args)}. args: {args}")
    if not isinstance(kwargs, dict):
        raise TypeError(f"kwargs must be dict and not {type(kwargs)}. args: {kwargs}")
    if callable(output_types):
        output_types = output_types(*args, **kwargs)
    if callable(output_shapes):
        output_shapes = output_shapes(*args, **kwargs)
    structure = (args, kwargs)

    def flat_function(*values: Any) -> Any:
        values, named = tf.nest.pack_sequence_as(structure, values)
        result = func(*values, **named)
        tf.contrib.framework.nest.assert_shallow_structure(output_types, result)
        return tf.nest.flatten(result)

    types = tf.nest.flatten(output_types)
    results = tf.py_func(flat_function, tf.nest.flatten(structure), types, stateful=stateful, name=name)
    if output_shapes is not None:
        shapes = tf.contrib.framework.nest.map_structure_up_to(output_types, tf.TensorShape, output_shapes)
        for result, shape in zip(results, tf.nest.flatten(shapes), strict=True):
            result.set_shape(shape)
    return tf.nest.pack_sequence_as(output_types, results)
