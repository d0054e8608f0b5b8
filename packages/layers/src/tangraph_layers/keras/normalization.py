"""Batch normalization as a layer."""

from __future__ import annotations

from typing import Any, Final

import tangraph as tf
from tangraph.export import export
from tangraph_layers import settings
from tangraph_layers.engine.conditions import known_value, smart_cond
from tangraph_layers.engine.layer import Layer
from tangraph_layers.engine.learning_phase import learning_phase
from tangraph_layers.input_spec import InputSpec

_CONFIG: Final = """
    axis momentum epsilon center scale beta_initializer gamma_initializer moving_mean_initializer
    moving_variance_initializer beta_regularizer gamma_regularizer beta_constraint gamma_constraint
"""


@export("keras.layers.BatchNormalization")
class BatchNormalization(Layer):
    """Scales and shifts each channel to mean beta and deviation gamma (Ioffe and Szegedy, arXiv:1502.03167).

    In training the mean and the variance are those of the batch, and the operations in `updates`, which
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
      **kwargs: see `tf.keras.layers.Layer`.

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
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
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
        super().__init__(name=name, trainable=trainable, **kwargs)
        if not isinstance(axis, list | int):
            raise TypeError(f"axis must be int or list, type given: {type(axis)}")
        self.axis: Any = axis[:] if isinstance(axis, list) else axis
        self.momentum = momentum
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.beta_initializer = settings.initializer(beta_initializer)
        self.gamma_initializer = settings.initializer(gamma_initializer)
        self.moving_mean_initializer = settings.initializer(moving_mean_initializer)
        self.moving_variance_initializer = settings.initializer(moving_variance_initializer)
        self.beta_regularizer = settings.regularizer(beta_regularizer)
        self.gamma_regularizer = settings.regularizer(gamma_regularizer)
        self.beta_constraint = settings.constraint(beta_constraint)
        self.gamma_constraint = settings.constraint(gamma_constraint)
        self.renorm = renorm
        self.virtual_batch_size = virtual_batch_size
        self.adjustment = adjustment
        self.supports_masking = True
        self.fused = True if fused is None else fused
        if renorm:
            if set(renorm_clipping or {}) - {"rmax", "rmin", "dmax"}:
                keys = ["rmax", "rmin", "dmax"]
                raise ValueError(f"renorm_clipping {renorm_clipping} contains keys not in {keys}")
            self.renorm_clipping = renorm_clipping or {}
            self.renorm_momentum = renorm_momentum
        self.beta: Any = None
        self._constants: dict[str, Any] = {}
        self.gamma: Any = None
        self.moving_mean: Any = None
        self.moving_variance: Any = None

    @property
    def _param_dtype(self) -> Any:
        return tf.float32 if self.dtype in {"float16", "bfloat16"} else tf.as_dtype(self.dtype or tf.float32)

    def _can_be_fused(self, ndims: int) -> bool:
        simple = not self.renorm and self.virtual_batch_size is None and self.adjustment is None
        return ndims == 4 and simple and self.axis in ([1], [3])

    # -- variables -----------------------------------------------------------------------------------------------

    def build(self, input_shape: Any) -> None:
        """Makes gamma, beta and the moving averages."""
        shape = tf.TensorShape(input_shape)
        if not shape.ndims:
            raise ValueError("Input has undefined rank:", shape)
        ndims = len(shape)
        self._resolve_axes(ndims)
        if self.fused:
            self.fused = self._can_be_fused(ndims)
        sizes = {axis: shape[axis].value for axis in self.axis}
        if None in sizes.values():
            raise ValueError("Input has undefined `axis` dimension. Input shape: ", shape)
        self.input_spec = InputSpec(ndim=ndims, axes=sizes)
        param_shape = self._param_shape(ndims, sizes)
        self.gamma = self._param("gamma", param_shape, self.scale, 1.0)
        self.beta = self._param("beta", param_shape, self.center, 0.0)
        scope = getattr(self, "_scope", None)
        partitioner = scope.partitioner if scope else None
        try:
            if scope:
                scope.set_partitioner(None)
            self._add_averages(param_shape)
        finally:
            if scope and partitioner:
                scope.set_partitioner(partitioner)
        self.built = True

    def _resolve_axes(self, ndims: int) -> None:
        axes = [self.axis] if isinstance(self.axis, int) else self.axis
        self.axis = [ndims + axis if axis < 0 else axis for axis in axes]
        for axis in self.axis:
            if not 0 <= axis < ndims:
                raise ValueError(f"Invalid axis: {axis}")
        if len(self.axis) != len(set(self.axis)):
            raise ValueError(f"Duplicate axis: {self.axis}")
        if self.virtual_batch_size is None:
            return
        if self.virtual_batch_size <= 0:
            raise ValueError(
                "virtual_batch_size must be a positive integer that divides the true batch size of the input Tensor"
            )
        if 0 in self.axis:
            raise ValueError(
                "When using virtual_batch_size, the batch dimension must be 0 and thus axis cannot include 0"
            )
        if self.adjustment is not None:
            raise ValueError("When using virtual_batch_size, adjustment cannot be specified")

    def _param_shape(self, ndims: int, sizes: dict[int, int]) -> Any:
        if len(sizes) == 1 and self.virtual_batch_size is None:
            return tuple(sizes.values())
        shape = [sizes.get(axis, 1) for axis in range(ndims)]
        if self.virtual_batch_size is not None:
            # The batch becomes two axes: parts, and elements of a part.
            shape.insert(1, 1)
            self.axis = [axis + 1 for axis in self.axis]
        return shape

    def _param(self, name: str, shape: Any, wanted: bool, otherwise: float) -> Any:
        if wanted:
            return self.add_weight(
                name=name,
                shape=shape,
                dtype=self._param_dtype,
                initializer=getattr(self, f"{name}_initializer"),
                regularizer=getattr(self, f"{name}_regularizer"),
                constraint=getattr(self, f"{name}_constraint"),
            )
        if self.fused:
            self._constants[name] = tf.constant(otherwise, dtype=self._param_dtype, shape=shape)
        return None

    def _average(self, name: str, shape: Any, initializer: Any) -> Any:
        return self.add_weight(
            name=name,
            shape=shape,
            dtype=self._param_dtype,
            initializer=initializer,
            synchronization=tf.VariableSynchronization.ON_READ,
            trainable=False,
            aggregation=tf.VariableAggregation.MEAN,
        )

    def _add_averages(self, shape: Any) -> None:
        self.moving_mean = self._average("moving_mean", shape, self.moving_mean_initializer)
        self.moving_variance = self._average("moving_variance", shape, self.moving_variance_initializer)
        if not self.renorm:
            return

        def deviation(*args: Any, **kwargs: Any) -> Any:
            return tf.sqrt(self.moving_variance_initializer(*args, **kwargs))

        with tf.colocate_with(self.moving_variance):
            self.moving_stddev = self._average("moving_stddev", shape, deviation)
        with tf.colocate_with(self.moving_mean):
            self.renorm_mean = self._average("renorm_mean", shape, self.moving_mean_initializer)
        with tf.colocate_with(self.moving_stddev):
            self.renorm_stddev = self._average("renorm_stddev", shape, deviation)

    # -- updates -------------------------------------------------------------------------------------------------

    def _move(self, variable: Any, value: Any, momentum: Any) -> Any:
        """Moves a variable towards a value."""
        with tf.name_scope("AssignMovingAvg") as scope, tf.colocate_with(variable):
            decay = tf.convert_to_tensor(1.0 - momentum, name="decay")
            if decay.dtype != variable.dtype.base_dtype:
                decay = tf.cast(decay, variable.dtype.base_dtype)
            delta = (variable - tf.cast(value, variable.dtype.base_dtype)) * decay
            return tf.assign_sub(variable, delta, name=scope)

    def _set_variance(self, variance: Any, momentum: Any) -> Any:
        """Moves the average of the deviation, and sets that of the variance by it."""
        stddev = self._move(self.moving_stddev, tf.sqrt(variance + self.epsilon), momentum)
        value = tf.nn.relu(stddev * stddev - self.epsilon)
        with tf.name_scope("AssignNewValue") as scope, tf.colocate_with(self.moving_variance):
            return tf.assign(self.moving_variance, value, name=scope)

    # -- calling -------------------------------------------------------------------------------------------------

    def call(self, inputs: Any, training: Any = None) -> Any:
        """Returns the normalized inputs.

        Args:
          inputs: a tensor of floats.
          training: whether to use the batch's mean and variance: a bool or a bool scalar tensor; the learning phase
            when None.
        """
        if training is None:
            training = learning_phase()
        if self.fused:
            return self._fused(inputs, training)
        if self.virtual_batch_size is None:
            return self._composed(inputs, training)
        whole = [-1, *inputs.shape.as_list()[1:]]
        parts = tf.reshape(inputs, [self.virtual_batch_size, -1, *whole[1:]])
        return tf.reshape(self._composed(parts, training), whole)

    def _fused(self, inputs: Any, training: Any) -> Any:
        beta = self.beta if self.center else self._constants["beta"]
        gamma = self.gamma if self.scale else self._constants["gamma"]
        options = {"epsilon": self.epsilon, "data_format": "NCHW" if self.axis == [1] else "NHWC"}
        outputs, mean, variance = smart_cond(
            training,
            lambda: tf.nn.fused_batch_norm(inputs, gamma, beta, **options),
            lambda: tf.nn.fused_batch_norm(
                inputs,
                gamma,
                beta,
                mean=self.moving_mean,
                variance=self.moving_variance,
                is_training=False,
                **options,
            ),
        )
        known = known_value(training)
        if known is None:
            momentum = smart_cond(training, lambda: self.momentum, lambda: 1.0)
        else:
            momentum = tf.convert_to_tensor(self.momentum)
        if known or known is None:
            self.add_update(lambda: self._move(self.moving_mean, mean, momentum))
            self.add_update(lambda: self._move(self.moving_variance, variance, momentum))
        return outputs

    def _composed(self, inputs: Any, training: Any) -> Any:
        shape = inputs.shape
        reduced = [axis for axis in range(len(shape)) if axis not in self.axis]
        if self.virtual_batch_size is not None:
            del reduced[1]

        def broadcast(v: Any) -> Any:
            """Puts channels that are not in the last axis at their place."""
            if v is None or len(v.shape) == len(shape) or reduced == list(range(len(shape) - 1)):
                return v
            wide: list[Any] = [1] * len(shape)
            wide[self.axis[0]] = shape[self.axis[0]].value
            return tf.reshape(v, wide)

        scale, offset = broadcast(self.gamma), broadcast(self.beta)
        if known_value(training) is False:
            mean, variance = self.moving_mean, self.moving_variance
        else:
            scale, offset = self._adjusted(inputs, training, scale, offset)
            mean, variance, scale, offset = self._batch_moments(inputs, training, reduced, broadcast, scale, offset)
        mean, variance = tf.cast(mean, inputs.dtype), tf.cast(variance, inputs.dtype)
        offset = None if offset is None else tf.cast(offset, inputs.dtype)
        scale = None if scale is None else tf.cast(scale, inputs.dtype)
        outputs = tf.nn.batch_normalization(inputs, broadcast(mean), broadcast(variance), offset, scale, self.epsilon)
        outputs.set_shape(shape)
        return outputs

    def _adjusted(self, inputs: Any, training: Any, scale: Any, offset: Any) -> tuple[Any, Any]:
        if not self.adjustment:
            return scale, offset
        by, plus = self.adjustment(tf.shape(inputs))
        by = smart_cond(training, lambda: by, lambda: tf.ones_like(by))
        plus = smart_cond(training, lambda: plus, lambda: tf.zeros_like(plus))
        return _then(by, plus, scale, offset)

    def _batch_moments(
        self, inputs: Any, training: Any, axes: list[int], broadcast: Any, scale: Any, offset: Any
    ) -> tuple[Any, Any, Any, Any]:
        keep = self.virtual_batch_size is not None or len(self.axis) > 1
        mean, variance = tf.nn.moments(tf.cast(inputs, self._param_dtype), axes, keep_dims=keep)
        batch_mean, batch_variance = mean, variance
        mean = smart_cond(training, lambda: batch_mean, lambda: tf.convert_to_tensor(self.moving_mean))
        variance = smart_cond(training, lambda: batch_variance, lambda: tf.convert_to_tensor(self.moving_variance))
        new_mean, new_variance = mean, variance
        if self.virtual_batch_size is not None:
            new_mean = tf.reduce_mean(mean, axis=1, keepdims=True)
            new_variance = tf.reduce_mean(variance, axis=1, keepdims=True)
        if self.renorm:
            r, d, new_mean, new_variance = self._corrections(new_mean, new_variance, training)
            r = broadcast(tf.stop_gradient(r, name="renorm_r"))
            d = broadcast(tf.stop_gradient(d, name="renorm_d"))
            scale, offset = _then(r, d, scale, offset)

        def update_variance() -> Any:
            if self.renorm:
                return self._set_variance(new_variance, self.momentum)
            return self._move(self.moving_variance, new_variance, self.momentum)

        self.add_update(
            lambda: smart_cond(
                training,
                lambda: self._move(self.moving_mean, new_mean, self.momentum),
                lambda: self.moving_mean,
            )
        )
        self.add_update(lambda: smart_cond(training, update_variance, lambda: self.moving_variance))
        return mean, variance, scale, offset

    def _corrections(self, mean: Any, variance: Any, training: Any) -> tuple[Any, Any, Any, Any]:
        """Returns r and d of batch renormalization, and mean and variance once the averages have moved."""
        stddev = tf.sqrt(variance + self.epsilon)
        renorm_stddev = tf.maximum(self.renorm_stddev, tf.sqrt(self.epsilon))
        r = stddev / renorm_stddev
        d = (mean - self.renorm_mean) / renorm_stddev
        with tf.control_dependencies([r, d]):
            mean, stddev = tf.identity(mean), tf.identity(stddev)
        low, high, wide = (self.renorm_clipping.get(key) for key in ("rmin", "rmax", "dmax"))
        r = r if low is None else tf.maximum(r, low)
        r = r if high is None else tf.minimum(r, high)
        if wide is not None:
            d = tf.minimum(tf.maximum(d, -wide), wide)
        clipped_r, clipped_d = r, d
        r = smart_cond(training, lambda: clipped_r, lambda: tf.ones_like(clipped_r))
        d = smart_cond(training, lambda: clipped_d, lambda: tf.zeros_like(clipped_d))
        moved = [
            self._move_renorm(self.renorm_mean, mean, training),
            self._move_renorm(self.renorm_stddev, stddev, training),
        ]
        with tf.control_dependencies(moved):
            return r, d, tf.identity(mean), tf.identity(variance)

    def _move_renorm(self, variable: Any, value: Any, training: Any) -> Any:
        value = tf.identity(value)
        return smart_cond(
            training,
            lambda: self._move(variable, value, self.renorm_momentum),
            lambda: tf.identity(variable),
        )

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the outputs: that of the inputs."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer."""
        config = {**super().get_config(), **settings.config_of(self, _CONFIG)}
        if self.renorm:
            config.update(renorm=True, renorm_clipping=self.renorm_clipping, renorm_momentum=self.renorm_momentum)
        if self.virtual_batch_size is not None:
            config["virtual_batch_size"] = self.virtual_batch_size
        if self.adjustment is not None:
            tf.logging.warning(
                "The `adjustment` function of this `BatchNormalization` layer cannot be serialized and has been omitted "
                "from the layer config. It will not be included when re-creating the layer from the saved config."
            )
        return config


def _then(scale: Any, offset: Any, then_scale: Any, then_offset: Any) -> tuple[Any, Any]:
    """Returns the scale and the offset that do what first the one pair and then the other does."""
    if then_scale is not None:
        scale *= then_scale
        offset *= then_scale
    if then_offset is not None:
        offset += then_offset
    return scale, offset
