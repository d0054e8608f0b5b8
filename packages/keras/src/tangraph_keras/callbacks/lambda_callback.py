"""Functions as a callback."""

from __future__ import annotations

from typing import Any

from tangraph.export import export
from tangraph_keras.callbacks.base import Callback


@export("keras.callbacks.LambdaCallback")
class LambdaCallback(Callback):
    """Calls functions.

    Args:
      on_epoch_begin, on_epoch_end, on_batch_begin, on_batch_end: functions of a number and `logs`.
      on_train_begin, on_train_end: functions of `logs`.
      **kwargs: what else becomes an attribute, such as `on_test_begin`.
    """

    def __init__(
        self,
        on_epoch_begin: Any = None,
        on_epoch_end: Any = None,
        on_batch_begin: Any = None,
        on_batch_end: Any = None,
        on_train_begin: Any = None,
        on_train_end: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__()
        vars(self).update(kwargs)
        given = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_batch_begin": on_batch_begin,
            "on_batch_end": on_batch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
        }
        for name, function in given.items():
            if function is not None:
                # By position, since functions call their arguments as they like.
                setattr(self, name, lambda *args, _function=function, **named: _function(*args, *named.values()))
