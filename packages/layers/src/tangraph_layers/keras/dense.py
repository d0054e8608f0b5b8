"""Fully connected layers."""

from __future__ import annotations

from typing import Any, Final

import tangraph as tf
from tangraph.export import export
from tangraph_layers import settings
from tangraph_layers.engine.layer import Layer
from tangraph_layers.engine.settings import floatx
from tangraph_layers.input_spec import InputSpec

_CONFIG: Final = """
    units activation use_bias kernel_initializer bias_initializer kernel_regularizer bias_regularizer
    activity_regularizer kernel_constraint bias_constraint
"""


@export("keras.layers.Dense")
class Dense(Layer):
    """Returns activation(inputs · kernel + bias), along the last axis of the inputs.

    Args:
      units: the size of the last axis of the outputs.
      activation: a function of the outputs, or its name; None for none.
      use_bias: whether there is a bias.
      kernel_initializer: how the kernel starts; see `tf.get_variable`.
      bias_initializer: how the bias starts.
      kernel_regularizer: a function from the kernel to a scalar loss.
      bias_regularizer: a function from the bias to a scalar loss.
      activity_regularizer: a function from the outputs to a scalar loss.
      kernel_constraint: a function that optimizers apply to the kernel after each update.
      bias_constraint: the same for the bias.
      **kwargs: see `tf.keras.layers.Layer`; `input_dim`, the size of the last axis of the inputs.

    Raises:
      ValueError: the last axis of the inputs has no known size.

    >>> with tf.Graph().as_default():
    ...     layer = tf.keras.layers.Dense(3, activation=tf.nn.relu)
    ...     layer(tf.ones([2, 4])), [v.shape.as_list() for v in layer.weights]
    (<tf.Tensor 'dense/Relu:0' shape=(2, 3) dtype=float32>, [[4, 3], [3]])
    """

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: Any = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        if "input_shape" not in kwargs and "input_dim" in kwargs:
            kwargs["input_shape"] = (kwargs.pop("input_dim"),)
        super().__init__(activity_regularizer=settings.regularizer(activity_regularizer), **kwargs)
        self.units = int(units)
        self.activation = settings.activation(activation)
        self.use_bias = use_bias
        self.kernel_initializer = settings.initializer(kernel_initializer)
        self.bias_initializer = settings.initializer(bias_initializer)
        self.kernel_regularizer = settings.regularizer(kernel_regularizer)
        self.bias_regularizer = settings.regularizer(bias_regularizer)
        self.kernel_constraint = settings.constraint(kernel_constraint)
        self.bias_constraint = settings.constraint(bias_constraint)
        self.supports_masking = True
        self.input_spec = InputSpec(min_ndim=2)
        self.kernel: Any = None
        self.bias: Any = None

    def build(self, input_shape: Any) -> None:
        """Makes kernel and bias."""
        dtype = tf.as_dtype(self.dtype or floatx())
        if not (dtype.is_floating or dtype.is_complex):
            raise TypeError(f"Unable to build `Dense` layer with non-floating point dtype {dtype}")
        last = tf.TensorShape(input_shape)[-1].value
        if last is None:
            raise ValueError("The last dimension of the inputs to `Dense` should be defined. Found `None`.")
        self.input_spec = InputSpec(min_ndim=2, axes={-1: last})
        self.kernel = self.add_weight(
            "kernel",
            shape=[last, self.units],
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
            dtype=self.dtype,
        )
        if self.use_bias:
            self.bias = self.add_weight(
                "bias",
                shape=[self.units],
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
                dtype=self.dtype,
            )
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Returns the outputs, of the shape of the inputs but for the last axis."""
        rank = len(inputs.shape)
        if rank > 2:
            outputs = tf.tensordot(inputs, self.kernel, [[rank - 1], [0]])
            outputs.set_shape([*inputs.shape.as_list()[:-1], self.units])
        else:
            inputs = tf.cast(inputs, self.dtype)
            if isinstance(inputs, tf.SparseTensor):
                outputs = tf.sparse_tensor_dense_matmul(inputs, self.kernel)
            else:
                outputs = tf.matmul(inputs, self.kernel)
        if self.use_bias:
            outputs = tf.nn.bias_add(outputs, self.bias)
        return self.activation(outputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the outputs."""
        shape = tf.TensorShape(input_shape).with_rank_at_least(2)
        if shape[-1].value is None:
            raise ValueError(f"The innermost dimension of input_shape must be defined, but saw: {shape}")
        return shape[:-1].concatenate(self.units)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer."""
        return {**super().get_config(), **settings.config_of(self, _CONFIG)}
