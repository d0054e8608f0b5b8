"""The base class of layers that take their variables from variable scopes."""

from __future__ import annotations

import copy
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import tangraph as tf
from tangraph.export import export
from tangraph_layers import settings
from tangraph_layers.engine.layer import Layer as KerasLayer
from tangraph_layers.engine.session import track_variable
from tangraph_layers.engine.weights import is_trained, partitioned_variable
from tangraph_layers.names import to_snake_case, unique_object_name

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Style(threading.local):
    def __init__(self) -> None:
        self.keras = False


_style: Final = _Style()


@export("layers.experimental.keras_style_scope")
@contextmanager
def keras_style_scope() -> Iterator[None]:
    """Lets layers and RNN cells that are made in the block manage variables as those of `tf.keras` do.

    Each layer then makes variables of its own, whatever the variable scope says; `scope` and `reuse` are errors.
    """
    before, _style.keras = _style.keras, True
    try:
        yield
    finally:
        _style.keras = before


@export("layers.experimental.set_keras_style")
def set_keras_style() -> None:
    """Does for the rest of the program what `keras_style_scope` does for a block."""
    _style.keras = True


@export("layers.Layer")
class Layer(KerasLayer):
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
        self._use_resource_variables = False
        super().__init__(trainable=trainable, name=name, dtype=dtype, **kwargs)
        self._keras_style = _style.keras
        if self._keras_style:
            self._check_keras_style("scope", scope)
            self._check_keras_style("reuse", self._reuse)
        self._call_has_scope_arg = "scope" in self._call_fn_args
        self._scope: Any = None
        self._current_scope: Any = None
        if scope:
            with tf.variable_scope(scope) as opened:
                self._scope = opened

    def _check_keras_style(self, name: str, value: Any) -> None:
        if value is not None:
            raise ValueError(f"{name} argument not allowed when keras style layers are enabled, but saw: {value}")

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

    # Attributes are only attributes here: variables and layers join a layer by `add_weight` alone.
    __setattr__ = object.__setattr__  # type: ignore[assignment]  # what it holds is not tracked
    __delattr__ = object.__delattr__

    _is_legacy_layer: Final = True

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

    def add_loss(self, losses: Any, inputs: Any = None) -> None:
        """Adds losses, to the layer and to the collection REGULARIZATION_LOSSES.

        Args:
          losses: a scalar tensor, a function that returns one (or None), or a list of these.
          inputs: what the losses depend on; None for what does not depend on the inputs.
        """
        number, callables = len(self._losses), len(self._callable_losses)
        super().add_loss(losses, inputs=inputs)
        made = [loss() for loss in self._callable_losses[callables:]]
        new = self._losses[number:] + [loss for loss in made if loss is not None]
        _add_to_collection(new, tf.GraphKeys.REGULARIZATION_LOSSES)

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
        return super()._name_scope() if self._keras_style else self._current_scope.original_name_scope

    def add_weight(  # type: ignore[override]  # the order of TensorFlow's
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
        if self._keras_style:
            return super().add_weight(
                name=name,
                shape=shape,
                dtype=dtype,
                initializer=initializer,
                regularizer=regularizer,
                trainable=trainable and self.trainable,
                constraint=constraint,
                use_resource=use_resource,
                partitioner=partitioner,
            )
        trainable = is_trained(trainable, synchronization)
        dtype = tf.as_dtype(dtype or self.dtype or tf.float32)
        if self.dtype is None:
            self._dtype = dtype
        options = {
            "constraint": constraint,
            "use_resource": use_resource,
            "synchronization": synchronization,
            "aggregation": aggregation,
            "partitioner": partitioner,
        }
        shape = () if shape is None else shape
        return self._scoped_weight(name, shape, dtype, initializer, regularizer, trainable and self.trainable, options)

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
                    initializer=self._found_initializer(
                        scope.initializer if initializer is None else initializer, name, dtype
                    ),
                    trainable=train,
                    **options,
                )
                parts = list(made) if isinstance(made, partitioned_variable()) else [made]
                new = not any(id(part) in existing for part in parts)
                self._keep(made, train, name, regularizer if new else None)
        trained = {id(v) for v in tf.trainable_variables()}
        if train and id(made) not in trained and not isinstance(made, partitioned_variable()):
            # A custom getter of a scope around has made it one that is not trained.
            self._trainable_weights.remove(made)
            self._non_trainable_weights.append(made)
        return made

    def _found_initializer(self, initializer: Any, name: str, dtype: Any) -> Any:
        if initializer is None or isinstance(initializer, str | dict):
            initializer = settings.initializer(initializer)
        return self._initializer(initializer, name, dtype)

    def _keep(self, variable: Any, train: bool, name: str, regularizer: Any) -> None:
        self._own("_checkpointed", {})[name] = variable
        track_variable(variable)
        (self._trainable_weights if train else self._non_trainable_weights).append(variable)
        if regularizer:
            self._regularize(name, variable, settings.regularizer(regularizer))

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
            return super().__call__(inputs, *args, **kwargs)
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
            outputs = super().__call__(inputs, *args, **kwargs)
        _add_to_collection(self.updates, tf.GraphKeys.UPDATE_OPS)
        return outputs

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


def _add_to_collection(elements: Any, key: str) -> None:
    """Appends to a collection what is not in it yet."""
    collection = tf.get_collection_ref(key)
    there = {id(element) for element in collection}
    for element in tf.nest.flatten(elements):
        if id(element) not in there:
            collection.append(element)
            there.add(id(element))
