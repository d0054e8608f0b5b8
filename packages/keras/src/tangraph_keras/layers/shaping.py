"""Layers that change shapes only."""

from __future__ import annotations

import math
from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.backend.shaping import repeat
from tangraph_layers.engine.layer import Layer
from tangraph_layers.input_spec import InputSpec


@export("keras.layers.Reshape")
class Reshape(Layer):
    """Gives each element of the batch another shape.

    Args:
      target_shape: the shape, without the batch; one size may be -1, for what is left.
      **kwargs: see `tf.keras.layers.Layer`.

    >>> with tf.Graph().as_default():
    ...     Reshape((2, -1))(tf.ones([5, 6])).shape.as_list()
    [5, 2, 3]
    """

    def __init__(self, target_shape: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.target_shape = tuple(target_shape)

    def call(self, inputs: Any) -> Any:
        """Returns the outputs."""
        return tf.reshape(inputs, (tf.shape(inputs)[0], *self.target_shape))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the outputs.

        Raises:
          ValueError: the elements do not fill it, or two sizes are -1.
        """
        batch, *shape = tf.TensorShape(input_shape).as_list()
        if None in shape:
            return tf.TensorShape([batch, *(None if size == -1 else size for size in self.target_shape)])
        return tf.TensorShape([batch, *self._filled(math.prod(shape))])

    def _filled(self, count: int) -> list[int]:
        sizes = list(self.target_shape)
        open_axes = [axis for axis, size in enumerate(sizes) if size < 0]
        known = math.prod(size for size in sizes if size >= 0)
        if len(open_axes) > 1:
            raise ValueError("Can only specify one unknown dimension.")
        if (known == 0 or count % known) if open_axes else count != known:
            raise ValueError("total size of new array must be unchanged")
        for axis in open_axes:
            sizes[axis] = count // known
        return sizes

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer."""
        return {**super().get_config(), "target_shape": self.target_shape}


@export("keras.layers.Permute")
class Permute(Layer):
    """Puts the axes of each element of the batch in another order.

    Args:
      dims: the axes, 1 for the first after the batch.
      **kwargs: see `tf.keras.layers.Layer`.

    Raises:
      ValueError: not all of them, or others.
    """

    def __init__(self, dims: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dims = tuple(dims)
        if sorted(dims) != list(range(1, len(dims) + 1)):
            raise ValueError(
                f"Invalid permutation `dims` for Permute Layer: {dims}. The set of indices in `dims` must be consecutive "
                "and start from 1."
            )
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    def call(self, inputs: Any) -> Any:
        """Returns the outputs."""
        return tf.transpose(inputs, perm=(0, *self.dims))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the outputs."""
        shape = tf.TensorShape(input_shape).as_list()
        return tf.TensorShape([shape[0], *(shape[dim] for dim in self.dims)])

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer."""
        return {**super().get_config(), "dims": self.dims}


@export("keras.layers.RepeatVector")
class RepeatVector(Layer):
    """Repeats each row of a matrix along a new axis.

    Args:
      n: how often.
      **kwargs: see `tf.keras.layers.Layer`.
    """

    def __init__(self, n: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.n = n
        self.input_spec = InputSpec(ndim=2)

    def call(self, inputs: Any) -> Any:
        """Returns the outputs, of rank 3."""
        return repeat(inputs, self.n)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the outputs."""
        rows, columns = tf.TensorShape(input_shape).as_list()
        return tf.TensorShape([rows, self.n, columns])

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer."""
        return {**super().get_config(), "n": self.n}
