"""`tf.estimator.inputs.numpy_input_fn`: arrays as inputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from tangraph.export import export
from tangraph_estimators.inputs.feeding import enqueue_arrays

_ALONE: Final = "__direct_np_input__"


@export("estimator.inputs.numpy_input_fn")
def numpy_input_fn(
    x: Any,
    y: Any = None,
    batch_size: int = 128,
    num_epochs: int | None = 1,
    shuffle: bool | None = None,
    queue_capacity: int = 1000,
    num_threads: int = 1,
) -> Callable[[], Any]:
    """Returns an input function that feeds arrays.

    Args:
      x: an array, [examples, ...], or a dictionary of arrays.
      y: the labels: the same, or None.
      batch_size: the examples of a batch.
      num_epochs: how often every example is fed; None for ever.
      shuffle: whether in a random order.
      queue_capacity: the size of the queue.
      num_threads: how many threads fill it.

    Returns:
      A function that returns features, or a pair of features and labels.

    Raises:
      ValueError: `shuffle` is no bool; when it is called: arrays differ in length, or a name stands in `x` and `y`.
      TypeError: when it is called: `x` is no array or dictionary.

    >>> import numpy as np, tangraph as tf
    >>> input_fn = tf.estimator.inputs.numpy_input_fn(
    ...     {"x": np.zeros([4, 2])}, np.arange(4), batch_size=2, shuffle=False
    ... )
    >>> with tf.Graph().as_default():
    ...     features, labels = input_fn()
    ...     features["x"].shape.as_list(), labels.dtype.name
    ([None, 2], 'int64')
    """
    check_shuffle(shuffle)

    def input_fn() -> Any:
        columns = _columns(x)
        names = list(columns)
        target_names = _add_targets(columns, names, y)
        _check_lengths(columns, names, target_names, y)
        options = {"num_threads": num_threads, "enqueue_size": batch_size, "num_epochs": num_epochs}
        queue = enqueue_arrays(columns, queue_capacity, shuffle=bool(shuffle), **options)
        batch = (queue.dequeue_many if num_epochs is None else queue.dequeue_up_to)(batch_size)[1:]
        found = dict(zip(columns, batch, strict=True))
        features = found[_ALONE] if isinstance(x, np.ndarray) else {name: found[name] for name in names}
        if target_names is None:
            return features
        if isinstance(target_names, str):
            return features, found[target_names]
        return features, {name: found[name] for name in target_names}

    return input_fn


def check_shuffle(shuffle: Any) -> None:
    """Raises ValueError unless it is True or False: the caller has to decide."""
    if not isinstance(shuffle, bool):
        raise ValueError(
            "shuffle must be provided and explicitly set as boolean (it is recommended to set it as True for training); "
            f"got {shuffle}"
        )


def _columns(x: Any) -> dict[str, Any]:
    if isinstance(x, dict):
        if not x:
            raise ValueError("x cannot be an empty dict")
        return dict(sorted(x.items(), key=lambda item: item[0]))
    if isinstance(x, np.ndarray):
        if x.size == 0:
            raise ValueError("x cannot be an empty array")
        return {_ALONE: x}
    raise TypeError(f"x must be a dict or array; got {type(x).__name__}")


def _add_targets(columns: dict[str, Any], names: list[str], y: Any) -> str | list[str] | None:
    """Adds labels to the columns; returns their name or names."""
    if y is None:
        return None
    if not isinstance(y, dict):
        name = "__target_key__"
        while name in columns:
            name += "_n"
        columns[name] = y
        return name
    if not y:
        raise ValueError("y cannot be empty dict, use None instead.")
    twice = set(names) & set(y)
    if twice:
        raise ValueError(f"{len(twice)} duplicate keys are found in both x and y: {twice}")
    target_names = sorted(y)
    columns.update((name, y[name]) for name in target_names)
    return target_names


def _check_lengths(columns: dict[str, Any], names: list[str], target_names: Any, y: Any) -> None:
    if len({column.shape[0] for column in columns.values()}) == 1:
        return
    shape_of_y: Any = None
    if isinstance(target_names, str):
        shape_of_y = y.shape
    elif target_names is not None:
        shape_of_y = {name: columns[name].shape for name in target_names}
    raise ValueError(
        "Length of tensors in x and y is mismatched. All elements in x and y must have the same length.\n"
        f"Shapes in x: { {name: columns[name].shape for name in names} }\nShapes in y: {shape_of_y}\n"
    )
