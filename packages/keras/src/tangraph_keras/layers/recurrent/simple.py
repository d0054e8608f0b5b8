"""Recurrent layers whose output is their state."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.backend.pooling import bias_add
from tangraph_keras.backend.products import dot
from tangraph_keras.layers.recurrent.base import CellRNN, of_cell
from tangraph_keras.layers.recurrent.cell import StandardCell, options_of


@export("keras.layers.SimpleRNNCell")
class SimpleRNNCell(StandardCell):
    """Returns activation(inputs · kernel + bias + state · recurrent_kernel), which is the new state, too.

    Args:
      units: the size of the output.
      activation: the activation, or its name.
      use_bias: whether there is a bias.
      kernel_initializer, recurrent_initializer, bias_initializer: how the weights start.
      kernel_regularizer, recurrent_regularizer, bias_regularizer: functions from a weight to a scalar loss.
      kernel_constraint, recurrent_constraint, bias_constraint: functions that optimizers apply to a weight.
      dropout: which part of the inputs is dropped in training.
      recurrent_dropout: which part of the state is dropped in training.
      **kwargs: see `tf.keras.layers.Layer`.
    """

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(activation, use_bias, options_of(locals()), dropout, recurrent_dropout, **kwargs)
        self.units = units
        self.state_size = units
        self.output_size = units

    def build(self, input_shape: Any) -> None:
        """Makes the weights."""
        size = tf.TensorShape(input_shape)[-1].value
        self.kernel = self._weight("kernel", (size, self.units), "kernel")
        self.recurrent_kernel = self._weight("recurrent_kernel", (self.units, self.units), "recurrent")
        if self.use_bias:
            self.bias = self._weight("bias", (self.units,), "bias")
        self.built = True

    def call(self, inputs: Any, states: Any, training: Any = None) -> Any:
        """Returns the output and the new state."""
        before = states[0]
        mask = self.get_dropout_mask_for_cell(inputs, training)
        recurrent_mask = self.get_recurrent_dropout_mask_for_cell(before, training)
        h = dot(inputs if mask is None else inputs * mask, self.kernel)
        if self.bias is not None:
            h = bias_add(h, self.bias)
        if recurrent_mask is not None:
            before = before * recurrent_mask
        output = h + dot(before, self.recurrent_kernel)
        if self.activation is not None:
            output = self.activation(output)
        return output, [output]

    def _own_config(self) -> dict[str, Any]:
        return {"units": self.units, **self._settings_config()}


@export("keras.layers.SimpleRNN")
class SimpleRNN(CellRNN):
    """A recurrent layer of `SimpleRNNCell`.

    Args:
      units, activation, use_bias, kernel_initializer, recurrent_initializer, bias_initializer, kernel_regularizer,
        recurrent_regularizer, bias_regularizer, kernel_constraint, recurrent_constraint, bias_constraint, dropout,
        recurrent_dropout: see `SimpleRNNCell`.
      activity_regularizer: a function from the outputs to a scalar loss.
      return_sequences, return_state, go_backwards, stateful, unroll, **kwargs: see `RNN`.

    >>> with tf.Graph().as_default():
    ...     tf.keras.layers.SimpleRNN(3)(tf.ones([2, 5, 4])).shape.as_list()
    [2, 3]
    """

    units = of_cell("units")

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        **kwargs: Any,
    ) -> None:
        if "implementation" in kwargs:
            kwargs.pop("implementation")
            tf.logging.warning(
                "The `implementation` argument in `SimpleRNN` has been deprecated. Please remove it from your layer call."
            )
        cell = SimpleRNNCell(
            units,
            activation=activation,
            use_bias=use_bias,
            **options_of(locals()),
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            dtype=kwargs.get("dtype"),
        )
        super().__init__(
            cell,
            activity_regularizer,
            return_sequences=return_sequences,
            return_state=return_state,
            go_backwards=go_backwards,
            stateful=stateful,
            unroll=unroll,
            **kwargs,
        )
