"""Batch normalization as a layer."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.base import Layer
from tangraph_layers.calling import apply_new
from tangraph_layers.keras import normalization


@export("layers.BatchNormalization")
class BatchNormalization(normalization.BatchNormalization, Layer):
    """Scales and shifts each channel to mean beta and deviation gamma (Ioffe and Szegedy, arXiv:1502.03167).

    In training the mean and the variance are those of the batch, and the operations in the collection UPDATE_OPS, which
    are to run with each step, move the averages of them, which are used otherwise.

    Args:
      axis: the axis of the channels, or a list of axes.
      momentum: how much of the moving averages an update keeps.
      epsilon: what to add to the variance.
      center: whether there is a beta.
      scale: whether there is a gamma.
      beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer: how the variables start.
      beta_regularizer, gamma_regularizer: functions from a variable to a scalar loss.
      beta_constraint, gamma_constraint: functions that optimizers apply after each update.
      renorm: whether to correct the batch's mean and variance towards their averages (Ioffe, arXiv:1702.03275).
      renorm_clipping: a dictionary of "rmax", "rmin" and "dmax", the bounds of that correction.
      renorm_momentum: the momentum of the averages that it uses.
      fused: whether to use one operation for it all, which rank 4 with the channels in axis 1 or 3 allows; if it can be
        when None.
      trainable: whether optimizers train beta and gamma.
      virtual_batch_size: the size of parts of the batch to normalize each by itself.
      adjustment: a function from the inputs' shape to a scale and a bias for the normalized values, in training.
      name: the layer's name.
      **kwargs: see `tf.layers.Layer`.

    Raises:
      TypeError: an axis of another type.
      ValueError: arguments that exclude one another; inputs without a known rank or number of channels.
    """

    def __init__(
        self,
        axis: Any = -1,
        momentum: Any = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = tf.zeros_initializer(),  # noqa: B008  immutable, and TensorFlow's default
        gamma_initializer: Any = tf.ones_initializer(),  # noqa: B008
        moving_mean_initializer: Any = tf.zeros_initializer(),  # noqa: B008
        moving_variance_initializer: Any = tf.ones_initializer(),  # noqa: B008
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        renorm: bool = False,
        renorm_clipping: Any = None,
        renorm_momentum: Any = 0.99,
        fused: bool | None = None,
        trainable: bool = True,
        virtual_batch_size: int | None = None,
        adjustment: Any = None,
        name: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            axis=axis,
            momentum=momentum,
            epsilon=epsilon,
            center=center,
            scale=scale,
            beta_initializer=beta_initializer,
            gamma_initializer=gamma_initializer,
            moving_mean_initializer=moving_mean_initializer,
            moving_variance_initializer=moving_variance_initializer,
            beta_regularizer=beta_regularizer,
            gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint,
            gamma_constraint=gamma_constraint,
            renorm=renorm,
            renorm_clipping=renorm_clipping,
            renorm_momentum=renorm_momentum,
            fused=fused,
            trainable=trainable,
            virtual_batch_size=virtual_batch_size,
            adjustment=adjustment,
            name=name,
            **kwargs,
        )

    def call(self, inputs: Any, training: Any = False) -> Any:
        """Returns the normalized inputs.

        Args:
          inputs: a tensor of floats.
          training: whether to use the batch's mean and variance: a bool or a bool scalar tensor.
        """
        return super().call(inputs, training=training)


@export("layers.batch_normalization")
def batch_normalization(
    inputs: Any,
    axis: Any = -1,
    momentum: Any = 0.99,
    epsilon: float = 1e-3,
    center: bool = True,
    scale: bool = True,
    beta_initializer: Any = tf.zeros_initializer(),  # noqa: B008  immutable, and TensorFlow's default
    gamma_initializer: Any = tf.ones_initializer(),  # noqa: B008
    moving_mean_initializer: Any = tf.zeros_initializer(),  # noqa: B008
    moving_variance_initializer: Any = tf.ones_initializer(),  # noqa: B008
    beta_regularizer: Any = None,
    gamma_regularizer: Any = None,
    beta_constraint: Any = None,
    gamma_constraint: Any = None,
    training: Any = False,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
    renorm: bool = False,
    renorm_clipping: Any = None,
    renorm_momentum: Any = 0.99,
    fused: bool | None = None,
    virtual_batch_size: int | None = None,
    adjustment: Any = None,
) -> Any:
    """Calls a new `tf.layers.BatchNormalization` on a tensor; see there.

    Args:
      inputs: a tensor of floats.
      training: whether to use the batch's mean and variance: a bool or a bool scalar tensor.
      reuse: whether to share the variables of the layer of that name.

    >>> with tf.Graph().as_default():
    ...     y = tf.layers.batch_normalization(tf.ones([2, 3]), training=True)
    ...     y.shape.as_list(), len(tf.get_collection(tf.GraphKeys.UPDATE_OPS))
    ([2, 3], 2)
    """
    arguments = locals()
    return apply_new(BatchNormalization, arguments, training=arguments.pop("training"))
