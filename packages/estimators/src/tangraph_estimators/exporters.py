"""Exporters: what is exported after an evaluation, and what is kept of it."""

from __future__ import annotations

import abc
import os
from collections.abc import Callable
from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_estimators.arguments import argument_names


@export("estimator.Exporter")
class Exporter(abc.ABC):
    """Exports a model after evaluations, or not."""

    @property
    @abc.abstractmethod
    def name(self) -> Any:
        """The name of the folder with what is exported."""

    @abc.abstractmethod
    def export(
        self, estimator: Any, export_path: str, checkpoint_path: str, eval_result: Any, is_the_final_export: bool
    ) -> Any:
        """Exports the model.

        Args:
          estimator: the estimator.
          export_path: the folder to export to.
          checkpoint_path: the checkpoint.
          eval_result: the result of the evaluation.
          is_the_final_export: whether training is over.

        Returns:
          The path of what was exported, None when nothing was.
        """


class SavedModelExporter(Exporter):
    """Exports a SavedModel every time.

    Args:
      name: the name of its folder.
      serving_input_receiver_fn: a function that returns a ServingInputReceiver.
      assets_extra: path below "assets.extra" -> a file to copy there.
      as_text: whether to write the text format.
    """

    def __init__(
        self, name: Any, serving_input_receiver_fn: Any, assets_extra: Any = None, as_text: bool = False
    ) -> None:
        self._name = name
        self._serving_input_receiver_fn = serving_input_receiver_fn
        self._assets_extra = assets_extra
        self._as_text = as_text

    @property
    def name(self) -> Any:
        """The name of its folder."""
        return self._name

    def export(
        self, estimator: Any, export_path: str, checkpoint_path: str, eval_result: Any, is_the_final_export: bool
    ) -> Any:
        """Exports a SavedModel."""
        return estimator.export_saved_model(
            export_path,
            self._serving_input_receiver_fn,
            assets_extra=self._assets_extra,
            as_text=self._as_text,
            checkpoint_path=checkpoint_path,
        )


@export("estimator.FinalExporter")
class FinalExporter(SavedModelExporter):
    """Exports once, when training is over; see LatestExporter for the arguments."""

    def export(
        self, estimator: Any, export_path: str, checkpoint_path: str, eval_result: Any, is_the_final_export: bool
    ) -> Any:
        """Exports a SavedModel when training is over."""
        if not is_the_final_export:
            return None
        tf.logging.info("Performing the final export in the end of training.")
        return super().export(estimator, export_path, checkpoint_path, eval_result, is_the_final_export)


@export("estimator.LatestExporter")
class LatestExporter(SavedModelExporter):
    """Exports after every evaluation, and keeps the last ones.

    Args:
      name: the name of its folder.
      serving_input_receiver_fn: a function that returns a ServingInputReceiver.
      assets_extra: path below "assets.extra" -> a file to copy there.
      as_text: whether to write the text format.
      exports_to_keep: how many are kept; None for all.

    Raises:
      ValueError: `exports_to_keep` is not positive.
    """

    def __init__(
        self,
        name: Any,
        serving_input_receiver_fn: Any,
        assets_extra: Any = None,
        as_text: bool = False,
        exports_to_keep: int | None = 5,
    ) -> None:
        super().__init__(name, serving_input_receiver_fn, assets_extra, as_text)
        self._exports_to_keep = exports_to_keep
        if exports_to_keep is not None and exports_to_keep <= 0:
            raise ValueError("`exports_to_keep`, if provided, must be positive number")

    def export(
        self, estimator: Any, export_path: str, checkpoint_path: str, eval_result: Any, is_the_final_export: bool
    ) -> Any:
        """Exports a SavedModel and removes those that are too old."""
        path = super().export(estimator, export_path, checkpoint_path, eval_result, is_the_final_export)
        keep_latest(export_path, self._exports_to_keep)
        return path


def keep_latest(folder: str, count: int | None) -> None:
    """Removes exports, which are named by their time in seconds, but for the latest ones; None keeps all."""
    if count is None:
        return
    names = (name.rstrip("/") for name in tf.gfile.ListDirectory(folder))
    for name in sorted((name for name in names if len(name) == 10 and name.isdigit()), key=int)[:-count]:
        path = os.path.join(folder, name)
        try:
            tf.gfile.DeleteRecursively(path)
        except tf.errors.NotFoundError as error:
            tf.logging.warning("Can not delete %s recursively: %s", path, error)


def loss_smaller(best_eval_result: Any, current_eval_result: Any) -> bool:
    """Returns whether the loss of the current result is smaller than that of the best one.

    Raises:
      ValueError: one of them has no loss.
    """
    for name, result in (("best_eval_result", best_eval_result), ("current_eval_result", current_eval_result)):
        if not result or "loss" not in result:
            raise ValueError(f"{name} cannot be empty or no loss is found in it.")
    return bool(best_eval_result["loss"] > current_eval_result["loss"])


@export("estimator.BestExporter")
class BestExporter(SavedModelExporter):
    """Exports when a result is better than all before, those of earlier runs included.

    Args:
      name: the name of its folder.
      serving_input_receiver_fn: a function that returns a ServingInputReceiver.
      event_file_pattern: the event files, below the model's folder, with earlier results; None for none.
      compare_fn: a function of `best_eval_result` and `current_eval_result` that says whether the current one is better.
      assets_extra: path below "assets.extra" -> a file to copy there.
      as_text: whether to write the text format.
      exports_to_keep: how many are kept; None for all.

    Raises:
      ValueError: `compare_fn` takes other arguments, or `exports_to_keep` is not positive.
    """

    def __init__(
        self,
        name: Any = "best_exporter",
        serving_input_receiver_fn: Any = None,
        event_file_pattern: str | None = "eval/*.tfevents.*",
        compare_fn: Callable[..., Any] | None = loss_smaller,
        assets_extra: Any = None,
        as_text: bool = False,
        exports_to_keep: int | None = 5,
    ) -> None:
        super().__init__(name, serving_input_receiver_fn, assets_extra, as_text)
        self._compare_fn = _checked_compare_fn(compare_fn)
        self._event_file_pattern = event_file_pattern
        self._model_dir: str | None = None
        self._best_eval_result: Any = None
        self._exports_to_keep = exports_to_keep
        if exports_to_keep is not None and exports_to_keep <= 0:
            raise ValueError(f"`exports_to_keep`, if provided, must be a positive number. Got {exports_to_keep}")

    def export(
        self, estimator: Any, export_path: str, checkpoint_path: str, eval_result: Any, is_the_final_export: bool
    ) -> Any:
        """Exports a SavedModel when the result is the best one."""
        if self._model_dir != estimator.model_dir and self._event_file_pattern:
            tf.logging.info("Loading best metric from event files.")
            self._model_dir = estimator.model_dir
            pattern = os.path.join(estimator.model_dir, self._event_file_pattern)
            self._best_eval_result = self._best_of(pattern)
        best = self._best_eval_result
        if best is not None and not self._compare_fn(best_eval_result=best, current_eval_result=eval_result):
            return None
        tf.logging.info("Performing best model export.")
        self._best_eval_result = eval_result
        path = super().export(estimator, export_path, checkpoint_path, eval_result, is_the_final_export)
        keep_latest(export_path, self._exports_to_keep)
        return path

    def _best_of(self, pattern: str) -> dict[str, float] | None:
        """Returns the best result that event files hold."""
        best = None
        for path in tf.gfile.Glob(pattern):
            for event in tf.train.summary_iterator(path):
                found = {v.tag: v.simple_value for v in event.summary.value if v.HasField("simple_value")}
                if found and (best is None or self._compare_fn(best, found)):
                    best = found
        return best


def _checked_compare_fn(compare_fn: Any) -> Callable[..., Any]:
    if compare_fn is None:
        raise ValueError("`compare_fn` must not be None.")
    names = argument_names(compare_fn)
    for name in ("best_eval_result", "current_eval_result"):
        if name not in names:
            raise ValueError(f"compare_fn ({compare_fn}) must include {name} argument.")
    unknown = [name for name in names if name not in {"best_eval_result", "current_eval_result"}]
    if unknown:
        raise ValueError(f"compare_fn ({compare_fn}) has following not expected args: {unknown}")
    function: Callable[..., Any] = compare_fn
    return function
