"""Layer normalization."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers import settings
from tangraph_layers.engine.layer import Layer


@export("keras.layers.LayerNormalization")
class LayerNormalization(Layer):
    """Scales and shifts each example to mean beta and deviation gamma (Ba et al., arXiv:1607.06450).

    Args:
      axis: the axes along which mean and variance are taken: a number, or a list of them.
      epsilon: what to add to the variance.
      center: whether there is a beta.
      scale: whether there is a gamma.
      beta_initializer, gamma_initializer: how the variables start.
      beta_regularizer, gamma_regularizer: functions from a variable to a scalar loss.
      beta_constraint, gamma_constraint: functions that optimizers apply after each update.
      trainable: whether optimizers train beta and gamma.
      name: the layer's name.
      **kwargs: see `tf.keras.layers.Layer`.

    Raises:
      ValueError: an axis of another type, or out of range, or twice.
    """

    def __init__(
        self,
        axis: Any = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        trainable: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, trainable=trainable, **kwargs)
        if not isinstance(axis, list | tuple | int):
            raise ValueError(
                f"Expected an int or a list/tuple of ints for the argument 'axis', but received instead: {axis}"
            )
        self.axis: Any = axis if isinstance(axis, int) else list(axis)
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.beta_initializer = settings.initializer(beta_initializer)
        self.gamma_initializer = settings.initializer(gamma_initializer)
        self.beta_regularizer = settings.regularizer(beta_regularizer)
        self.gamma_regularizer = settings.regularizer(gamma_regularizer)
        self.beta_constraint = settings.constraint(beta_constraint)
        self.gamma_constraint = settings.constraint(gamma_constraint)
        self.supports_masking = True
        self.gamma: Any = None
        self.beta: Any = None

    def build(self, input_shape: Any) -> None:
        """Makes gamma and beta."""
        shape = tf.TensorShape(input_shape)
        rank = len(shape)
        axes = [self.axis] if isinstance(self.axis, int) else self.axis
        axes = [rank + axis if axis < 0 else axis for axis in axes]
        for axis in axes:
            if axis < 0 or axis >= rank:
                raise ValueError(f"Invalid axis: {axis}")
        if len(axes) != len(set(axes)):
            raise ValueError(f"Duplicate axis: {tuple(axes)}")
        self.axis = axes
        sizes = [shape[axis] for axis in axes]
        self.gamma = self._param("gamma", sizes) if self.scale else None
        self.beta = self._param("beta", sizes) if self.center else None
        self.built = True

    def _param(self, name: str, shape: Any) -> Any:
        return self.add_weight(
            name,
            shape=shape,
            initializer=getattr(self, f"{name}_initializer"),
            regularizer=getattr(self, f"{name}_regularizer"),
            constraint=getattr(self, f"{name}_constraint"),
            trainable=True,
        )

    def call(self, inputs: Any) -> Any:
        """Returns the normalized inputs."""
        shape = inputs.shape
        rank = len(shape)
        mean, variance = tf.nn.moments(inputs, self.axis, keep_dims=True)
        wide = [shape[axis].value if axis in self.axis else 1 for axis in range(rank)]

        def broadcast(v: Any) -> Any:
            if v is None or len(v.shape) == rank or self.axis == [rank - 1]:
                return v
            return tf.reshape(v, wide)

        scale, offset = broadcast(self.gamma), broadcast(self.beta)
        outputs = tf.nn.batch_normalization(
            inputs, mean, variance, offset=offset, scale=scale, variance_epsilon=self.epsilon
        )
        outputs.set_shape(shape)
        return outputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the inputs."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer."""
        names = """
            axis epsilon center scale beta_initializer gamma_initializer beta_regularizer gamma_regularizer
            beta_constraint gamma_constraint
        """
        return {**super().get_config(), **settings.config_of(self, names)}
