"""Names of layers: one counter a class, in each graph."""

from __future__ import annotations

import re
from typing import Any, Final
from weakref import WeakKeyDictionary

import tangraph as tf

_counts: Final[WeakKeyDictionary[Any, dict[Any, int]]] = WeakKeyDictionary()


def counts(graph: Any) -> dict[Any, int]:
    """Returns how many times each name was asked for in a graph."""
    return _counts.setdefault(graph, {})


def reset() -> None:
    """Counts all names anew, in all graphs."""
    _counts.clear()


def to_snake_case(name: str) -> str:
    """Returns the name of a class as layers are named after it.

    >>> to_snake_case("Conv2DTranspose"), to_snake_case("BatchNormalization"), to_snake_case("_Own")
    ('conv2d_transpose', 'batch_normalization', 'private__own')
    """
    spaced = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    insecure = re.sub(r"([a-z])([A-Z])", r"\1_\2", spaced).lower()
    return f"private{insecure}" if insecure.startswith("_") else insecure


def unique_object_name(name: str, zero_based: bool = False) -> str:
    """Returns the name with the number of times that it was asked for in the default graph.

    Args:
      name: the name without a number.
      zero_based: whether the first keeps the plain name, as those of `tf.keras` do; `tf.layers` start with ``name_1``.

    >>> with tf.Graph().as_default():
    ...     (
    ...         unique_object_name("dense"),
    ...         unique_object_name("dense"),
    ...         unique_object_name("conv", zero_based=True),
    ...     )
    ('dense_1', 'dense_2', 'conv')
    """
    known = counts(tf.get_default_graph())
    number = known.get(name, 0)
    known[name] = number + 1
    if not zero_based:
        return f"{name}_{number + 1}"
    return f"{name}_{number}" if number else name
