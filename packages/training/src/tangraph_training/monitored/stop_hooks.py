"""Hooks that begin late or end training: StopAtStepHook, NanTensorHook, GlobalStepWaiterHook."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from tangraph.export import export
from tangraph.util import tf_logging
from tangraph_training.monitored.hooks import SessionRunArgs, SessionRunHook
from tangraph_training.monitored.step_read import global_step_read

if TYPE_CHECKING:
    from tangraph_training.monitored.hooks import SessionRunContext, SessionRunValues


@export("train.StopAtStepHook")
class StopAtStepHook(SessionRunHook):
    """Stops after a number of steps, or at a step.

    Args:
      num_steps: how many steps to do from where the session begins.
      last_step: the global step to stop at.

    Raises:
      ValueError: not exactly one of them is given.
    """

    def __init__(self, num_steps: int | None = None, last_step: int | None = None) -> None:
        if num_steps is None and last_step is None:
            raise ValueError("One of num_steps or last_step must be specified.")
        if num_steps is not None and last_step is not None:
            raise ValueError("Only one of num_steps or last_step can be specified.")
        self._num_steps = num_steps
        self._last_step = last_step

    def begin(self) -> None:
        """Finds the global step."""
        self._global_step = global_step_read("StopAtStepHook")

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Reckons the last step; after a recovery it stays the same."""
        if self._last_step is None and self._num_steps is not None:
            self._last_step = session.run(self._global_step) + self._num_steps

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Asks for the global step."""
        return SessionRunArgs(self._global_step)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Stops when the last step was done."""
        assert self._last_step is not None
        # The value is from before the run; whether the run has incremented it shows in another one only.
        if run_values.results + 1 >= self._last_step:
            step = run_context.session.run(self._global_step)
            if step >= self._last_step:
                run_context.request_stop()


@export("train.NanLossDuringTrainingError")
class NanLossDuringTrainingError(RuntimeError):
    """The loss has become NaN."""

    def __str__(self) -> str:
        return "NaN loss during training."


@export("train.NanTensorHook")
class NanTensorHook(SessionRunHook):
    """Fails or stops when a loss becomes NaN.

    Args:
      loss_tensor: the loss.
      fail_on_nan_loss: whether to raise NanLossDuringTrainingError rather than to stop.
    """

    def __init__(self, loss_tensor: Any, fail_on_nan_loss: bool = True) -> None:
        self._loss_tensor = loss_tensor
        self._fail_on_nan_loss = fail_on_nan_loss

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        """Asks for the loss."""
        return SessionRunArgs(self._loss_tensor)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        """Looks at it."""
        if not np.isnan(run_values.results):
            return
        message = "Model diverged with loss = NaN."
        if self._fail_on_nan_loss:
            tf_logging.error(message)
            raise NanLossDuringTrainingError
        tf_logging.warning(message)
        run_context.request_stop()


@export("train.GlobalStepWaiterHook")
class GlobalStepWaiterHook(SessionRunHook):
    """Waits, before the first run, until others have brought the global step to a number.

    Args:
      wait_until_step: that number.
    """

    def __init__(self, wait_until_step: int) -> None:
        self._wait_until_step = wait_until_step

    def begin(self) -> None:
        """Finds the global step."""
        self._is_started = False
        self._global_step = global_step_read("_GlobalStepWaiterHook")

    def before_run(self, run_context: SessionRunContext) -> None:
        """Waits, the first time."""
        if self._is_started:
            return
        self._is_started = True
        if self._wait_until_step <= 0:
            return
        tf_logging.info("Waiting for global step %d before starting training.", self._wait_until_step)
        last_logged = 0
        while True:
            step = run_context.session.run(self._global_step)
            if step >= self._wait_until_step:
                return
            if step - last_logged > 1000:
                tf_logging.info(
                    "Waiting for global step %d before starting training. Current step is %d.",
                    self._wait_until_step,
                    step,
                )
                last_logged = step
            time.sleep(0.5)
