"""What an input function returned: features, labels, and the hook that starts its data set."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph_datasets.data.dataset import DatasetV2


class DatasetInitializerHook(tf.train.SessionRunHook):  # type: ignore[misc]
    """Starts an iterator when the session is there."""

    def __init__(self, iterator: Any) -> None:
        self._iterator = iterator
        self._initializer: Any = None

    def begin(self) -> None:
        """Takes the operation while the graph can still be changed."""
        self._initializer = self._iterator.initializer

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Runs it."""
        session.run(self._initializer)


def parse_input_fn_result(result: Any) -> tuple[Any, Any, list[Any]]:
    """Returns features, labels (None when there are none) and hooks.

    Args:
      result: a data set, a pair of features and labels, or features.

    Raises:
      ValueError: it is a tuple or list of another length.
    """
    hooks = []
    if isinstance(result, DatasetV2):
        iterator = tf.data.make_initializable_iterator(result)
        hooks.append(DatasetInitializerHook(iterator))
        result = iterator.get_next()
    if not isinstance(result, list | tuple):
        return result, None, hooks
    if len(result) != 2:
        raise ValueError("input_fn should return (features, labels) as a len 2 tuple.")
    return result[0], result[1], hooks
