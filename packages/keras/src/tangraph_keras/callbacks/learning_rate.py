"""A learning rate for each epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph_keras.callbacks.base import Callback
from tangraph_layers.engine.session import get_value, set_value

if TYPE_CHECKING:
    from collections.abc import Callable


@export("keras.callbacks.LearningRateScheduler")
class LearningRateScheduler(Callback):
    """Sets the learning rate when an epoch begins.

    Args:
      schedule: a function from the number of the epoch (and the learning rate) to the learning rate.
      verbose: whether to print it.

    Raises:
      ValueError: the optimizer has no learning rate, or the function returns no float.
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        super().__init__()
        self.schedule = schedule
        self.verbose = verbose

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Sets the learning rate."""
        if not hasattr(self.model.optimizer, "lr"):
            raise ValueError('Optimizer must have a "lr" attribute.')
        try:
            rate = self.schedule(epoch, float(get_value(self.model.optimizer.lr)))
        except TypeError:  # a function of the epoch alone
            rate = self.schedule(epoch)
        if not isinstance(rate, float | np.float32 | np.float64):
            raise ValueError(f'The output of the "schedule" function should be float. Received: {rate}')
        set_value(self.model.optimizer.lr, rate)
        if self.verbose > 0:
            text = f"\nEpoch {epoch + 1:05d}: LearningRateScheduler reducing learning rate to {rate}."
            print(text)  # noqa: T201  TensorFlow prints it

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Adds the learning rate to `logs`."""
        if logs is not None:
            logs["lr"] = get_value(self.model.optimizer.lr)
