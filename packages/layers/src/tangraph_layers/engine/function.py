"""Functions of Keras: what a session runs, as a function of arrays."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

import tangraph as tf
from tangraph.export import export
from tangraph_layers.engine.session import get_session

_SESSION_ARGUMENTS: Final = {"fetches", "feed_dict", "options", "run_metadata"}


@export("keras.backend.function")
def function(inputs: Any, outputs: Any, updates: Any = None, name: str | None = None, **kwargs: Any) -> Function:
    """Returns a function from arrays to arrays.

    Args:
      inputs: the placeholders to feed, a nested structure.
      outputs: the tensors to fetch, a nested structure.
      updates: operations to run with it, or pairs of a variable and its new value.
      name: a name for the function.
      **kwargs: `feed_dict`, what else to feed; `fetches`, what else to run; `options` and `run_metadata` of a session.

    Raises:
      ValueError: an unknown argument.
      TypeError: `updates` is no list.

    >>> with tf.Graph().as_default(), tf.Session():
    ...     x = tf.placeholder(tf.float32, [2])
    ...     function([x], [x * 2.0])([np.array([1.0, 2.0])])
    [array([2., 4.], dtype=float32)]
    """
    for key in kwargs:
        if key not in _SESSION_ARGUMENTS:
            raise ValueError(f'Invalid argument "{key}" passed to K.function with TensorFlow backend')
    return Function(inputs, outputs, updates=updates, name=name, **kwargs)


class Function:
    """What `tf.keras.backend.function` returns.

    Attributes:
      inputs, outputs: the tensors to feed and to fetch, flat.
      updates_op: the operation that stands for all updates.
      fetches: what else is run; `fetch_callbacks` has a function for the values of some of them.
      feed_dict: what else is fed, or None.
    """

    def __init__(
        self,
        inputs: Any,
        outputs: Any,
        updates: Any = None,
        name: str | None = None,
        feed_dict: Any = None,
        fetches: Any = (),
        options: Any = None,
        run_metadata: Any = None,
    ) -> None:
        updates = updates or []
        if not isinstance(updates, list | tuple):
            raise TypeError("`updates` in a Keras backend function should be a list or tuple.")
        self._outputs_structure = outputs
        self.inputs = tf.nest.flatten(inputs, expand_composites=True)
        self.outputs = [_as_tensor(x) for x in tf.nest.flatten(outputs, expand_composites=True)]
        # Updates run after the first output: the total loss, or a prediction.
        with tf.control_dependencies([self.outputs[0]]):
            operations = [tf.assign(*update) if isinstance(update, tuple) else update for update in updates]
            self.updates_op = tf.group(*operations)
        self.name = name
        self.feed_dict = feed_dict
        fetches = list(fetches) if isinstance(fetches, list | tuple) else [fetches]
        self.fetches = [tf.identity(x) for x in fetches]
        self.fetch_callbacks: dict[Any, Any] = {}
        self.run_options, self.run_metadata = options, run_metadata
        self._dtypes: dict[int, Any] = {id(x): x.dtype.as_numpy_dtype for x in self.inputs if hasattr(x, "dtype")}
        self._is_flat = isinstance(outputs, list) and all(isinstance(x, tf.Tensor | tf.Variable) for x in outputs)
        self._made_for: tuple[Any, ...] | None = None
        self._callable: Any = None

    def __call__(self, inputs: Any) -> Any:
        """Runs the function.

        Args:
          inputs: an array for each placeholder, a tensor whose value it takes in the same run, or None for what is not
            fed.

        Returns:
          What was fetched, as nested as `outputs`.
        """
        plain = isinstance(inputs, list) and all(isinstance(x, np.ndarray | bool) for x in inputs)
        flat = inputs if plain else tf.nest.flatten(inputs, expand_composites=True)
        session = get_session(() if plain else [x for x in flat if isinstance(x, tf.Tensor)])
        fed, values, connected = [], [], []
        for tensor, value in zip(self.inputs, flat, strict=False):
            if value is None:
                continue
            if not plain and isinstance(value, tf.Tensor | tf.Variable):
                connected.append((tensor, value))
            else:
                fed.append(tensor)
                values.append(np.asarray(value, dtype=self._dtypes[id(tensor)]))
        for tensor, value in (self.feed_dict or {}).items():
            fed.append(tensor)
            values.append(np.asarray(value, dtype=tensor.dtype.base_dtype.as_numpy_dtype))
        made_for = (session, *map(id, fed), *((id(x), id(y)) for x, y in connected), *map(id, self.fetches))
        if made_for != self._made_for:
            self._callable = self._make(session, fed, connected)
            self._made_for = made_for
        found = self._callable(*values, run_metadata=self.run_metadata)
        count = len(self.outputs)
        for fetch, value in zip(self.fetches, found[count : count + len(self.fetches)], strict=True):
            if fetch in self.fetch_callbacks:
                self.fetch_callbacks[fetch](value)
        if self._is_flat:
            return list(found[:count])
        packed = tf.nest.pack_sequence_as(self._outputs_structure, list(found[:count]), expand_composites=True)
        return tf.nest.map_structure(_evaluated, packed)

    def _make(self, session: Any, fed: list[Any], connected: list[tuple[Any, Any]]) -> Any:
        fetches = [*self.outputs, *self.fetches, self.updates_op]
        pairs = [(x, tf.cast(y, x.dtype) if x.dtype != y.dtype else tf.convert_to_tensor(y)) for x, y in connected]
        run = session._make_connected_callable(fetches, fed, pairs)
        options = self.run_options
        if options is None:
            return run
        return lambda *values, run_metadata: run(*values, options=options, run_metadata=run_metadata)


def _as_tensor(x: Any) -> Any:
    return tf.identity(x) if isinstance(x, tf.Variable) else x


def _evaluated(value: Any) -> Any:
    """Sparse and ragged tensors come back in parts, which are put together again by a session."""
    return get_session().run(value) if isinstance(value, tf.SparseTensor | tf.RaggedTensor) else value
