"""A call of a layer on tensors that come from `tf.keras.Input`: what connects two layers of a model."""

from __future__ import annotations

from typing import Any, NamedTuple

import tangraph as tf


class KerasHistory(NamedTuple):
    """Where a tensor comes from.

    Attributes:
      layer: the layer that returned it.
      node_index: in which of its calls.
      tensor_index: which of that call's outputs it is.
    """

    layer: Any
    node_index: int
    tensor_index: int


def int_shape(x: Any) -> Any:
    """Returns a static shape as a tuple with None for what is not known; None for an unknown rank."""
    try:
        shape = x.shape
        return tuple(shape if isinstance(shape, tuple) else shape.as_list())
    except ValueError:
        return None


def history_of(tensor: Any) -> KerasHistory | None:
    """Returns where a tensor comes from, or None."""
    return getattr(tensor, "_keras_history", None)


class Node:
    """A call of a layer; `layer.inbound_nodes` has all of them.

    Attributes:
      outbound_layer: the layer that was called.
      inbound_layers, node_indices, tensor_indices: where the input tensors come from, as nested as they are.
      input_tensors, output_tensors: what came and what was returned.
      input_shapes, output_shapes: their shapes, as tuples.
      arguments: the keyword arguments of the call, or None.
    """

    def __init__(
        self,
        outbound_layer: Any,
        inbound_layers: Any,
        node_indices: Any,
        tensor_indices: Any,
        input_tensors: Any,
        output_tensors: Any,
        arguments: Any = None,
    ) -> None:
        if isinstance(outbound_layer, list | tuple | dict):
            raise ValueError(
                f"`outbound_layer` should be a layer instance, not a list, tuple, or, dict. Received: {outbound_layer}"
            )
        self.outbound_layer = outbound_layer
        self.inbound_layers = inbound_layers
        self.node_indices = node_indices
        self.tensor_indices = tensor_indices
        self.input_tensors = input_tensors
        self.output_tensors = output_tensors
        self.input_shapes = tf.nest.map_structure(int_shape, input_tensors)
        self.output_shapes = tf.nest.map_structure(int_shape, output_tensors)
        self.arguments = arguments
        self._wrap_arguments()
        for layer in tf.nest.flatten(inbound_layers):
            if layer is not None:
                layer.outbound_nodes.append(self)
        outbound_layer.inbound_nodes.append(self)

    def _wrap_arguments(self) -> None:
        from tangraph_layers.engine import history

        for argument in tf.nest.flatten(self.arguments):
            if isinstance(argument, tf.Tensor) and history.needs_history(argument, inside_calls=True):
                history.create_history(argument)

    def _keras_arguments(self) -> list[Any]:
        return [x for x in tf.nest.flatten(self.arguments) if history_of(x) is not None]

    def iterate_inbound(self, include_arguments: bool = False) -> list[tuple[Any, int, int, Any]]:
        """Returns (layer, node index, tensor index, tensor) of each input.

        Args:
          include_arguments: whether tensors among the keyword arguments count as inputs.
        """
        flatten = tf.nest.flatten
        structures = (self.inbound_layers, self.node_indices, self.tensor_indices, self.input_tensors)
        found = list(zip(*map(flatten, structures), strict=False))  # an input layer comes from no layer
        if include_arguments:
            found += [(*x._keras_history, x) for x in self._keras_arguments()]
        return found

    def dependencies(self) -> list[Node]:
        """Returns the nodes that this one takes tensors from."""
        found = self.iterate_inbound(include_arguments=True)
        return [layer.inbound_nodes[index] for layer, index, _, _ in found]

    def get_config(self) -> dict[str, Any]:
        """Returns what the node connects, by the names of layers."""
        return {
            "outbound_layer": self.outbound_layer.name,
            "inbound_layers": tf.nest.map_structure(lambda x: x.name if x else None, self.inbound_layers),
            "node_indices": self.node_indices,
            "tensor_indices": self.tensor_indices,
        }
