"""Cells with a linear map or an embedding before or after another."""

from __future__ import annotations

import math
from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.rnn.cell import RNNCell, assert_like_rnncell
from tangraph_layers.rnn.linear import Linear


class _Around(RNNCell):
    """A cell that has the state of another."""

    def __init__(self, cell: Any, reuse: Any) -> None:
        super().__init__(_reuse=reuse)
        assert_like_rnncell("cell", cell)
        self._cell = cell

    @property
    def state_size(self) -> Any:
        """The sizes of the other cell's state."""
        return self._cell.state_size

    @property
    def output_size(self) -> Any:
        """The sizes of the other cell's outputs."""
        return self._cell.output_size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """Returns the other cell's zero state."""
        with tf.name_scope(type(self).__name__ + "ZeroState", values=[batch_size]):
            return self._cell.zero_state(batch_size, dtype)


@export("contrib.rnn.OutputProjectionWrapper")
class OutputProjectionWrapper(_Around):
    """A cell with a linear map of its outputs.

    Args:
      cell: the cell.
      output_size: the size of the results.
      activation: a function of them; None for none.
      reuse: whether to share the variables that are in the scope.

    Raises:
      TypeError: `cell` is no cell.
      ValueError: `output_size` is below 1.
    """

    def __init__(self, cell: Any, output_size: int, activation: Any = None, reuse: Any = None) -> None:
        super().__init__(cell, reuse)
        if output_size < 1:
            raise ValueError(f"Parameter output_size must be > 0: {output_size}.")
        self._output_size = output_size
        self._activation = activation
        self._linear: Any = None

    @property
    def output_size(self) -> int:
        """The size of the results."""
        return self._output_size

    def call(self, inputs: Any, state: Any) -> Any:
        """Returns the projected outputs and the state."""
        output, new_state = self._cell(inputs, state)
        if self._linear is None:
            self._linear = Linear(output, self._output_size, True)
        projected = self._linear(output)
        return (self._activation(projected) if self._activation else projected), new_state


@export("contrib.rnn.InputProjectionWrapper")
class InputProjectionWrapper(_Around):
    """A cell with a linear map of its inputs.

    Args:
      cell: the cell.
      num_proj: the size of what the cell is given.
      activation: a function of it; None for none.
      input_size: not used.
      reuse: whether to share the variables that are in the scope.

    Raises:
      TypeError: `cell` is no cell.
    """

    def __init__(
        self, cell: Any, num_proj: int, activation: Any = None, input_size: Any = None, reuse: Any = None
    ) -> None:
        super().__init__(cell, reuse)
        if input_size is not None:
            tf.logging.warn("%s: The input_size parameter is deprecated.", self)
        self._num_proj = num_proj
        self._activation = activation
        self._linear: Any = None

    def call(self, inputs: Any, state: Any) -> Any:
        """Returns the outputs and the state."""
        if self._linear is None:
            self._linear = Linear(inputs, self._num_proj, True)
        projected = self._linear(inputs)
        if self._activation:
            projected = self._activation(projected)
        return self._cell(projected, state)


@export("contrib.rnn.EmbeddingWrapper")
class EmbeddingWrapper(_Around):
    """A cell whose inputs are integers, which are looked up in a matrix.

    Args:
      cell: the cell.
      embedding_classes: the number of integers, the rows of the matrix.
      embedding_size: the number of its columns.
      initializer: how it starts; uniform numbers of variance 1 when None.
      reuse: whether to share the variables that are in the scope.

    Raises:
      TypeError: `cell` is no cell.
      ValueError: a size is below 1.
    """

    def __init__(
        self, cell: Any, embedding_classes: int, embedding_size: int, initializer: Any = None, reuse: Any = None
    ) -> None:
        super().__init__(cell, reuse)
        if embedding_classes <= 0 or embedding_size <= 0:
            raise ValueError(
                f"Both embedding_classes and embedding_size must be > 0: {embedding_classes}, {embedding_size}."
            )
        self._embedding_classes = embedding_classes
        self._embedding_size = embedding_size
        self._initializer_of_embedding = initializer

    def call(self, inputs: Any, state: Any) -> Any:
        """Returns the outputs and the state."""
        with tf.device("/cpu:0"):
            if self._initializer_of_embedding:
                start = self._initializer_of_embedding
            elif tf.get_variable_scope().initializer:
                start = tf.get_variable_scope().initializer
            else:
                start = tf.random_uniform_initializer(-math.sqrt(3), math.sqrt(3))
            dtype = state[0].dtype if isinstance(state, tuple) else state.dtype
            embedding = tf.get_variable(
                "embedding", [self._embedding_classes, self._embedding_size], initializer=start, dtype=dtype
            )
            embedded = tf.nn.embedding_lookup(embedding, tf.reshape(inputs, [-1]))
            return self._cell(embedded, state)
