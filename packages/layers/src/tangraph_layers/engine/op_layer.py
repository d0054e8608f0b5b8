"""An operation between the layers of a model, as a layer."""

from __future__ import annotations

from typing import Any, Final

import tangraph as tf
from tangraph_interop.json_text import from_json, to_json
from tangraph_layers.engine.layer import Layer
from tangraph_layers.engine.session import get_value

PREFIX: Final = "tf_op_layer_"


class TensorFlowOpLayer(Layer):
    """An operation as a layer, which repeats it on other inputs.

    Args:
      node_def: the operation's type, attributes and name: a NodeDef, what one serialises to, or a dictionary.
      name: the layer's name, without the prefix that all of these have.
      constants: the values of inputs that are no tensors of the model, by position.
      trainable, dtype: see `tf.keras.layers.Layer`.
    """

    def __init__(
        self, node_def: Any, name: str, constants: Any = None, trainable: bool = True, dtype: Any = None
    ) -> None:
        super().__init__(name=PREFIX + name, trainable=trainable, dtype=dtype, autocast=False)
        self.node_def = _node_def(node_def)
        self.constants = {int(index): value for index, value in (constants or {}).items()}
        self.built = True

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Repeats the operation on other inputs."""
        tensors = list(tf.nest.flatten(inputs))
        graph = tensors[0].graph
        name = graph.unique_name(self.node_def.name)
        with graph.as_default():
            for index, value in self.constants.items():
                # Named as it was, below the layer.
                tensors.insert(index, tf.constant(value, name=self.node_def.input[index]))
            attrs = {key: value for key, value in self.node_def.attr.items() if key != "_class"}
            outputs = graph.create_op(self.node_def.op, tensors, attrs=attrs, name=f"{name}/").outputs
        return outputs[0] if len(outputs) == 1 else outputs

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make an equal layer."""
        config = super().get_config()
        return {
            **config,
            "name": config["name"].removeprefix(PREFIX),
            "node_def": to_json(self.node_def),
            "constants": {index: get_value(value) for index, value in self.constants.items()},
        }


def _node_def(value: Any) -> Any:
    if isinstance(value, dict):
        return from_json(tf.NodeDef(), value)
    if isinstance(value, bytes):
        return tf.NodeDef.FromString(value)
    found = tf.NodeDef()
    found.CopyFrom(value)
    return found
