"""The base class of layers."""

from __future__ import annotations

import inspect
from typing import Any, Final

import numpy as np

import tangraph as tf
from tangraph.export import export
from tangraph_layers.engine import history
from tangraph_layers.engine.connections import Connections, have_history, mask_of
from tangraph_layers.engine.context import current_call, entered
from tangraph_layers.engine.losses import Losses
from tangraph_layers.engine.policy import policy_of
from tangraph_layers.engine.tracking import layers_in, untracked
from tangraph_layers.input_spec import InputSpec, assert_input_compatibility
from tangraph_layers.names import to_snake_case, unique_object_name

_OPTIONS: Final = {"input_shape", "batch_input_shape", "batch_size", "weights", "activity_regularizer", "autocast"}


def default(method: Any) -> Any:
    """Decorator: marks a method that a subclass need not override, so that it can be asked whether it did."""
    method._is_default = True
    return method


@export("keras.layers.Layer")
class Layer(Connections, Losses):
    """A function with variables, which are made when it is first called.

    Subclasses override `build`, which makes the variables with `add_weight`, and `call`. Layers and variables that are
    assigned to attributes become part of the layer.

    Args:
      trainable: whether optimizers train the variables.
      name: the name of the layer and of its name scope; the class's in snake case, made unique, when None.
      dtype: the element type of variables; that of the first input when None.
      dynamic: whether `call` can run eagerly only.
      **kwargs: `input_shape` or `batch_input_shape` (with `batch_size`), for the first layer of a model; `weights`, a
        list of initial values; `activity_regularizer`, a function from an output to a scalar.

    Raises:
      TypeError: an unknown argument.

    >>> class Scale(tf.keras.layers.Layer):
    ...     def build(self, input_shape):
    ...         self.factor = self.add_weight("factor", initializer="ones")
    ...
    ...     def call(self, inputs):
    ...         return inputs * self.factor
    >>> with tf.Graph().as_default():
    ...     layer = Scale()
    ...     layer(tf.ones([2])), [v.name for v in layer.weights]
    (<tf.Tensor 'scale/mul:0' shape=(2,) dtype=float32>, ['scale/factor:0'])
    """

    @untracked
    def __init__(
        self, trainable: bool = True, name: Any = None, dtype: Any = None, dynamic: bool = False, **kwargs: Any
    ) -> None:
        for key in kwargs:
            if key not in _OPTIONS:
                raise TypeError("Keyword argument not understood:", key)
        self._trainable = trainable
        self.stateful = False
        self.built = False
        self._input_spec: Any = None
        self.supports_masking = False
        self._init_set_name(name)
        self._activity_regularizer = kwargs.get("activity_regularizer")
        self._own("_trainable_weights", [])
        self._own("_non_trainable_weights", [])
        self._own("_layers", [])
        self._updates: list[Any] = []
        self._losses: list[Any] = []
        self._callable_losses: list[Any] = []
        self._metrics: list[Any] = []
        self._dtype_policy = policy_of(dtype)
        self._autocast = kwargs.get("autocast", False)
        self._inbound_nodes: list[Any] = []
        self._outbound_nodes: list[Any] = []
        self._init_call_fn_args()
        self._dynamic = dynamic
        if "batch_input_shape" in kwargs:
            self._batch_input_shape = tuple(kwargs["batch_input_shape"])
        elif "input_shape" in kwargs:
            self._batch_input_shape = (kwargs.get("batch_size"), *kwargs["input_shape"])
        self._initial_weights = kwargs.get("weights")

    def _init_set_name(self, name: Any) -> None:
        self._name: str = name or unique_object_name(to_snake_case(type(self).__name__), zero_based=True)

    def _init_call_fn_args(self) -> None:
        specification = inspect.getfullargspec(self.call)
        self._call_fn_args = specification.args[1:] if specification.args[:1] == ["self"] else specification.args
        names = {*specification.args, *specification.kwonlyargs}
        self._expects_training_arg = "training" in names or specification.varkw is not None
        self._expects_mask_arg = "mask" in names or specification.varkw is not None

    # -- what subclasses override --------------------------------------------------------------------------------

    @default
    def build(self, input_shape: Any) -> None:
        """Makes the variables, given the shape of the inputs."""
        self.built = True

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Returns the outputs."""
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the outputs for a shape of the inputs."""
        raise NotImplementedError

    @default
    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Returns the mask of the outputs: that of the inputs, where the layer supports masks.

        Raises:
          TypeError: there is a mask, and the layer does not support it.
        """
        if self.supports_masking:
            return mask
        if any(m is not None for m in tf.nest.flatten(mask)):
            raise TypeError(f"Layer {self.name} does not support masking, but was passed an input_mask: {mask}")
        return None

    @default
    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that make an equal layer, without its variables.

        Raises:
          NotImplementedError: `__init__` takes arguments that only the subclass knows.
        """
        arguments = inspect.getfullargspec(self.__init__).args  # type: ignore[misc]
        config: dict[str, Any] = {"name": self.name, "trainable": self.trainable}
        if hasattr(self, "_batch_input_shape"):
            config["batch_input_shape"] = self._batch_input_shape
        config["dtype"] = self.dtype
        if self.dynamic:
            config["dynamic"] = self.dynamic
        extra = [name for name in arguments if name not in config and name != "dynamic"]
        if len(extra) > 1 and hasattr(self.get_config, "_is_default"):
            raise NotImplementedError("Layers with arguments in `__init__` must override `get_config`.")
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Makes a layer from what `get_config` returned."""
        return cls(**config)

    # -- what a layer is -----------------------------------------------------------------------------------------

    @property
    def name(self) -> str:  # type: ignore[override]
        """The layer's name."""
        return self._name

    @property
    def dtype(self) -> str | None:
        """The name of the variables' element type; None before it is known."""
        return self._dtype_policy.variable_dtype

    @property
    def _dtype(self) -> str | None:
        return self._dtype_policy.variable_dtype

    @_dtype.setter
    def _dtype(self, value: Any) -> None:
        self._dtype_policy = policy_of(value)

    @property
    def dynamic(self) -> bool:
        """Whether `call` can run eagerly only."""
        return self._dynamic

    @property
    def trainable(self) -> bool:
        """Whether optimizers train the variables; set it, and it is set for the layers in this one, too."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = value
        for layer in layers_in(self._own("_layers", [])):
            layer.trainable = value

    @property
    def activity_regularizer(self) -> Any:
        """A function from an output to a scalar, which is added to the losses; or None."""
        return self._activity_regularizer

    @activity_regularizer.setter
    def activity_regularizer(self, regularizer: Any) -> None:
        self._activity_regularizer = regularizer

    @property
    def input_spec(self) -> Any:
        """What the layer demands of its inputs: an InputSpec, a list of them, or None."""
        return self._input_spec

    @input_spec.setter
    def input_spec(self, value: Any) -> None:
        for spec in tf.nest.flatten(value):
            if spec is not None and not isinstance(spec, InputSpec):
                raise TypeError(f"Layer input_spec must be an instance of InputSpec. Got: {spec}")
        object.__setattr__(self, "_input_spec", value)

    def _is_layer(self) -> bool:
        return True

    def _name_scope(self) -> Any:
        return self.name

    # -- calling -------------------------------------------------------------------------------------------------

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Calls the layer: `build` the first time, and `call`.

        Args:
          inputs: a tensor or a nested structure of tensors.
          *args: handed to `call`.
          **kwargs: handed to `call`. `training` and `mask` are filled in where it takes them: from the call that this
            one is part of, and from the layer that the inputs come from.

        Raises:
          ValueError: inputs that the layer does not take; `call` returned None.
        """
        inputs = _as_tensors(inputs)
        masks = self._input_masks(inputs, args, kwargs)
        filled_in = set()
        if self._expects_mask_arg and masks is not None and not self._was_passed("mask", args, kwargs):
            kwargs["mask"] = masks
            filled_in.add("mask")
        training = self._training(args, kwargs, filled_in)
        if history.needs_history(inputs):
            history.create_history(inputs)
        with entered(self, inputs, training):
            assert_input_compatibility(self.input_spec, inputs, self.name)
            with tf.name_scope(self._name_scope()):
                self._maybe_build(inputs)
                outputs = self._called(inputs, args, kwargs)
                if have_history(inputs):
                    given = {key: value for key, value in kwargs.items() if key not in filled_in}
                    outputs = self._connect(inputs, outputs, args, given)
                self._regularize_activity(inputs, outputs)
                self._set_masks(inputs, outputs, masks)
                self._after_call(inputs, outputs)
        return outputs

    def apply(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """The same as calling the layer."""
        return self(inputs, *args, **kwargs)

    def _called(self, inputs: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self.dynamic:
            return self._symbolic_call(inputs)
        try:
            outputs = self.call(inputs, *args, **kwargs)
        except tf.errors.OperatorNotAllowedInGraphError as error:
            raise TypeError(
                "You are attempting to use Python control flow in a layer that was not declared to be dynamic. Pass "
                f'`dynamic=True` to the class constructor.\nEncountered error:\n"""\n{error}\n"""'
            ) from error
        if outputs is None:
            raise ValueError(
                f"A layer's `call` method should return a Tensor or a list of Tensors, not None (layer: {self.name})."
            )
        return outputs

    def _symbolic_call(self, inputs: Any) -> Any:
        """Placeholders of the shapes that come out: what cannot be in a graph is not run there."""
        shapes = self.compute_output_shape(tf.nest.map_structure(lambda x: x.shape, inputs))
        return tf.nest.map_structure(lambda shape: tf.placeholder(self.dtype or tf.float32, shape), shapes)

    def _after_call(self, inputs: Any, outputs: Any) -> None:
        """For models, which learn from their first call what they are called on."""

    def _was_passed(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        return name in kwargs or name in self._call_fn_args[1 : len(args) + 1]

    def _argument(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return kwargs[name] if name in kwargs else args[self._call_fn_args.index(name) - 1]

    def _training(self, args: tuple[Any, ...], kwargs: dict[str, Any], filled_in: set[str]) -> Any:
        """Returns what `call` gets as `training`, which layers called from it get too if they are given nothing."""
        if self._was_passed("training", args, kwargs):
            training = self._argument("training", args, kwargs)
            if not self._expects_training_arg:
                kwargs.pop("training")
            return training
        outer = current_call()
        training = outer.training if outer else None
        if self._expects_training_arg and training is not None:
            is_tensor = tf.contrib.framework.is_tensor(training)
            kwargs["training"] = tf.cast(training, tf.bool) if is_tensor else bool(training)
            filled_in.add("training")
        return training

    def _maybe_build(self, inputs: Any) -> None:
        if not self.built:
            assert_input_compatibility(self.input_spec, inputs, self.name)
            flat = tf.nest.flatten(inputs)
            if flat and self._dtype_policy.compute_dtype is None and hasattr(flat[0], "dtype"):
                self._dtype_policy = policy_of(flat[0].dtype)
            shapes = None
            if all(hasattr(x, "shape") for x in flat):
                shapes = tf.nest.map_structure(lambda x: x.shape, inputs)
            if not hasattr(self.build, "_is_default"):
                self.build(shapes)
            self.built = True
        if self.__dict__.get("_initial_weights") is not None:
            self.set_weights(self._initial_weights)
            self._initial_weights = None

    # -- what is done with inputs and outputs --------------------------------------------------------------------

    def _input_masks(self, inputs: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self._was_passed("mask", args, kwargs):
            return self._argument("mask", args, kwargs)
        masks = tf.nest.map_structure(mask_of, inputs)
        return None if all(mask is None for mask in tf.nest.flatten(masks)) else masks

    def _set_masks(self, inputs: Any, outputs: Any, masks: Any) -> None:
        flat = tf.nest.flatten(outputs)
        if getattr(self, "_compute_output_and_mask_jointly", False) or all(mask_of(x) is not None for x in flat):
            found = [mask_of(x) for x in flat]
        elif self.supports_masking or not hasattr(self.compute_mask, "_is_default"):
            computed = self.compute_mask(inputs, masks)
            found = [None] * len(flat) if computed is None else tf.nest.flatten(computed)
        else:
            found = [None] * len(flat)
        for output, mask in zip(flat, found, strict=False):
            if hasattr(output, "__dict__"):
                output._keras_mask = mask
            if mask is not None:
                mask._keras_history_checked = True

    def _regularize_activity(self, inputs: Any, outputs: Any) -> None:
        if not self._activity_regularizer:
            return
        with tf.name_scope("ActivityRegularizer"):
            for output in tf.nest.flatten(outputs):
                loss = self._activity_regularizer(output)
                # The mean over the batch, so that its size does not change the strength.
                self.add_loss(loss / tf.cast(tf.shape(output)[0], loss.dtype), inputs=inputs)

    def _get_trainable_state(self) -> dict[Any, bool]:
        """Returns which of this layer and those in it are trainable."""
        state = {self: self.trainable}
        for layer in layers_in(self._own("_layers", [])):
            state.update(layer._get_trainable_state())
        return state

    def _set_trainable_state(self, state: dict[Any, bool]) -> None:
        if self in state:
            self.trainable = state[self]
        for layer in layers_in(self._own("_layers", [])):
            layer._set_trainable_state(state)


def _as_tensors(inputs: Any) -> Any:
    def convert(x: Any) -> Any:
        return tf.convert_to_tensor(x) if isinstance(x, np.ndarray | float | int) else x

    return tf.nest.map_structure(convert, inputs)
