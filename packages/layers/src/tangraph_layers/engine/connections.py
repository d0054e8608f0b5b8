"""The part of the base class that knows how a layer is connected to others."""

from __future__ import annotations

from typing import Any

import tangraph as tf
from tangraph_layers.engine.node import KerasHistory, Node, history_of


def mask_of(tensor: Any) -> Any:
    """Returns the mask that a layer left with a tensor, or None."""
    return getattr(tensor, "_keras_mask", None)


class Connections:
    """A layer's calls on tensors that come from `tf.keras.Input`."""

    name: str
    _inbound_nodes: list[Any]
    _outbound_nodes: list[Any]
    _call_fn_args: list[str]

    @property
    def inbound_nodes(self) -> list[Any]:
        """The calls of this layer."""
        return self._inbound_nodes

    @property
    def outbound_nodes(self) -> list[Any]:
        """The calls of other layers on what this one returned."""
        return self._outbound_nodes

    def _connect(self, inputs: Any, outputs: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Notes a call, and returns its outputs: copies of those that are inputs, since one tensor has one history."""
        taken = {id(x) for x in tf.nest.flatten(inputs)}
        flat = []
        for x in tf.nest.flatten(outputs):
            if id(x) in taken:
                with tf.name_scope(self.name):
                    x = tf.identity(x)
            flat.append(x)
        outputs = tf.nest.pack_sequence_as(outputs, flat)
        arguments = dict(zip(self._call_fn_args[1:], args, strict=False))
        self._add_inbound_node(inputs, outputs, {**arguments, **kwargs})
        return outputs

    def _add_inbound_node(self, input_tensors: Any, output_tensors: Any, arguments: Any = None) -> None:
        def part(name: str) -> Any:
            return tf.nest.map_structure(lambda x: getattr(x._keras_history, name), input_tensors)

        Node(
            self,
            inbound_layers=part("layer"),
            node_indices=part("node_index"),
            tensor_indices=part("tensor_index"),
            input_tensors=input_tensors,
            output_tensors=output_tensors,
            arguments=arguments,
        )
        for number, tensor in enumerate(tf.nest.flatten(output_tensors)):
            tensor._keras_history = KerasHistory(self, len(self._inbound_nodes) - 1, number)

    def _of_node(self, node_index: int, attribute: str, what: str) -> Any:
        if not self._inbound_nodes:
            raise RuntimeError(f"The layer has never been called and thus has no defined {what}.")
        if node_index >= len(self._inbound_nodes):
            raise ValueError(
                f"Asked to get {what} at node {node_index}, but the layer has only {len(self._inbound_nodes)} inbound "
                "nodes."
            )
        values = getattr(self._inbound_nodes[node_index], attribute)
        return values[0] if isinstance(values, list) and len(values) == 1 else values

    def get_input_at(self, node_index: int) -> Any:
        """Returns the input of a call, or the list of its inputs.

        Args:
          node_index: which call, 0 for the first.

        Raises:
          RuntimeError: the layer was never called.
          ValueError: it was not called so often.
        """
        return self._of_node(node_index, "input_tensors", "input")

    def get_output_at(self, node_index: int) -> Any:
        """Returns the output of a call, or the list of its outputs; see `get_input_at`."""
        return self._of_node(node_index, "output_tensors", "output")

    def get_input_shape_at(self, node_index: int) -> Any:
        """Returns the shape of the input of a call, as a tuple, or a list of them; see `get_input_at`."""
        return self._of_node(node_index, "input_shapes", "input shape")

    def get_output_shape_at(self, node_index: int) -> Any:
        """Returns the shape of the output of a call, as a tuple, or a list of them; see `get_input_at`."""
        return self._of_node(node_index, "output_shapes", "output shape")

    def get_input_mask_at(self, node_index: int) -> Any:
        """Returns the mask of the input of a call, or the list of them; see `get_input_at`."""
        return _masks(self.get_input_at(node_index))

    def get_output_mask_at(self, node_index: int) -> Any:
        """Returns the mask of the output of a call, or the list of them; see `get_input_at`."""
        return _masks(self.get_output_at(node_index))

    @property
    def input(self) -> Any:
        """The input of the first call, or the list of its inputs.

        Raises:
          AttributeError: the layer was never called on what comes from `tf.keras.Input`.
        """
        if not self._inbound_nodes:
            raise AttributeError(f"Layer {self.name} is not connected, no input to return.")
        return self.get_input_at(0)

    @property
    def output(self) -> Any:
        """The output of the first call, or the list of its outputs.

        Raises:
          AttributeError: the layer was never called on what comes from `tf.keras.Input`.
        """
        if not self._inbound_nodes:
            raise AttributeError(f"Layer {self.name} has no inbound nodes.")
        return self.get_output_at(0)

    @property
    def input_mask(self) -> Any:
        """The mask of `input`, or the list of them."""
        return _masks(self.input)

    @property
    def output_mask(self) -> Any:
        """The mask of `output`, or the list of them."""
        return _masks(self.output)

    @property
    def input_shape(self) -> Any:
        """The shape of the input, as a tuple, or a list of them.

        Raises:
          AttributeError: the layer was never called, or on inputs of different shapes.
        """
        return self._shape_of_all("input")

    @property
    def output_shape(self) -> Any:
        """The shape of the output, as a tuple, or a list of them.

        Raises:
          AttributeError: the layer was never called, or its outputs had different shapes.
        """
        return self._shape_of_all("output")

    def _shape_of_all(self, side: str) -> Any:
        if not self._inbound_nodes:
            raise AttributeError(f"The layer has never been called and thus has no defined {side} shape.")
        shapes = [getattr(node, f"{side}_shapes") for node in self._inbound_nodes]
        if len({str(shape) for shape in shapes}) == 1:
            return shapes[0]
        # The quotes are TensorFlow's.
        quote = '"' if side == "output" else ""
        raise AttributeError(
            f'The layer "{self.name}{quote} has multiple inbound nodes, with different {side} shapes. Hence the notion '
            f'of "{side} shape" is ill-defined for the layer. Use `get_{side}_shape_at(node_index)` instead.'
        )


def have_history(tensors: Any) -> bool:
    """Returns whether all tensors of a structure come from `tf.keras.Input`."""
    return all(history_of(x) is not None for x in tf.nest.flatten(tensors))


def _masks(tensors: Any) -> Any:
    return [mask_of(x) for x in tensors] if isinstance(tensors, list) else mask_of(tensors)
