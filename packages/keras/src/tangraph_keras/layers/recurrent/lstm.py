"""Long short-term memory."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras import activations
from tangraph_keras.backend.pooling import bias_add
from tangraph_keras.backend.products import dot
from tangraph_keras.layers.recurrent.base import CellRNN, of_cell, warn_of_implementation
from tangraph_keras.layers.recurrent.cell import StandardCell, options_of, with_unit_forget_bias


@export("keras.layers.LSTMCell")
class LSTMCell(StandardCell):
    """Long short-term memory (Hochreiter and Schmidhuber, 1997): gates for input, forgetting, the new state and output.

    Args:
      units: the size of the output.
      activation: the activation of the new state and of the output, or its name.
      recurrent_activation: the activation of the gates, or its name.
      use_bias: whether there is a bias.
      unit_forget_bias: whether the bias of the forget gate starts with ones.
      kernel_initializer, recurrent_initializer, bias_initializer: how the weights start.
      kernel_regularizer, recurrent_regularizer, bias_regularizer: functions from a weight to a scalar loss.
      kernel_constraint, recurrent_constraint, bias_constraint: functions that optimizers apply to a weight.
      dropout: which part of the inputs is dropped in training.
      recurrent_dropout: which part of the output before is dropped in training.
      implementation: 1 for a product a gate, 2 for one product of all gates.
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
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        implementation: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(activation, use_bias, options_of(locals()), dropout, recurrent_dropout, **kwargs)
        self.units = units
        self.recurrent_activation = activations.get(recurrent_activation)
        self.unit_forget_bias = unit_forget_bias
        self.implementation = implementation
        self.state_size = [units, units]
        self.output_size = units

    def build(self, input_shape: Any) -> None:
        """Makes the weights."""
        size = tf.TensorShape(input_shape)[-1].value
        self.kernel = self._weight("kernel", (size, self.units * 4), "kernel")
        self.recurrent_kernel = self._weight("recurrent_kernel", (self.units, self.units * 4), "recurrent")
        if self.use_bias:
            initializer = self.bias_initializer  # type: ignore[attr-defined]
            if self.unit_forget_bias:
                initializer = with_unit_forget_bias(initializer, self.units)
            self.bias = self._weight("bias", (self.units * 4,), "bias", initializer)
        self.built = True

    def call(self, inputs: Any, states: Any, training: Any = None) -> Any:
        """Returns the output and the new states: the output and the memory."""
        before, memory = states[0], states[1]
        mask = self.get_dropout_mask_for_cell(inputs, training, count=4)
        recurrent_mask = self.get_recurrent_dropout_mask_for_cell(before, training, count=4)
        if self.implementation == 1:
            given = [inputs * one for one in mask] if 0 < self.dropout < 1.0 else [inputs] * 4
            kernels = tf.split(self.kernel, num_or_size_splits=4, axis=1)
            x = [dot(one, kernel) for one, kernel in zip(given, kernels, strict=True)]
            if self.use_bias:
                biases = tf.split(self.bias, num_or_size_splits=4, axis=0)
                x = [bias_add(one, bias) for one, bias in zip(x, biases, strict=True)]
            dropped = 0 < self.recurrent_dropout < 1.0
            outputs = [before * one for one in recurrent_mask] if dropped else [before] * 4
            memory, gate = self._compute_carry_and_output(x, outputs, memory)
        else:
            if 0.0 < self.dropout < 1.0:
                inputs = inputs * mask[0]
            z = dot(inputs, self.kernel)
            if 0.0 < self.recurrent_dropout < 1.0:
                before = before * recurrent_mask[0]
            z += dot(before, self.recurrent_kernel)
            if self.use_bias:
                z = bias_add(z, self.bias)
            memory, gate = self._compute_carry_and_output_fused(tf.split(z, num_or_size_splits=4, axis=1), memory)
        h = gate * self.activation(memory)
        return h, [h, memory]

    def _recurrent(self, output: Any, gate: int) -> Any:
        units = self.units
        return dot(output, self.recurrent_kernel[:, units * gate : units * (gate + 1) if gate < 3 else None])

    def _compute_carry_and_output(self, x: Any, before: Any, memory: Any) -> tuple[Any, Any]:
        i = self.recurrent_activation(x[0] + self._first_recurrent(before[0]))
        f = self.recurrent_activation(x[1] + self._recurrent(before[1], 1))
        c = f * memory + i * self.activation(x[2] + self._recurrent(before[2], 2))
        o = self.recurrent_activation(x[3] + self._recurrent(before[3], 3))
        return c, o

    def _first_recurrent(self, output: Any) -> Any:
        return dot(output, self.recurrent_kernel[:, : self.units])

    def _compute_carry_and_output_fused(self, z: Any, memory: Any) -> tuple[Any, Any]:
        i = self.recurrent_activation(z[0])
        f = self.recurrent_activation(z[1])
        c = f * memory + i * self.activation(z[2])
        o = self.recurrent_activation(z[3])
        return c, o

    def get_initial_state(self, inputs: Any = None, batch_size: Any = None, dtype: Any = None) -> Any:
        """Returns states of zeros."""
        return list(super().get_initial_state(inputs, batch_size, dtype))

    def _own_config(self) -> dict[str, Any]:
        return {"units": self.units, **self._settings_config(), "implementation": self.implementation}


@export("keras.experimental.PeepholeLSTMCell")
class PeepholeLSTMCell(LSTMCell):
    """An `LSTMCell` whose gates see the memory, too (Gers et al., 2002)."""

    def build(self, input_shape: Any) -> None:
        """Makes the weights."""
        super().build(input_shape)
        names = ("input_gate_peephole_weights", "forget_gate_peephole_weights", "output_gate_peephole_weights")
        for name in names:
            initializer = self.kernel_initializer  # type: ignore[attr-defined]
            setattr(self, name, self.add_weight(shape=(self.units,), name=name, initializer=initializer))

    def _compute_carry_and_output(self, x: Any, before: Any, memory: Any) -> tuple[Any, Any]:
        peep: Any = self
        i = self.recurrent_activation(
            x[0] + self._first_recurrent(before[0]) + peep.input_gate_peephole_weights * memory
        )
        f = self.recurrent_activation(x[1] + self._recurrent(before[1], 1) + peep.forget_gate_peephole_weights * memory)
        c = f * memory + i * self.activation(x[2] + self._recurrent(before[2], 2))
        o = self.recurrent_activation(x[3] + self._recurrent(before[3], 3) + peep.output_gate_peephole_weights * c)
        return c, o

    def _compute_carry_and_output_fused(self, z: Any, memory: Any) -> tuple[Any, Any]:
        peep: Any = self
        i = self.recurrent_activation(z[0] + peep.input_gate_peephole_weights * memory)
        f = self.recurrent_activation(z[1] + peep.forget_gate_peephole_weights * memory)
        c = f * memory + i * self.activation(z[2])
        o = self.recurrent_activation(z[3] + peep.output_gate_peephole_weights * c)
        return c, o


@export("keras.layers.LSTM")
class LSTM(CellRNN):
    """A recurrent layer of `LSTMCell`.

    Args:
      units, activation, recurrent_activation, use_bias, kernel_initializer, recurrent_initializer, bias_initializer,
        unit_forget_bias, kernel_regularizer, recurrent_regularizer, bias_regularizer, kernel_constraint,
        recurrent_constraint, bias_constraint, dropout, recurrent_dropout, implementation: see `LSTMCell`.
      activity_regularizer: a function from the outputs to a scalar loss.
      return_sequences, return_state, go_backwards, stateful, unroll, **kwargs: see `RNN`.

    >>> with tf.Graph().as_default():
    ...     output, h, c = tf.keras.layers.LSTM(3, return_state=True)(tf.ones([2, 5, 4]))
    ...     output.shape.as_list(), c.shape.as_list()
    ([2, 3], [2, 3])
    """

    units = of_cell("units")
    recurrent_activation = of_cell("recurrent_activation")
    unit_forget_bias = of_cell("unit_forget_bias")
    implementation = of_cell("implementation")

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "hard_sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
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
        **kwargs: Any,
    ) -> None:
        warn_of_implementation(implementation)
        cell = LSTMCell(
            units,
            activation=activation,
            recurrent_activation=recurrent_activation,
            use_bias=use_bias,
            unit_forget_bias=unit_forget_bias,
            **options_of(locals()),
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            implementation=implementation,
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
