"""Recurrent layers that read sequences both ways."""

from __future__ import annotations

import copy
import inspect
from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.backend.shaping import concatenate, reverse
from tangraph_keras.layers.recurrent.base import all_from_keras
from tangraph_keras.layers.recurrent.states import standardize_arguments, takes
from tangraph_keras.layers.wrappers.wrapper import Wrapper
from tangraph_layers.engine.layer import Layer
from tangraph_layers.engine.node import int_shape
from tangraph_layers.engine.tracking import untracked
from tangraph_layers.input_spec import InputSpec


@export("keras.layers.Bidirectional")
class Bidirectional(Wrapper):
    """Two recurrent layers, of which one reads sequences from their end.

    Args:
      layer: a recurrent layer; the two are made like it.
      merge_mode: what becomes of the two outputs: "concat", "sum", "mul", "ave", or None for both.
      weights: initial weights, those of the first layer and those of the second.
      backward_layer: the layer that reads from the end; made like the other when None.
      **kwargs: see `tf.keras.layers.Layer`.

    Raises:
      ValueError: what is given is no layer; another `merge_mode`; the two layers do not fit each other.

    >>> with tf.Graph().as_default():
    ...     tf.keras.layers.Bidirectional(tf.keras.layers.LSTM(3))(tf.ones([2, 5, 4])).shape.as_list()
    [2, 6]
    """

    def __init__(
        self, layer: Any, merge_mode: Any = "concat", weights: Any = None, backward_layer: Any = None, **kwargs: Any
    ) -> None:
        if not isinstance(layer, Layer):
            raise ValueError(f"Please initialize `Bidirectional` layer with a `Layer` instance. You passed: {layer}")
        if backward_layer is not None and not isinstance(backward_layer, Layer):
            raise ValueError(f"`backward_layer` need to be a `Layer` instance. You passed: {backward_layer}")
        if merge_mode not in {"sum", "mul", "ave", "concat", None}:
            raise ValueError(
                'Invalid merge mode. Merge mode should be one of {"sum", "mul", "ave", "concat", None}. Received: '
                f"{merge_mode!r}"
            )
        self.forward_layer = _made_like(layer)
        if backward_layer is None:
            self.backward_layer = _made_like(layer, go_backwards=True)
        else:
            self.backward_layer = backward_layer
            # Before it gets another name.
            object.__setattr__(self, "_backward_layer_config", backward_layer.get_config())
        self.forward_layer._name = f"forward_{self.forward_layer.name}"
        self.backward_layer._name = f"backward_{self.backward_layer.name}"
        self._check_layers()
        for one in (self.forward_layer, self.backward_layer):
            if getattr(one, "zero_output_for_mask", None) is not None:
                one.zero_output_for_mask = one.return_sequences
        if weights:
            half = len(weights) // 2
            self.forward_layer._initial_weights = weights[:half]
            self.backward_layer._initial_weights = weights[half:]
        self._begin(layer, merge_mode, **kwargs)

    @untracked
    def _begin(self, layer: Any, merge_mode: Any, **kwargs: Any) -> None:
        """The rest of the constructor: the layer that was given is no part of this one, its copies are."""
        super().__init__(layer, **kwargs)
        self.merge_mode = merge_mode
        self.stateful = layer.stateful
        self.return_sequences = layer.return_sequences
        self.return_state = layer.return_state
        self.supports_masking = True
        self._num_constants = 0
        self.input_spec = layer.input_spec

    def _check_layers(self) -> None:
        forward, backward = self.forward_layer, self.backward_layer
        if forward.go_backwards == backward.go_backwards:
            raise ValueError("Forward layer and backward layer should have different `go_backwards` value.")
        for name in ("stateful", "return_sequences", "return_state"):
            first, second = getattr(forward, name), getattr(backward, name)
            if first != second:
                raise ValueError(
                    "Forward layer and backward layer are expected to have the same value for attribute "
                    f"{name}, got {first} and {second}"
                )

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the output, or a list of shapes where there are several tensors."""
        shape = self.forward_layer.compute_output_shape(input_shape)
        states = []
        if self.return_state:
            shape, *states = shape
        output = tf.TensorShape(shape).as_list()
        if self.merge_mode == "concat":
            output[-1] *= 2
        outputs = [tf.TensorShape(output)] * (2 if self.merge_mode is None else 1)
        if self.return_state:
            return outputs + states + copy.copy(states)
        return outputs if self.merge_mode is None else outputs[0]

    def __call__(self, inputs: Any, initial_state: Any = None, constants: Any = None, **kwargs: Any) -> Any:
        """Calls the layer; see `RNN`. The initial states are those of the first layer and those of the second.

        Raises:
          ValueError: an odd number of initial states.
        """
        inputs, initial_state, constants = standardize_arguments(inputs, initial_state, constants, self._num_constants)
        if initial_state is None and constants is None:
            return super().__call__(inputs, **kwargs)
        more: list[Any] = []
        specs: list[Any] = []
        if initial_state is not None:
            if len(initial_state) % 2:
                raise ValueError(
                    "When passing `initial_state` to a Bidirectional RNN, the state should be a list containing the "
                    f"states of the underlying RNNs. Found: {initial_state}"
                )
            kwargs["initial_state"] = initial_state
            more += initial_state
            states = [InputSpec(shape=int_shape(state)) for state in initial_state]
            half = len(states) // 2
            self.forward_layer.state_spec, self.backward_layer.state_spec = states[:half], states[half:]
            specs += states
        if constants is not None:
            kwargs["constants"] = constants
            more += constants
            own = [InputSpec(shape=int_shape(constant)) for constant in constants]
            for layer in (self.forward_layer, self.backward_layer):
                layer.constants_spec = own
                layer._num_constants = len(constants)
            self._num_constants = len(constants)
            specs += own
        if not all_from_keras(more, "The initial state of a Bidirectional layer cannot be specified"):
            return super().__call__(inputs, **kwargs)
        kwargs["initial_state"] = kwargs["constants"] = None
        before = self.input_spec
        self.input_spec = [None] * len(tf.nest.flatten(inputs)) + specs
        output = super().__call__([inputs, *more], **kwargs)
        self.input_spec = before
        return output

    def call(
        self, inputs: Any, training: Any = None, mask: Any = None, initial_state: Any = None, constants: Any = None
    ) -> Any:
        """Returns the outputs of the two layers, merged; with their last states, where these are wanted."""
        given = {"training": training, "mask": mask, "constants": constants}
        kwargs = {name: value for name, value in given.items() if takes(self.layer.call, name)}
        if takes(self.layer.call, "initial_state"):
            ways = self._both_ways(inputs, initial_state, kwargs)
            y, y_back = (
                layer(x, initial_state=state, **kwargs)
                for layer, (x, state) in zip((self.forward_layer, self.backward_layer), ways, strict=True)
            )
        else:
            y, y_back = self.forward_layer(inputs, **kwargs), self.backward_layer(inputs, **kwargs)
        states: list[Any] = []
        if self.return_state:
            states = y[1:] + y_back[1:]
            y, y_back = y[0], y_back[0]
        if self.return_sequences:
            y_back = reverse(y_back, 1)
        outputs = self._merged(y, y_back)
        return outputs + states if self.return_state else outputs if self.merge_mode is None else outputs[0]

    def _both_ways(self, inputs: Any, initial_state: Any, kwargs: dict[str, Any]) -> tuple[Any, Any]:
        """The inputs and initial states of the two layers."""
        if isinstance(inputs, list) and len(inputs) > 1:
            # Tensors of a model: states and constants came with the inputs.
            count = self._num_constants
            pivot = (len(inputs) - count) // 2 + 1
            shared = inputs[-count:] if count else []
            second = inputs[pivot:-count] if count else inputs[pivot:]
            if "constants" in kwargs:
                kwargs["constants"] = None
            return ([inputs[0], *inputs[1:pivot], *shared], None), ([inputs[0], *second, *shared], None)
        if initial_state is None:
            return (inputs, None), (inputs, None)
        half = len(initial_state) // 2
        return (inputs, initial_state[:half]), (inputs, initial_state[half:])

    def _merged(self, y: Any, y_back: Any) -> list[Any]:
        if self.merge_mode == "concat":
            return [concatenate([y, y_back])]
        if self.merge_mode == "sum":
            return [y + y_back]
        if self.merge_mode == "ave":
            return [(y + y_back) / 2]
        return [y * y_back] if self.merge_mode == "mul" else [y, y_back]

    def reset_states(self) -> None:
        """Sets the states of the two layers to zeros."""
        self.forward_layer.reset_states()
        self.backward_layer.reset_states()

    def build(self, input_shape: Any = None) -> None:
        """Has the two layers make their variables."""
        for layer in (self.forward_layer, self.backward_layer):
            with tf.name_scope(layer.name):
                layer.build(input_shape)
                layer.built = True
        self.built = True

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Returns the mask of the outputs: that of the inputs, where all steps are returned."""
        mask = mask[0] if isinstance(mask, list) else mask
        masks = [mask if self.return_sequences else None] * (1 if self.merge_mode else 2)
        if self.return_state:
            return masks + [None for _ in self.forward_layer.states] * 2
        return masks[0] if self.merge_mode else masks

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make an equal layer."""
        config: dict[str, Any] = {**super().get_config(), "merge_mode": self.merge_mode}
        if self._num_constants:
            config["num_constants"] = self._num_constants
        if hasattr(self, "_backward_layer_config"):
            config["backward_layer"] = {
                "class_name": type(self.backward_layer).__name__,
                "config": self._backward_layer_config,
            }
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Makes a layer from what `get_config` returned."""
        config = dict(config)
        num_constants = config.pop("num_constants", 0)
        backward = config.pop("backward_layer", None)
        if backward is not None:
            config["backward_layer"] = tf.keras.layers.deserialize(backward, custom_objects=custom_objects)
        layer = super().from_config(config, custom_objects=custom_objects)
        layer._num_constants = num_constants
        return layer


def _made_like(layer: Any, go_backwards: bool = False) -> Any:
    """Returns a layer of the same configuration; with `go_backwards`, one that reads the other way."""
    config = layer.get_config()
    if go_backwards:
        config["go_backwards"] = not config["go_backwards"]
    kind = type(layer)
    if "custom_objects" not in inspect.getfullargspec(kind.from_config).args:
        return kind.from_config(config)
    # Cells of the program's own are known by the layer that has them.
    cell = getattr(layer, "cell", None)
    cells = [] if cell is None else [cell, *getattr(cell, "cells", [])]
    return kind.from_config(config, custom_objects={type(one).__name__: type(one) for one in cells})
