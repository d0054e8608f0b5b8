"""Names that are counted: those of layers, and of whatever else a program counts."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers import names


@export("keras.backend.get_uid")
def get_uid(prefix: str = "") -> int:
    """Returns how many times a prefix was asked for in the default graph, this time included.

    >>> with tf.Graph().as_default():
    ...     get_uid("dense"), get_uid("dense"), get_uid("conv")
    (1, 2, 1)
    """
    counts: dict[Any, int] = names.counts(tf.get_default_graph())
    # Layers are counted apart, as in TensorFlow, whose keys for them are pairs.
    key = ("uid", prefix)
    counts[key] = counts.get(key, 0) + 1
    return counts[key]


@export("keras.backend.reset_uids")
def reset_uids() -> None:
    """Counts all names anew, in all graphs."""
    names.reset()
