"""What the cells of Keras have in common."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras import activations, constraints, regularizers
from tangraph_keras.backend.learning_phase import in_train_phase
from tangraph_keras.backend.neural import dropout as drop
from tangraph_keras.layers.recurrent.states import zero_states_of
from tangraph_layers.engine.layer import Layer

_WEIGHTS = ("kernel", "recurrent", "bias")


@export("keras.layers.AbstractRNNCell")
class AbstractRNNCell(Layer):
    """The base class of cells of one's own.

    Subclasses define `state_size` and `output_size`, and `call(inputs, states)`, which returns the output and the list of
    new states.
    """

    def call(self, inputs: Any, states: Any) -> Any:
        """Returns the output of a step and the new states."""
        raise NotImplementedError("Abstract method")

    @property
    def state_size(self) -> Any:
        """The size of the state, or a list of sizes."""
        raise NotImplementedError("Abstract method")

    @property
    def output_size(self) -> Any:
        """The size of the output."""
        raise NotImplementedError("Abstract method")

    def get_initial_state(self, inputs: Any = None, batch_size: Any = None, dtype: Any = None) -> Any:
        """Returns states of zeros."""
        return zero_states_of(self, inputs, batch_size, dtype)


class StandardCell(Layer):
    """A cell with a kernel, a recurrent kernel, a bias, and dropout of inputs and states.

    Args:
      activation: the activation of the output, or its name.
      use_bias: whether there is a bias.
      options: initializers, regularizers and constraints of `kernel`, `recurrent` and `bias`, by name.
      dropout: which part of the inputs is dropped in training.
      recurrent_dropout: which part of the states is dropped in training.
      **kwargs: see `tf.keras.layers.Layer`.
    """

    def __init__(
        self,
        activation: Any,
        use_bias: bool,
        options: dict[str, Any],
        dropout: float,
        recurrent_dropout: float,
        **kwargs: Any,
    ) -> None:
        self._masks: dict[str, Any] = {}
        super().__init__(**kwargs)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        for part in _WEIGHTS:
            setattr(self, f"{part}_initializer", tf.keras.initializers.get(options[f"{part}_initializer"]))
        for part in _WEIGHTS:
            setattr(self, f"{part}_regularizer", regularizers.get(options[f"{part}_regularizer"]))
        for part in _WEIGHTS:
            setattr(self, f"{part}_constraint", constraints.get(options[f"{part}_constraint"]))
        self.dropout = min(1.0, max(0.0, dropout))
        self.recurrent_dropout = min(1.0, max(0.0, recurrent_dropout))
        self.kernel: Any = None
        self.recurrent_kernel: Any = None
        self.bias: Any = None

    def _weight(self, name: str, shape: Any, part: str, initializer: Any = None) -> Any:
        return self.add_weight(
            shape=shape,
            name=name,
            initializer=initializer or getattr(self, f"{part}_initializer"),
            regularizer=getattr(self, f"{part}_regularizer"),
            constraint=getattr(self, f"{part}_constraint"),
        )

    # -- dropout: one mask for all steps of a sequence -----------------------------------------------------------

    def reset_dropout_mask(self) -> None:
        """Has the next step make the masks of the inputs anew."""
        self._masks.pop("inputs", None)

    def reset_recurrent_dropout_mask(self) -> None:
        """Has the next step make the masks of the states anew."""
        self._masks.pop("states", None)

    def get_dropout_mask_for_cell(self, inputs: Any, training: Any, count: int = 1) -> Any:
        """Returns the masks of the inputs, `count` of them (a single one as it is), or None without dropout."""
        return self._mask("inputs", inputs, self.dropout, training, count)

    def get_recurrent_dropout_mask_for_cell(self, inputs: Any, training: Any, count: int = 1) -> Any:
        """Returns the masks of the states; see `get_dropout_mask_for_cell`."""
        return self._mask("states", inputs, self.recurrent_dropout, training, count)

    def _mask(self, key: str, inputs: Any, rate: float, training: Any, count: int) -> Any:
        if rate == 0:
            return None
        if key not in self._masks:
            ones = tf.ones_like(inputs)
            made = [in_train_phase(lambda: drop(ones, rate), ones, training=training) for _ in range(count)]
            self._masks[key] = made if count > 1 else made[0]
        return self._masks[key]

    def get_initial_state(self, inputs: Any = None, batch_size: Any = None, dtype: Any = None) -> Any:
        """Returns states of zeros."""
        return zero_states_of(self, inputs, batch_size, dtype)

    # -- configuration -------------------------------------------------------------------------------------------

    def _settings_config(self) -> dict[str, Any]:
        """What the constructor was given, in the order of files."""
        config: dict[str, Any] = {"activation": activations.serialize(self.activation)}
        if hasattr(self, "recurrent_activation"):
            config["recurrent_activation"] = activations.serialize(self.recurrent_activation)
        config["use_bias"] = self.use_bias
        for part in _WEIGHTS:
            initializer = getattr(self, f"{part}_initializer")
            config[f"{part}_initializer"] = tf.keras.initializers.serialize(initializer)
        if hasattr(self, "unit_forget_bias"):
            config["unit_forget_bias"] = self.unit_forget_bias
        for part in _WEIGHTS:
            config[f"{part}_regularizer"] = regularizers.serialize(getattr(self, f"{part}_regularizer"))
        for part in _WEIGHTS:
            config[f"{part}_constraint"] = constraints.serialize(getattr(self, f"{part}_constraint"))
        return {**config, "dropout": self.dropout, "recurrent_dropout": self.recurrent_dropout}

    def _own_config(self) -> dict[str, Any]:
        """The arguments of the constructor but for those of every layer."""
        return self._settings_config()

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make an equal cell."""
        return {**super().get_config(), **self._own_config()}


def options_of(arguments: dict[str, Any]) -> dict[str, Any]:
    """Returns initializers, regularizers and constraints from the arguments of a constructor."""
    kinds = ("initializer", "regularizer", "constraint")
    return {f"{part}_{kind}": arguments[f"{part}_{kind}"] for part in _WEIGHTS for kind in kinds}


def with_unit_forget_bias(initializer: Any, units: int) -> Any:
    """Returns an initializer of a bias of four gates: ones for the second, the forget gate's.

    Source: Jozefowicz et al., 2015.
    """

    def initialize(_: Any, *args: Any, **kwargs: Any) -> Any:
        parts = [
            initializer((units,), *args, **kwargs),
            tf.keras.initializers.Ones()((units,), *args, **kwargs),
            initializer((units * 2,), *args, **kwargs),
        ]
        return tf.concat(parts, -1)

    return initialize
