"""Evaluations of new checkpoints, with the exports that follow them."""

from __future__ import annotations

import os
import time
from typing import Any, Final, NamedTuple

import tangraph as tf

EVALUATED: Final = "evaluated"
MISSING_CHECKPOINT: Final = "missing checkpoint"
NO_NEW_CHECKPOINT: Final = "no new checkpoint"
_SECONDS_BETWEEN_WARNINGS: Final = 600


class EvalResult(NamedTuple):
    """What became of an evaluation."""

    status: str
    metrics: Any = None
    checkpoint_path: str | None = None


class Evaluator:
    """Evaluates each new checkpoint of an estimator once.

    Args:
      estimator: the estimator.
      eval_spec: the EvalSpec.
      max_training_steps: the global step at which training ends; None when it is not known.
    """

    def __init__(self, estimator: Any, eval_spec: Any, max_training_steps: int | None) -> None:
        self._estimator = estimator
        self._eval_spec = eval_spec
        self._previous: str | None = None
        self._last_warning = 0.0
        self._max_training_steps = max_training_steps

    def evaluate_and_export(self) -> tuple[EvalResult, list[Any]]:
        """Evaluates the latest checkpoint if it is a new one; returns the result and what was exported."""
        path = self._estimator.latest_checkpoint()
        if not path:
            self._warn("Estimator is not trained yet. Will start an evaluation when a checkpoint is ready.")
            return EvalResult(MISSING_CHECKPOINT), []
        if path == self._previous:
            self._warn(
                "No new checkpoint ready for evaluation. Skip the current evaluation pass as evaluation results are "
                "expected to be same for the same checkpoint."
            )
            return EvalResult(NO_NEW_CHECKPOINT), []
        spec = self._eval_spec
        metrics = self._estimator.evaluate(
            input_fn=spec.input_fn, steps=spec.steps, name=spec.name, checkpoint_path=path, hooks=spec.hooks
        )
        last = self._max_training_steps
        is_final = bool(last) and bool(metrics[tf.GraphKeys.GLOBAL_STEP] >= last)
        exported = [self._export(exporter, path, metrics, is_final) for exporter in spec.exporters]
        if is_final:
            tf.logging.debug("Calling exporter with the `is_the_final_export=True`.")
        self._last_warning = 0.0
        self._previous = path
        return EvalResult(EVALUATED, metrics, path), exported

    def _export(self, exporter: Any, checkpoint_path: str, metrics: Any, is_final: bool) -> Any:
        return exporter.export(
            estimator=self._estimator,
            export_path=os.path.join(self._estimator.model_dir, "export", exporter.name),
            checkpoint_path=checkpoint_path,
            eval_result=metrics,
            is_the_final_export=is_final,
        )

    def _warn(self, message: str) -> None:
        now = time.time()
        if now - self._last_warning > _SECONDS_BETWEEN_WARNINGS:
            tf.logging.warning(message)
            self._last_warning = now


class NewCheckpointListener(tf.train.CheckpointSaverListener):  # type: ignore[misc]
    """Evaluates when training has saved a checkpoint, but for the one at its start.

    Args:
      evaluator: an Evaluator.
      throttle_secs: the least time between two evaluations.
    """

    def __init__(self, evaluator: Evaluator, throttle_secs: float) -> None:
        self._evaluator = evaluator
        self._throttle_secs = throttle_secs
        self._timer: Any = None
        self._is_first = True
        self.eval_result: EvalResult | None = None
        self.export_results: list[Any] | None = None

    def begin(self) -> None:
        """Starts the clock."""
        self._timer = tf.train.SecondOrStepTimer(every_secs=self._throttle_secs)
        self._is_first = True

    def after_save(self, session: Any, global_step_value: int) -> None:
        """Evaluates, unless an evaluation is not long ago."""
        if self._is_first:
            self._is_first = False
        elif self._timer.should_trigger_for_step(global_step_value):
            self._evaluate(global_step_value)
        else:
            tf.logging.info(f"Skip the current checkpoint eval due to throttle secs ({self._throttle_secs} secs).")

    def end(self, session: Any, global_step_value: int) -> None:
        """Evaluates the last checkpoint."""
        if global_step_value != self._timer.last_triggered_step():
            self._evaluate(global_step_value)

    def _evaluate(self, global_step_value: int) -> None:
        self._timer.update_last_triggered_step(global_step_value)
        self.eval_result, self.export_results = self._evaluator.evaluate_and_export()
        if self.eval_result.status != EVALUATED:
            raise RuntimeError(
                f"There was no new checkpoint after the training. Eval status: {self.eval_result.status}"
            )
