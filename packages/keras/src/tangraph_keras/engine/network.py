"""Layers that make one."""

from __future__ import annotations

import inspect
from typing import Any

import tangraph as tf
from tangraph_keras.engine import network_config
from tangraph_keras.engine.added import AddLoss, AddMetric
from tangraph_keras.engine.shapes import convert_shapes
from tangraph_keras.engine.topology import map_network, map_subnetwork, node_key
from tangraph_layers.engine import learning_phase
from tangraph_layers.engine.connections import mask_of
from tangraph_layers.engine.history import create_history
from tangraph_layers.engine.layer import Layer, default
from tangraph_layers.engine.node import Node, history_of
from tangraph_layers.engine.policy import policy_of
from tangraph_layers.engine.settings import floatx
from tangraph_layers.engine.tracking import has_weights, is_layer, layers_in, untracked

_FORGOTTEN = (
    "It looks like you are subclassing `Model` and you forgot to call `super(YourClass, self).__init__()`. Always start "
    "with this line."
)


class Network(Layer):
    """Layers from some inputs to some outputs; or, in a subclass, whatever `call` does.

    Args:
      *args: the inputs and the outputs, nested structures of tensors; nothing in a subclass with a `call` of its own.
      **kwargs: `inputs` and `outputs`; `name`, `trainable`, and in a subclass `dtype` and `dynamic`.

    Raises:
      ValueError: inputs that are no inputs; outputs that cannot be computed from them.
      TypeError: an unknown argument.
    """

    inputs: Any
    outputs: Any
    _is_graph_network: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if len(args) == 2 or (len(args) == 1 and "outputs" in kwargs) or ("inputs" in kwargs and "outputs" in kwargs):
            self._init_graph_network(*args, **kwargs)
        else:
            self._init_subclassed_network(**kwargs)
        assert_no_legacy_layers(self.layers)

    @untracked
    def _base_init(self, name: str | None = None, **kwargs: Any) -> None:
        for key in kwargs:
            if key not in {"trainable", "dtype", "dynamic", "autocast"}:
                raise TypeError("Keyword argument not understood:", key)
        self._init_set_name(name)
        self._activity_regularizer = None
        self._trainable = kwargs.get("trainable", True)
        self._dynamic = kwargs.get("dynamic", False)
        self._is_compiled = False
        self._layers: list[Any] = []
        self._compute_output_and_mask_jointly = False
        self.supports_masking = False
        self.optimizer = self.__dict__.get("optimizer")
        self._own("_trainable_weights", [])
        self._own("_non_trainable_weights", [])
        self._updates = []
        self._losses = []
        self._callable_losses = []
        self._metrics = []
        self._dtype_policy = policy_of(kwargs.get("dtype"))
        self._inbound_nodes = []
        self._outbound_nodes = []
        self._saver: Any = None
        self._init_call_fn_args()

    @untracked
    def _init_subclassed_network(self, name: str | None = None, **kwargs: Any) -> None:
        self._base_init(name=name, **kwargs)
        self._is_graph_network = False
        self.outputs = []
        self.inputs = []
        self.built = False

    @untracked
    def _init_graph_network(self, inputs: Any, outputs: Any, name: str | None = None, **kwargs: Any) -> None:
        for key in kwargs:
            if key != "trainable":
                raise TypeError(
                    "Functional models may only specify `name` and `trainable` keyword arguments during "
                    "initialization. Got an unexpected argument:",
                    key,
                )
        flatten = tf.nest.flatten
        self._nested_inputs = inputs[0] if isinstance(inputs, list) and len(flatten(inputs)) == 1 else inputs
        self._nested_outputs = outputs[0] if isinstance(outputs, list) and len(flatten(outputs)) == 1 else outputs
        self.inputs = flatten(self._nested_inputs)
        self.outputs = flatten(self._nested_outputs)
        if any(history_of(x) is None for x in self.outputs):
            create_history(self._nested_outputs)
        self._base_init(name=name, **kwargs)
        self._check_inputs_and_outputs()
        self.built = True
        self._compute_output_and_mask_jointly = True
        self._is_graph_network = True
        self._expects_training_arg = True
        self._expects_mask_arg = True
        self._output_coordinates = [x._keras_history for x in self.outputs]
        self._input_coordinates = [x._keras_history for x in self.inputs]
        self._output_layers = [history.layer for history in self._output_coordinates]
        self._input_layers = [history.layer for history in self._input_coordinates]
        self._output_shape_cache: dict[Any, Any] = {}
        topology = map_network(self.inputs, self.outputs)
        self._network_nodes = topology.keys
        self._nodes_by_depth = topology.nodes_by_depth
        self._layers = topology.layers
        self._takes_training = {layer: _takes_training(layer) for layer in self._layers}
        self._track_layers(self._layers)
        Node(self, [], [], [], self._nested_inputs, self._nested_outputs)
        self.output_names = _distinct([layer.name for layer in self._output_layers])
        self.input_names = [layer.name for layer in self._input_layers]
        placeholders = [layer for layer in self._input_layers if getattr(layer, "is_placeholder", True)]
        self._feed_input_names = [layer.name for layer in placeholders]
        self._feed_input_shapes = [layer._batch_input_shape for layer in placeholders]
        self._feed_inputs = [layer.input for layer in placeholders]

    def _check_inputs_and_outputs(self) -> None:
        if len({id(x) for x in self.inputs}) != len(self.inputs):
            raise ValueError(
                "The list of inputs passed to the model is redundant. All inputs should only appear once. Found: "
                f"{self.inputs}"
            )
        kind = type(self).__name__
        for x in self.inputs:
            if history_of(x) is None:
                raise ValueError(
                    f"Input tensors to a {kind} must come from `tf.keras.Input`. Received: {x} (missing previous layer "
                    "metadata)."
                )
            layer = x._keras_history.layer
            if len(layer.inbound_nodes) > 1 or (layer.inbound_nodes and layer.inbound_nodes[0].inbound_layers):
                tf.logging.warning(
                    f"{kind} inputs must come from `tf.keras.Input` (thus holding past layer metadata), they cannot be "
                    f'the output of a previous non-Input layer. Here, a tensor specified as input to "{self.name}" was '
                    f"not an Input tensor, it was generated by layer {layer.name}.\nNote that input tensors are "
                    "instantiated via `tensor = tf.keras.Input(shape)`.\nThe tensor that caused the issue was: "
                    f"{x.name}"
                )
        sizes = [static_batch_size(x._keras_history.layer) for x in self.inputs]
        if len({size for size in sizes if size is not None}) > 1:
            raise ValueError(
                f"The specified batch sizes of the Input Layers are incompatible. Found batch sizes: {sizes}"
            )
        for x in self.outputs:
            if history_of(x) is None:
                raise ValueError(
                    f"Output tensors to a {kind} must be the output of a TensorFlow `Layer` (thus holding past layer "
                    f"metadata). Found: {x}"
                )

    def _track_layers(self, layers: list[Any]) -> None:
        """Gives the layers their places in checkpoints."""
        places = self._own("_checkpointed", {})
        with_weights = 0
        for number, layer in enumerate(layers_in(layers)):
            try:
                has_any = bool(layer.weights)
            except ValueError:  # it is not built yet
                has_any = False
            if has_any:
                places[f"layer_with_weights-{with_weights}"] = layer
                with_weights += 1
            places[f"layer-{number}"] = layer

    def __setattr__(self, name: str, value: Any) -> None:
        tracking = self.__dict__.get("_self_setattr_tracking", True)
        if tracking and "_is_graph_network" not in self.__dict__:
            parts = tf.nest.flatten(value) if isinstance(value, list | tuple | dict) else [value]
            if isinstance(value, list | dict) or all(is_layer(x) or has_weights(x) for x in parts):
                raise RuntimeError(_FORGOTTEN)
        super().__setattr__(name, value)
        if tracking and _is_metric(value):
            self._metrics.append(value)

    # -- the layers and their variables --------------------------------------------------------------------------

    @property
    def layers(self) -> list[Any]:
        """The layers, from the inputs to the outputs."""
        return layers_in(self.__dict__.get("_layers", ()))

    def get_layer(self, name: str | None = None, index: int | None = None) -> Any:
        """Returns a layer by its name, or by its place in `layers`.

        Raises:
          ValueError: there is no such layer.
        """
        if index is not None:
            if len(self.layers) <= index:
                raise ValueError(
                    f"Was asked to retrieve layer at index {index} but model only has {len(self.layers)} layers."
                )
            return self.layers[index]
        if not name:
            raise ValueError("Provide either a layer name or layer index.")
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise ValueError(f"No such layer: {name}")

    @property
    def dynamic(self) -> bool:
        """Whether a layer can run eagerly only."""
        own = False if self.__dict__.get("_is_graph_network") else self._dynamic
        return own or any(layer.dynamic for layer in self.layers)

    @property
    def stateful(self) -> bool:
        """Whether a layer keeps a state from batch to batch."""
        return any(getattr(layer, "stateful", False) for layer in self.layers)

    @stateful.setter
    def stateful(self, value: bool) -> None:
        raise AttributeError("Can't set the attribute \"stateful\": it is that of the model's layers.")

    def reset_states(self) -> None:
        """Has the layers forget what they kept of the batches before."""
        for layer in self.layers:
            if hasattr(layer, "reset_states") and getattr(layer, "stateful", False):
                layer.reset_states()

    @property
    def state_updates(self) -> list[Any]:
        """The updates of the layers that keep a state."""
        stateful = [layer for layer in self.layers if getattr(layer, "stateful", False)]
        return [update for layer in stateful for update in layer.updates]

    @property
    def weights(self) -> list[Any]:
        """All variables, layer by layer."""
        self._assert_weights_created()
        return self._gathered("weights") + self._trainable_weights + self._non_trainable_weights

    @property
    def trainable_weights(self) -> list[Any]:
        """The variables that optimizers train."""
        self._assert_weights_created()
        if not self.trainable:
            return []
        return self._gathered("trainable_weights") + [v for v in self._trainable_weights if v.trainable]

    @property
    def non_trainable_weights(self) -> list[Any]:
        """The variables that they do not."""
        self._assert_weights_created()
        own = self._non_trainable_weights + self._trainable_weights
        fixed = self._gathered("non_trainable_weights") + [v for v in own if not v.trainable]
        if self.trainable:
            return fixed
        return self._gathered("trainable_weights") + [v for v in own if v.trainable] + fixed

    def _assert_weights_created(self) -> None:
        if self.dynamic or self.__dict__.get("_is_graph_network", False):
            return
        if "build" in type(self).__dict__ and not self.built:
            raise ValueError(
                f"Weights for model {self.name} have not yet been created. Weights are created when the Model is first "
                "called on inputs or `build()` is called with an `input_shape`."
            )

    @property
    def input_spec(self) -> Any:
        """What the inputs must be: an InputSpec, a list of them, or None."""
        if not self.__dict__.get("_is_graph_network", False):
            return None
        specs: list[Any] = []
        for layer in self._input_layers:
            if layer.input_spec is None:
                specs.append(None)
            elif isinstance(layer.input_spec, list):
                specs += layer.input_spec
            else:
                raise TypeError(
                    f"Layer {layer.name} has an input_spec attribute that is not a list. We expect a list. Found "
                    f"input_spec = {layer.input_spec}"
                )
        return specs[0] if len(specs) == 1 else specs

    @input_spec.setter
    def input_spec(self, value: Any) -> None:
        raise AttributeError("Can't set the attribute \"input_spec\": it is that of the model's inputs.")

    # -- calling -------------------------------------------------------------------------------------------------

    @default
    def build(self, input_shape: Any) -> None:
        """Makes the variables of a subclassed model, by calling it on placeholders.

        Args:
          input_shape: the shape of the inputs, or a list of shapes.

        Raises:
          ValueError: there is no shape; `call` needs more than the inputs, or other inputs than floats.
        """
        if self._is_graph_network:
            self.built = True
            return
        if input_shape is None:
            raise ValueError("Input shape must be defined when calling build on a model subclass network.")
        if not isinstance(input_shape, tuple | list | tf.TensorShape):
            raise ValueError(
                "Specified input shape is not one of the valid types. Please specify a batch input shape of type tuple "
                f"or list of input shapes. User provided input type: {type(input_shape)}"
            )
        if input_shape and not self.inputs:
            shapes = input_shape if isinstance(input_shape, list) else [input_shape]
            tensors = [tf.placeholder(floatx(), shape) for shape in shapes]
            try:
                self.call(tensors if isinstance(input_shape, list) else tensors[0], **self._needed_arguments())
            except (tf.errors.InvalidArgumentError, TypeError) as error:
                raise ValueError(
                    "You cannot build your model by calling `build` if your layers do not support float type inputs. "
                    "Instead, in order to instantiate and build your model, `call` your model on real tensor data (of "
                    "the correct dtype)."
                ) from error
        if self._layers:
            self._track_layers(self._layers)
        self.built = True

    def _needed_arguments(self) -> dict[str, Any]:
        """What `call` must be given besides its inputs."""
        specification = inspect.getfullargspec(self.call)
        needed = specification.args[1 : len(specification.args) - len(specification.defaults or ())]
        if not needed:
            raise ValueError("You can only call `build` on a model if its `call` method accepts an `inputs` argument.")
        if set(needed[1:]) - {"training"}:
            raise ValueError(
                "Currently, you cannot build your model if it has positional or keyword arguments that are not inputs "
                "to the model, but are required for its `call` method. Instead, in order to instantiate and build your "
                "model, `call` your model on real tensor data with all expected call arguments."
            )
        return dict.fromkeys(needed[1:], False)

    def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        """Returns the outputs for other inputs: the layers are called on them.

        Raises:
          NotImplementedError: a subclass without inputs and outputs has no `call`.
        """
        if not self._is_graph_network:
            raise NotImplementedError("When subclassing the `Model` class, you should implement a `call` method.")
        return self._run_internal_graph(inputs, training=training, mask=mask)

    def _run_internal_graph(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
        flat = tf.nest.flatten(inputs)
        masks = [None] * len(flat) if mask is None else tf.nest.flatten(mask)
        for x, own in zip(flat, masks, strict=False):
            x._keras_mask = own
        made = {id(x): y for x, y in zip(self.inputs, flat, strict=False)}
        # The deepest are the inputs.
        for depth in sorted(self._nodes_by_depth, reverse=True)[1:]:
            for node in self._nodes_by_depth[depth]:
                if all(id(x) in made for x in tf.nest.flatten(node.input_tensors)):
                    self._run_node(node, made, training)
        for x in self.outputs:
            assert id(x) in made, f"Could not compute output {x}"
        return tf.nest.pack_sequence_as(self._nested_outputs, [made[id(x)] for x in self.outputs])

    def _run_node(self, node: Any, made: dict[int, Any], training: Any) -> None:
        layer = node.outbound_layer
        tensors = tf.nest.map_structure(lambda x: made[id(x)], node.input_tensors)
        kwargs = dict(node.arguments or {})
        if self._takes_training[layer]:
            given = kwargs.setdefault("training", training)
            if isinstance(given, tf.Tensor) and learning_phase.is_learning_phase(given):
                kwargs["training"] = training
        from_layers = {
            key: tf.nest.map_structure(lambda x: made[id(x)] if history_of(x) is not None else x, value)
            for key, value in kwargs.items()
        }
        outputs = layer(tensors, **from_layers)
        for x, y in zip(tf.nest.flatten(node.output_tensors), tf.nest.flatten(outputs), strict=False):
            made[id(x)] = y

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Returns the masks of the outputs."""
        if not self._is_graph_network:
            return None
        return tf.nest.map_structure(mask_of, self._run_internal_graph(inputs, mask=mask))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shapes of the outputs for shapes of the inputs, layer by layer."""
        if not self._is_graph_network:
            return super().compute_output_shape(input_shape)
        shapes = tf.nest.flatten(convert_shapes(input_shape, to_tuples=False))
        if len(shapes) != len(self._input_layers):
            raise ValueError(
                f"Invalid input_shape argument {input_shape}: model has {len(self._input_layers)} tensor inputs."
            )
        known = {id(x): shape for x, shape in zip(self.inputs, shapes, strict=True)}
        for depth in sorted(self._nodes_by_depth, reverse=True):
            for node in self._nodes_by_depth[depth]:
                layer = node.outbound_layer
                if layer in self._input_layers:
                    continue
                given = tf.nest.map_structure(lambda x: tuple(known[id(x)].as_list()), node.input_tensors)
                found = convert_shapes(layer.compute_output_shape(given), to_tuples=False)
                for x, shape in zip(tf.nest.flatten(node.output_tensors), tf.nest.flatten(found), strict=True):
                    known[id(x)] = shape
        return tf.nest.pack_sequence_as(self._nested_outputs, [known[id(x)] for x in self.outputs])

    # -- what is added later -------------------------------------------------------------------------------------

    def _graph_network_add_loss(self, loss: Any) -> None:
        self._add_at_end(loss, AddLoss(unconditional=False))

    def _graph_network_add_metric(self, value: Any, aggregation: str | None, name: str | None) -> None:
        self._add_at_end(value, AddMetric(aggregation, name))

    def _add_at_end(self, tensor: Any, layer: Layer) -> None:
        nodes, layers = map_subnetwork(self.inputs, [tensor])
        layer(tensor)
        self._insert_layers([*layers, layer], [*nodes, *layer.inbound_nodes])

    def _insert_layers(self, layers: list[Any], relevant_nodes: list[Any]) -> None:
        """Makes layers part of the model that no output needs.

        Raises:
          ValueError: they need inputs that are none of the model's.
        """
        assert_no_legacy_layers(layers)
        depths = {node: depth for depth, nodes in self._nodes_by_depth.items() for node in nodes}
        members = {*relevant_nodes, *depths}
        waiting = list(relevant_nodes)
        turns = 0
        while waiting:
            turns += 1
            if turns > 10_000:
                raise ValueError("Layers could not be added due to missing dependencies.")
            node = waiting.pop(0)
            before = [other for other in node.dependencies() if other in members]
            if any(other not in depths for other in before):
                waiting.append(node)
                continue
            key = node_key(node.outbound_layer.name, node.outbound_layer.inbound_nodes.index(node))
            if key not in self._network_nodes:
                depths[node] = min([0, *(depths[other] for other in before)]) - 1
                self._network_nodes.add(key)
                self._nodes_by_depth.setdefault(depths[node], []).append(node)
        for layer in layers:
            if layer not in self._takes_training:
                self._layers.append(layer)
                self._takes_training[layer] = _takes_training(layer)

    # -- as text -------------------------------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """Returns a description of the layers and of how they are connected.

        Raises:
          NotImplementedError: the model is a subclass's, which is Python.
        """
        if not self._is_graph_network:
            raise NotImplementedError
        return network_config.config_of(self)

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Makes a model from what `get_config` returned.

        Args:
          config: the description.
          custom_objects: a dictionary from names to the classes and functions that are not Keras' own.
        """
        return network_config.from_config(cls, config, custom_objects)

    def to_json(self, **kwargs: Any) -> str:
        """Returns a description of the layers as JSON, for `tf.keras.models.model_from_json`.

        Args:
          **kwargs: handed to `json.dumps`.
        """
        return network_config.to_json(self, **kwargs)

    def to_yaml(self, **kwargs: Any) -> str:
        """Returns a description of the layers as YAML, for `tf.keras.models.model_from_yaml`.

        Args:
          **kwargs: handed to `yaml.dump`.

        Raises:
          ImportError: there is no PyYAML.
        """
        return network_config.to_yaml(self, **kwargs)

    def summary(self, line_length: int | None = None, positions: Any = None, print_fn: Any = None) -> None:
        """Prints the layers, with the shapes of their outputs and the numbers of their parameters.

        Args:
          line_length: the length of a line.
          positions: where the columns end, in characters or parts of a line.
          print_fn: what is called with each line instead of `print`.

        Raises:
          ValueError: the model is not built.
        """
        if not self.built:
            raise ValueError(
                "This model has not yet been built. Build the model first by calling `build()` or calling `fit()` with "
                "some data, or specify an `input_shape` argument in the first layer(s) for automatic build."
            )
        from tangraph_keras.engine.summary import print_summary

        print_summary(self, line_length=line_length, positions=positions, print_fn=print_fn)


def _takes_training(layer: Any) -> bool:
    return "training" in inspect.getfullargspec(layer.call).args


def _distinct(names: list[str]) -> list[str]:
    """Returns names with a number after those that come again."""
    found: list[str] = []
    counts: dict[str, int] = {}
    for name in names:
        proposed = name
        while proposed in found:
            counts[name] = counts.get(name, 0) + 1
            proposed = f"{name}_{counts[name]}"
        found.append(proposed)
    return found


def static_batch_size(layer: Any) -> int | None:
    """Returns the batch size that an input layer fixes, or None."""
    shape = getattr(layer, "_batch_input_shape", None)
    return shape[0] if shape else None


def assert_no_legacy_layers(layers: list[Any]) -> None:
    """Raises TypeError for layers of `tf.layers`, which take their variables from variable scopes."""
    legacy = [layer for layer in layers if getattr(layer, "_is_legacy_layer", None)]
    if legacy:
        lines = "\n".join(f"  {layer}" for layer in legacy)
        raise TypeError(
            f"The following are legacy tf.layers.Layers:\n{lines}\nTo use keras as a framework (for instance using the "
            "Network, Model, or Sequential classes), please use the tf.keras.layers implementation instead. (Or, if "
            "writing custom layers, subclass from tf.keras.layers rather than tf.layers)"
        )


def _is_metric(value: Any) -> bool:
    return hasattr(type(value), "update_state") and hasattr(type(value), "result") and is_layer(value)
