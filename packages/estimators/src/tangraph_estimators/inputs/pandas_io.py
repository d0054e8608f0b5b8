"""`tf.estimator.inputs.pandas_input_fn`: tables of pandas as inputs."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import numpy as np

from tangraph.export import export
from tangraph_estimators.inputs.feeding import enqueue_table
from tangraph_estimators.inputs.numpy_io import check_shuffle


@export("estimator.inputs.pandas_input_fn")
def pandas_input_fn(
    x: Any,
    y: Any = None,
    batch_size: int = 128,
    num_epochs: int | None = 1,
    shuffle: bool | None = None,
    queue_capacity: int | None = 1000,
    num_threads: int = 1,
    target_column: Any = "target",
) -> Callable[[], Any]:
    """Returns an input function that feeds a table.

    Args:
      x: a DataFrame; every column is a feature.
      y: a Series or DataFrame with the labels, of the same index, or None.
      batch_size: the examples of a batch.
      num_epochs: how often every example is fed; None for ever.
      shuffle: whether in a random order.
      queue_capacity: the size of the queue; the length of the table, or four times that for shuffling, when None.
      num_threads: how many threads fill it.
      target_column: a name for the labels that no column has.

    Returns:
      A function that returns features by column, or a pair of features and labels.

    Raises:
      ValueError: `shuffle` is no bool, a column has the labels' name, or the two indices differ.
      TypeError: `target_column` is no string.
      ImportError: pandas is not installed.

    >>> import pandas as pd, tangraph as tf
    >>> table = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", "y"]})
    >>> input_fn = tf.estimator.inputs.pandas_input_fn(table, shuffle=False)
    >>> with tf.Graph().as_default():
    ...     {name: tensor.dtype.name for name, tensor in input_fn().items()}
    {'a': 'float64', 'b': 'string'}
    """
    check_shuffle(shuffle)
    if not isinstance(target_column, str):
        raise TypeError("target_column must be a string type")
    x = x.copy()
    targets = None if y is None else _add_targets(x, y, target_column)
    if queue_capacity is None:
        queue_capacity = 4 * len(x) if shuffle else len(x)
    capacity = queue_capacity

    def input_fn() -> Any:
        queue = enqueue_table(
            x,
            capacity,
            shuffle=bool(shuffle),
            min_after_dequeue=max(capacity / 4, 1),
            num_threads=num_threads,
            enqueue_size=batch_size,
            num_epochs=num_epochs,
        )
        parts = (queue.dequeue_many if num_epochs is None else queue.dequeue_up_to)(batch_size)
        # The first one is the index.
        features = dict(zip(list(x.columns), parts[1:], strict=True))
        if targets is None:
            return features
        if isinstance(targets, str):
            target = features.pop(targets)
            return features, target
        return features, {name: features.pop(column) for name, column in targets}

    return input_fn


def _add_targets(x: Any, y: Any, target_column: str) -> str | list[tuple[Any, Any]]:
    """Adds labels to the table; returns their column, or the name and the column of each."""
    import pandas as pd

    if target_column in x:
        raise ValueError(
            f"Cannot use name {target_column} for target column: DataFrame already has a column with that name: "
            f"{x.columns}"
        )
    if not np.array_equal(x.index, y.index):
        raise ValueError(f"Index for x and y are mismatched.\nIndex for x: {x.index}\nIndex for y: {y.index}\n")
    if not isinstance(y, pd.DataFrame):
        x[target_column] = y
        return target_column
    columns = [(name, f"{name}_{uuid.uuid4()}" if name in x else name) for name in y]
    x[[column for _, column in columns]] = y
    return columns
