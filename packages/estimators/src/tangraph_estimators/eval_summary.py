"""What an evaluation leaves in its folder: one summary of the results, one of the checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

import tangraph as tf

_NOT_VISIBLE: Final = (
    "Summary for np.ndarray is not visible in Tensorboard by default. Consider using a Tensorboard plugin for "
    "visualization (see https://github.com/tensorflow/tensorboard-plugin-example/blob/master/README.md for more "
    "information)."
)


def write_results(folder: str, results: Mapping[str, Any], step: int) -> None:
    """Logs results and writes them to the event file of a folder.

    Args:
      folder: where the event file is.
      results: name -> number, array, or serialized summary.
      step: the global step.
    """
    shown = ", ".join(f"{name} = {value!s}" for name, value in sorted(results.items()) if not isinstance(value, bytes))
    tf.logging.info("Saving dict for global step %d: %s", step, shown)
    summary = tf.Summary()
    for name, value in results.items():
        if value is not None and name != "global_step":
            _add(summary, name, value)
    _write(folder, summary, step)


def write_checkpoint_path(folder: str, checkpoint_path: str, step: int) -> None:
    """Notes which checkpoint was evaluated."""
    tf.logging.info("Saving '%s' summary for global step %d: %s", "checkpoint_path", step, checkpoint_path)
    summary = tf.Summary()
    summary.value.add(tag="checkpoint_path", tensor=tf.make_tensor_proto(checkpoint_path, dtype=tf.string))
    _write(folder, summary, step)


def _write(folder: str, summary: Any, step: int) -> None:
    writer = tf.summary.FileWriterCache.get(folder)
    writer.add_summary(summary, step)
    writer.flush()


def _add(summary: Any, name: str, value: Any) -> None:
    if isinstance(value, np.float32 | float):
        summary.value.add(tag=name, simple_value=float(value))
    elif isinstance(value, np.int64 | np.int32 | int):
        summary.value.add(tag=name, simple_value=int(value))
    elif isinstance(value, bytes):
        _add_serialized(summary, name, value)
    elif isinstance(value, np.ndarray):
        summary.value.add(tag=name, node_name=name, tensor=tf.make_tensor_proto(value))
        tf.logging.info(_NOT_VISIBLE)
    else:
        tf.logging.warning(
            "Skipping summary for %s, must be a float, np.float32, np.int64, np.int32 or int or np.ndarray or a "
            "serialized string of Summary.",
            name,
        )


def _add_serialized(summary: Any, name: str, value: bytes) -> None:
    from google.protobuf.message import DecodeError

    try:
        parsed = tf.Summary.FromString(value)
    except DecodeError:
        tf.logging.warning("Skipping summary for %s, cannot parse string to Summary.", name)
        return
    for number, part in enumerate(parsed.value):
        part.tag = f"{name}/{number}"
    summary.value.extend(parsed.value)
