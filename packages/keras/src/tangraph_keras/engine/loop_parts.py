"""What the loops over arrays and over generators have in common."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from tangraph_keras.callbacks.base import CallbackList
from tangraph_keras.callbacks.base_logger import BaseLogger
from tangraph_keras.callbacks.history import History
from tangraph_keras.callbacks.progress_logger import ProgbarLogger


def configure_callbacks(callbacks: Any, model: Any, mode: str, do_validation: bool, **params: Any) -> CallbackList:
    """Returns the list of a loop's callbacks, with those that Keras adds; an inner loop has the list already.

    Args:
      callbacks: a list of callbacks, or a CallbackList.
      model: the model.
      mode: "train", "test" or "predict".
      do_validation: whether each epoch ends with validation.
      **params: batch_size, epochs, steps, samples.
    """
    if isinstance(callbacks, CallbackList):
        return callbacks
    members = list(callbacks or [])
    if mode == "train":
        model.history = History()
        members = [BaseLogger(), *members, model.history]
    made = CallbackList(members)
    made.set_model(model)
    set_parameters(made, model, mode, do_validation, verbose=0, **params)
    model.stop_training = False
    return made


def set_parameters(callbacks: CallbackList, model: Any, mode: str, do_validation: bool, **params: Any) -> None:
    """Gives the callbacks of a list their parameters."""
    names: list[str] = []
    for callback in callbacks:
        if isinstance(callback, BaseLogger | ProgbarLogger):
            callback.stateful_metrics = model.metrics_names[1:]
    if mode != "predict":
        names = model.metrics_names
        if do_validation:
            names = names + [f"val_{name}" for name in names]
    given = {name: params[name] for name in ("batch_size", "epochs", "steps", "samples", "verbose")}
    callbacks.set_params({**given, "do_validation": do_validation, "metrics": names})


def progress_of(model: Any, count_mode: str, callbacks: CallbackList, verbose: int) -> ProgbarLogger:
    """Returns what prints the progress of a loop; it shares the parameters of the callbacks."""
    progress = ProgbarLogger(count_mode, stateful_metrics=model.metrics_names[1:])
    progress.params = callbacks.params
    progress.params["verbose"] = verbose
    return progress


def make_logs(names: list[str], logs: dict[str, Any], outputs: Any, mode: str, prefix: str = "") -> dict[str, Any]:
    """Returns `logs` with what a batch or an epoch gave.

    Args:
      names: the model's `metrics_names`.
      logs: the dictionary to write to.
      outputs: the values, in the order of the names; the outputs themselves in mode "predict".
      mode: "train", "test" or "predict".
      prefix: what stands before the names.
    """
    if mode == "predict":
        logs["outputs"] = outputs
    else:
        logs.update(zip([prefix + name for name in names] if prefix else names, outputs, strict=False))
    return logs


def should_run_validation(frequency: Any, epoch: int) -> bool:
    """Returns whether an epoch, counted from 0, ends with validation.

    Args:
      frequency: a number of epochs, or the numbers of those that do, counted from 1.
      epoch: the number of the epoch.

    Raises:
      ValueError: it is neither.
    """
    if isinstance(frequency, int):
        if frequency < 1:
            raise ValueError(f"`validation_freq` can not be less than 1. Received: {frequency}")
        return (epoch + 1) % frequency == 0
    if not isinstance(frequency, Container):
        raise ValueError(
            "`validation_freq` must be an Integer or `collections_abc.Container` (e.g. list, tuple, etc.). Received: "
            f"{frequency}"
        )
    return epoch + 1 in frequency
