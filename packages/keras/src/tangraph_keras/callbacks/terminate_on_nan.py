"""Training ends when the loss is no number."""

from __future__ import annotations

from typing import Any

import numpy as np

from tangraph.export import export
from tangraph_keras.callbacks.base import Callback


@export("keras.callbacks.TerminateOnNaN")
class TerminateOnNaN(Callback):
    """Ends training when the loss of a batch is not finite."""

    def on_batch_end(self, batch: int, logs: Any = None) -> None:
        """Looks at the loss."""
        loss = (logs or {}).get("loss")
        if loss is not None and not np.isfinite(loss):
            print(f"Batch {batch}: Invalid loss, terminating training")  # noqa: T201  TensorFlow prints it
            self.model.stop_training = True
