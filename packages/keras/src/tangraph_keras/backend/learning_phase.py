"""One thing in training, another one in prediction."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.backend.choice import switch
from tangraph_layers.engine.learning_phase import learning_phase


@export("keras.backend.in_train_phase")
def in_train_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """Returns one thing in training, and another one otherwise.

    Args:
      x: a tensor, or a function that returns one: what to return in training.
      alt: the same, for what to return otherwise.
      training: a bool or number, or a bool scalar tensor; the learning phase when None.
    """
    if training is None:
        training = learning_phase()
    if not tf.is_tensor(training):
        if training == 1 or training is True:
            return x() if callable(x) else x
        if training == 0 or training is False:
            return alt() if callable(alt) else alt
    return switch(training, x, alt)


@export("keras.backend.in_test_phase")
def in_test_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """Returns `alt` in training and `x` otherwise; see `in_train_phase`."""
    return in_train_phase(alt, x, training=training)
