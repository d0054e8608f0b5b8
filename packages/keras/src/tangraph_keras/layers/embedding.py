"""Vectors for numbers."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers import settings
from tangraph_layers.engine.layer import Layer
from tangraph_layers.engine.settings import floatx


@export("keras.layers.Embedding")
class Embedding(Layer):
    """Returns a vector that is trained for each number.

    Args:
      input_dim: how many numbers there are, 0 included.
      output_dim: the length of the vectors.
      embeddings_initializer: how the vectors start.
      embeddings_regularizer: a function from the vectors to a scalar loss.
      activity_regularizer: a function from the outputs to a scalar loss.
      embeddings_constraint: a function that optimizers apply to the vectors after each update.
      mask_zero: whether 0 stands for nothing, which layers that follow pass over.
      input_length: the length of the sequences, where it is always the same.
      **kwargs: see `tf.keras.layers.Layer`.

    >>> with tf.Graph().as_default():
    ...     Embedding(10, 4)(tf.constant([[1, 2, 3]])).shape.as_list()
    [1, 3, 4]
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        activity_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        input_length: Any = None,
        **kwargs: Any,
    ) -> None:
        if "input_shape" not in kwargs:
            kwargs["input_shape"] = (input_length,) if input_length else (None,)
        dtype = kwargs.pop("dtype", floatx())
        super().__init__(dtype=dtype, autocast=False, **kwargs)
        self.input_dim = input_dim
        self.output_dim = output_dim
        self.embeddings_initializer = settings.initializer(embeddings_initializer)
        self.embeddings_regularizer = settings.regularizer(embeddings_regularizer)
        self.activity_regularizer = settings.regularizer(activity_regularizer)
        self.embeddings_constraint = settings.constraint(embeddings_constraint)
        self.mask_zero = mask_zero
        self.supports_masking = mask_zero
        self.input_length = input_length
        self.embeddings: Any = None

    def build(self, input_shape: Any) -> None:
        """Makes the vectors."""
        self.embeddings = self.add_weight(
            "embeddings",
            shape=(self.input_dim, self.output_dim),
            initializer=self.embeddings_initializer,
            regularizer=self.embeddings_regularizer,
            constraint=self.embeddings_constraint,
        )
        self.built = True

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Returns where the numbers are not 0, if that stands for nothing."""
        return tf.not_equal(inputs, 0) if self.mask_zero else None

    def call(self, inputs: Any) -> Any:
        """Returns the vectors of numbers, along a new last axis."""
        if inputs.dtype.base_dtype.name not in {"int32", "int64"}:
            inputs = tf.cast(inputs, "int32")
        return tf.nn.embedding_lookup(self.embeddings, inputs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the outputs.

        Raises:
          ValueError: it does not fit `input_length`.
        """
        shape = tuple(tf.TensorShape(input_shape).as_list())
        if self.input_length is None:
            return tf.TensorShape([*shape, self.output_dim])
        lengths = list(self.input_length) if isinstance(self.input_length, list | tuple) else [self.input_length]
        fits = len(lengths) == len(shape) - 1 and all(
            a is None or b is None or a == b for a, b in zip(lengths, shape[1:], strict=True)
        )
        if not fits:
            raise ValueError(f'"input_length" is {self.input_length}, but received input has shape {shape}')
        known = [b if a is None else a for a, b in zip(lengths, shape[1:], strict=True)]
        return tf.TensorShape([shape[0], *known, self.output_dim])

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer."""
        names = """
            input_dim output_dim embeddings_initializer embeddings_regularizer activity_regularizer
            embeddings_constraint mask_zero input_length
        """
        return {**super().get_config(), **settings.config_of(self, names)}
