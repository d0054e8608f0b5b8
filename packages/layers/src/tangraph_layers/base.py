"""The base class of layers."""

from __future__ import annotations

import copy
import functools
import inspect
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import numpy as np

import tangraph as tf
from tangraph.export import export
from tangraph_layers import settings
from tangraph_layers.input_spec import InputSpec, assert_input_compatibility
from tangraph_layers.names import to_snake_case, unique_object_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_OPTIONS: Final = {"input_shape", "batch_input_shape", "batch_size", "weights", "activity_regularizer", "autocast"}


class _Calls(threading.local):
    """The calls of layers that are under way: what they were given as `training`."""

    def __init__(self) -> None:
        self.training: list[Any] = [None]
        self.keras_style = False


_calls: Final = _Calls()


@export("layers.experimental.keras_style_scope")
@contextmanager
def keras_style_scope() -> Iterator[None]:
    """Lets layers and RNN cells that are made in the block manage variables as those of `tf.keras` do.

    Each layer then makes variables of its own, whatever the variable scope says; `scope` and `reuse` are errors.
    """
    before, _calls.keras_style = _calls.keras_style, True
    try:
        yield
    finally:
        _calls.keras_style = before


@export("layers.experimental.set_keras_style")
def set_keras_style() -> None:
    """Does for the rest of the program what `keras_style_scope` does for a block."""
    _calls.keras_style = True


@export("layers.Layer")
class Layer:
    """A function with variables, which are made when it is first called.

    Subclasses override `build`, which makes the variables with `add_weight` and sets ``built = True``, and `call`. The
    variables live in a variable scope that is opened when the layer is first called (or when it is made, with
    `_scope`); operations of each call live in that scope's name scope.

    Args:
      trainable: whether optimizers train the variables.
      name: the name of the layer and of its variable scope, made unique; the class's in snake case when None.
      dtype: the element type of variables; that of the first input when None.
      **kwargs: `activity_regularizer`, a function from an output to a scalar; `weights`, a list of initial values;
        `_scope`, the variable scope or its name; `_reuse`, whether to share the variables that are there.

    Raises:
      TypeError: an unknown argument.

    >>> class Scale(tf.layers.Layer):
    ...     def build(self, input_shape):
    ...         self.factor = self.add_weight("factor", [], initializer=tf.ones_initializer())
    ...         super().build(input_shape)
    ...
    ...     def call(self, inputs):
    ...         return inputs * self.factor
    >>> with tf.Graph().as_default():
    ...     layer = Scale()
    ...     layer(tf.ones([2])), [v.name for v in layer.weights]
    (<tf.Tensor 'scale/mul:0' shape=(2,) dtype=float32>, ['scale/factor:0'])
    """

    def __init__(self, trainable: bool = True, name: Any = None, dtype: Any = None, **kwargs: Any) -> None:
        scope = kwargs.pop("_scope", None)
        self._reuse = kwargs.pop("_reuse", None)
        self._dynamic = kwargs.pop("dynamic", False)
        for key in kwargs:
            if key not in _OPTIONS:
                raise TypeError("Keyword argument not understood:", key)
        self._use_resource_variables = False
        self._trainable = trainable
        self._trainable_weights: list[Any] = []
        self._non_trainable_weights: list[Any] = []
        self._updates: list[Any] = []
        self._losses: list[Any] = []
        self._callable_losses: list[Callable[[], Any]] = []
        self._conditional: dict[int, Any] = {}
        self._inbound_nodes: list[Any] = []
        self._activity_regularizer = kwargs.get("activity_regularizer")
        self._initial_weights = kwargs.get("weights")
        self._dtype: str | None = None if dtype is None else tf.as_dtype(dtype).base_dtype.name
        self._input_spec: Any = None
        self.built = False
        self.stateful = False
        self.supports_masking = False
        self._init_set_name(name)
        self._keras_style = _calls.keras_style
        if self._keras_style:
            self._check_keras_style("scope", scope)
            self._check_keras_style("reuse", self._reuse)
        self._call_has_scope_arg, self._expects_training_arg = self._call_takes("scope"), self._call_takes("training")
        self._scope: Any = None
        self._current_scope: Any = None
        if scope:
            with tf.variable_scope(scope) as opened:
                self._scope = opened

    def _check_keras_style(self, name: str, value: Any) -> None:
        if value is not None:
            raise ValueError(f"{name} argument not allowed when keras style layers are enabled, but saw: {value}")

    def _call_takes(self, name: str) -> bool:
        parameters = inspect.signature(self.call).parameters
        return name in parameters

    def _init_set_name(self, name: Any) -> None:
        if isinstance(name, tf.VariableScope):
            self._base_name: str = name.name
            self._name: str = self._make_unique_name()[0]
        else:
            self._base_name = self._name = name
        if not name:
            self._name, self._base_name = self._make_unique_name()

    def _make_unique_name(self) -> tuple[str, str]:
        base_name = to_snake_case(type(self).__name__)
        return unique_object_name(base_name), base_name

    # -- what subclasses override --------------------------------------------------------------------------------

    def build(self, input_shape: Any) -> None:
        """Makes the variables, given the shape of the inputs."""
        self.built = True

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Returns the outputs."""
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Returns the shape of the outputs for a shape of the inputs."""
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments that describe the layer."""
        return {"name": self.name, "trainable": self.trainable, "dtype": self.dtype}

    # -- what a layer is -----------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The layer's name; `scope_name` is that of its variables."""
        return self._name

    @property
    def scope_name(self) -> str:
        """The name of the variable scope.

        Raises:
          ValueError: the layer has not been called yet.
        """
        if not self._scope:
            raise ValueError(
                f'No name available for layer scope because the layer "{self._name}" has not been used yet. The scope '
                "name  is determined the first time the layer instance is called. You must therefore call the layer "
                "before querying `scope_name`."
            )
        name: str = self._scope.name
        return name

    @property
    def graph(self) -> None:
        """None: layers belong to no graph."""
        return

    @property
    def dtype(self) -> str | None:
        """The name of the variables' element type; None before it is known."""
        return self._dtype

    @property
    def trainable(self) -> bool:
        """Whether optimizers train the variables."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = value

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
        self._input_spec = value

    @property
    def dynamic(self) -> bool:
        """Whether the layer can run in eager mode only: never so here unless it was asked for."""
        return bool(self._dynamic)

    @property
    def trainable_weights(self) -> list[Any]:
        """The variables that optimizers train."""
        return list(self._trainable_weights) if self.trainable else []

    @property
    def non_trainable_weights(self) -> list[Any]:
        """The variables that they do not."""
        if self.trainable:
            return list(self._non_trainable_weights)
        return self._trainable_weights + self._non_trainable_weights

    @property
    def weights(self) -> list[Any]:
        """All variables, the trainable ones first."""
        return self.trainable_weights + self.non_trainable_weights

    @property
    def variables(self) -> list[Any]:
        """The same as `weights`."""
        return self.weights

    @property
    def trainable_variables(self) -> list[Any]:
        """The same as `trainable_weights`."""
        return self.trainable_weights

    @property
    def non_trainable_variables(self) -> list[Any]:
        """The same as `non_trainable_weights`."""
        return self.non_trainable_weights

    def count_params(self) -> int:
        """Returns the number of elements of all variables.

        Raises:
          ValueError: they are not made yet.
        """
        if not self.built:
            raise ValueError(
                f"You tried to call `count_params` on {self.name}, but the layer isn't built. You can build it manually "
                f"via: `{self.name}.build(batch_input_shape)`."
            )
        return sum(settings.product(w.shape.as_list()) for w in self.weights)

    def get_weights(self) -> list[Any]:
        """Returns the values of `weights` in the default session, as arrays."""
        return list(tf.get_default_session().run(self.weights))

    def set_weights(self, weights: Any) -> None:
        """Loads values into `weights`, in the default session.

        Raises:
          ValueError: another number of them, or other shapes.
        """
        params = self.weights
        if len(params) != len(weights):
            raise ValueError(
                f'You called `set_weights(weights)` on layer "{self.name}" with a  weight list of length '
                f"{len(weights)}, but the layer was expecting {len(params)} weights. Provided weights: "
                f"{str(weights)[:50]}..."
            )
        for param, value in zip(params, weights, strict=True):
            if not param.shape.is_compatible_with(np.shape(value)):
                raise ValueError(
                    f"Layer weight shape {param.shape} not compatible with provided weight shape {np.shape(value)}"
                )
        session = tf.get_default_session()
        for param, value in zip(params, weights, strict=True):
            param.load(value, session)

    # -- inputs and outputs --------------------------------------------------------------------------------------

    @property
    def inbound_nodes(self) -> list[Any]:
        """The calls that `tf.keras` knows of: none."""
        return self._inbound_nodes

    @property
    def input(self) -> Any:
        """The input, for layers that `tf.keras` connects.

        Raises:
          AttributeError: it does not.
        """
        raise AttributeError(f"Layer {self.name} is not connected, no input to return.")

    @property
    def output(self) -> Any:
        """The output, for layers that `tf.keras` connects.

        Raises:
          AttributeError: it does not.
        """
        raise AttributeError(f"Layer {self.name} has no inbound nodes.")

    @property
    def input_shape(self) -> Any:
        """The shape of the input, for layers that `tf.keras` connects.

        Raises:
          AttributeError: it does not.
        """
        raise AttributeError("The layer has never been called and thus has no defined input shape.")

    @property
    def output_shape(self) -> Any:
        """The shape of the output, for layers that `tf.keras` connects.

        Raises:
          AttributeError: it does not.
        """
        raise AttributeError("The layer has never been called and thus has no defined output shape.")

    # -- losses and updates --------------------------------------------------------------------------------------

    @property
    def losses(self) -> list[Any]:
        """The regularization losses; those of variables are made anew."""
        made = (loss() for loss in self._callable_losses)
        return self._losses + [loss for loss in made if loss is not None]

    @property
    def updates(self) -> list[Any]:
        """The operations that are to run with each step of training; none when the layer is not trainable."""
        return list(self._updates) if self.trainable or self.stateful else []

    def add_loss(self, losses: Any, inputs: Any = None) -> None:
        """Adds losses, to the layer and to the collection REGULARIZATION_LOSSES.

        Args:
          losses: a scalar tensor, a function that returns one (or None), or a list of these.
          inputs: what the losses depend on; None for what does not depend on the inputs.
        """
        new = []
        for loss in tf.nest.flatten(losses):
            if callable(loss):
                self._callable_losses.append(loss)
                made = loss()
                new += [] if made is None else [made]
            elif loss is not None:
                self._losses.append(tf.convert_to_tensor(loss))
                new.append(self._losses[-1])
                if inputs is not None:
                    self._conditional[id(self._losses[-1])] = inputs
        if not self._keras_style:
            _add_to_collection(new, tf.GraphKeys.REGULARIZATION_LOSSES)

    def add_update(self, updates: Any, inputs: Any = None) -> None:
        """Adds operations that are to run with each step of training.

        Args:
          updates: an operation, a tensor, a function that returns one, or a list of these.
          inputs: not used, as in TensorFlow: what they depend on is looked up.
        """
        for update in updates if isinstance(updates, list | tuple) else [updates]:
            made = update
            while callable(made) and not isinstance(made, tf.Operation):
                made = made()
            self._updates.append(made if isinstance(made, tf.Operation) else getattr(made, "op", made))

    def get_losses_for(self, inputs: Any) -> list[Any]:
        """Returns the losses that depend on the inputs; for None, those that depend on none."""
        if inputs is None:
            return [loss for loss in self.losses if id(loss) not in self._conditional]
        found = [loss for loss in self.losses if id(loss) in self._conditional]
        return [loss for loss in found if _depends(loss.op, inputs)]

    def get_updates_for(self, inputs: Any) -> list[Any]:
        """Returns the updates that depend on the inputs; for None, those that do not depend on the layer's."""
        if inputs is None:
            return [update for update in self.updates if not _depends(update, self._conditional.get(0, []))]
        return [update for update in self.updates if _depends(update, inputs)]

    # -- variables -----------------------------------------------------------------------------------------------

    def _set_scope(self, scope: Any = None) -> None:
        if self._scope is not None:
            return
        if self._reuse:
            opening = tf.variable_scope(self._base_name if scope is None else scope)
        else:
            opening = tf.variable_scope(scope, default_name=self._base_name)
        with opening as opened:
            self._scope = opened

    def _name_scope(self) -> Any:
        return self.name if self._keras_style else self._current_scope.original_name_scope

    def add_weight(
        self,
        name: str,
        shape: Any = None,
        dtype: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        trainable: bool | None = None,
        constraint: Any = None,
        use_resource: bool | None = None,
        synchronization: Any = tf.VariableSynchronization.AUTO,
        aggregation: Any = tf.VariableAggregation.NONE,
        partitioner: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Makes a variable in the layer's variable scope, or shares the one that is there.

        Args:
          name: its name in the scope.
          shape: its shape; a scalar's when None.
          dtype: its element type; the layer's, or float32, when None.
          initializer: as `tf.get_variable` takes it; the scope's, or `glorot_uniform`, when None.
          regularizer: a function from the variable to a scalar, which is added to the losses.
          trainable: whether optimizers train it, if they train the layer.
          constraint, use_resource, synchronization, aggregation, partitioner: see `tf.get_variable`.

        Raises:
          ValueError: it cannot be made or shared; one that is synchronized on reads but to be trained.
        """
        for key in kwargs:
            if key != "experimental_autocast":
                raise TypeError("Unknown keyword argument:", key)
        if synchronization == tf.VariableSynchronization.ON_READ:
            if trainable:
                raise ValueError(
                    "Synchronization value can be set to VariableSynchronization.ON_READ only for non-trainable "
                    "variables. You have specified trainable=True and "
                    "synchronization=VariableSynchronization.ON_READ."
                )
            trainable = False
        elif trainable is None:
            trainable = True
        options = {
            "constraint": constraint,
            "use_resource": use_resource,
            "synchronization": synchronization,
            "aggregation": aggregation,
        }
        dtype = tf.as_dtype(dtype or self.dtype or tf.float32)
        if self._dtype is None:
            self._dtype = dtype.base_dtype.name
        train = bool(trainable and self.trainable)
        shape = () if shape is None else shape
        if self._keras_style:
            made = _own_variable(name, shape, dtype, self._initializer(initializer, name, dtype), train, options)
            self._keep(made, train, name, regularizer)
            return made
        return self._scoped_weight(
            name, shape, dtype, initializer, regularizer, train, {**options, "partitioner": partitioner}
        )

    add_variable = add_weight

    def _scoped_weight(
        self,
        name: str,
        shape: Any,
        dtype: Any,
        initializer: Any,
        regularizer: Any,
        train: bool,
        options: dict[str, Any],
    ) -> Any:
        existing = {id(v) for v in tf.global_variables()}
        self._set_scope()
        with tf.variable_scope(self._scope, reuse=self.built or self._reuse, auxiliary_name_scope=False) as scope:
            self._current_scope = scope
            with tf.name_scope(self._name_scope()):
                options["use_resource"] = options["use_resource"] or self._use_resource_variables or scope.use_resource
                made = tf.get_variable(
                    name=name,
                    shape=shape,
                    dtype=dtype,
                    initializer=self._initializer(
                        scope.initializer if initializer is None else initializer, name, dtype
                    ),
                    trainable=train,
                    **options,
                )
                parts = list(made) if isinstance(made, _partitioned()) else [made]
                new = not any(id(part) in existing for part in parts)
                self._keep(made, train, name, regularizer if new else None)
        trained = {id(v) for v in tf.trainable_variables()}
        if train and id(made) not in trained and not isinstance(made, _partitioned()):
            # A custom getter of a scope around has made it one that is not trained.
            self._trainable_weights.remove(made)
            self._non_trainable_weights.append(made)
        return made

    def _initializer(self, initializer: Any, name: str, dtype: Any) -> Any:
        found = (
            settings.initializer(initializer)
            if initializer is None or isinstance(initializer, str | dict)
            else initializer
        )
        if found is not None:
            return found
        if dtype.is_floating:
            return tf.keras.initializers.glorot_uniform()
        if dtype.is_integer or dtype.is_unsigned or dtype.is_bool:
            return tf.keras.initializers.zeros()
        raise ValueError(
            f"An initializer for variable {name} of type {dtype.base_dtype} is required for layer {self.name}"
        )

    def _keep(self, variable: Any, train: bool, name: str, regularizer: Any) -> None:
        (self._trainable_weights if train else self._non_trainable_weights).append(variable)
        if regularizer:
            for part in variable if isinstance(variable, _partitioned()) else [variable]:
                self.add_loss(functools.partial(_weight_loss, part, name, settings.regularizer(regularizer)))

    # -- calling -------------------------------------------------------------------------------------------------

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Calls the layer: `build` the first time, and `call`.

        Args:
          inputs: a tensor or a nested structure of tensors.
          *args: handed to `call`.
          **kwargs: handed to `call`, but for `scope`, the variable scope to open when the layer is first called.

        Raises:
          ValueError: inputs that the layer does not take; `call` returned None.
        """
        scope = kwargs.pop("scope", None)
        if self._keras_style:
            self._check_keras_style("scope", scope)
            return self._call_in_name_scope(inputs, args, kwargs)
        self._set_scope(scope)
        if self.built:
            # Opened again and again as one object, which keeps what is set on the scope inside.
            if not hasattr(self, "_always_reuse_variable_scope"):
                self._always_reuse_variable_scope = tf.variable_scope(
                    self._scope, reuse=True, auxiliary_name_scope=False
                )
            opening = self._always_reuse_variable_scope
        else:
            opening = tf.variable_scope(self._scope, reuse=self._reuse, auxiliary_name_scope=False)
        with opening as opened:
            self._current_scope = opened
            if self._call_has_scope_arg:
                kwargs["scope"] = opened
            outputs = self._call_in_name_scope(inputs, args, kwargs)
        _add_to_collection(self.updates, tf.GraphKeys.UPDATE_OPS)
        return outputs

    def apply(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """The same as calling the layer."""
        return self(inputs, *args, **kwargs)

    def _call_in_name_scope(self, inputs: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if any(isinstance(x, np.ndarray | float | int) for x in tf.nest.flatten(inputs)):
            inputs = tf.nest.map_structure(
                lambda x: tf.convert_to_tensor(x) if isinstance(x, np.ndarray | float | int) else x, inputs
            )
        training = self._training(args, kwargs)
        _calls.training.append(training)
        try:
            assert_input_compatibility(self.input_spec, inputs, self.name)
            with tf.name_scope(self._name_scope()):
                self._maybe_build(inputs)
                self._conditional[0] = [*self._conditional.get(0, []), *tf.nest.flatten(inputs)]
                outputs = self.call(inputs, *args, **kwargs)
                if outputs is None:
                    raise ValueError(
                        "A layer's `call` method should return a Tensor or a list of Tensors, not None (layer: "
                        f"{self.name})."
                    )
                self._regularize_activity(inputs, outputs)
        finally:
            _calls.training.pop()
        return outputs

    def _training(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Returns what `call` gets as `training`, which layers called from it get too if they are given nothing."""
        if "training" in kwargs:
            return kwargs["training"] if self._expects_training_arg else kwargs.pop("training")
        if self._expects_training_arg and args:
            names = list(inspect.signature(self.call).parameters)[1:]
            if "training" in names[: len(args)]:
                return args[names.index("training")]
        training = _calls.training[-1]
        if self._expects_training_arg and training is not None:
            kwargs["training"] = (
                tf.cast(training, tf.bool) if tf.contrib.framework.is_tensor(training) else bool(training)
            )
        return training

    def _maybe_build(self, inputs: Any) -> None:
        if not self.built:
            flat = tf.nest.flatten(inputs)
            if flat and self._dtype is None and hasattr(flat[0], "dtype"):
                self._dtype = flat[0].dtype.base_dtype.name
            shapes = None
            if all(hasattr(x, "shape") for x in flat):
                shapes = tf.nest.map_structure(lambda x: x.shape, inputs)
            self.build(shapes)
            self.built = True
        if self._initial_weights is not None:
            self.set_weights(self._initial_weights)
            self._initial_weights = None

    def _regularize_activity(self, inputs: Any, outputs: Any) -> None:
        if not self._activity_regularizer:
            return
        with tf.name_scope("ActivityRegularizer"):
            for output in tf.nest.flatten(outputs):
                loss = self._activity_regularizer(output)
                self.add_loss(loss / tf.cast(tf.shape(output)[0], loss.dtype), inputs=inputs)

    def __deepcopy__(self, memo: dict[int, Any]) -> Layer:
        result = type(self).__new__(type(self))
        memo[id(self)] = result
        for key, value in vars(self).items():
            if key in {"_scope", "_always_reuse_variable_scope"}:
                setattr(result, key, copy.copy(value))
            elif any(
                tf.contrib.framework.is_tensor(x) for x in (value if isinstance(value, list | tuple) else [value])
            ):
                setattr(result, key, value)
            else:
                setattr(result, key, copy.deepcopy(value, memo))
        return result


def _partitioned() -> Any:
    from tangraph.ops.state.partitioned_variable import PartitionedVariable

    return PartitionedVariable


def _own_variable(name: str, shape: Any, dtype: Any, initializer: Any, trainable: bool, options: dict[str, Any]) -> Any:
    """Makes a variable as `tf.keras` does: named by the name scope, whatever the variable scope says."""
    resource = True if options["use_resource"] is None else options["use_resource"]
    if not callable(initializer):
        return tf.Variable(initializer, name=name, trainable=trainable, **{**options, "use_resource": resource})
    make = initializer(dtype=dtype) if isinstance(initializer, type) else initializer
    return tf.Variable(
        lambda: make(shape, dtype=dtype),
        name=name,
        trainable=trainable,
        dtype=dtype.base_dtype,
        **{**options, "use_resource": resource},
    )


def _weight_loss(variable: Any, name: str, regularizer: Any) -> Any:
    with tf.name_scope(f"{name}/Regularizer"):
        return regularizer(variable)


def _add_to_collection(elements: Any, key: str) -> None:
    """Appends to a collection what is not in it yet."""
    collection = tf.get_collection_ref(key)
    there = {id(element) for element in collection}
    for element in tf.nest.flatten(elements):
        if id(element) not in there:
            collection.append(element)
            there.add(id(element))


def _depends(op: Any, inputs: Any) -> bool:
    """Whether an operation is computed from one of the inputs."""
    wanted = {id(getattr(x, "op", x)) for x in tf.nest.flatten(inputs)}
    seen: set[int] = set()
    todo = [getattr(op, "op", op)]
    while todo:
        here = todo.pop()
        if id(here) in wanted:
            return True
        if id(here) not in seen:
            seen.add(id(here))
            todo += [x.op for x in here.inputs]
            todo += here.control_inputs
    return False
