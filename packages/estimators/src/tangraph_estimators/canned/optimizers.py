"""The optimizers of canned estimators, by name."""

from __future__ import annotations

from typing import Any, Final

import tangraph as tf

#: name -> what `tf.train` calls it.
_BY_NAME: Final = {
    "Adagrad": "AdagradOptimizer",
    "Adam": "AdamOptimizer",
    "Ftrl": "FtrlOptimizer",
    "RMSProp": "RMSPropOptimizer",
    "SGD": "GradientDescentOptimizer",
}


def optimizer_of(optimizer: Any, learning_rate: float) -> Any:
    """Returns the optimizer that an argument stands for.

    Args:
      optimizer: an optimizer, a function that returns one, or a name.
      learning_rate: the learning rate, for a name.

    Raises:
      ValueError: the name is unknown, or it is no optimizer.

    >>> type(optimizer_of("SGD", 0.1)).__name__
    'GradientDescentOptimizer'
    """
    if isinstance(optimizer, str):
        if optimizer not in _BY_NAME:
            raise ValueError(f"Unsupported optimizer name: {optimizer}. Supported names are: {tuple(sorted(_BY_NAME))}")
        return getattr(tf.train, _BY_NAME[optimizer])(learning_rate=learning_rate)
    if callable(optimizer):
        optimizer = optimizer()
    if not isinstance(optimizer, tf.train.Optimizer):
        raise ValueError(f"The given object is not an Optimizer instance. Given: {optimizer}")
    return optimizer
