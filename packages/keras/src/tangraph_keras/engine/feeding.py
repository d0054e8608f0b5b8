"""From the data that users give to what a model's functions are fed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import tangraph as tf
from tangraph_keras.engine import datasets, objectives
from tangraph_keras.engine import standardize as standard
from tangraph_keras.engine.compiling import Compiled
from tangraph_keras.engine.endpoint import is_placeholder
from tangraph_keras.engine.model_inputs import Described, ModelInputs
from tangraph_layers.engine.learning_phase import learning_phase, symbolic_learning_phase
from tangraph_layers.engine.node import int_shape
from tangraph_layers.engine.settings import floatx
from tangraph_layers.engine.tracking import untracked


class Fed(Compiled):
    """A compiled network that knows how data is fed to it, and learns from data what it is called on."""

    def _standardize_user_data(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: Any = None,
        batch_size: int | None = None,
        check_steps: bool = False,
        steps_name: str = "steps",
        steps: int | None = None,
        validation_split: float = 0,
        extract_tensors_from_dataset: bool = False,
    ) -> tuple[Any, Any, Any]:
        """Returns inputs, targets and weights as lists of arrays or tensors, checked; weights may be None.

        A data set comes back as it is, unless `extract_tensors_from_dataset` asks for the tensors of its batches. A model
        that has not been called yet is called on placeholders for the data, or on tensors.
        """
        from_tf_data = datasets.is_dataset(x) or datasets.is_iterator(x)
        given = x
        if from_tf_data:
            datasets.check_arguments(x, y, sample_weight, validation_split)
            if datasets.is_iterator(x):
                x, y, sample_weight = datasets.unpack(x)
            elif extract_tensors_from_dataset:
                x, y, sample_weight = datasets.unpack(datasets.iterator_of(x))
        if check_steps:
            check_steps_argument(x, steps, steps_name)
        if not self.inputs:
            flat, targets, is_dict = self._build_from(x, y, given)
            if not self._is_compiled and self.optimizer:
                self._compile_from(flat, targets, given, y)
                if not from_tf_data and any(standard.is_tensor(value) for value in flat):
                    return [], [], None  # the data is part of the graph
        else:
            is_dict = isinstance(self.inputs, dict)
            if not self._is_compiled and self.optimizer:
                self._compile_from([], y, given, y)
        if datasets.is_dataset(x):
            return x, [], None
        x = self._standard_inputs(x)
        y, weights = ([], None) if y is None else self._standard_targets(x, y, sample_weight, class_weight)
        if self.stateful and batch_size and not from_tf_data and x[0].shape[0] % batch_size != 0:
            raise ValueError(
                "In a stateful network, you should only pass inputs with a number of samples that can be divided by the "
                f"batch size. Found: {x[0].shape[0]} samples"
            )
        return dict(zip(self._feed_input_names, x, strict=True)) if is_dict else x, y, weights

    def _standard_inputs(self, x: Any) -> list[Any]:
        shapes = self._feed_input_shapes if self._is_graph_network else None
        arrays = standard.standardize_input_data(
            x, self._feed_input_names, shapes, check_batch_axis=False, exception_prefix="input"
        )
        expected = tf.nest.flatten(self.inputs)
        return [
            _from_scipy(array, tensor) if hasattr(array, "tocoo") else array
            for array, tensor in zip(arrays, expected, strict=False)
        ]

    def _standard_targets(self, x: Any, y: Any, sample_weight: Any, class_weight: Any) -> tuple[list[Any], Any]:
        objectives.set_sample_weight_modes(self._endpoints, self.sample_weight_mode)
        names = self._feed_output_names
        modes = [endpoint.sample_weight_mode for endpoint in self._endpoints]
        y = standard.standardize_input_data(y, names, None, check_batch_axis=False, exception_prefix="target")
        weights = [
            standard.standardize_weights(*parts)
            for parts in zip(
                y,
                standard.weights_by_output(sample_weight, names, "sample_weight"),
                standard.weights_by_output(class_weight, names, "class_weight"),
                modes,
                strict=False,
            )
        ]
        standard.check_array_lengths(x, y, weights)
        if self._is_graph_network:
            standard.check_targets(y, [endpoint for endpoint in self._endpoints if endpoint.is_fed])
        if all(mode is None for mode in modes) and all(weight is None for weight in weights):
            return y, None
        return y, weights

    # -- models that learn from data what they are called on -----------------------------------------------------

    def _build_from(self, x: Any, y: Any, given: Any) -> tuple[list[Any], Any, bool]:
        if datasets.is_dataset(x):
            x, y, _ = datasets.unpack(datasets.iterator_of(x))
        _check_types(x, given, "inputs")
        flat = [x[key] for key in sorted(x)] if isinstance(x, dict) else list(x) if isinstance(x, list | tuple) else [x]
        for value in flat:
            if isinstance(value, tf.SparseTensor | tf.SparseTensorValue | tf.RaggedTensor) or hasattr(value, "tocoo"):
                raise ValueError(
                    "All SparseTensor and RaggedTensor inputs must be explicitly declared using a keras.Input() with "
                    f"sparse=True or ragged=True. We found an undeclared input {value}. For Sequential models, please "
                    "add a keras.Input() as your first Layer. For subclassed models, please call self._set_inputs() on "
                    "your input set, which you can create using keras.Input() for each input to your model."
                )
        if datasets.is_dataset(given) or datasets.is_iterator(given):
            called_on = tf.nest.map_structure(lambda t: Described(t.shape, t.dtype), x)
        elif standard.has_tensors(x):
            called_on = tf.nest.map_structure(_as_floatx, x)
        else:
            called_on = x
        self._set_inputs(called_on)
        return flat, y, isinstance(x, dict)

    def _compile_from(self, flat: list[Any], targets: Any, given_x: Any, given_y: Any) -> None:
        if targets is not None:
            if standard.has_tensors(targets):
                targets = _in_types_of(targets, self.outputs)
            if isinstance(targets, dict):
                raise ValueError(f"You cannot pass a dictionary as model target. Received: {given_y}")
            _check_types(targets, given_y, "target")
            flat = [*flat, *(targets if isinstance(targets, list | tuple) else [targets])]
        tensors = [standard.is_tensor(value) for value in flat]
        if any(tensors) and not all(tensors):
            raise ValueError(
                f"Do not pass inputs that mix Numpy arrays and TensorFlow tensors. You passed: x={given_x}; y={given_y}"
            )
        target_tensors = None
        if targets is not None and not (datasets.is_dataset(given_x) or datasets.is_iterator(given_x)):
            listed = targets if isinstance(targets, list | tuple) else [targets]
            target_tensors = [value for value in listed if standard.is_tensor(value)]
        self.compile(
            optimizer=self.optimizer,
            loss=self.loss,
            metrics=self._compile_metrics,
            weighted_metrics=self._compile_weighted_metrics,
            loss_weights=self.loss_weights,
            target_tensors=target_tensors,
            sample_weight_mode=self.sample_weight_mode,
        )

    def _set_inputs(self, inputs: Any, outputs: Any = None, training: Any = None) -> None:
        """Takes what the model is called on, and calls it.

        Args:
          inputs: arrays, tensors or TensorSpecs; placeholders are made of what are no tensors.
          outputs: what the model returned, where it has been called.
          training: what it is to be called with.
        """
        called_on = self._set_input_attributes(inputs)
        if outputs is None:
            kwargs = {}
            if self._expects_training_arg:
                kwargs["training"] = learning_phase() if training is None else training
            outputs = self(called_on, **kwargs)
        self._set_output_attributes(outputs)

    def _after_call(self, inputs: Any, outputs: Any) -> None:
        if not self.inputs:
            self._set_inputs(inputs, outputs)

    def _batch_shape_of(self, inputs: Any) -> tuple[Any, ...]:
        if isinstance(inputs, dict):
            if not getattr(self.layers[0], "_is_feature_layer", False):
                raise ValueError(
                    "Passing a dictionary input to a Sequential Model which doesn't have FeatureLayer as the first layer "
                    "is an error."
                )
            return (None,)
        shape = inputs.as_list() if isinstance(inputs, tf.TensorShape) else inputs.shape
        rest = shape.as_list() if isinstance(shape, tf.TensorShape) else shape
        return (None, *rest[1:])

    @untracked
    def _set_input_attributes(self, inputs: Any) -> Any:
        if self.inputs:
            raise ValueError("Model inputs are already set.")
        if type(self).__name__ == "Sequential" and not self.built:
            self._build_input_shape: Any = self._batch_shape_of(inputs)
        found = ModelInputs(inputs)
        called_on = found.symbolic()
        self.inputs = found.structured
        self.input_names = found.names
        fed = [(name, x) for name, x in zip(found.names, found.as_list(), strict=True) if is_placeholder(x)]
        self._feed_input_names = [name for name, _ in fed]
        self._feed_inputs = [x for _, x in fed]
        self._feed_input_shapes = [int_shape(x) for _, x in fed]
        return called_on

    @untracked
    def _set_output_attributes(self, outputs: Any) -> None:
        self.outputs = tf.nest.flatten(outputs)
        self.output_names = [f"output_{number + 1}" for number in range(len(self.outputs))]
        self.built = True

    # -- feeds ---------------------------------------------------------------------------------------------------

    def _feeds(self, x: Any, y: Any, weights: Any, mode: str) -> list[Any]:
        """Returns what a function is fed: inputs, targets, weights, and in training the learning phase."""
        feeds = [*ModelInputs(x).as_list(), *(y or []), *(weights or [])]
        if mode == "train" and not isinstance(symbolic_learning_phase(), int):
            feeds.append(True)
        return feeds

    def _batch_size_for(self, batch_size: int | None, steps: int | None, x: Any) -> int | None:
        """Returns the size of the batches: as given, that of the input layer, or 32.

        Raises:
          ValueError: it is given for data that comes in batches, or is not that of the input layer.
        """
        if datasets.is_dataset(x) or is_generator_or_sequence(x):
            if batch_size is not None:
                raise ValueError(
                    "The `batch_size` argument must not be specified for the given input type. Received input: "
                    f"{x}, batch_size: {batch_size}"
                )
            return None
        from tangraph_keras.engine.sequential import input_shape_and_dtype

        layers = super().layers
        shape = input_shape_and_dtype(layers[0])[0] if layers else None
        fixed = shape[0] if shape else None
        fixed = getattr(fixed, "value", fixed)
        if fixed is not None:
            if batch_size is not None and batch_size != fixed:
                raise ValueError(
                    f"The `batch_size` argument value {batch_size} is incompatible with the specified batch size of your "
                    f"Input Layer: {fixed}"
                )
            if steps is None:
                batch_size = fixed
        return 32 if batch_size is None and steps is None else batch_size


def is_generator_or_sequence(x: Any) -> bool:
    """Returns whether something yields batches: a generator, an iterator, or a `tf.keras.utils.Sequence`."""
    return isinstance(x, (Iterator, tf.keras.utils.Sequence))


def check_steps_argument(x: Any, steps: int | None, name: str) -> bool:
    """Returns whether the number of steps has to be known from elsewhere than from the data.

    Raises:
      ValueError: it has to be, and is not given.
    """
    iterator = datasets.is_iterator(x)
    if x is None or iterator or standard.has_tensors(x) or (isinstance(x, list) and not x):
        if steps is None:
            kind = "a Dataset iterator" if iterator else "data tensors"
            raise ValueError(f"When using {kind} as input to a model, you should specify the `{name}` argument.")
        return True
    if datasets.is_dataset(x):
        return True
    arrays = x.values() if isinstance(x, dict) else [x]
    if steps is not None and any(isinstance(value, np.ndarray | list | tuple) for value in arrays):
        tf.logging.warning(
            "When passing input data as arrays, do not specify `steps_per_epoch`/`steps` argument. Please use "
            "`batch_size` instead."
        )
    return False


def _check_types(data: Any, given: Any, what: str) -> None:
    if isinstance(data, dict):
        return
    values = data if isinstance(data, list | tuple) else [data]
    if not all(isinstance(value, np.ndarray) or standard.is_tensor(value) for value in values):
        raise ValueError(
            f"Please provide as model inputs either a single array or a list of arrays. You passed: {what}={given}"
        )


def _as_floatx(x: Any) -> Any:
    x = tf.convert_to_tensor(x) if isinstance(x, np.ndarray) else x
    return tf.cast(x, floatx()) if x.dtype.is_floating else x


def _in_types_of(targets: Any, outputs: list[Any]) -> Any:
    if standard.is_tensor(targets):
        return _cast(targets, outputs[0].dtype)
    return [_cast(target, output.dtype) for target, output in zip(targets, outputs, strict=False)]


def _cast(target: Any, dtype: Any) -> Any:
    target = tf.convert_to_tensor(target) if isinstance(target, np.ndarray) else target
    return tf.cast(target, dtype) if target.dtype.is_floating else target


def _from_scipy(matrix: Any, expected: Any) -> Any:
    if not isinstance(expected, tf.SparseTensor):
        return matrix.toarray()
    parts = matrix.tocoo()
    return tf.SparseTensorValue(np.stack([parts.row, parts.col], axis=1), parts.data, np.asarray(parts.shape))
