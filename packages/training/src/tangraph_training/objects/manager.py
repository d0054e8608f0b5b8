"""tf.train.CheckpointManager: the latest checkpoints of objects."""

from __future__ import annotations

import glob
import os
import time
from typing import TYPE_CHECKING, Any

from tangraph.export import export
from tangraph_interop.checkpoint.state import get_checkpoint_state, write_checkpoint_state
from tangraph_training.objects.restoring import session_or_default

if TYPE_CHECKING:
    from tangraph_training.objects.checkpoint import Checkpoint


@export("train.CheckpointManager")
class CheckpointManager:
    """Keeps the latest checkpoints of a Checkpoint in a folder.

    Args:
      checkpoint: the Checkpoint.
      directory: the folder.
      max_to_keep: how many are kept; None for all.
      keep_checkpoint_every_n_hours: besides, one is kept for good each time so many hours have passed.
      checkpoint_name: the prefix of the files.

    Raises:
      ValueError: `max_to_keep` is not positive.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        directory: str,
        max_to_keep: int | None,
        keep_checkpoint_every_n_hours: float | None = None,
        checkpoint_name: str = "ckpt",
    ) -> None:
        if max_to_keep is not None and max_to_keep <= 0:
            raise ValueError(f"Expected a positive integer or `None` for `max_to_max_to_keep`, got {max_to_keep}.")
        self._checkpoint = checkpoint
        self._count: Any = None
        self._max_to_keep = max_to_keep
        self._keep_hours = keep_checkpoint_every_n_hours
        self._directory = os.fspath(directory)
        self._prefix = os.path.join(self._directory, checkpoint_name)
        state = get_checkpoint_state(self._directory)
        now = time.time()
        self._latest: str | None = state.model_checkpoint_path if state else None
        self._last_preserved = min(state.last_preserved_timestamp, now) if state else now - 1.0
        self._kept: dict[str, float] = {}
        if state:
            paths = list(state.all_model_checkpoint_paths)
            times = list(state.all_model_checkpoint_timestamps) or [self._last_preserved] * len(paths)
            for path, made in zip(paths, times, strict=True):
                if min(made, now) > self._last_preserved:
                    self._kept[path] = min(made, now)

    @property
    def latest_checkpoint(self) -> str | None:
        """The prefix of the latest checkpoint, for `Checkpoint.restore`."""
        return self._latest

    @property
    def checkpoints(self) -> list[str]:
        """The checkpoints that are kept for now, from the oldest to the latest."""
        return list(self._kept)

    def save(self, checkpoint_number: Any = None) -> str:
        """Writes a checkpoint in the default session, and deletes what is too old; returns its prefix.

        Args:
          checkpoint_number: a number, or a variable or tensor that holds one; how often was saved when None.

        Raises:
          ValueError: there is no default session.
        """
        session = session_or_default(None)
        is_new = self._checkpoint._save_counter is None
        counter = self._checkpoint.save_counter
        if is_new:
            session.run(counter.initializer)
        if self._count is None:
            self._count = counter.assign_add(1, read_value=False)
        session.run(self._count)
        number = counter if checkpoint_number is None else checkpoint_number
        number = number if isinstance(number, int) else int(session.run(number))
        path = self._checkpoint.write(f"{self._prefix}-{number}", session)
        self._kept.pop(path, None)
        self._kept[path] = time.time()
        self._latest = path
        # Once before files go, so that the state never names one that is not there, and once after.
        self._record()
        self._sweep()
        self._record()
        return path

    def _sweep(self) -> None:
        while self._max_to_keep and len(self._kept) > self._max_to_keep:
            path, made = next(iter(self._kept.items()))
            del self._kept[path]
            if self._keep_hours and made - self._keep_hours * 3600.0 >= self._last_preserved:
                self._last_preserved = made
                continue
            for file in [path + ".index", *glob.glob(glob.escape(path) + ".data-?????-of-?????")]:
                if os.path.exists(file):
                    os.unlink(file)

    def _record(self) -> None:
        assert self._latest is not None
        write_checkpoint_state(
            self._directory,
            self._latest,
            list(self._kept),
            save_relative_paths=True,
            all_model_checkpoint_timestamps=list(self._kept.values()),
            last_preserved_timestamp=self._last_preserved,
        )
