"""An output of a model, with what training compares it to."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph_keras.losses import base, entropy
from tangraph_keras.losses.lookup import KNOWN
from tangraph_layers.engine.node import int_shape
from tangraph_layers.engine.settings import dtype_name, floatx, image_data_format


class Endpoint:
    """An output of a model.

    Attributes:
      output: the tensor; `name` is that of the output.
      loss_fn: the loss, or None for an output that is not trained.
      loss_weight: what the loss is multiplied with.
      target: the tensor that is true, or None.
      is_fed: whether `target` is a placeholder for arrays.
      loss_metric: the mean of the loss over batches, where there are several outputs.
      sample_weight: the tensor of weights, or None; `sample_weight_mode` is None, "samplewise" or "temporal".
    """

    def __init__(self, output: Any, name: str, loss_fn: Any, target: Any) -> None:
        self.output = output
        self.name = name
        self.loss_fn = loss_fn
        self.loss_weight: Any = None
        self.loss_metric: Any = None
        self.sample_weight: Any = None
        self.sample_weight_mode: str | None = None
        self.target: Any = None
        self.is_fed = False
        self._takes_weights = False
        if loss_fn is not None:
            self.is_fed = self._takes_weights = target is None or is_placeholder(target)
            self.target = self._placeholder() if target is None else target

    def _placeholder(self) -> Any:
        sparse = isinstance(self.output, tf.SparseTensor)
        shape = [None] * len(int_shape(self.output))
        make = tf.sparse_placeholder if sparse else tf.placeholder
        return make(dtype_name(self.output.dtype), shape=shape, name=f"{self.name}_target")

    @property
    def is_skipped(self) -> bool:
        """Whether the output has no loss."""
        return self.loss_fn is None

    @property
    def skips_weights(self) -> bool:
        """Whether there can be no weights for it: it has no loss, or its target is a tensor of the program's."""
        return not self._takes_weights

    @property
    def loss_name(self) -> str:
        """The name of the loss."""
        return f"{self.name}_loss"

    @property
    def fed_shape(self) -> Any:
        """The shape that targets must have, or None for any."""
        shape = int_shape(self.output)
        function = self.loss_fn.fn if isinstance(self.loss_fn, base.LossFunctionWrapper) else None
        if function is entropy.sparse_categorical_crossentropy:
            if image_data_format() == "channels_first":
                return (shape[0], 1, *shape[2:])
            return (*shape[:-1], 1)
        if not isinstance(self.loss_fn, base.Loss):
            return None
        if function is not None and getattr(function, "__name__", None) not in KNOWN:
            return None
        return shape

    @property
    def weights_mismatch(self) -> bool:
        """Whether there are weights and no tensor for them, or the other way round."""
        return (self.sample_weight_mode is None) != (self.sample_weight is None)

    def make_sample_weight(self, given: Any) -> None:
        """Sets `sample_weight`: a given tensor, or a placeholder where there are weights.

        Raises:
          ValueError: a given tensor of another rank.
        """
        if given is None and (self.skips_weights or self.sample_weight_mode is None):
            self.sample_weight = None
            return
        temporal = self.sample_weight_mode == "temporal"
        shape = [None, None] if temporal else [None]
        if given is None:
            ones = tf.constant([[1.0]] if temporal else [1.0], dtype=floatx())
            given = tf.placeholder_with_default(ones, shape=shape, name=f"{self.name}_sample_weights")
        elif not given.shape.is_compatible_with(shape):
            raise ValueError(f"Received sample weight with shape {given.shape}. Expected shape {shape}.")
        self.sample_weight = given


def is_placeholder(tensor: Any) -> bool:
    """Returns whether a tensor is a placeholder."""
    operation = getattr(tensor, "op", None)
    return operation is not None and operation.type == "Placeholder"
