"""`tf.contrib.layers.gdn`: generalized divisive normalization."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.base import Layer
from tangraph_layers.input_spec import InputSpec


@tf.RegisterGradient("GDNLowerBound")  # type: ignore[untyped-decorator]
def _lower_bound_gradient(op: Any, grad: Any) -> list[Any]:
    """Lets gradients pass that lead away from the bound."""
    inputs, bound = op.inputs
    passes = tf.logical_or(inputs >= bound, grad < 0)
    return [tf.cast(passes, grad.dtype) * grad, None]


def _lower_bound(inputs: Any, bound: Any) -> Any:
    with tf.name_scope(None, "GDNLowerBound", [inputs, bound]) as scope:
        inputs = tf.convert_to_tensor(inputs, name="inputs")
        bound = tf.convert_to_tensor(bound, name="bound")
        with tf.get_default_graph().gradient_override_map({"Maximum": "GDNLowerBound"}):
            return tf.maximum(inputs, bound, name=scope)


@export("contrib.layers.GDN", "contrib.slim.GDN")
class GDN(Layer):
    """Divides each channel by a norm of all (Ballé et al. 2016, arXiv:1511.06281): x_i / sqrt(beta_i + sum g_ij x_j^2).

    Args:
      inverse: whether to multiply instead, as the inverse transform does to begin with.
      beta_min: the least value of beta.
      gamma_init: the initial diagonal of gamma.
      reparam_offset: what keeps the parameters away from 0, where they would not be trained.
      data_format: "channels_last" or "channels_first".
      activity_regularizer: a function of the outputs whose value is a loss.
      trainable: whether optimizers train the variables.
      name: the layer's name.
      **kwargs: see `tf.layers.Layer`.

    Raises:
      ValueError: there is no such format.
    """

    def __init__(
        self,
        inverse: bool = False,
        beta_min: float = 1e-6,
        gamma_init: float = 0.1,
        reparam_offset: float = 2**-18,
        data_format: str = "channels_last",
        activity_regularizer: Any = None,
        trainable: bool = True,
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(trainable=trainable, name=name, activity_regularizer=activity_regularizer, **kwargs)
        self.inverse = inverse
        self._beta_min = beta_min
        self._gamma_init = gamma_init
        self._reparam_offset = reparam_offset
        self.data_format = data_format
        self._channel_axis()
        self.input_spec = InputSpec(min_ndim=3, max_ndim=5)

    def _channel_axis(self) -> int:
        axes = {"channels_first": 1, "channels_last": -1}
        if self.data_format not in axes:
            raise ValueError(f"Unsupported `data_format` for GDN layer: {self.data_format}.")
        return axes[self.data_format]

    def _pedestal(self) -> Any:
        return tf.constant(self._reparam_offset**2, dtype=self.dtype)

    def build(self, input_shape: Any) -> None:
        """Makes beta and gamma, as the square roots that are trained.

        Raises:
          ValueError: the number of channels is not known.
        """
        axis = self._channel_axis()
        input_shape = tf.TensorShape(input_shape)
        channels = input_shape.dims[axis].value
        if channels is None:
            raise ValueError("The channel dimension of the inputs to `GDN` must be defined.")
        self._input_rank = input_shape.ndims
        self.input_spec = InputSpec(ndim=input_shape.ndims, axes={axis: channels})
        pedestal = self._pedestal()
        beta_bound = tf.constant((self._beta_min + self._reparam_offset**2) ** 0.5, dtype=self.dtype)
        gamma_bound = tf.constant(self._reparam_offset, dtype=self.dtype)

        def beta_start(shape: Any, dtype: Any = None, partition_info: Any = None) -> Any:
            offset = self._pedestal()
            return tf.sqrt(tf.ones(shape, dtype=dtype) + offset)

        def gamma_start(shape: Any, dtype: Any = None, partition_info: Any = None) -> Any:
            eye = tf.eye(shape[0], dtype=dtype)
            offset = self._pedestal()
            return tf.sqrt(self._gamma_init * eye + offset)

        beta = self.add_weight("reparam_beta", shape=[channels], initializer=beta_start, dtype=self.dtype)
        beta = _lower_bound(beta, beta_bound)
        self.beta = tf.square(beta) - pedestal
        gamma = self.add_weight("reparam_gamma", shape=[channels, channels], initializer=gamma_start, dtype=self.dtype)
        gamma = _lower_bound(gamma, gamma_bound)
        self.gamma = tf.square(gamma) - pedestal
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Returns the normalized inputs."""
        inputs = tf.convert_to_tensor(inputs, dtype=self.dtype)
        spatial = self._input_rank - 2
        gamma = tf.reshape(self.gamma, spatial * [1] + self.gamma.shape.as_list())
        if self.data_format == "channels_first":
            data_format = "NC" + "DHW"[-spatial:]
            norm = tf.nn.convolution(tf.square(inputs), gamma, "VALID", data_format=data_format)
            norm = self._plus_beta(norm)
        else:
            norm = tf.nn.convolution(tf.square(inputs), gamma, "VALID")
            norm = tf.nn.bias_add(norm, self.beta, data_format="NHWC")
        norm = tf.sqrt(norm)
        outputs = inputs * norm if self.inverse else inputs / norm
        outputs.set_shape(inputs.shape)
        return outputs

    def _plus_beta(self, norm: Any) -> Any:
        """Adds beta to channels that come first; the operation knows two spatial axes only."""
        if self._input_rank == 3:
            added = tf.nn.bias_add(tf.expand_dims(norm, 2), self.beta, data_format="NCHW")
            return tf.squeeze(added, [2])
        if self._input_rank == 5:
            shape = tf.shape(norm)
            flat = tf.reshape(norm, tf.concat([shape[:3], [-1]], 0))
            return tf.reshape(tf.nn.bias_add(flat, self.beta, data_format="NCHW"), shape)
        return tf.nn.bias_add(norm, self.beta, data_format="NCHW")


@export("contrib.layers.gdn", "contrib.slim.gdn")
def gdn(
    inputs: Any,
    inverse: bool = False,
    beta_min: float = 1e-6,
    gamma_init: float = 0.1,
    reparam_offset: float = 2**-18,
    data_format: str = "channels_last",
    activity_regularizer: Any = None,
    trainable: bool = True,
    name: Any = None,
    reuse: Any = None,
) -> Any:
    """Normalizes inputs; see `GDN`."""
    layer = GDN(
        inverse=inverse,
        beta_min=beta_min,
        gamma_init=gamma_init,
        reparam_offset=reparam_offset,
        data_format=data_format,
        activity_regularizer=activity_regularizer,
        trainable=trainable,
        name=name,
        dtype=inputs.dtype.base_dtype,
        _scope=name,
        _reuse=reuse,
    )
    return layer.apply(inputs)
