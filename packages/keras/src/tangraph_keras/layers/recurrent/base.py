"""The base class of recurrent layers."""

from __future__ import annotations

from typing import Any

import numpy as np

import tangraph as tf
from tangraph.export import export
from tangraph_keras import regularizers
from tangraph_keras.backend.recurrent import rnn
from tangraph_keras.backend.tensors import zeros
from tangraph_keras.layers.recurrent.stacked import StackedRNNCells
from tangraph_keras.layers.recurrent.states import (
    as_list,
    as_shape,
    has_several_states,
    standardize_arguments,
    takes,
    zero_states,
)
from tangraph_layers.engine.layer import Layer
from tangraph_layers.engine.node import history_of, int_shape
from tangraph_layers.engine.session import batch_set_value
from tangraph_layers.input_spec import InputSpec


@export("keras.layers.RNN")
class RNN(Layer):
    """Calls a cell for each step of sequences.

    Args:
      cell: a layer with `state_size` and a `call(inputs, states)` that returns an output and the list of new states; or a
        list of such, of which each takes the outputs of the one before.
      return_sequences: whether to return the outputs of all steps, and not that of the last.
      return_state: whether to return the last states, too.
      go_backwards: whether sequences are read from their end.
      stateful: whether a batch begins with the last states of the batch before; it needs a fixed batch size.
      unroll: whether the steps are made one by one and not in a loop; it needs sequences of a fixed length.
      time_major: whether the axis of time comes first.
      **kwargs: see `tf.keras.layers.Layer`; `input_dim` and `input_length` for the first layer of a model.

    Raises:
      ValueError: what is given is no cell.

    >>> with tf.Graph().as_default():
    ...     tf.keras.layers.RNN(tf.keras.layers.SimpleRNNCell(3))(tf.ones([2, 5, 4])).shape.as_list()
    [2, 3]
    """

    def __init__(
        self,
        cell: Any,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        time_major: bool = False,
        **kwargs: Any,
    ) -> None:
        if isinstance(cell, list | tuple):
            cell = StackedRNNCells(cell)
        if not hasattr(cell, "call"):
            raise ValueError("`cell` should have a `call` method. The RNN was passed:", cell)
        if not hasattr(cell, "state_size"):
            raise ValueError(
                "The RNN cell should have an attribute `state_size` (tuple of integers, one integer per RNN state)."
            )
        # Whether steps that do not count return zeros, and not the output of the step before.
        self.zero_output_for_mask = kwargs.pop("zero_output_for_mask", False)
        if "input_shape" not in kwargs and ("input_dim" in kwargs or "input_length" in kwargs):
            kwargs["input_shape"] = (kwargs.pop("input_length", None), kwargs.pop("input_dim", None))
        super().__init__(**kwargs)
        self.cell = cell
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.stateful = stateful
        self.unroll = unroll
        self.time_major = time_major
        self.supports_masking = True
        self.input_spec = None
        self.state_spec: Any = None
        self.constants_spec: Any = None
        object.__setattr__(self, "_states", None)
        self._num_constants: Any = 0

    @property
    def states(self) -> Any:
        """The states of a stateful layer: variables, or None before they are made."""
        found = self.__dict__["_states"]
        if found is not None:
            return found
        nothing = tf.nest.map_structure(lambda _: None, self.cell.state_size)
        return nothing if tf.nest.is_nested(self.cell.state_size) else [nothing]

    @states.setter
    def states(self, states: Any) -> None:
        object.__setattr__(self, "_states", states)

    # -- shapes --------------------------------------------------------------------------------------------------

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the output, or a list of it and the shapes of the states."""
        shape = as_shape(input_shape[0] if isinstance(input_shape, list) else input_shape)
        if not isinstance(shape, tf.TensorShape):
            shape = tf.nest.flatten(shape)[0]
        batch, steps = (shape[1], shape[0]) if self.time_major else (shape[0], shape[1])
        state_size = self.cell.state_size if has_several_states(self.cell.state_size) else [self.cell.state_size]

        def output_shape(size: Any) -> Any:
            rest = tf.TensorShape(size).as_list()
            if not self.return_sequences:
                return tf.TensorShape([batch, *rest])
            return tf.TensorShape([steps, batch, *rest] if self.time_major else [batch, steps, *rest])

        size = getattr(self.cell, "output_size", None)
        if size is None:
            found = output_shape(state_size[0])
        else:
            shapes = tf.nest.flatten(tf.nest.map_structure(output_shape, size))
            found = shapes[0] if len(shapes) == 1 else shapes
        if not self.return_state:
            return found
        states = [tf.TensorShape([batch, *tf.TensorShape(x).as_list()]) for x in tf.nest.flatten(state_size)]
        return as_list(found) + states

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Returns the mask of the outputs: that of the inputs, where all steps are returned."""
        mask = tf.nest.flatten(mask)[0]
        output_mask = mask if self.return_sequences else None
        return [output_mask, *(None for _ in self.states)] if self.return_state else output_mask

    def build(self, input_shape: Any) -> None:
        """Has the cell make its variables."""
        shape = as_shape(input_shape[0] if isinstance(input_shape, list) else input_shape)
        nested = not isinstance(shape, tf.TensorShape)

        def specification(one: Any) -> InputSpec:
            sizes = one.as_list() if isinstance(one, tf.TensorShape) else list(one)
            batch, time = (1, 0) if self.time_major else (0, 1)
            if not self.stateful:
                sizes[batch] = None
            sizes[time] = None
            return InputSpec(shape=tuple(sizes))

        def step_shape(one: Any) -> Any:
            sizes = tuple(one.as_list() if isinstance(one, tf.TensorShape) else one)
            return sizes[1:] if self.time_major else (sizes[0], *sizes[2:])

        own = tf.nest.map_structure(specification, shape) if nested else specification(shape)
        if self.input_spec is not None:
            self.input_spec[0] = own
        else:
            self.input_spec = as_list(own)
        if isinstance(self.cell, Layer) and not self.cell.built:
            self.cell.build(tf.nest.map_structure(step_shape, shape) if nested else step_shape(shape))
        several = has_several_states(self.cell.state_size)
        state_size = list(self.cell.state_size) if several else [self.cell.state_size]
        if self.state_spec is not None:
            _check_states(state_size, self.state_spec)
        else:
            self.state_spec = [InputSpec(shape=[None, *tf.TensorShape(size).as_list()]) for size in state_size]
        if self.stateful:
            self.reset_states()
        self.built = True

    # -- calling -------------------------------------------------------------------------------------------------

    def get_initial_state(self, inputs: Any) -> Any:
        """Returns the states to begin with, those of the cell or zeros, as a list."""
        first = tf.nest.flatten(inputs)[0]
        batch_size = tf.shape(first)[1 if self.time_major else 0]
        own = getattr(self.cell, "get_initial_state", None)
        if own:
            states = own(inputs=None, batch_size=batch_size, dtype=first.dtype)
        else:
            states = zero_states(batch_size, self.cell.state_size, first.dtype)
        return list(states) if tf.nest.is_nested(states) else [states]

    def __call__(self, inputs: Any, initial_state: Any = None, constants: Any = None, **kwargs: Any) -> Any:
        """Calls the layer.

        Args:
          inputs: a tensor of sequences, steps and more (or a nested structure of such); or a list of it, the initial
            states and the constants.
          initial_state: the states to begin with; zeros when None.
          constants: tensors that the cell gets in each step, as `constants`.
          **kwargs: `mask` and `training`.
        """
        inputs, initial_state, constants = standardize_arguments(inputs, initial_state, constants, self._num_constants)
        if initial_state is None and constants is None:
            return super().__call__(inputs, **kwargs)
        more: list[Any] = []
        specs: list[Any] = []
        if initial_state is not None:
            more += initial_state
            self.state_spec = tf.nest.map_structure(lambda s: InputSpec(shape=int_shape(s)), initial_state)
            specs += self.state_spec
        if constants is not None:
            more += constants
            self.constants_spec = [InputSpec(shape=int_shape(constant)) for constant in constants]
            self._num_constants = len(constants)
            specs += self.constants_spec
        if not all_from_keras(more, "The initial state or constants of an RNN layer cannot be specified"):
            if initial_state is not None:
                kwargs["initial_state"] = initial_state
            if constants is not None:
                kwargs["constants"] = constants
            return super().__call__(inputs, **kwargs)
        # Tensors of the model become inputs, so that the model knows of them.
        self.input_spec = as_list(tf.nest.map_structure(lambda _: None, inputs)) + specs
        output = super().__call__([inputs, *more], **kwargs)
        self.input_spec = self.input_spec[: -len(specs)]
        return output

    def call(
        self, inputs: Any, mask: Any = None, training: Any = None, initial_state: Any = None, constants: Any = None
    ) -> Any:
        """Returns the output of the last step, or those of all; with the last states, where these are wanted."""
        inputs, initial_state, constants = self._process_inputs(inputs, initial_state, constants)
        if mask is not None:
            mask = tf.nest.flatten(mask)[0]
        if self.unroll and int_shape(tf.nest.flatten(inputs)[0])[0 if self.time_major else 1] is None:
            raise ValueError(
                "Cannot unroll a RNN if the time dimension is undefined. \n- If using a Sequential model, specify the "
                "time dimension by passing an `input_shape` or `batch_input_shape` argument to your first layer. If your "
                "first layer is an Embedding, you can also use the `input_length` argument.\n- If using the functional "
                "API, specify the time dimension by passing a `shape` or `batch_shape` argument to your Input layer."
            )
        last_output, outputs, states = rnn(
            self._step(training, constants),
            inputs,
            initial_state,
            constants=constants,
            go_backwards=self.go_backwards,
            mask=mask,
            unroll=self.unroll,
            input_length=self._most_steps(inputs),
            time_major=self.time_major,
            zero_output_for_mask=self.zero_output_for_mask,
        )
        if self.stateful:
            pairs = zip(tf.nest.flatten(self.states), tf.nest.flatten(states), strict=True)
            self.add_update([tf.assign(variable, state) for variable, state in pairs])
        output = outputs if self.return_sequences else last_output
        if not self.return_state:
            return output
        return as_list(output) + (list(states) if isinstance(states, list | tuple) else [states])

    def _most_steps(self, inputs: Any) -> int | None:
        """Returns the bound of the loop, besides the length of the inputs."""
        del inputs
        return None

    def _step(self, training: Any, constants: Any) -> Any:
        """Returns the function that the loop calls."""
        kwargs = {"training": training} if takes(self.cell.call, "training") else {}
        # Cells of `tf.nn.rnn_cell` take a single state as it is.
        single = getattr(self.cell, "_is_tf_rnn_cell", None) is not None
        count = self._num_constants if constants else 0
        if constants and not takes(self.cell.call, "constants"):
            raise ValueError("RNN cell does not support constants")

        def step(inputs: Any, states: Any) -> Any:
            own = dict(kwargs)
            if count:
                own["constants"] = states[-count:]
                states = states[:-count]
            states = states[0] if len(states) == 1 and single else states
            output, new_states = self.cell.call(inputs, states, **own)
            return output, new_states if tf.nest.is_nested(new_states) else [new_states]

        return step

    def _process_inputs(self, inputs: Any, initial_state: Any, constants: Any) -> tuple[Any, Any, Any]:
        if isinstance(inputs, list):
            rest = inputs[1:]
            if self._num_constants:
                rest, constants = rest[: -self._num_constants], rest[-self._num_constants :]
            initial_state = rest or None
            inputs = inputs[0]
        if initial_state is None:
            initial_state = self.states if self.stateful else self.get_initial_state(inputs)
        if len(initial_state) != len(self.states):
            raise ValueError(f"Layer has {len(self.states)} states but was passed {len(initial_state)} initial states.")
        return inputs, initial_state, constants

    # -- states that stay ----------------------------------------------------------------------------------------

    def reset_states(self, states: Any = None) -> None:
        """Sets the states of a stateful layer.

        Args:
          states: arrays; zeros when None.

        Raises:
          AttributeError: the layer is not stateful.
          ValueError: the batch size is not known; another number of states, or other shapes.
        """
        if not self.stateful:
            raise AttributeError("Layer must be stateful.")
        shapes = self._state_shapes()
        flat = tf.nest.flatten(self.states)
        if flat[0] is None:
            made = [zeros(one) for one in shapes]
            several = tf.nest.is_nested(self.cell.state_size)
            self.states = tf.nest.pack_sequence_as(self.cell.state_size, made) if several else made
            return
        values = [np.zeros(one) for one in shapes] if states is None else tf.nest.flatten(states)
        if len(values) != len(flat):
            raise ValueError(
                f"Layer {self.name} expects {len(flat)} states, but it received {len(values)} state values. Input "
                f"received: {states}"
            )
        for number, (value, state) in enumerate(zip(values, flat, strict=True)):
            if tuple(value.shape) != int_shape(state):
                raise ValueError(
                    f"State {number} is incompatible with layer {self.name}: expected shape="
                    f"{self._expected(shapes[number], state)}, found shape={value.shape}"
                )
        batch_set_value(list(zip(flat, values, strict=True)))

    def _state_shapes(self) -> list[list[int]]:
        """Returns the shapes of the states of a stateful layer, with the size of batches."""
        shape = None if self.input_spec is None else self.input_spec[0].shape
        batch_size = None if shape is None else shape[1 if self.time_major else 0]
        if not batch_size:
            raise ValueError(
                "If a RNN is stateful, it needs to know its batch size. Specify the batch size of your input tensors: \n"
                "- If using a Sequential model, specify the batch size by passing a `batch_input_shape` argument to your "
                "first layer.\n- If using the functional API, specify the batch size by passing a `batch_shape` argument "
                "to your Input layer."
            )
        return [[batch_size, *tf.TensorShape(size).as_list()] for size in tf.nest.flatten(self.cell.state_size)]

    def _expected(self, shape: list[int], state: Any) -> Any:
        """Returns what an error says is expected of a state."""
        return (shape[0], state)

    # -- configuration -------------------------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make an equal layer."""
        names = ("return_sequences", "return_state", "go_backwards", "stateful", "unroll", "time_major")
        config = {name: getattr(self, name) for name in names}
        if self._num_constants:
            config["num_constants"] = self._num_constants
        if self.zero_output_for_mask:
            config["zero_output_for_mask"] = self.zero_output_for_mask
        config["cell"] = {"class_name": type(self.cell).__name__, "config": self.cell.get_config()}
        return {**super().get_config(), **config}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Makes a layer from what `get_config` returned."""
        config = dict(config)
        cell = tf.keras.layers.deserialize(config.pop("cell"), custom_objects=custom_objects)
        num_constants = config.pop("num_constants", 0)
        layer = cls(cell, **config)
        layer._num_constants = num_constants
        return layer


def _check_states(sizes: list[Any], specs: list[Any]) -> None:
    flat_sizes, flat_specs = tf.nest.flatten(sizes), tf.nest.flatten(specs)
    fits = len(flat_sizes) == len(flat_specs) and all(
        tf.TensorShape(spec.shape[1:]).is_compatible_with(tf.TensorShape(size))
        for spec, size in zip(flat_specs, flat_sizes, strict=True)
    )
    if not fits:
        raise ValueError(
            "An `initial_state` was passed that is not compatible with `cell.state_size`. Received `state_spec`="
            f"{specs}; however `cell.state_size` is {sizes}"
        )


def all_from_keras(tensors: Any, subject: str) -> bool:
    """Returns whether tensors come from `tf.keras.Input`: all of them or none.

    Raises:
      ValueError: some do; the text begins with the subject.
    """
    found = [history_of(x) is not None for x in tf.nest.flatten(tensors)]
    if any(found) and not all(found):
        raise ValueError(
            f'{subject} with a mix of Keras tensors and non-Keras tensors (a "Keras tensor" is a tensor that was '
            "returned by a Keras layer, or by `Input`)"
        )
    return found[0]


def of_cell(name: str) -> Any:
    """Returns a property that is the cell's of that name."""
    return property(lambda self: getattr(self.cell, name), doc=f"The cell's `{name}`.")


class CellRNN(RNN):
    """A recurrent layer around one of Keras' cells, whose arguments are its own.

    Args:
      cell: the cell.
      activity_regularizer: a function from the outputs to a scalar loss.
      **kwargs: see `RNN`.
    """

    activation = of_cell("activation")
    use_bias = of_cell("use_bias")
    kernel_initializer = of_cell("kernel_initializer")
    recurrent_initializer = of_cell("recurrent_initializer")
    bias_initializer = of_cell("bias_initializer")
    kernel_regularizer = of_cell("kernel_regularizer")
    recurrent_regularizer = of_cell("recurrent_regularizer")
    bias_regularizer = of_cell("bias_regularizer")
    kernel_constraint = of_cell("kernel_constraint")
    recurrent_constraint = of_cell("recurrent_constraint")
    bias_constraint = of_cell("bias_constraint")
    dropout = of_cell("dropout")
    recurrent_dropout = of_cell("recurrent_dropout")

    def __init__(self, cell: Any, activity_regularizer: Any = None, **kwargs: Any) -> None:
        super().__init__(cell, **kwargs)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.input_spec = [InputSpec(ndim=3)]

    def call(self, inputs: Any, mask: Any = None, training: Any = None, initial_state: Any = None) -> Any:  # type: ignore[override]
        """See `RNN.call`."""
        self.cell.reset_dropout_mask()
        self.cell.reset_recurrent_dropout_mask()
        return super().call(inputs, mask=mask, training=training, initial_state=initial_state)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make an equal layer."""
        config = super().get_config()
        del config["cell"]
        for key, value in self.cell._own_config().items():
            config[key] = value
            if key == "bias_regularizer":
                config["activity_regularizer"] = regularizers.serialize(self.activity_regularizer)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:  # type: ignore[override]
        """Makes a layer from what `get_config` returned."""
        if config.get("implementation") == 0:
            config = {**config, "implementation": 1}
        return cls(**config)


def warn_of_implementation(implementation: int) -> None:
    """Warns of an implementation that is no longer there."""
    if implementation == 0:
        tf.logging.warning(
            "`implementation=0` has been deprecated, and now defaults to `implementation=1`.Please update your layer "
            "call."
        )
