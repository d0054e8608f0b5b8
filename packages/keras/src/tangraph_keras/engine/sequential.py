"""Models of layers of which each follows the one before."""

from __future__ import annotations

import copy
from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.engine.input_layer import Input, InputLayer
from tangraph_keras.engine.model import Model
from tangraph_keras.engine.network import Network, _takes_training, assert_no_legacy_layers
from tangraph_keras.engine.shapes import convert_shapes
from tangraph_layers.engine.connections import mask_of
from tangraph_layers.engine.layer import Layer, default
from tangraph_layers.engine.node import history_of
from tangraph_layers.engine.tracking import untracked


@export("keras.models.Sequential", "keras.Sequential")
class Sequential(Model):
    """Layers of which each follows the one before.

    Args:
      layers: a list of layers; more come with `add`.
      name: the model's name.

    The variables are made when the first layer has an `input_shape`, or when the model first sees data.

    >>> with tf.Graph().as_default():
    ...     model = tf.keras.Sequential([tf.keras.layers.Dense(2, input_shape=(3,))])
    ...     model.output_shape, [w.name for w in model.weights]
    ((None, 2), ['dense/kernel:0', 'dense/bias:0'])
    """

    @untracked
    def __init__(self, layers: Any = None, name: str | None = None) -> None:
        super().__init__(name=name)
        self.supports_masking = True
        self._build_input_shape: Any = None
        self._compute_output_and_mask_jointly = True
        self._takes_training: dict[Any, bool] = {}
        if layers:
            layers = layers if isinstance(layers, list | tuple) else [layers]
            assert_no_legacy_layers(layers)
            for layer in layers:
                self.add(layer)

    @property
    def layers(self) -> list[Any]:
        """The layers that were added; an input layer before them is not among these."""
        layers = super().layers
        return layers[1:] if layers and isinstance(layers[0], InputLayer) else layers

    @property
    def dynamic(self) -> bool:
        """Whether a layer can run eagerly only."""
        return any(layer.dynamic for layer in self.layers)

    @property
    def input_spec(self) -> Any:
        """What the first layer demands of its inputs."""
        return self.layers[0].input_spec if self.layers else None

    @input_spec.setter
    def input_spec(self, value: Any) -> None:
        raise AttributeError("Can't set the attribute \"input_spec\": it is that of the model's first layer.")

    @untracked
    def add(self, layer: Any) -> None:
        """Adds a layer after the others.

        Args:
          layer: a layer, or what `tf.keras.Input` returned.

        Raises:
          TypeError: it is no layer, or a layer of `tf.layers`.
          ValueError: it has several outputs.
        """
        history = history_of(layer)
        if history is not None and isinstance(history.layer, InputLayer):
            layer = history.layer
        if not isinstance(layer, Layer):
            raise TypeError(f"The added layer must be an instance of class Layer. Found: {layer}")
        assert_no_legacy_layers([layer])
        self.built = False
        begins = not self._layers and self._begin(layer)
        if not begins and self._layers and self.outputs:
            output = layer(self.outputs[0])
            if len(tf.nest.flatten(output)) != 1:
                raise TypeError(
                    "All layers in a Sequential model should have a single output tensor. For multi-output layers, use "
                    "the functional API."
                )
            self.outputs = [output]
        if self.outputs:
            self.built = True
        if begins or self._is_graph_network:
            self._init_graph_network(self.inputs, self.outputs, name=self.name)
        else:
            self._layers.append(layer)
        self._track_layers(self._layers)
        self._takes_training[layer] = _takes_training(layer)

    def _begin(self, layer: Any) -> bool:
        """Takes a layer as the first; returns whether the shape of the inputs is known now."""
        if not isinstance(layer, InputLayer):
            shape, dtype = input_shape_and_dtype(layer)
            if not shape:
                return False
            layer(Input(batch_shape=shape, dtype=dtype, name=f"{layer.name}_input"))
        outputs = tf.nest.flatten(layer.inbound_nodes[-1].output_tensors)
        if len(outputs) != 1:
            raise ValueError(
                "All layers in a Sequential model should have a single output tensor. For multi-output layers, use the "
                "functional API."
            )
        self.outputs = [outputs[0]]
        self.inputs = _sources(outputs[0])
        return True

    @untracked
    def pop(self) -> None:
        """Removes the last layer.

        Raises:
          TypeError: there is none.
        """
        if not self.layers:
            raise TypeError("There are no layers in the model.")
        layer = self._layers.pop()
        self._takes_training.pop(layer)
        if not self.layers:
            self.outputs = None
            self.inputs = None
            self.built = False
        elif self._is_graph_network:
            self.layers[-1]._outbound_nodes = []
            self.outputs = [self.layers[-1].output]
            self._init_graph_network(self.inputs, self.outputs, name=self.name)
            self.built = True

    @default
    def build(self, input_shape: Any = None) -> None:
        """Makes the variables, where the shape of the inputs was not known before.

        Raises:
          ValueError: there is no shape.
        """
        if self._is_graph_network:
            self._init_graph_network(self.inputs, self.outputs, name=self.name)
        else:
            if input_shape is None:
                raise ValueError("You must provide an `input_shape` argument.")
            object.__setattr__(self, "_build_input_shape", tuple(input_shape))
            super().build(self._build_input_shape)
        self.built = True

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """Returns what the last layer makes of what the layers before made of the inputs."""
        if self._is_graph_network:
            if not self.built:
                self._init_graph_network(self.inputs, self.outputs, name=self.name)
            return super().call(inputs, training=training, mask=mask)
        outputs = inputs
        for layer in self.layers:
            kwargs = {"mask": mask} if "mask" in layer._call_fn_args else {}
            if self._takes_training[layer]:
                kwargs["training"] = training
            outputs = layer(outputs, **kwargs)
            mask = mask_of(outputs)
        return outputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the outputs for a shape of the inputs, layer by layer."""
        shape = input_shape
        for layer in self.layers:
            shape = layer.compute_output_shape(convert_shapes(shape))
        return shape

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Returns the mask of the outputs."""
        return mask_of(self.call(inputs, mask=mask))

    def predict_proba(self, x: Any, batch_size: int = 32, verbose: int = 0) -> Any:
        """Returns what `predict` does, with a warning when these are no probabilities."""
        predictions = self.predict(x, batch_size, verbose)
        if predictions.min() < 0.0 or predictions.max() > 1.0:
            tf.logging.warning(
                "Network returning invalid probability values. The last layer might not normalize predictions into "
                "probabilities (like softmax or sigmoid would)."
            )
        return predictions

    def predict_classes(self, x: Any, batch_size: int = 32, verbose: int = 0) -> Any:
        """Returns the class of each example: the most probable one, or whether the one probability is above 1/2."""
        predictions = self.predict(x, batch_size, verbose)
        if predictions.shape[-1] > 1:
            return predictions.argmax(axis=-1)
        return (predictions > 0.5).astype("int32")

    def get_config(self) -> dict[str, Any]:
        """Returns a description of the layers."""
        layers = [{"class_name": type(layer).__name__, "config": layer.get_config()} for layer in self.layers]
        if (
            self._is_graph_network
            and layers
            and "batch_input_shape" not in layers[0]["config"]
            and isinstance(self._layers[0], InputLayer)
        ):
            layers[0]["config"]["batch_input_shape"] = self._layers[0]._batch_input_shape
        config = {"name": self.name, "layers": copy.deepcopy(layers)}
        if self._build_input_shape:
            config["build_input_shape"] = self._build_input_shape
        return config

    @classmethod
    def from_config(cls, config: Any, custom_objects: Any = None) -> Any:
        """Makes a model from what `get_config` returned; see `Network.from_config`."""
        described = config if "name" in config else {"name": None, "layers": config}
        model = cls(name=described["name"])
        for layer in described["layers"]:
            model.add(tf.keras.layers.deserialize(layer, custom_objects=custom_objects))
        shape = described.get("build_input_shape")
        if not model.inputs and shape:
            model.build(shape)
        return model


def input_shape_and_dtype(layer: Any) -> tuple[Any, Any]:
    """Returns the shape of a batch and the element type that a layer was told, or (None, None).

    Raises:
      ValueError: the layer is a model without layers.
    """
    while isinstance(layer, Network) and (layer._is_graph_network or type(layer).__name__ == "Sequential"):
        if not layer.layers:
            raise ValueError("An empty Model cannot be used as a Layer.")
        layer = layer.layers[0]
    if hasattr(layer, "_batch_input_shape"):
        return layer._batch_input_shape, layer.dtype
    return None, None


def _sources(tensor: Any) -> list[Any]:
    """The inputs that a tensor comes from."""
    layer, index, _ = tensor._keras_history
    if not layer.inbound_nodes:
        return [tensor]
    node = layer.inbound_nodes[index]
    if not node.inbound_layers:
        return list(tf.nest.flatten(node.input_tensors))
    found: dict[int, Any] = {}
    for x in tf.nest.flatten(node.input_tensors):
        for source in _sources(x):
            found.setdefault(id(source), source)
    return list(found.values())
