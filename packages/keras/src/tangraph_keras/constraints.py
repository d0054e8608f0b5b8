"""Constraints: what optimizers apply to weights after each update."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.backend.arithmetic import clip, sqrt
from tangraph_keras.backend.choice import switch
from tangraph_keras.backend.tensors import constant, zeros
from tangraph_keras.utils.serialization import deserialize_keras_object, serialize_keras_object
from tangraph_layers.engine.settings import epsilon, floatx


def _norms(w: Any, axis: Any) -> Any:
    return sqrt(tf.reduce_sum(tf.square(w), axis=axis, keepdims=True))


@export("keras.constraints.Constraint")
class Constraint:
    """A function from a weight to the weight that is allowed."""

    def __call__(self, w: Any) -> Any:
        """Returns the weight that is allowed."""
        return w

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {}


@export("keras.constraints.MaxNorm", "keras.constraints.max_norm")
class MaxNorm(Constraint):
    """Keeps the length of the weights of each unit below a bound.

    Args:
      max_value: the bound.
      axis: the axis (or axes) along which lengths are taken.

    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     sess.run(MaxNorm(1.0)(tf.constant([[3.0], [4.0]]))).round(2).tolist()
    [[0.6000000238418579], [0.800000011920929]]
    """

    def __init__(self, max_value: float = 2, axis: Any = 0) -> None:
        self.max_value = max_value
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        """Returns the weight that is allowed."""
        norms = _norms(w, self.axis)
        desired = clip(norms, 0, self.max_value)
        return w * (desired / (epsilon() + norms))

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {"max_value": self.max_value, "axis": self.axis}


@export("keras.constraints.NonNeg", "keras.constraints.non_neg")
class NonNeg(Constraint):
    """Keeps weights from being negative."""

    def __call__(self, w: Any) -> Any:
        """Returns the weight that is allowed."""
        return w * tf.cast(tf.greater_equal(w, 0.0), floatx())


@export("keras.constraints.UnitNorm", "keras.constraints.unit_norm")
class UnitNorm(Constraint):
    """Keeps the weights of each unit at length 1.

    Args:
      axis: the axis (or axes) along which lengths are taken.
    """

    def __init__(self, axis: Any = 0) -> None:
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        """Returns the weight that is allowed."""
        return w / (epsilon() + _norms(w, self.axis))

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {"axis": self.axis}


@export("keras.constraints.MinMaxNorm", "keras.constraints.min_max_norm")
class MinMaxNorm(Constraint):
    """Keeps the length of the weights of each unit between two bounds.

    Args:
      min_value: the lower bound.
      max_value: the upper bound.
      rate: how much of the way towards the bounds an update goes; 1 for all of it.
      axis: the axis (or axes) along which lengths are taken.
    """

    def __init__(self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: Any = 0) -> None:
        self.min_value = min_value
        self.max_value = max_value
        self.rate = rate
        self.axis = axis

    def __call__(self, w: Any) -> Any:
        """Returns the weight that is allowed."""
        norms = _norms(w, self.axis)
        desired = self.rate * clip(norms, self.min_value, self.max_value) + (1 - self.rate) * norms
        return w * (desired / (epsilon() + norms))

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {"min_value": self.min_value, "max_value": self.max_value, "rate": self.rate, "axis": self.axis}


@export("keras.constraints.RadialConstraint", "keras.constraints.radial_constraint")
class RadialConstraint(Constraint):
    """Keeps the kernels of convolutions of images equal on squares around their middle."""

    def __call__(self, w: Any) -> Any:
        """Returns the weight that is allowed.

        Raises:
          ValueError: a weight of another rank than 4.
        """
        if w.shape.ndims != 4:
            raise ValueError(f"The weight tensor must be of rank 4, but is of shape: {w.shape}")
        height, width, channels, kernels = w.shape
        w = tf.reshape(w, (height, width, channels * kernels))
        w = tf.map_fn(self._one, tf.stack(tf.unstack(w, axis=-1), axis=0))
        return tf.reshape(tf.stack(tf.unstack(w, axis=0), axis=-1), (height, width, channels, kernels))

    @staticmethod
    def _one(kernel: Any) -> Any:
        """Returns one kernel, built from its middle outwards."""
        padding = constant([[1, 1], [1, 1]], dtype="int32")
        size = tf.shape(kernel)[0]
        start = tf.cast(size / 2, "int32")

        def middle() -> Any:
            return kernel[start - 1 : start, start - 1 : start]

        made = switch(
            tf.cast(tf.floormod(size, 2), "bool"),
            middle,
            lambda: middle() + zeros((2, 2), dtype=kernel.dtype),
        )
        first = switch(
            tf.cast(tf.floormod(size, 2), "bool"),
            lambda: constant(0, dtype="int32"),
            lambda: constant(1, dtype="int32"),
        )

        def body(i: Any, array: Any) -> Any:
            return i + 1, tf.pad(array, padding, constant_values=kernel[start + i, start + i])

        _, made = tf.while_loop(
            lambda index, *_: tf.less(index, start),
            body,
            [first, made],
            shape_invariants=[first.shape, tf.TensorShape([None, None])],
        )
        return made


_KNOWN: dict[str, Any] = {
    "Constraint": Constraint,
    "MaxNorm": MaxNorm,
    "MinMaxNorm": MinMaxNorm,
    "NonNeg": NonNeg,
    "RadialConstraint": RadialConstraint,
    "UnitNorm": UnitNorm,
    "max_norm": MaxNorm,
    "maxnorm": MaxNorm,
    "min_max_norm": MinMaxNorm,
    "non_neg": NonNeg,
    "nonneg": NonNeg,
    "radial_constraint": RadialConstraint,
    "unit_norm": UnitNorm,
    "unitnorm": UnitNorm,
}


@export("keras.constraints.serialize")
def serialize(constraint: Any) -> Any:
    """Returns a constraint's class name and config."""
    return serialize_keras_object(constraint)


@export("keras.constraints.deserialize")
def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """Returns the constraint of a config or name.

    Raises:
      ValueError: an unknown one.
    """
    return deserialize_keras_object(config, _KNOWN, custom_objects, "constraint")


@export("keras.constraints.get")
def get(identifier: Any) -> Any:
    """Returns the constraint that a name, a config or a function stands for; None for None.

    Raises:
      ValueError: none of them, an unknown one.

    >>> get("max_norm").get_config()
    {'max_value': 2, 'axis': 0}
    """
    if identifier is None:
        return None
    if isinstance(identifier, str):
        return deserialize({"class_name": identifier, "config": {}})
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if callable(identifier):
        return identifier
    raise ValueError(f"Could not interpret constraint identifier: {identifier}")
