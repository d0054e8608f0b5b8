"""The batches of CIFAR as Keras has them: classes as columns, channels by the setting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tangraph_datasets.cifar import read_batch
from tangraph_layers.engine.settings import image_data_format


def load_batch(path: str | Path, label_key: str = "labels") -> tuple[Any, Any]:
    """Returns the images of a batch, uint8 of [n, 3, 32, 32], and its labels."""
    batch = read_batch(path)
    return np.asarray(batch[b"data"]).reshape(-1, 3, 32, 32), batch[label_key.encode()]


def as_set(images: Any, labels: Any) -> tuple[Any, Any]:
    """Returns images with channels where the setting says, and labels as a column."""
    last = image_data_format() == "channels_last"
    return images.transpose(0, 2, 3, 1) if last else images, np.reshape(labels, (len(labels), 1))
