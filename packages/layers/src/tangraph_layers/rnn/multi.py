"""Several cells in a row."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.rnn.cell import RNNCell, assert_like_rnncell


@export("nn.rnn_cell.MultiRNNCell", "contrib.rnn.MultiRNNCell")
class MultiRNNCell(RNNCell):
    """Cells of which each takes the outputs of the one before as its inputs.

    Args:
      cells: a list of cells.
      state_is_tuple: whether the state is the tuple of the cells' states; deprecated otherwise, with them side by side.

    Raises:
      ValueError: there are no cells, or their states are tuples and `state_is_tuple` is False.
      TypeError: `cells` is no list.

    >>> with tf.Graph().as_default():
    ...     cell = tf.nn.rnn_cell.MultiRNNCell([tf.nn.rnn_cell.GRUCell(n) for n in (3, 2)])
    ...     output, state = cell(tf.ones([1, 4]), cell.zero_state(1, tf.float32))
    ...     output.shape.as_list(), cell.state_size
    ([1, 2], (3, 2))
    """

    def __init__(self, cells: Any, state_is_tuple: bool = True) -> None:
        super().__init__()
        if not cells:
            raise ValueError("Must specify at least one cell for MultiRNNCell.")
        if not tf.nest.is_nested(cells):
            raise TypeError(f"cells must be a list or tuple, but saw: {cells}.")
        if len({id(cell) for cell in cells}) < len(cells):
            tf.logging.log_first_n(
                tf.logging.WARN,
                "At least two cells provided to MultiRNNCell are the same object and will share weights.",
                1,
            )
        for number, cell in enumerate(cells):
            assert_like_rnncell(f"cells[{number}]", cell)
        self._cells = cells
        self._state_is_tuple = state_is_tuple
        if not state_is_tuple and any(tf.nest.is_nested(c.state_size) for c in cells):
            sizes = [c.state_size for c in cells]
            raise ValueError(
                f"Some cells return tuples of states, but the flag state_is_tuple is not set.  State sizes are: {sizes}"
            )

    @property
    def state_size(self) -> Any:
        """The sizes of the cells' states, or their sum."""
        sizes = tuple(cell.state_size for cell in self._cells)
        return sizes if self._state_is_tuple else sum(sizes)

    @property
    def output_size(self) -> Any:
        """The size of the last cell's outputs."""
        return self._cells[-1].output_size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """Returns the zero states of the cells."""
        with tf.name_scope(type(self).__name__ + "ZeroState", values=[batch_size]):
            if self._state_is_tuple:
                return tuple(cell.zero_state(batch_size, dtype) for cell in self._cells)
            return super().zero_state(batch_size, dtype)

    @property
    def trainable_weights(self) -> list[Any]:
        """The variables of the cells that optimizers train."""
        if not self.trainable:
            return []
        return [v for cell in self._cells if isinstance(cell, tf.layers.Layer) for v in cell.trainable_weights]

    @property
    def non_trainable_weights(self) -> list[Any]:
        """The other variables of the cells."""
        cells = [cell for cell in self._cells if isinstance(cell, tf.layers.Layer)]
        weights = [v for cell in cells for v in cell.non_trainable_weights]
        return weights if self.trainable else [v for cell in cells for v in cell.trainable_weights] + weights

    def call(self, inputs: Any, state: Any) -> Any:
        """Returns the last cell's outputs and the new states.

        Raises:
          ValueError: the state is to be a tuple and is none.
        """
        position = 0
        current = inputs
        states = []
        for number, cell in enumerate(self._cells):
            with tf.variable_scope(f"cell_{number}"):
                if self._state_is_tuple:
                    if not tf.nest.is_nested(state):
                        raise ValueError(
                            f"Expected state to be a tuple of length {len(self.state_size)}, but received: {state}"
                        )
                    own = state[number]
                else:
                    own = tf.slice(state, [0, position], [-1, cell.state_size])
                    position += cell.state_size
                current, new = cell(current, own)
                states.append(new)
        return current, tuple(states) if self._state_is_tuple else tf.concat(states, 1)
