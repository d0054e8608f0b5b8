"""Convolutions whose kernel is another one at each place."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

import tangraph as tf
from tangraph.export import export
from tangraph.framework.make_op import make_op
from tangraph_keras.backend.local import local_conv
from tangraph_keras.backend.pooling import bias_add
from tangraph_layers import settings
from tangraph_layers.engine.layer import Layer
from tangraph_layers.input_spec import InputSpec


class _LocallyConnected(Layer):
    """A convolution without shared weights.

    Args:
      filters: the number of channels of the outputs.
      kernel_size: the sizes of the windows: one number, or one a dimension of space.
      strides: the steps, in the same forms.
      padding: "valid"; or "same", for implementations other than 1.
      data_format: "channels_last" or "channels_first"; the setting's when None.
      activation: a function of the outputs, or its name; None for none.
      use_bias: whether there is a bias, another one at each place.
      kernel_initializer, bias_initializer: how the variables start.
      kernel_regularizer, bias_regularizer: functions from a variable to a scalar loss.
      activity_regularizer: a function from the outputs to a scalar loss.
      kernel_constraint, bias_constraint: functions that optimizers apply after each update.
      implementation: 1, window after window; 2, as one product with a masked dense matrix; 3, with a sparse one.
      **kwargs: see `tf.keras.layers.Layer`.

    Raises:
      ValueError: a padding or an implementation that does not exist; space of unknown size.
    """

    rank = 1

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        implementation: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = settings.sizes(kernel_size, self.rank, "kernel_size")
        self.strides = settings.sizes(strides, self.rank, "strides")
        self.padding = settings.padding(padding)
        if self.padding != "valid" and implementation == 1:
            raise ValueError(
                f'Invalid border mode for {type(self).__name__} (only "valid" is supported if implementation is 1): '
                f"{padding}"
            )
        self.data_format = settings.data_format(data_format)
        self.activation = settings.activation(activation)
        self.use_bias = use_bias
        self.kernel_initializer = settings.initializer(kernel_initializer)
        self.bias_initializer = settings.initializer(bias_initializer)
        self.kernel_regularizer = settings.regularizer(kernel_regularizer)
        self.bias_regularizer = settings.regularizer(bias_regularizer)
        self.activity_regularizer = settings.regularizer(activity_regularizer)
        self.kernel_constraint = settings.constraint(kernel_constraint)
        self.bias_constraint = settings.constraint(bias_constraint)
        self.implementation = implementation
        self.input_spec = InputSpec(ndim=self.rank + 2)
        self.kernel: Any = None
        self.bias: Any = None
        self._space: tuple[int, ...] = ()

    @property
    def _first(self) -> bool:
        return self.data_format == "channels_first"

    def build(self, input_shape: Any) -> None:
        """Makes the kernels and the biases."""
        shape = tf.TensorShape(input_shape).as_list()
        space = tuple(shape[2:] if self._first else shape[1:-1])
        channels = shape[1] if self._first else shape[-1]
        self._check(shape, space, channels)
        self._space = tuple(self._outputs(space))
        self._prepare(space, channels)
        self.kernel = self._own_weight("kernel", self._kernel_shape(space, channels))
        self.bias = self._own_weight("bias", (*self._space, self.filters)) if self.use_bias else None
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={1 if self._first else -1: channels})
        self.built = True

    def _check(self, shape: list[Any], space: tuple[Any, ...], channels: Any) -> None:
        if self.rank == 1 and channels is None:
            raise ValueError("Axis 2 of input should be fully-defined. Found shape:", tuple(shape))
        if self.rank == 2 and None in space:
            raise ValueError(
                "The spatial dimensions of the inputs to  a LocallyConnected2D layer should be fully-defined, but layer "
                f"received the inputs shape {tuple(shape)}"
            )

    def _outputs(self, space: Any) -> list[Any]:
        return [
            settings.windows(size, window, self.padding, step)
            for size, window, step in zip(space, self.kernel_size, self.strides, strict=True)
        ]

    def _own_weight(self, name: str, shape: Any) -> Any:
        return self.add_weight(
            name,
            shape=shape,
            initializer=getattr(self, f"{name}_initializer"),
            regularizer=getattr(self, f"{name}_regularizer"),
            constraint=getattr(self, f"{name}_constraint"),
        )

    def _prepare(self, space: tuple[int, ...], channels: int) -> None:
        """Finds out which inputs reach which outputs, where the implementation needs it."""
        if self.implementation not in {1, 2, 3}:
            raise ValueError(f"Unrecognized implementation mode: {self.implementation}.")
        if self.implementation == 2:
            mask = np.zeros((*space, *self._space), bool)
            for place, window in self._reached(space):
                for at in itertools.product(*window):
                    mask[(*at, *place)] = True
            axes = (0, -self.rank - 1) if self._first else (self.rank, -1)
            self.kernel_mask = np.expand_dims(np.expand_dims(mask, axes[0]), axes[1])
        elif self.implementation == 3:
            self.kernel_idxs = sorted(self._indices(space, channels))

    def _reached(self, space: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], list[range]]]:
        """Yields each place of the outputs, and the ranges of inputs that reach it."""
        for place in itertools.product(*(range(size) for size in self._space)):
            window = []
            for at, step, width, size in zip(place, self.strides, self.kernel_size, space, strict=True):
                left = width // 2
                start = at * step if self.padding == "valid" else at * step - left
                window.append(range(max(0, start), min(size, start + width)))
            yield place, window

    def _indices(self, space: tuple[int, ...], channels: int) -> Iterator[tuple[int, int]]:
        """Yields the elements of the matrix that are not zero, by row and column."""

        def flat(at: Any, channel: int, sizes: tuple[int, ...], count: int) -> int:
            whole, index = ((count, *sizes), (channel, *at)) if self._first else ((*sizes, count), (*at, channel))
            return int(np.ravel_multi_index(index, whole))

        for place, window in self._reached(space):
            for at in itertools.product(*window):
                for channel, filter_ in itertools.product(range(channels), range(self.filters)):
                    yield flat(place, filter_, self._space, self.filters), flat(at, channel, space, channels)

    def _kernel_shape(self, space: tuple[int, ...], channels: int) -> tuple[int, ...]:
        if self.implementation == 1:
            window = settings.product(self.kernel_size) * channels
            self.kernel_shape: tuple[int, ...] = (settings.product(self._space), window, self.filters)
            return self.kernel_shape
        if self.implementation == 2:
            if self._first:
                self.kernel_shape = (channels, *space, self.filters, *self._space)
            else:
                self.kernel_shape = (*space, channels, *self._space, self.filters)
            return self.kernel_shape
        self.kernel_shape = (settings.product(self._space) * self.filters, settings.product(space) * channels)
        return (len(self.kernel_idxs),)

    def call(self, inputs: Any) -> Any:
        """Returns the outputs."""
        if self.implementation == 1:
            outputs = local_conv(inputs, self.kernel, self.kernel_size, self.strides, self._space, self.data_format)
        elif self.implementation == 2:
            outputs = self._dense(inputs)
        else:
            outputs = self._sparse(inputs)
        if self.use_bias:
            outputs = bias_add(outputs, self.bias, data_format=self.data_format)
        return self.activation(outputs)

    def _dense(self, inputs: Any) -> Any:
        flat = tf.reshape(inputs, (tf.shape(inputs)[0], -1))
        kernel = self.kernel_mask * self.kernel
        shape, half = tf.shape(kernel), len(self.kernel_shape) // 2
        rows, columns = shape[:half], shape[half:]
        kernel = tf.reshape(kernel, (tf.reduce_prod(rows), tf.reduce_prod(columns)))
        return self._shaped(tf.sparse_matmul(flat, kernel, b_is_sparse=True), inputs)

    def _sparse(self, inputs: Any) -> Any:
        flat = tf.reshape(inputs, (tf.shape(inputs)[0], -1))
        products = make_op(
            "SparseTensorDenseMatMul", self.kernel_idxs, self.kernel, self.kernel_shape, flat, adjoint_b=True
        )
        return self._shaped(tf.transpose(products), inputs)

    def _shaped(self, flat: Any, inputs: Any) -> Any:
        return tf.reshape(flat, [tf.shape(flat)[0], *self.compute_output_shape(inputs.shape).as_list()[1:]])

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the outputs."""
        shape = tf.TensorShape(input_shape).as_list()
        space = self._outputs(shape[2:] if self._first else shape[1:-1])
        return tf.TensorShape([shape[0], self.filters, *space] if self._first else [shape[0], *space, self.filters])

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer."""
        names = """
            filters kernel_size strides padding data_format activation use_bias kernel_initializer bias_initializer
            kernel_regularizer bias_regularizer activity_regularizer kernel_constraint bias_constraint implementation
        """
        return {**super().get_config(), **settings.config_of(self, names)}


@export("keras.layers.LocallyConnected1D")
class LocallyConnected1D(_LocallyConnected):
    """A convolution of lines with another kernel at each place; the arguments are those of its base."""

    rank = 1


@export("keras.layers.LocallyConnected2D")
class LocallyConnected2D(_LocallyConnected):
    """A convolution of images with another kernel at each place; the arguments are those of its base."""

    rank = 2
