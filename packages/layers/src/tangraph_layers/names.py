"""Names of layers: one counter a class, in each graph."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

import tangraph as tf
from tangraph.export import export

if TYPE_CHECKING:
    from collections.abc import Collection

_counts: Final[WeakKeyDictionary[Any, dict[Any, int]]] = WeakKeyDictionary()


def to_snake_case(name: str) -> str:
    """Returns the name of a class as layers are named after it.

    >>> to_snake_case("Conv2DTranspose"), to_snake_case("BatchNormalization"), to_snake_case("_Own")
    ('conv2d_transpose', 'batch_normalization', 'private__own')
    """
    spaced = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    insecure = re.sub(r"([a-z])([A-Z])", r"\1_\2", spaced).lower()
    return f"private{insecure}" if insecure.startswith("_") else insecure


def unique_object_name(
    name: str,
    zero_based: bool = False,
    avoid_names: Collection[str] = (),
    namespace: str = "",
    counts: dict[Any, int] | None = None,
) -> str:
    """Returns the name with the number of times that it was asked for in the default graph.

    Args:
      name: the name without a number.
      zero_based: whether the first keeps the plain name, as those of `tf.keras` do; `tf.layers` start with ``name_1``.
      avoid_names: names that it must not be.
      namespace: names of different namespaces have nothing to do with each other.
      counts: how often each was asked for; that of the default graph when None.

    >>> with tf.Graph().as_default():
    ...     (
    ...         unique_object_name("dense"),
    ...         unique_object_name("dense"),
    ...         unique_object_name("conv", zero_based=True),
    ...     )
    ('dense_1', 'dense_2', 'conv')
    """
    if counts is None:
        counts = _counts.setdefault(tf.get_default_graph(), {})
    while True:
        number = counts.get((namespace, name), 0)
        counts[namespace, name] = number + 1
        if not zero_based:
            number += 1
        proposed = f"{name}_{number}" if number else name
        if proposed not in avoid_names:
            return proposed


@export("keras.backend.get_uid")
def get_uid(prefix: str = "") -> int:
    """Returns how often a prefix was asked for in the default graph, this time included."""
    counts = _counts.setdefault(tf.get_default_graph(), {})
    counts[prefix] = counts.get(prefix, 0) + 1
    return counts[prefix]


@export("keras.backend.reset_uids")
def reset_uids() -> None:
    """Lets the names of layers start from the beginning, in all graphs."""
    _counts.clear()
