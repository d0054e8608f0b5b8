"""Regularizers: penalties on the size of weights."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.backend.config import cast_to_floatx
from tangraph_keras.backend.tensors import constant
from tangraph_keras.utils.serialization import deserialize_keras_object, serialize_keras_object


@export("keras.regularizers.Regularizer")
class Regularizer:
    """A function from a variable or output to a scalar loss, which can be made from a config."""

    def __call__(self, x: Any) -> Any:
        """Returns the loss."""
        return 0.0

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Returns a regularizer with the arguments in a config."""
        return cls(**config)


@export("keras.regularizers.L1L2")
class L1L2(Regularizer):
    """Penalizes the absolute values and the squares.

    Args:
      l1: the factor of the sum of absolute values.
      l2: the factor of the sum of squares.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     float(sess.run(L1L2(l2=0.5)(tf.constant([1.0, -2.0]))))
    2.5
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1 = cast_to_floatx(l1)
        self.l2 = cast_to_floatx(l2)

    def __call__(self, x: Any) -> Any:
        """Returns the loss."""
        if not self.l1 and not self.l2:
            return constant(0.0)
        regularization: Any = 0.0
        if self.l1:
            regularization += self.l1 * tf.reduce_sum(tf.abs(x))
        if self.l2:
            regularization += self.l2 * tf.reduce_sum(tf.square(x))
        return regularization

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {"l1": float(self.l1), "l2": float(self.l2)}


@export("keras.regularizers.l1")
def l1(l: float = 0.01) -> L1L2:
    """Returns a regularizer of absolute values."""
    return L1L2(l1=l)


@export("keras.regularizers.l2")
def l2(l: float = 0.01) -> L1L2:
    """Returns a regularizer of squares."""
    return L1L2(l2=l)


@export("keras.regularizers.l1_l2")
def l1_l2(l1: float = 0.01, l2: float = 0.01) -> L1L2:
    """Returns a regularizer of absolute values and squares."""
    return L1L2(l1=l1, l2=l2)


_KNOWN: dict[str, Any] = {"Regularizer": Regularizer, "L1L2": L1L2, "l1": l1, "l2": l2, "l1_l2": l1_l2}


@export("keras.regularizers.serialize")
def serialize(regularizer: Any) -> Any:
    """Returns a regularizer's class name and config."""
    return serialize_keras_object(regularizer)


@export("keras.regularizers.deserialize")
def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """Returns the regularizer of a config or name.

    Raises:
      ValueError: an unknown one.
    """
    return deserialize_keras_object(config, _KNOWN, custom_objects, "regularizer")


@export("keras.regularizers.get")
def get(identifier: Any) -> Any:
    """Returns the regularizer that a name, a config or a function stands for; None for None.

    Raises:
      ValueError: none of them, an unknown one.

    >>> get("l2").get_config()
    {'l1': 0.0, 'l2': 0.009999999776482582}
    """
    if identifier is None:
        return None
    if identifier in ("l1", "l2", "l1_l2"):
        return deserialize({"class_name": identifier, "config": {}})
    if isinstance(identifier, dict | str):
        return deserialize(identifier)
    if callable(identifier):
        return identifier
    raise ValueError("Could not interpret regularizer identifier:", identifier)
