"""A layer for each step of sequences."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.backend.arithmetic import any as reduce_any
from tangraph_keras.backend.recurrent import rnn
from tangraph_keras.layers.recurrent.states import takes
from tangraph_keras.layers.wrappers.wrapper import Wrapper
from tangraph_layers.engine.layer import Layer
from tangraph_layers.engine.node import int_shape
from tangraph_layers.input_spec import InputSpec


@export("keras.layers.TimeDistributed")
class TimeDistributed(Wrapper):
    """Calls a layer on each step of sequences.

    Args:
      layer: the layer.
      **kwargs: see `tf.keras.layers.Layer`.

    Raises:
      ValueError: it is no layer.

    >>> with tf.Graph().as_default():
    ...     layer = tf.keras.layers.TimeDistributed(tf.keras.layers.Lambda(lambda x: x * 2.0))
    ...     layer(tf.ones([2, 5, 4])).shape.as_list()
    [2, 5, 4]
    """

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        if not isinstance(layer, Layer):
            raise ValueError(f"Please initialize `TimeDistributed` layer with a `Layer` instance. You passed: {layer}")
        super().__init__(layer, **kwargs)
        self.supports_masking = True
        # All steps are one batch for layers that do not care which belong together.
        self._always_use_reshape = _is_built_in(layer) and not getattr(layer, "stateful", False)
        object.__setattr__(self, "_inner", {})

    def build(self, input_shape: Any = None) -> None:
        """Has the layer inside make its variables.

        Raises:
          ValueError: the inputs have less than three axes.
        """
        shape = tf.TensorShape(input_shape).as_list()
        if len(shape) < 3:
            raise ValueError(
                "`TimeDistributed` Layer should be passed an `input_shape ` with at least 3 dimensions, received: "
                f"{shape}"
            )
        self.input_spec = InputSpec(shape=[None, None, *shape[2:]])
        super().build((shape[0], *shape[2:]))
        self.built = True

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the outputs."""
        shape = tf.TensorShape(input_shape).as_list()
        inner = self.layer.compute_output_shape(tf.TensorShape([shape[0], *shape[2:]]))
        inner = tf.TensorShape(inner).as_list()
        return tf.TensorShape([inner[0], shape[1], *inner[1:]])

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """Returns the outputs of the layer inside, step by step."""
        kwargs = {"training": training} if takes(self.layer.call, "training") else {}
        shape = int_shape(inputs)
        if shape[0] and not self._always_use_reshape:
            _, outputs, _ = rnn(
                lambda x, _: (self.layer(x, **kwargs), []), inputs, initial_states=[], input_length=shape[1]
            )
            return outputs
        length = shape[1] or tf.shape(inputs)[1]
        together = tf.reshape(inputs, _sizes((-1,), inputs, 2))
        self.__dict__["_inner"][id(inputs)] = together
        if takes(self.layer.call, "mask") and mask is not None:
            kwargs["mask"] = tf.reshape(mask, _sizes((-1,), mask, 2))
        y = self.layer(together, **kwargs)
        known = self.compute_output_shape(shape).as_list()
        return tf.reshape(y, _sizes((-1, length), y, 1, known[2:]))

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Returns the mask of the outputs, from that of the layer inside."""
        shape = int_shape(inputs)
        if shape[0]:
            return mask
        inner_mask = None if mask is None else tf.reshape(mask, _sizes((-1,), mask, 2))
        output_mask = self.layer.compute_mask(self.__dict__["_inner"].get(id(inputs), inputs), inner_mask)
        if output_mask is None:
            if mask is None:
                return None
            for _ in range(2, len(int_shape(mask))):
                mask = reduce_any(mask, axis=-1)
            return mask
        length = shape[1] or tf.shape(inputs)[1]
        known = int_shape(output_mask)
        if known is None:
            known = int_shape(mask) if mask is not None else tuple(self.compute_output_shape(shape).as_list()[:-1])
        return tf.reshape(output_mask, _sizes((-1, length), output_mask, 1, known[1:]))


def _is_built_in(layer: Any) -> bool:
    return type(layer).__module__.partition(".")[0] in {"tangraph_keras", "tangraph_layers"}


def _sizes(first: tuple[Any, ...], tensor: Any, start: int, known: Any = None) -> tuple[Any, ...]:
    """Returns sizes for a reshape: the first ones, and those of a tensor from an axis on, as far as they are known."""
    sizes = list(int_shape(tensor)[start:] if known is None else known)
    if not all(sizes):
        shape = tf.shape(tensor)
        sizes = [size or shape[start + number] for number, size in enumerate(sizes)]
    return (*first, *sizes)
