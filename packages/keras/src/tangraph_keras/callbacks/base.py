"""The base class of callbacks, and the list of those that a model calls."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from typing import TYPE_CHECKING, Any

import numpy as np

import tangraph as tf
from tangraph.export import export

if TYPE_CHECKING:
    from collections.abc import Iterator


@export("keras.callbacks.Callback")
class Callback:
    """What a model calls while it trains, is evaluated or predicts. Subclasses override what they need.

    Attributes:
      model: the model.
      params: a dictionary: batch_size, epochs, steps, samples, verbose, do_validation, metrics.

    `logs` are dictionaries from names to values: of a batch (`batch`, `size`, `loss` and metrics), or of an epoch.

    >>> class Losses(tf.keras.callbacks.Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         print(epoch, sorted(logs))
    """

    def __init__(self) -> None:
        self.validation_data: Any = None
        self.model: Any = None
        self.params: Any = None

    def set_params(self, params: dict[str, Any]) -> None:
        """Takes what the model's method was called with."""
        self.params = params

    def set_model(self, model: Any) -> None:
        """Takes the model."""
        self.model = model

    def on_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Another name of `on_train_batch_begin`."""

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Another name of `on_train_batch_end`."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Called when an epoch begins."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Called when an epoch ends, validation included."""

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Called before each batch of training."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Called after each batch of training."""
        self.on_batch_end(batch, logs=logs)

    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Called before each batch of evaluation or validation."""

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        """Called after each batch of evaluation or validation."""

    def on_predict_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Called before each batch of prediction."""

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        """Called after each batch of prediction."""

    def on_train_begin(self, logs: Any = None) -> None:
        """Called when training begins."""

    def on_train_end(self, logs: Any = None) -> None:
        """Called when training ends."""

    def on_test_begin(self, logs: Any = None) -> None:
        """Called when evaluation or validation begins."""

    def on_test_end(self, logs: Any = None) -> None:
        """Called when evaluation or validation ends."""

    def on_predict_begin(self, logs: Any = None) -> None:
        """Called when prediction begins."""

    def on_predict_end(self, logs: Any = None) -> None:
        """Called when prediction ends."""


class CallbackList:
    """Callbacks that are called one after the other."""

    def __init__(self, callbacks: Any = None, queue_length: int = 10) -> None:
        self.callbacks: list[Any] = list(callbacks or [])
        self.queue_length = queue_length
        self.params: dict[str, Any] = {}
        self.model: Any = None
        self._began = 0.0
        self._reset_batch_timing()

    def _reset_batch_timing(self) -> None:
        self._batch_seconds = 0.0
        self._hook_seconds: Any = defaultdict(lambda: deque(maxlen=self.queue_length))

    def __iter__(self) -> Iterator[Any]:
        return iter(self.callbacks)

    def append(self, callback: Any) -> None:
        """Adds a callback at the end."""
        self.callbacks.append(callback)

    def set_params(self, params: dict[str, Any]) -> None:
        """See `Callback.set_params`."""
        self.params = params
        for callback in self.callbacks:
            callback.set_params(params)

    def set_model(self, model: Any) -> None:
        """See `Callback.set_model`."""
        self.model = model
        for callback in self.callbacks:
            callback.set_model(model)

    def call_batch_hook(self, mode: str, hook: str, batch: int, logs: Any) -> None:
        """Calls `on_<mode>_batch_<hook>` of all callbacks, with a warning where they take longer than the batch."""
        if not self.callbacks:
            return
        began = time.time()
        if hook == "begin":
            self._began = began
        else:
            self._batch_seconds = began - self._began
        name = f"on_{mode}_batch_{hook}"
        for callback in self.callbacks:
            getattr(callback, name)(batch, logs)
        seconds = self._hook_seconds[name]
        seconds.append(time.time() - began)
        if seconds[-1] > 0.1 and self._batch_seconds > 0:
            median = float(np.median(seconds))
            if median > 0.95 * self._batch_seconds and median > 0.1:
                tf.logging.warning(
                    "Method (%s) is slow compared to the batch update (%f). Check your callbacks.", name, median
                )

    def call_hook(self, mode: str, hook: str) -> None:
        """Calls `on_<mode>_<hook>` of all callbacks."""
        for callback in self.callbacks:
            getattr(callback, f"on_{mode}_{hook}")(None)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """See `Callback.on_epoch_begin`."""
        for callback in self.callbacks:
            callback.on_epoch_begin(epoch, logs or {})
        self._reset_batch_timing()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """See `Callback.on_epoch_end`."""
        logs = {} if logs is None else logs
        for callback in self.callbacks:
            callback.on_epoch_end(epoch, logs)
