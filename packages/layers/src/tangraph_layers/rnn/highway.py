"""Wrappers around cells: a highway past one, and attention over what one has put out."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.rnn.cell import RNNCell, assert_like_rnncell
from tangraph_layers.rnn.linear import Linear
from tangraph_layers.rnn.lstm import warn_of_joined_states


@export("contrib.rnn.HighwayWrapper")
class HighwayWrapper(RNNCell):
    """Mixes a cell's outputs with its inputs by gates (Srivastava et al. 2015, arXiv:1505.00387).

    Args:
      cell: the cell; its outputs have the shapes of its inputs.
      couple_carry_transform_gates: whether what is not carried is transformed; two gates otherwise.
      carry_bias_init: the start value of the carry gate's bias.
    """

    def __init__(self, cell: Any, couple_carry_transform_gates: bool = True, carry_bias_init: float = 1.0) -> None:
        super().__init__()
        self._cell = cell
        self._coupled = couple_carry_transform_gates
        self._bias_start = carry_bias_init

    @property
    def state_size(self) -> Any:
        """The cell's."""
        return self._cell.state_size

    @property
    def output_size(self) -> Any:
        """The cell's."""
        return self._cell.output_size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """Returns the cell's zero state."""
        with tf.name_scope(f"{type(self).__name__}ZeroState", values=[batch_size]):
            return self._cell.zero_state(batch_size, dtype)

    def _gate(self, inputs: Any, kind: str, start: float) -> Any:
        size = inputs.shape.with_rank(2).dims[1].value
        weights = tf.get_variable(f"{kind}_w", [size, size])
        biases = tf.get_variable(f"{kind}_b", [size], initializer=tf.constant_initializer(start))
        return tf.sigmoid(tf.nn.xw_plus_b(inputs, weights, biases))

    def _mixed(self, inputs: Any, outputs: Any) -> Any:
        carry = self._gate(inputs, "carry", self._bias_start)
        transform = 1 - carry if self._coupled else self._gate(inputs, "transform", -self._bias_start)
        return inputs * carry + outputs * transform

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """Returns the mixture and the cell's new state.

        Raises:
          TypeError, ValueError: outputs and inputs have different structures or shapes.
        """
        outputs, new_state = self._cell(inputs, state, scope=scope)
        tf.nest.assert_same_structure(inputs, outputs)
        for one, other in zip(tf.nest.flatten(inputs), tf.nest.flatten(outputs), strict=True):
            one.shape.assert_is_compatible_with(other.shape)
        return tf.nest.map_structure(self._mixed, inputs, outputs), new_state


@export("contrib.rnn.CompiledWrapper")
class CompiledWrapper(RNNCell):
    """The cell itself: there is no XLA that would compile it.

    Args:
      cell: the cell.
      compile_stateful: has no effect.
    """

    def __init__(self, cell: Any, compile_stateful: bool = False) -> None:
        super().__init__()
        del compile_stateful
        self._cell = cell

    @property
    def state_size(self) -> Any:
        """The cell's."""
        return self._cell.state_size

    @property
    def output_size(self) -> Any:
        """The cell's."""
        return self._cell.output_size

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """Returns what the cell returns."""
        return self._cell(inputs, state, scope=scope)


@export("contrib.rnn.AttentionCellWrapper")
class AttentionCellWrapper(RNNCell):
    """A cell that looks back at its last outputs (Bahdanau et al. 2014, arXiv:1409.0473).

    Args:
      cell: the cell.
      attn_length: how many outputs it looks at.
      attn_size: the size of attention and output; the cell's output size when None.
      attn_vec_size: the number of features that are compared; `attn_size` when None.
      input_size: the size of what the cell is given; that of the inputs when None.
      state_is_tuple: whether the state is a tuple (the cell's, the attention, the outputs), or one tensor.
      reuse: whether to share the variables that are in the scope.

    Raises:
      TypeError: `cell` is no cell.
      ValueError: the cell's state is a tuple and `state_is_tuple` false, or `attn_length` is not positive.
    """

    def __init__(
        self,
        cell: Any,
        attn_length: int,
        attn_size: int | None = None,
        attn_vec_size: int | None = None,
        input_size: int | None = None,
        state_is_tuple: bool = True,
        reuse: Any = None,
    ) -> None:
        super().__init__(_reuse=reuse)
        assert_like_rnncell("cell", cell)
        if tf.nest.is_nested(cell.state_size) and not state_is_tuple:
            raise ValueError(
                f"Cell returns tuple of states, but the flag state_is_tuple is not set. State size is: {cell.state_size}"
            )
        if attn_length <= 0:
            raise ValueError(f"attn_length should be greater than zero, got {attn_length}")
        if not state_is_tuple:
            warn_of_joined_states(self)
        self._cell = cell
        self._state_is_tuple = state_is_tuple
        self._length = attn_length
        self._size: int = cell.output_size if attn_size is None else attn_size
        self._features: int = self._size if attn_vec_size is None else attn_vec_size
        self._input_size = input_size
        self._maps: dict[str, Linear] = {}

    @property
    def state_size(self) -> Any:
        """The sizes of the cell's state, of the attention and of the outputs, or their sum."""
        sizes = (self._cell.state_size, self._size, self._size * self._length)
        return sizes if self._state_is_tuple else sum(sizes)

    @property
    def output_size(self) -> int:
        """The size of the attention."""
        return self._size

    def _linear(self, name: str, inputs: Any, size: int) -> Any:
        if name not in self._maps:
            self._maps[name] = Linear(inputs, size, True)
        return self._maps[name](inputs)

    def _parts(self, state: Any) -> list[Any]:
        if self._state_is_tuple:
            return list(state)
        parts, start = [], 0
        for size in (self._cell.state_size, self._size, self._size * self._length):
            parts.append(tf.slice(state, [0, start], [-1, size]))
            start += size
        return parts

    def call(self, inputs: Any, state: Any) -> Any:
        """Returns the output and the new state."""
        state, attention, memory = self._parts(state)
        memory = tf.reshape(memory, [-1, self._length, self._size])
        size = inputs.shape.as_list()[1] if self._input_size is None else self._input_size
        inputs = self._linear("in", [inputs, attention], size)
        cell_output, new_state = self._cell(inputs, state)
        query = tf.concat(tf.nest.flatten(new_state), 1) if self._state_is_tuple else new_state
        attention, memory = self._look(query, memory)
        with tf.variable_scope("attn_output_projection"):
            output = self._linear("out", [cell_output, attention], self._size)
        memory = tf.concat([memory, tf.expand_dims(output, 1)], 1)
        memory = tf.reshape(memory, [-1, self._length * self._size])
        result = (new_state, attention, memory)
        return output, result if self._state_is_tuple else tf.concat(list(result), 1)

    def _look(self, query: Any, memory: Any) -> tuple[Any, Any]:
        """Returns the attention, and the memory without its oldest output."""
        with tf.variable_scope("attention"):
            kernel = tf.get_variable("attn_w", [1, 1, self._size, self._features])
            v = tf.get_variable("attn_v", [self._features])
            hidden = tf.reshape(memory, [-1, self._length, 1, self._size])
            features = tf.nn.conv2d(hidden, kernel, [1, 1, 1, 1], "SAME")
            y = tf.reshape(self._linear("query", query, self._features), [-1, 1, 1, self._features])
            weights = tf.nn.softmax(tf.reduce_sum(v * tf.tanh(features + y), [2, 3]))
            context = tf.reduce_sum(tf.reshape(weights, [-1, self._length, 1, 1]) * hidden, [1, 2])
            return tf.reshape(context, [-1, self._size]), tf.slice(memory, [0, 1, 0], [-1, -1, -1])
