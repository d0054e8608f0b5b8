"""The base class of metrics."""

from __future__ import annotations

import functools
from types import MethodType
from typing import Any, Self

import numpy as np

import tangraph as tf
from tangraph.export import export
from tangraph_layers.engine.layer import Layer
from tangraph_layers.engine.session import batch_set_value
from tangraph_layers.engine.settings import floatx


@export("keras.metrics.Metric")
class Metric(Layer):
    """Something that is counted over many batches, in variables.

    Subclasses make the variables with `add_weight` in `__init__`, and override `update_state`, which returns the
    operation that counts a batch, and `result`, which returns what was counted. Calling a metric does both.

    Args:
      name: the metric's name.
      dtype: the element type of variables and results; that of `tf.keras.backend.floatx` when None.
      **kwargs: see `tf.keras.layers.Layer`.

    >>> with tf.Graph().as_default():
    ...     mean = tf.keras.metrics.Mean()
    ...     update, result = mean.update_state([1.0, 2.0, 6.0]), mean.result()
    ...     with tf.Session() as sess:
    ...         _ = sess.run([v.initializer for v in mean.variables])
    ...         _ = sess.run(update)
    ...         float(sess.run(result))
    3.0
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Wraps `update_state` and `result`, which subclasses define."""
        del args, kwargs
        metric = super().__new__(cls)
        update: Any = metric.update_state
        function = getattr(tf, "function", None)
        if not cls.__module__.startswith(__package__) and function is not None:
            update = function(update)  # TensorFlow runs the program's own metrics as functions
        object.__setattr__(metric, "update_state", MethodType(_updating(update), metric))
        object.__setattr__(metric, "result", MethodType(_resulting(metric.result), metric))
        return metric

    def __init__(self, name: str | None = None, dtype: Any = None, **kwargs: Any) -> None:
        super().__init__(name=name, dtype=dtype, **kwargs)
        self.stateful = True
        self.built = True
        self._dtype = floatx() if dtype is None else tf.as_dtype(dtype).name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Counts a batch, and returns what was counted until now.

        Args:
          *args: handed to `update_state`.
          **kwargs: handed to `update_state`.
        """
        update = self.update_state(*args, **kwargs)
        with tf.control_dependencies([update]):
            result = self.result()
            result._metric_obj = self
            return result

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        return {"name": self.name, "dtype": self.dtype}

    def reset_states(self) -> None:
        """Starts to count anew, in Keras' session."""
        batch_set_value([(v, np.zeros(v.shape.as_list())) for v in self.variables])

    def update_state(self, *args: Any, **kwargs: Any) -> Any:
        """Returns the operation that counts a batch."""
        raise NotImplementedError("Must be implemented in subclasses.")

    def result(self) -> Any:
        """Returns what was counted, as a tensor."""
        raise NotImplementedError("Must be implemented in subclasses.")

    def add_weight(  # type: ignore[override]
        self,
        name: str,
        shape: Any = (),
        aggregation: Any = tf.VariableAggregation.SUM,
        synchronization: Any = tf.VariableSynchronization.ON_READ,
        initializer: Any = None,
        dtype: Any = None,
    ) -> Any:
        """Makes a variable to count in; it is in no collection.

        Args:
          name: its name.
          shape: its shape; a scalar's by default.
          aggregation, synchronization: see `tf.get_variable`.
          initializer: how it starts.
          dtype: its element type; the metric's when None.
        """
        return super().add_weight(
            name=name,
            shape=shape,
            dtype=self._dtype if dtype is None else dtype,
            trainable=False,
            initializer=initializer,
            collections=[],
            synchronization=synchronization,
            aggregation=aggregation,
        )

    def _zeros(self, name: str, shape: Any = (), dtype: Any = None) -> Any:
        return self.add_weight(name, shape=shape, initializer=tf.zeros_initializer, dtype=dtype)


def _updating(update: Any) -> Any:
    @functools.wraps(update)
    def update_state(metric: Metric, *args: Any, **kwargs: Any) -> Any:
        operation = update(*args, **kwargs)
        if operation is not None:
            metric.add_update(operation)
        return operation

    return update_state


def _resulting(compute: Any) -> Any:
    @functools.wraps(compute)
    def result(metric: Metric, *args: Any) -> Any:
        found = tf.identity(compute(*args))
        metric._call_result = found
        return found

    return result
