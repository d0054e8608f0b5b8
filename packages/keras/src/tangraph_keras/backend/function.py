"""`tf.keras.backend.function`: a part of a graph as a Python function."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

import tangraph as tf
from tangraph.export import export
from tangraph_layers.engine.session import get_session


class GraphExecutionFunction:
    """Runs a part of the graph in Keras' session.

    Args:
      inputs: the tensors that are fed, in a nested structure.
      outputs: the tensors that are returned, in a nested structure.
      updates: operations to run after the outputs, or pairs of a variable and a tensor to assign to it.
      name: not used, as in TensorFlow.
      **session_kwargs: what `Session.run` takes: `feed_dict`, whose values are read at each call; `fetches`, which are
        run too, and handed to the `fetch_callbacks`; `options` and `run_metadata`.

    Raises:
      TypeError: updates that are no list or tuple.
      ValueError: other keyword arguments.
    """

    def __init__(
        self, inputs: Any, outputs: Any, updates: Any = None, name: str | None = None, **session_kwargs: Any
    ) -> None:
        updates = updates or []
        if not isinstance(updates, list | tuple):
            raise TypeError("`updates` in a Keras backend function should be a list or tuple.")
        self._inputs_structure = inputs
        self.inputs = tf.nest.flatten(inputs, expand_composites=True)
        self._outputs_structure = outputs
        self.outputs = [_as_tensor(x) for x in tf.nest.flatten(outputs, expand_composites=True)]
        with tf.control_dependencies(self.outputs[:1]):
            self.updates_op = tf.group(*[_update(update) for update in updates])
        self.name = name
        self.feed_dict = session_kwargs.pop("feed_dict", None)
        fetches = session_kwargs.pop("fetches", [])
        self.fetches = [tf.identity(x) for x in (fetches if isinstance(fetches, list) else [fetches])]
        self.run_options = session_kwargs.pop("options", None)
        self.run_metadata = session_kwargs.pop("run_metadata", None)
        self.fetch_callbacks: dict[Any, Any] = {}
        self._callable: Any = None
        self._key: Any = None
        if session_kwargs:
            raise ValueError(
                f"Some keys in session_kwargs are not supported at this time: {tuple(session_kwargs.keys())}"
            )

    def __call__(self, inputs: Any) -> Any:
        """Returns the values of the outputs for those of the inputs, as arrays.

        Args:
          inputs: arrays, or tensors of the graph, which are computed first; None for what need not be fed.
        """
        values = tf.nest.flatten(inputs, expand_composites=True)
        session = get_session(values)
        fed: list[Any] = []
        arrays: list[Any] = []
        connected: dict[Any, Any] = {}
        for tensor, value in zip(self.inputs, values, strict=False):
            if value is None:
                continue
            if tf.is_tensor(value):
                connected[tensor] = value
            else:
                fed.append(tensor)
                arrays.append(np.asarray(value, dtype=tensor.dtype.base_dtype.as_numpy_dtype))
        if connected:
            fed += connected
            arrays += self._computed(session, connected)
        for key in sorted(self.feed_dict or (), key=lambda tensor: tensor.name):
            fed.append(key)
            arrays.append(np.asarray(self.feed_dict[key], dtype=key.dtype.base_dtype.as_numpy_dtype))
        fetched = self._run(session, fed, arrays)
        for fetch, value in zip(self.fetches, fetched[len(self.outputs) :], strict=False):
            if fetch in self.fetch_callbacks:
                self.fetch_callbacks[fetch](value)
        return _packed(self._outputs_structure, list(fetched[: len(self.outputs)]))

    def _computed(self, session: Any, connected: dict[Any, Any]) -> list[Any]:
        """Returns the values of tensors that take the places of inputs."""
        casts = [y if x.dtype == y.dtype else tf.cast(y, dtype=x.dtype) for x, y in connected.items()]
        return list(session.run(casts))

    def _run(self, session: Any, fed: list[Any], arrays: list[Any]) -> Any:
        key = (session, *(id(x) for x in fed), *(id(x) for x in self.fetches))
        if key != self._key:
            fetches = [*self.outputs, *self.fetches, self.updates_op]
            self._callable, self._key = session.make_callable(fetches, fed, accept_options=True), key
        return self._callable(*arrays, options=self.run_options, run_metadata=self.run_metadata)


def _as_tensor(x: Any) -> Any:
    return tf.identity(x) if isinstance(x, tf.Variable) else x


def _update(update: Any) -> Any:
    return tf.assign(*update) if isinstance(update, tuple) else update


def _packed(structure: Any, values: list[Any]) -> Any:
    """Returns values in the structure of the outputs, those of the parts of composite tensors put together."""
    left = iter(values)

    def take(output: Any) -> Any:
        if isinstance(output, tf.SparseTensor):
            return tf.SparseTensorValue(next(left), next(left), next(left))
        if isinstance(output, tf.RaggedTensor):
            parts = [next(left) for _ in tf.nest.flatten(output, expand_composites=True)]
            value: Any = parts[0]
            for splits in reversed(parts[1:]):
                value = tf.compat.v1.ragged.RaggedTensorValue(value, splits)
            return value
        return next(left)

    return tf.nest.map_structure(take, structure)


@export("keras.backend.function")
def function(inputs: Any, outputs: Any, updates: Any = None, name: str | None = None, **kwargs: Any) -> Any:
    """Returns a function from arrays to arrays that runs a part of the graph.

    Args:
      inputs: the tensors that are fed, in a nested structure, usually a list.
      outputs: the tensors that are returned, in a nested structure.
      updates: operations to run after the outputs, or pairs of a variable and a tensor to assign to it.
      name: not used.
      **kwargs: what `Session.run` takes: `feed_dict`, `fetches`, `options`, `run_metadata`.

    Raises:
      TypeError: updates that are no list or tuple.
      ValueError: other keyword arguments.

    >>> with tf.Graph().as_default():
    ...     x = tf.keras.backend.placeholder(shape=(2,))
    ...     [value.tolist() for value in function([x], [x * 2, x + 1])([[1.0, 2.0]])]
    [[2.0, 4.0], [2.0, 3.0]]
    """
    known = {*inspect.signature(tf.Session.run).parameters, "inputs", "outputs", "updates", "name"}
    for key in kwargs:
        if key not in known:
            raise ValueError(f'Invalid argument "{key}" passed to K.function with TensorFlow backend')
    return GraphExecutionFunction(inputs, outputs, updates=updates, name=name, **kwargs)
