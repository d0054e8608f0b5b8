"""What predictions ask for, and how long a batch of them is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import tangraph as tf


def selected(predictions: Any, keys: Collection[str] | None) -> Any:
    """Returns those predictions that have one of the names; all of them when there are no names.

    Raises:
      ValueError: the predictions have no names, or none has one of these.
    """
    if not keys:
        return predictions
    if not isinstance(predictions, dict):
        raise ValueError("predict_keys argument is not valid in case of non-dict predictions.")
    found = {key: value for key, value in predictions.items() if key in keys}
    if not found:
        raise ValueError(f"Expected to run at least one output from {predictions.keys()}, provided {keys}.")
    return found


def batch_length(values: Mapping[str, Any]) -> int:
    """Returns how many examples a batch of predictions has.

    Raises:
      ValueError: the predictions differ in that.
    """
    length = 0
    for key, value in values.items():
        length = length or value.shape[0]
        if value.shape[0] != length:
            raise ValueError(
                f"Batch length of predictions should be same. {key} has different batch length than others."
            )
    return length


def warn_if_endless(features: Any) -> None:
    """Warns when nothing would end a prediction: no data set, and no queue."""
    tensors = [part for part in tf.nest.flatten(features) if isinstance(part, tf.Tensor)]
    from_dataset = any(tensor.op.type == "IteratorGetNext" for tensor in tensors)
    if not from_dataset and not tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS):
        tf.logging.warning(
            "Input graph does not use tf.data.Dataset or contain a QueueRunner. That means predict yields forever. This "
            "is probably a mistake."
        )
