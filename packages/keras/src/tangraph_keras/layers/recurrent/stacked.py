"""Cells in a row."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.layers.recurrent.states import has_several_states, takes, zero_states_of
from tangraph_layers.engine.layer import Layer


@export("keras.layers.StackedRNNCells")
class StackedRNNCells(Layer):
    """Cells of which each takes the outputs of the one before, as one cell.

    Args:
      cells: a list of cells.
      **kwargs: see `tf.keras.layers.Layer`; `reverse_state_order`, whether the states of the last cell come first.

    Raises:
      ValueError: one of them is no cell.
    """

    def __init__(self, cells: Any, **kwargs: Any) -> None:
        for cell in cells:
            if not hasattr(cell, "call"):
                raise ValueError("All cells must have a `call` method. received cells:", cells)
            if not hasattr(cell, "state_size"):
                raise ValueError("All cells must have a `state_size` attribute. received cells:", cells)
        self.cells = cells if isinstance(cells, list) else list(cells)
        self.reverse_state_order = kwargs.pop("reverse_state_order", False)
        if self.reverse_state_order:
            tf.logging.warning(
                "reverse_state_order=True in StackedRNNCells will soon be deprecated. Please update the code to work "
                "with the natural order of states if you rely on the RNN states, eg RNN(return_state=True)."
            )
        super().__init__(**kwargs)

    @property
    def _in_state_order(self) -> list[Any]:
        return self.cells[::-1] if self.reverse_state_order else self.cells

    @property
    def state_size(self) -> Any:
        """The sizes of the cells' states, a tuple."""
        return tuple(cell.state_size for cell in self._in_state_order)

    @property
    def output_size(self) -> Any:
        """The size of the last cell's outputs."""
        return _output_size(self.cells[-1])

    def get_initial_state(self, inputs: Any = None, batch_size: Any = None, dtype: Any = None) -> Any:
        """Returns the states that the cells begin with."""
        states = []
        for cell in self._in_state_order:
            own = getattr(cell, "get_initial_state", None)
            if own:
                states.append(own(inputs=inputs, batch_size=batch_size, dtype=dtype))
            else:
                states.append(zero_states_of(cell, inputs, batch_size, dtype))
        return tuple(states)

    def call(self, inputs: Any, states: Any, constants: Any = None, **kwargs: Any) -> Any:
        """Returns the last cell's output and the new states of all."""
        sizes = self.state_size[::-1] if self.reverse_state_order else self.state_size
        nested = tf.nest.pack_sequence_as(sizes, tf.nest.flatten(states))
        new = []
        for cell, own in zip(self.cells, nested, strict=True):
            own = own if tf.nest.is_nested(own) else [own]
            if len(own) == 1 and getattr(cell, "_is_tf_rnn_cell", None) is not None:
                own = own[0]
            arguments = {**kwargs, "constants": constants} if takes(cell.call, "constants") else kwargs
            inputs, own = cell.call(inputs, own, **arguments)
            new.append(own)
        return inputs, tf.nest.pack_sequence_as(sizes, tf.nest.flatten(new))

    def build(self, input_shape: Any) -> None:
        """Has the cells make their variables."""
        if isinstance(input_shape, list):
            input_shape = input_shape[0]
        shape = tuple(tf.TensorShape(input_shape).as_list())
        for cell in self.cells:
            if isinstance(cell, Layer) and not cell.built:
                cell.build(shape)
            shape = (shape[0], *tf.TensorShape(_output_size(cell)).as_list())
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make an equal cell."""
        cells = [{"class_name": type(cell).__name__, "config": cell.get_config()} for cell in self.cells]
        return {**super().get_config(), "cells": cells}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Makes a cell from what `get_config` returned."""
        config = dict(config)
        cells = [tf.keras.layers.deserialize(cell, custom_objects=custom_objects) for cell in config.pop("cells")]
        return cls(cells, **config)


def _output_size(cell: Any) -> Any:
    size = getattr(cell, "output_size", None)
    if size is not None:
        return size
    return cell.state_size[0] if has_several_states(cell.state_size) else cell.state_size
