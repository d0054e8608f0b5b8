"""Activations as layers."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras import activations, constraints, regularizers
from tangraph_keras.backend.config import cast_to_floatx
from tangraph_layers import settings
from tangraph_layers.activations import elu, relu
from tangraph_layers.engine.layer import Layer
from tangraph_layers.engine.settings import floatx
from tangraph_layers.input_spec import InputSpec


class _Elementwise(Layer):
    """A layer whose outputs have the shape of its inputs, masks included."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the inputs."""
        return tf.TensorShape(input_shape)


@export("keras.layers.Activation")
class Activation(_Elementwise):
    """Applies a function to the inputs.

    Args:
      activation: the function, or its name.
      **kwargs: see `tf.keras.layers.Layer`.

    >>> with tf.Graph().as_default():
    ...     Activation("relu")(tf.ones([2, 3]))
    <tf.Tensor 'activation/Relu:0' shape=(2, 3) dtype=float32>
    """

    def __init__(self, activation: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = activations.get(activation)

    def call(self, inputs: Any) -> Any:
        """Returns what the function returns."""
        return self.activation(inputs)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer."""
        return {**super().get_config(), "activation": activations.serialize(self.activation)}


@export("keras.layers.LeakyReLU")
class LeakyReLU(_Elementwise):
    """Returns x above zero, and alpha * x below.

    Args:
      alpha: the slope below zero.
      **kwargs: see `tf.keras.layers.Layer`.
    """

    def __init__(self, alpha: float = 0.3, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alpha = cast_to_floatx(alpha)

    def call(self, inputs: Any) -> Any:
        """Returns the outputs."""
        return relu(inputs, alpha=self.alpha)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer."""
        return {**super().get_config(), "alpha": float(self.alpha)}


@export("keras.layers.PReLU")
class PReLU(_Elementwise):
    """Returns x above zero, and alpha * x below, with alphas that are trained (He et al., arXiv:1502.01852).

    Args:
      alpha_initializer: how the alphas start.
      alpha_regularizer: a function from the alphas to a scalar loss.
      alpha_constraint: a function that optimizers apply to the alphas after each update.
      shared_axes: the axes along which there is but one alpha.
      **kwargs: see `tf.keras.layers.Layer`.
    """

    def __init__(
        self,
        alpha_initializer: Any = "zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.alpha_initializer = tf.keras.initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        self.alpha_constraint = constraints.get(alpha_constraint)
        several = shared_axes is None or isinstance(shared_axes, list | tuple)
        self.shared_axes = (shared_axes and list(shared_axes)) if several else [shared_axes]
        self.alpha: Any = None

    def build(self, input_shape: Any) -> None:
        """Makes the alphas."""
        shape = tf.TensorShape(input_shape).as_list()
        sizes = shape[1:]
        for axis in self.shared_axes or ():
            sizes[axis - 1] = 1
        self.alpha = self.add_weight(
            "alpha",
            shape=sizes,
            initializer=self.alpha_initializer,
            regularizer=self.alpha_regularizer,
            constraint=self.alpha_constraint,
        )
        axes = {}
        if self.shared_axes:
            axes = {i: shape[i] for i in range(1, len(shape)) if i not in self.shared_axes}
        self.input_spec = InputSpec(ndim=len(shape), axes=axes)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Returns the outputs."""
        positive = relu(inputs)
        return positive + -self.alpha * relu(-inputs)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer."""
        names = "alpha_initializer alpha_regularizer alpha_constraint shared_axes"
        return {**super().get_config(), **settings.config_of(self, names)}


@export("keras.layers.ELU")
class ELU(_Elementwise):
    """Returns x above zero, and alpha * (exp(x) - 1) below (Clevert et al., arXiv:1511.07289).

    Args:
      alpha: the factor below zero.
      **kwargs: see `tf.keras.layers.Layer`.
    """

    def __init__(self, alpha: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alpha = cast_to_floatx(alpha)

    def call(self, inputs: Any) -> Any:
        """Returns the outputs."""
        return elu(inputs, self.alpha)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer."""
        return {**super().get_config(), "alpha": float(self.alpha)}


@export("keras.layers.ThresholdedReLU")
class ThresholdedReLU(_Elementwise):
    """Returns x above a threshold, and 0 elsewhere (Konda et al., arXiv:1402.3337).

    Args:
      theta: the threshold.
      **kwargs: see `tf.keras.layers.Layer`.
    """

    def __init__(self, theta: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.theta = cast_to_floatx(theta)

    def call(self, inputs: Any) -> Any:
        """Returns the outputs."""
        return inputs * tf.cast(tf.greater(inputs, self.theta), floatx())

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer."""
        return {**super().get_config(), "theta": float(self.theta)}


@export("keras.layers.Softmax")
class Softmax(_Elementwise):
    """Returns the exponentials, divided by their sum along an axis.

    Args:
      axis: the axis.
      **kwargs: see `tf.keras.layers.Layer`.
    """

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis

    def call(self, inputs: Any) -> Any:
        """Returns the outputs."""
        return tf.nn.softmax(inputs, axis=self.axis)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer."""
        return {**super().get_config(), "axis": self.axis}


@export("keras.layers.ReLU")
class ReLU(_Elementwise):
    """Returns x above a threshold, up to a bound, and a part of it below.

    Args:
      max_value: the largest output; None for no bound.
      negative_slope: the slope below the threshold.
      threshold: the threshold.
      **kwargs: see `tf.keras.layers.Layer`.

    Raises:
      ValueError: a negative bound or slope.
    """

    def __init__(
        self, max_value: float | None = None, negative_slope: float = 0, threshold: float = 0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        if max_value is not None and max_value < 0.0:
            raise ValueError(f"max_value of Relu layer cannot be negative value: {max_value}")
        if negative_slope < 0.0:
            raise ValueError(f"negative_slope of Relu layer cannot be negative value: {negative_slope}")
        # TensorFlow misspells the attribute, so that masks do not pass this layer there.
        self.supports_masking = False
        self.max_value = None if max_value is None else cast_to_floatx(max_value)
        self.negative_slope = cast_to_floatx(negative_slope)
        self.threshold = cast_to_floatx(threshold)

    def call(self, inputs: Any) -> Any:
        """Returns the outputs."""
        return relu(inputs, alpha=self.negative_slope, max_value=self.max_value, threshold=self.threshold)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer."""
        names = "max_value negative_slope threshold"
        return {**super().get_config(), **settings.config_of(self, names)}


@export("keras.layers.ActivityRegularization")
class ActivityRegularization(_Elementwise):
    """Returns the inputs, and adds a loss for their size.

    Args:
      l1: the factor of the sum of absolute values.
      l2: the factor of the sum of squares.
      **kwargs: see `tf.keras.layers.Layer`.
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any) -> None:
        super().__init__(activity_regularizer=regularizers.L1L2(l1=l1, l2=l2), **kwargs)
        self.l1 = l1
        self.l2 = l2

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer."""
        return {**super().get_config(), "l1": self.l1, "l2": self.l2}
