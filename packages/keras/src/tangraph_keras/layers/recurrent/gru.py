"""Gated recurrent units."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras import activations
from tangraph_keras.backend.pooling import bias_add
from tangraph_keras.backend.products import dot
from tangraph_keras.layers.recurrent.base import CellRNN, of_cell, warn_of_implementation
from tangraph_keras.layers.recurrent.cell import StandardCell, options_of


@export("keras.layers.GRUCell")
class GRUCell(StandardCell):
    """A gated recurrent unit (Cho et al., 2014): gates for the update, the reset, and the new state, in this order.

    Args:
      units: the size of the output.
      activation: the activation of the new state, or its name.
      recurrent_activation: the activation of the gates, or its name.
      use_bias: whether there is a bias.
      kernel_initializer, recurrent_initializer, bias_initializer: how the weights start.
      kernel_regularizer, recurrent_regularizer, bias_regularizer: functions from a weight to a scalar loss.
      kernel_constraint, recurrent_constraint, bias_constraint: functions that optimizers apply to a weight.
      dropout: which part of the inputs is dropped in training.
      recurrent_dropout: which part of the state is dropped in training.
      implementation: 1 for a product a gate, 2 for one product of all gates.
      reset_after: whether the state is reset after it was multiplied with the recurrent kernel, as cuDNN does.
      **kwargs: see `tf.keras.layers.Layer`.
    """

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "hard_sigmoid",
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
        implementation: int = 1,
        reset_after: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(activation, use_bias, options_of(locals()), dropout, recurrent_dropout, **kwargs)
        self.units = units
        self.recurrent_activation = activations.get(recurrent_activation)
        self.implementation = implementation
        self.reset_after = reset_after
        self.state_size = units
        self.output_size = units

    def build(self, input_shape: Any) -> None:
        """Makes the weights."""
        size = tf.TensorShape(input_shape)[-1].value
        self.kernel = self._weight("kernel", (size, self.units * 3), "kernel")
        self.recurrent_kernel = self._weight("recurrent_kernel", (self.units, self.units * 3), "recurrent")
        if self.use_bias:
            # Of another shape than cuDNN's, so that files tell which they are of.
            shape = (2, 3 * self.units) if self.reset_after else (3 * self.units,)
            self.bias = self._weight("bias", shape, "bias")
        self.built = True

    def call(self, inputs: Any, states: Any, training: Any = None) -> Any:
        """Returns the output and the new state."""
        before = states[0]
        mask = self.get_dropout_mask_for_cell(inputs, training, count=3)
        recurrent_mask = self.get_recurrent_dropout_mask_for_cell(before, training, count=3)
        biases = (None, None)
        if self.use_bias:
            biases = tuple(tf.unstack(self.bias)) if self.reset_after else (self.bias, None)
        gates = self._separate if self.implementation == 1 else self._joint
        update, new, before = gates(inputs, before, mask, recurrent_mask, biases)
        h = update * before + (1 - update) * new
        return h, [h]

    def _separate(self, inputs: Any, before: Any, mask: Any, recurrent_mask: Any, biases: Any) -> tuple[Any, ...]:
        units = self.units
        parts = [slice(None, units), slice(units, units * 2), slice(units * 2, None)]
        bias, recurrent_bias = biases
        given = [inputs * one for one in mask] if 0.0 < self.dropout < 1.0 else [inputs] * 3
        x = [dot(one, self.kernel[:, part]) for one, part in zip(given, parts, strict=True)]
        if self.use_bias:
            x = [bias_add(one, bias[part]) for one, part in zip(x, parts, strict=True)]
        dropped = 0.0 < self.recurrent_dropout < 1.0
        states = [before * one for one in recurrent_mask] if dropped else [before] * 3
        recurrent = [dot(states[n], self.recurrent_kernel[:, parts[n]]) for n in range(2)]
        if self.reset_after and self.use_bias:
            recurrent = [bias_add(recurrent[n], recurrent_bias[parts[n]]) for n in range(2)]
        update = self.recurrent_activation(x[0] + recurrent[0])
        reset = self.recurrent_activation(x[1] + recurrent[1])
        if self.reset_after:
            product = dot(states[2], self.recurrent_kernel[:, parts[2]])
            if self.use_bias:
                product = bias_add(product, recurrent_bias[parts[2]])
            product = reset * product
        else:
            product = dot(reset * states[2], self.recurrent_kernel[:, parts[2]])
        return update, self.activation(x[2] + product), before

    def _joint(self, inputs: Any, before: Any, mask: Any, recurrent_mask: Any, biases: Any) -> tuple[Any, ...]:
        units = self.units
        bias, recurrent_bias = biases
        if 0.0 < self.dropout < 1.0:
            inputs = inputs * mask[0]
        x = dot(inputs, self.kernel)
        if self.use_bias:
            x = bias_add(x, bias)
        x_update, x_reset, x_new = x[:, :units], x[:, units : 2 * units], x[:, 2 * units :]
        if 0.0 < self.recurrent_dropout < 1.0:
            before = before * recurrent_mask[0]
        if self.reset_after:
            inner = dot(before, self.recurrent_kernel)
            if self.use_bias:
                inner = bias_add(inner, recurrent_bias)
        else:
            inner = dot(before, self.recurrent_kernel[:, : 2 * units])
        inner_update, inner_reset = inner[:, :units], inner[:, units : 2 * units]
        update = self.recurrent_activation(x_update + inner_update)
        reset = self.recurrent_activation(x_reset + inner_reset)
        if self.reset_after:
            product = reset * inner[:, 2 * units :]
        else:
            product = dot(reset * before, self.recurrent_kernel[:, 2 * units :])
        return update, self.activation(x_new + product), before

    def _own_config(self) -> dict[str, Any]:
        more = {"implementation": self.implementation, "reset_after": self.reset_after}
        return {"units": self.units, **self._settings_config(), **more}


@export("keras.layers.GRU")
class GRU(CellRNN):
    """A recurrent layer of `GRUCell`.

    Args:
      units, activation, recurrent_activation, use_bias, kernel_initializer, recurrent_initializer, bias_initializer,
        kernel_regularizer, recurrent_regularizer, bias_regularizer, kernel_constraint, recurrent_constraint,
        bias_constraint, dropout, recurrent_dropout, implementation, reset_after: see `GRUCell`.
      activity_regularizer: a function from the outputs to a scalar loss.
      return_sequences, return_state, go_backwards, stateful, unroll, **kwargs: see `RNN`.

    >>> with tf.Graph().as_default():
    ...     tf.keras.layers.GRU(3, return_sequences=True)(tf.ones([2, 5, 4])).shape.as_list()
    [2, 5, 3]
    """

    units = of_cell("units")
    recurrent_activation = of_cell("recurrent_activation")
    implementation = of_cell("implementation")
    reset_after = of_cell("reset_after")

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "hard_sigmoid",
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
        implementation: int = 1,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        reset_after: bool = False,
        **kwargs: Any,
    ) -> None:
        warn_of_implementation(implementation)
        cell = GRUCell(
            units,
            activation=activation,
            recurrent_activation=recurrent_activation,
            use_bias=use_bias,
            **options_of(locals()),
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            implementation=implementation,
            reset_after=reset_after,
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
