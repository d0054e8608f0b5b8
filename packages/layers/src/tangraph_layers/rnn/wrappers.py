"""Cells around cells: dropout, residual connections, devices."""

from __future__ import annotations

import hashlib
import numbers
from typing import TYPE_CHECKING, Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.rnn.cell import RNNCell, assert_like_rnncell

if TYPE_CHECKING:
    from collections.abc import Callable


class CellWrapper(RNNCell):
    """A cell that calls another, in the scope of the caller."""

    def __init__(self, cell: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert_like_rnncell("cell", cell)
        self.cell = cell

    @property
    def wrapped_cell(self) -> Any:
        """The cell inside."""
        return self.cell

    @property
    def state_size(self) -> Any:
        """The sizes of the state of the cell inside."""
        return self.cell.state_size

    @property
    def output_size(self) -> Any:
        """The sizes of the outputs of the cell inside."""
        return self.cell.output_size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """Returns the zero state of the cell inside."""
        with tf.name_scope(type(self).__name__ + "ZeroState", values=[batch_size]):
            return self.cell.zero_state(batch_size, dtype)

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """Returns the outputs and the next state."""
        return self._call_wrapped_cell(inputs, state, self.cell.__call__, scope=scope)

    def call(self, inputs: Any, state: Any, **kwargs: Any) -> Any:
        """The same, by the other cell's `call`."""
        return self._call_wrapped_cell(inputs, state, self.cell.call, **kwargs)

    def _call_wrapped_cell(self, inputs: Any, state: Any, cell_call_fn: Callable[..., Any], **kwargs: Any) -> Any:
        raise NotImplementedError


def _default_dropout_state_filter(substate: Any) -> Any:
    if isinstance(substate, tf.nn.rnn_cell.LSTMStateTuple):
        return tf.nn.rnn_cell.LSTMStateTuple(c=False, h=True)  # what an LSTM remembers is left alone
    return not isinstance(substate, tf.TensorArray)


@export("nn.rnn_cell.DropoutWrapper", "contrib.rnn.DropoutWrapper")
class DropoutWrapper(CellWrapper):
    """Dropout of the inputs, outputs and states of a cell.

    Args:
      cell: the cell.
      input_keep_prob: the probability to keep an element of the inputs, a number or a scalar tensor.
      output_keep_prob: the same for the outputs.
      state_keep_prob: the same for the new states, of LSTMs only of `h`.
      variational_recurrent: whether what is dropped is the same in all steps of a run (Gal and Ghahramani, arXiv:1512.05287).
      input_size: the sizes of the inputs; needed for `variational_recurrent` if `input_keep_prob` is not 1.
      dtype: the element type; needed for `variational_recurrent`.
      seed: the seed from which all those of the random operations are made.
      dropout_state_filter_visitor: a function that says which parts of a state may be dropped, as bools in its structure.
      **kwargs: see `tf.layers.Layer`.

    Raises:
      TypeError: `cell` is no cell, or the visitor cannot be called.
      ValueError: a probability is not in [0, 1], or what `variational_recurrent` needs is missing.
    """

    def __init__(
        self,
        cell: Any,
        input_keep_prob: Any = 1.0,
        output_keep_prob: Any = 1.0,
        state_keep_prob: Any = 1.0,
        variational_recurrent: bool = False,
        input_size: Any = None,
        dtype: Any = None,
        seed: Any = None,
        dropout_state_filter_visitor: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(cell, dtype=dtype, **kwargs)
        if dropout_state_filter_visitor is not None and not callable(dropout_state_filter_visitor):
            raise TypeError("dropout_state_filter_visitor must be callable")
        self._dropout_state_filter = dropout_state_filter_visitor or _default_dropout_state_filter
        with tf.name_scope("DropoutWrapperInit"):
            self._input_keep_prob = _probability(input_keep_prob, "input_keep_prob")
            self._state_keep_prob = _probability(state_keep_prob, "state_keep_prob")
            self._output_keep_prob = _probability(output_keep_prob, "output_keep_prob")
        self._variational_recurrent = variational_recurrent
        self._input_size = input_size
        self._seed = seed
        self._noise: dict[str, Any] = {}
        if variational_recurrent:
            self._make_noise(dtype)

    def _make_noise(self, dtype: Any) -> None:
        """Draws the random numbers that all steps share."""
        if dtype is None:
            raise ValueError("When variational_recurrent=True, dtype must be provided")
        input_dropped = not isinstance(self._input_keep_prob, numbers.Real) or self._input_keep_prob < 1.0
        if input_dropped:
            if self._input_size is None:
                raise ValueError(
                    "When variational_recurrent=True and input_keep_prob < 1.0 or is unknown, input_size must be provided"
                )
            self._noise["input"] = self._noise_of(self._input_size, "input", dtype)
        self._noise["state"] = self._noise_of(self.cell.state_size, "state", dtype)
        self._noise["output"] = self._noise_of(self.cell.output_size, "output", dtype)

    def _noise_of(self, sizes: Any, salt: str, dtype: Any) -> Any:
        flat = []
        for index, size in enumerate(tf.nest.flatten(sizes)):
            shape = tf.concat(([1], tf.TensorShape(size).as_list()), 0)
            flat.append(tf.random_uniform(shape, seed=self._gen_seed(salt, index), dtype=dtype))
        return tf.nest.pack_sequence_as(sizes, flat)

    def _gen_seed(self, salt_prefix: str, index: int) -> int | None:
        if self._seed is None:
            return None
        text = f"{self._seed}{salt_prefix}_{index}".encode()
        return int(hashlib.md5(text, usedforsecurity=False).hexdigest()[:8], 16) & 0x7FFFFFFF

    def _variational(self, value: Any, noise: Any, keep_prob: Any) -> Any:
        kept = tf.floor(keep_prob + noise)
        dropped = tf.div(value, keep_prob) * kept
        dropped.set_shape(value.shape)
        return dropped

    def _dropout(self, values: Any, salt: str, keep_prob: Any, chosen: Any = None) -> Any:
        if chosen is None:
            chosen = tf.nest.map_structure(lambda _: True, values)
        counter = iter(range(len(tf.nest.flatten(values))))
        if self._variational_recurrent:

            def drop(value: Any, noise: Any, do: Any) -> Any:
                next(counter)
                return self._variational(value, noise, keep_prob) if do else value

            return _map_up_to(chosen, lambda do, v, n: _each(drop, do, v, n), values, self._noise[salt])

        def drop_plainly(value: Any, do: Any) -> Any:
            index = next(counter)
            if not do or isinstance(value, tf.TensorArray):
                return value
            return tf.nn.dropout(value, rate=1 - keep_prob, seed=self._gen_seed(salt, index))

        return _map_up_to(chosen, lambda do, v: _each(drop_plainly, do, v), values)

    def _call_wrapped_cell(self, inputs: Any, state: Any, cell_call_fn: Callable[..., Any], **kwargs: Any) -> Any:
        if _drops(self._input_keep_prob):
            inputs = self._dropout(inputs, "input", self._input_keep_prob)
        output, new_state = cell_call_fn(inputs, state, **kwargs)
        if _drops(self._state_keep_prob):
            chosen = tf.nest.map_structure(lambda x: x, _filtered(self._dropout_state_filter, new_state))
            new_state = self._dropout(new_state, "state", self._state_keep_prob, chosen)
        if _drops(self._output_keep_prob):
            output = self._dropout(output, "output", self._output_keep_prob)
        return output, new_state


def _filtered(visitor: Callable[[Any], Any], state: Any) -> Any:
    """Asks the visitor about a state from above; where it answers True for a whole structure, about its parts."""
    answer = visitor(state)
    if tf.nest.is_nested(answer) or not answer or not tf.nest.is_nested(state):
        return answer
    parts = [_filtered(visitor, part) for part in (state.values() if isinstance(state, dict) else state)]
    if isinstance(state, dict):
        return dict(zip(state, parts, strict=True))
    return type(state)(*parts) if hasattr(state, "_fields") else type(state)(parts)


def _map_up_to(shallow: Any, function: Callable[..., Any], *structures: Any) -> Any:
    """Applies a function to the leaves of a structure and to what others hold at these places."""
    if not tf.nest.is_nested(shallow):
        return function(shallow, *structures)
    if isinstance(shallow, dict):
        return {key: _map_up_to(part, function, *(s[key] for s in structures)) for key, part in shallow.items()}
    parts = [_map_up_to(part, function, *(s[i] for s in structures)) for i, part in enumerate(shallow)]
    kind = type(structures[0])
    return kind(*parts) if hasattr(kind, "_fields") else kind(parts)


def _each(function: Callable[..., Any], do: Any, value: Any, *others: Any) -> Any:
    return tf.nest.map_structure(lambda x, *o: function(x, *o, do), value, *others)


def _probability(value: Any, name: str) -> Any:
    """Returns a probability as a float if its value is known, else as a tensor."""
    tensor = tf.convert_to_tensor(value)
    known = tf.contrib.util.constant_value(tensor)
    if known is None:
        return tensor
    if known < 0 or known > 1:
        raise ValueError(f"Parameter {name} must be between 0 and 1: {int(known)}")
    return float(known)


def _drops(probability: Any) -> bool:
    return not isinstance(probability, float) or probability < 1


@export("nn.rnn_cell.ResidualWrapper", "contrib.rnn.ResidualWrapper")
class ResidualWrapper(CellWrapper):
    """A cell whose inputs are added to its outputs.

    Args:
      cell: the cell.
      residual_fn: a function of inputs and outputs that returns the new outputs; their sum when None.
      **kwargs: see `tf.layers.Layer`.

    >>> with tf.Graph().as_default():
    ...     cell = tf.nn.rnn_cell.ResidualWrapper(tf.nn.rnn_cell.GRUCell(2))
    ...     cell(tf.ones([1, 2]), cell.zero_state(1, tf.float32))[0]
    <tf.Tensor 'add:0' shape=(1, 2) dtype=float32>
    """

    def __init__(self, cell: Any, residual_fn: Any = None, **kwargs: Any) -> None:
        super().__init__(cell, **kwargs)
        self._residual_fn = residual_fn

    def _call_wrapped_cell(self, inputs: Any, state: Any, cell_call_fn: Callable[..., Any], **kwargs: Any) -> Any:
        outputs, new_state = cell_call_fn(inputs, state, **kwargs)

        def checked(inputs: Any, outputs: Any) -> Any:
            tf.nest.assert_same_structure(inputs, outputs)
            tf.nest.map_structure(lambda i, o: i.shape.assert_is_compatible_with(o.shape), inputs, outputs)
            return tf.nest.map_structure(lambda i, o: i + o, inputs, outputs)

        return (self._residual_fn or checked)(inputs, outputs), new_state


@export("nn.rnn_cell.DeviceWrapper", "contrib.rnn.DeviceWrapper")
class DeviceWrapper(CellWrapper):
    """A cell that runs on a device.

    Args:
      cell: the cell.
      device: a device string or function.
      **kwargs: see `tf.layers.Layer`.
    """

    def __init__(self, cell: Any, device: Any, **kwargs: Any) -> None:
        super().__init__(cell, **kwargs)
        self._device = device

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """Returns the zero state of the cell inside, on the device."""
        with tf.name_scope(type(self).__name__ + "ZeroState", values=[batch_size]), tf.device(self._device):
            return self.cell.zero_state(batch_size, dtype)

    def _call_wrapped_cell(self, inputs: Any, state: Any, cell_call_fn: Callable[..., Any], **kwargs: Any) -> Any:
        with tf.device(self._device):
            return cell_call_fn(inputs, state, **kwargs)
