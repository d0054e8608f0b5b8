"""Functions of tensors that take functions, and gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tangraph as tf
from tangraph.export import export


@export("keras.backend.map_fn")
def map_fn(fn: Callable[..., Any], elems: Any, name: str | None = None, dtype: Any = None) -> Any:
    """Returns what a function makes of each element along the first axis; see `tf.map_fn`."""
    return tf.map_fn(fn, elems, name=name, dtype=dtype)


@export("keras.backend.foldl")
def foldl(fn: Callable[..., Any], elems: Any, initializer: Any = None, name: str | None = None) -> Any:
    """Returns what is left when a function takes in element after element; see `tf.foldl`."""
    return tf.foldl(fn, elems, initializer=initializer, name=name)


@export("keras.backend.foldr")
def foldr(fn: Callable[..., Any], elems: Any, initializer: Any = None, name: str | None = None) -> Any:
    """Returns what is left when a function takes in element after element from the end; see `tf.foldr`."""
    return tf.foldr(fn, elems, initializer=initializer, name=name)


@export("keras.backend.gradients")
def gradients(loss: Any, variables: Any) -> Any:
    """Returns the gradients of a loss, placed on the devices of what they are gradients of.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     x = tf.constant(3.0)
    ...     float(sess.run(gradients(x * x, [x]))[0])
    6.0
    """
    return tf.gradients(loss, variables, colocate_gradients_with_ops=True)


@export("keras.backend.stop_gradient")
def stop_gradient(variables: Any) -> Any:
    """Returns a tensor through which no gradient flows; an iterator of them for a list."""
    if isinstance(variables, list | tuple):
        return map(tf.stop_gradient, variables)
    return tf.stop_gradient(variables)
