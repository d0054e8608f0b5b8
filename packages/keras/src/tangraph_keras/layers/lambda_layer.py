"""Functions as layers."""

from __future__ import annotations

import codecs
import inspect
import marshal
import sys
import types
import warnings
from typing import Any

import numpy as np

import tangraph as tf
from tangraph.export import export
from tangraph_keras.utils.serialization import deserialize_keras_object
from tangraph_layers.engine.layer import Layer
from tangraph_layers.engine.session import track_variable
from tangraph_layers.engine.settings import floatx


@export("keras.layers.Lambda")
class Lambda(Layer):
    """Applies a function to the inputs.

    Args:
      function: a function of the inputs; it may take `mask` and `training`, too.
      output_shape: the shape of the outputs without the batch, or a function from the shape of the inputs; what the
        function returns has a shape anyway.
      mask: the mask of the outputs, or a function from the inputs and their mask.
      arguments: keyword arguments of the function.
      **kwargs: see `tf.keras.layers.Layer`.

    >>> with tf.Graph().as_default():
    ...     Lambda(lambda x: x * 2)(tf.ones([2, 3]))
    <tf.Tensor 'lambda/mul:0' shape=(2, 3) dtype=float32>
    """

    def __init__(
        self, function: Any, output_shape: Any = None, mask: Any = None, arguments: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.function = function
        self.arguments = arguments or {}
        if mask is not None:
            self.supports_masking = True
        self.mask = mask
        self._output_shape = output_shape
        object.__setattr__(self, "_variable_dict", {})
        names = inspect.getfullargspec(function).args
        self._fn_expects_training_arg = "training" in names
        self._fn_expects_mask_arg = "mask" in names

    def call(self, inputs: Any, mask: Any = None, training: Any = None) -> Any:
        """Returns what the function returns."""
        arguments = self.arguments
        if self._fn_expects_mask_arg:
            arguments["mask"] = mask
        if self._fn_expects_training_arg:
            arguments["training"] = training
        with tf.variable_creator_scope(self._variable_creator):
            return self.function(inputs, **arguments)

    def _variable_creator(self, next_creator: Any, **kwargs: Any) -> Any:
        """Makes the variables that the function makes the layer's: once, however often it is called."""
        known: dict[Any, Any] = self.__dict__["_variable_dict"]
        name = kwargs["name"]
        if name not in known:
            variable = known[name] = next_creator(**kwargs)
            (self._trainable_weights if variable.trainable else self._non_trainable_weights).append(variable)
            track_variable(variable)
        return known[name]

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Returns the mask of the outputs."""
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the outputs."""
        if self._output_shape is None:
            return self._inferred(input_shape)
        if callable(self._output_shape):
            return tf.TensorShape(self._output_shape(tuple(tf.TensorShape(input_shape).as_list())))
        batch = tf.TensorShape(input_shape).as_list()[0]
        return tf.TensorShape([batch, *tf.TensorShape(self._output_shape).as_list()])

    def _inferred(self, input_shape: Any) -> Any:
        """Returns the shape of what the function returns, in a graph of its own."""
        several = isinstance(input_shape, list) and not all(isinstance(size, int | None) for size in input_shape)
        shapes = [tf.TensorShape(shape) for shape in (input_shape if several else [input_shape])]
        with tf.Graph().as_default():
            inputs = [tf.placeholder(floatx(), shape) for shape in shapes]
            try:
                outputs = self.call(inputs if several else inputs[0], training=False)
            except (TypeError, ValueError) as error:
                raise NotImplementedError(
                    "We could not automatically infer the shape of the Lambda's output. Please specify `output_shape` "
                    "for this Lambda."
                ) from error
        return tf.nest.map_structure(lambda x: x.shape, outputs)

    # -- configs -------------------------------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer; a lambda as the bytes of its code.

        Code of one version of Python cannot be read by another.
        """
        config = {**super().get_config()}
        parts = [("function", self.function, False, ""), ("output_shape", self._output_shape, True, "output_shape_")]
        if self.mask is not None:
            parts.append(("mask", self.mask, False, "mask_"))
        for key, value, allow_raw, prefix in parts:
            config[key], config[f"{key}_type"], config[f"{prefix}module"] = _function_config(value, allow_raw)
        config["arguments"] = self.arguments
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Makes a layer from what `get_config` returned.

        The bytes of a lambda's code are run as they are: load models of people that you trust.

        Args:
          config: the config.
          custom_objects: the program's own functions by name.
        """
        config = dict(config)
        for key, prefix in (("function", ""), ("output_shape", "output_shape_"), ("mask", "mask_")):
            if key in config:
                config[key] = _function_of(config, key, f"{prefix}module", custom_objects)
        arguments = config.get("arguments") or {}
        for name, value in arguments.items():
            if isinstance(value, dict) and value.get("type") == "ndarray":
                arguments[name] = np.array(value["value"])
        return cls(**config)


def _function_config(value: Any, allow_raw: bool) -> tuple[Any, str, str | None]:
    if isinstance(value, types.FunctionType):
        code = codecs.encode(marshal.dumps(value.__code__), "base64").decode("ascii")
        cells = tuple(cell.cell_contents for cell in value.__closure__) if value.__closure__ else None
        return (code, value.__defaults__, cells), "lambda", value.__module__
    if callable(value):
        return value.__name__, "function", value.__module__
    if allow_raw:
        return value, "raw", None
    raise ValueError(f"Invalid input for serialization, type: {type(value)} ")


def _function_of(config: dict[str, Any], key: str, module_key: str, custom_objects: Any) -> Any:
    module = config.pop(module_key, None)
    names: dict[str, Any] = {}
    if module in sys.modules:
        names.update(vars(sys.modules[module]))
    elif module is not None:
        warnings.warn(f"{module} is not loaded, but a Lambda layer uses it. It may cause errors.", stacklevel=3)
    names.update(custom_objects or {})
    kind = config.pop(f"{key}_type")
    if kind == "function":
        return deserialize_keras_object(
            config[key], custom_objects=custom_objects, printable_module_name="function in Lambda layer"
        )
    if kind == "lambda":
        return _load(config[key], names)
    if kind == "raw":
        return config[key]
    raise TypeError("Unknown function type:", kind)


def _load(dumped: Any, names: dict[str, Any]) -> Any:
    text, defaults, values = dumped if isinstance(dumped, tuple | list) else (dumped, None, None)
    code = marshal.loads(codecs.decode(text.encode("ascii"), "base64"))  # noqa: S302  Keras' format for lambdas
    cells = None if values is None else tuple(types.CellType(value) for value in values)
    defaults = tuple(defaults) if isinstance(defaults, list) else defaults
    return types.FunctionType(code, names, name=code.co_name, argdefs=defaults, closure=cells)
