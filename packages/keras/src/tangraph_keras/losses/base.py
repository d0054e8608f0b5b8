"""The base class of losses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.losses.weighting import Reduction, compute_weighted_loss
from tangraph_layers.engine.session import get_value


@export("keras.losses.Loss")
class Loss:
    """A loss as an object. Subclasses override `call`, which returns the loss of each example.

    Args:
      reduction: how the losses of a batch become one number: "auto", "sum_over_batch_size", "sum" or "none".
      name: the name scope; the class's name when None.

    Raises:
      ValueError: an unknown reduction.
    """

    def __init__(self, reduction: str = Reduction.AUTO, name: str | None = None) -> None:
        Reduction.validate(reduction)
        self.reduction = reduction
        self.name = name

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Returns the loss of a batch.

        Args:
          y_true: what is true.
          y_pred: the predictions.
          sample_weight: the weights of examples.

        Returns:
          A scalar; the losses of examples when the reduction is "none".
        """
        scope = "lambda" if self.name == "<lambda>" else self.name
        with tf.name_scope(scope or type(self).__name__):
            losses = self.call(y_true, y_pred)
            return compute_weighted_loss(losses, sample_weight, reduction=self._get_reduction())

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Returns a loss with the arguments in a config."""
        return cls(**config)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {"reduction": self.reduction, "name": self.name}

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Returns the loss of each example."""
        raise NotImplementedError("Must be implemented in subclasses.")

    def _get_reduction(self) -> str:
        return Reduction.SUM_OVER_BATCH_SIZE if self.reduction == Reduction.AUTO else self.reduction


class LossFunctionWrapper(Loss):
    """A function as an object.

    Args:
      fn: a function of what is true and of the predictions.
      reduction: see `Loss`.
      name: see `Loss`.
      **kwargs: handed to the function.
    """

    def __init__(
        self, fn: Callable[..., Any], reduction: str = Reduction.AUTO, name: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(reduction=reduction, name=name)
        self.fn = fn
        self._fn_kwargs = kwargs

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Returns the loss of each example."""
        return self.fn(y_true, y_pred, **self._fn_kwargs)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments, without the function."""
        return {**super().get_config(), **{key: get_value(value) for key, value in self._fn_kwargs.items()}}


def converted(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """Returns what is true in the type of the predictions, and these as a tensor."""
    y_pred = tf.convert_to_tensor(y_pred)
    return tf.cast(y_true, y_pred.dtype), y_pred
