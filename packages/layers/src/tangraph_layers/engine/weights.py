"""The part of the base class that makes and keeps variables."""

from __future__ import annotations

import functools
import math
from typing import Any

import tangraph as tf
from tangraph_layers import settings
from tangraph_layers.engine.policy import Policy
from tangraph_layers.engine.session import batch_get_value, batch_set_value, track_variable
from tangraph_layers.engine.settings import floatx
from tangraph_layers.engine.tracking import Tracking, layers_in


class Weights(Tracking):
    """A layer's variables, and those of the layers in it."""

    name: str
    built: bool
    trainable: bool
    _dtype_policy: Policy
    _updates: list[Any]

    def _gathered(self, attribute: str) -> list[Any]:
        """Returns what the layers in this one have of something, one after the other."""
        return [x for layer in layers_in(self._own("_layers", [])) for x in getattr(layer, attribute)]

    @property
    def trainable_weights(self) -> list[Any]:
        """The variables that optimizers train."""
        return self._trainable_weights + self._gathered("trainable_weights") if self.trainable else []

    @property
    def non_trainable_weights(self) -> list[Any]:
        """The variables that they do not."""
        if self.trainable:
            return self._non_trainable_weights + self._gathered("non_trainable_weights")
        return self._trainable_weights + self._non_trainable_weights + self._gathered("weights")

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

    @property
    def _unique_trainable_weights(self) -> list[Any]:
        return list({id(w): w for w in self.trainable_weights}.values())

    def add_weight(
        self,
        name: str | None = None,
        shape: Any = None,
        dtype: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        trainable: bool | None = None,
        constraint: Any = None,
        partitioner: Any = None,
        use_resource: bool | None = None,
        synchronization: Any = tf.VariableSynchronization.AUTO,
        aggregation: Any = tf.VariableAggregation.NONE,
        **kwargs: Any,
    ) -> Any:
        """Makes a variable of the layer.

        Args:
          name: its name; the layer's name scope comes before it.
          shape: its shape; a scalar's when None.
          dtype: its element type; the layer's, or that of `tf.keras.backend.floatx`, when None.
          initializer: an initializer or its name; `glorot_uniform`, or zeros for integers, when None.
          regularizer: a function from the variable to a scalar, or its name; the scalar is added to the losses.
          trainable: whether optimizers train it; True when None.
          constraint: a function that optimizers apply to it after each update, or its name.
          use_resource: whether it is a resource variable, as it is when None.
          partitioner, synchronization, aggregation: see `tf.get_variable`.
          **kwargs: `getter`, a function that makes the variable; `collections`, those that the variable joins.

        Raises:
          TypeError: an unknown argument.
          ValueError: there is no initializer for the type; a variable that is synchronized on reads but to be trained.
        """
        getter, collections = kwargs.pop("getter", make_variable), kwargs.pop("collections", None)
        kwargs.pop("experimental_autocast", None)
        for key in kwargs:
            raise TypeError("Unknown keyword argument:", key)
        dtype = tf.as_dtype(dtype or self._dtype_policy.variable_dtype or floatx())
        if self._dtype_policy.variable_dtype is None:
            self._dtype_policy = Policy(dtype.base_dtype.name)
        regularizer = settings.regularizer(regularizer)
        trainable = is_trained(trainable, synchronization)
        variable = getter(
            name=name,
            shape=() if shape is None else shape,
            initializer=self._initializer(settings.initializer(initializer), name, dtype),
            dtype=dtype,
            constraint=settings.constraint(constraint),
            trainable=trainable,
            partitioner=partitioner,
            use_resource=use_resource,
            collections=collections,
            synchronization=synchronization,
            aggregation=aggregation,
        )
        self._own("_checkpointed", {})[name] = variable
        track_variable(variable)
        if regularizer is not None:
            self._regularize(variable.name.partition(":")[0], variable, regularizer)
        (self._trainable_weights if trainable else self._non_trainable_weights).append(variable)
        return variable

    def add_variable(self, *args: Any, **kwargs: Any) -> Any:
        """The same as `add_weight`."""
        return self.add_weight(*args, **kwargs)

    def _initializer(self, initializer: Any, name: Any, dtype: Any) -> Any:
        if initializer is not None:
            return initializer
        if dtype.is_floating:
            return tf.keras.initializers.glorot_uniform()
        if dtype.is_integer or dtype.is_unsigned or dtype.is_bool:
            return tf.keras.initializers.zeros()
        raise ValueError(
            f"An initializer for variable {name} of type {dtype.base_dtype} is required for layer {self.name}"
        )

    def _regularize(self, name: str, variable: Any, regularizer: Any) -> None:
        for part in variable if isinstance(variable, partitioned_variable()) else [variable]:
            self.add_loss(functools.partial(_weight_loss, part, name, regularizer))

    def add_loss(self, losses: Any, inputs: Any = None) -> None:
        """Adds losses; the part of the class that keeps losses defines it."""
        raise NotImplementedError

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
        return sum(math.prod(w.shape.as_list()) for w in self.weights)

    def get_weights(self) -> list[Any]:
        """Returns the values of `weights` as arrays."""
        return batch_get_value(self.weights)

    def set_weights(self, weights: Any) -> None:
        """Assigns arrays to `weights`.

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
        pairs = list(zip(params, weights, strict=True))
        for param, value in pairs:
            if not param.shape.is_compatible_with(value.shape):
                raise ValueError(
                    f"Layer weight shape {param.shape} not compatible with provided weight shape {value.shape}"
                )
        batch_set_value(pairs)


def is_trained(trainable: bool | None, synchronization: Any) -> bool:
    """Returns whether optimizers train a variable, from the arguments of `add_weight`.

    Raises:
      ValueError: it is synchronized on reads, but to be trained.
    """
    if synchronization != tf.VariableSynchronization.ON_READ:
        return True if trainable is None else trainable
    if trainable:
        raise ValueError(
            "Synchronization value can be set to VariableSynchronization.ON_READ only for non-trainable variables. You "
            "have specified trainable=True and synchronization=VariableSynchronization.ON_READ."
        )
    return False


def make_variable(
    name: str | None,
    shape: Any,
    dtype: Any,
    initializer: Any,
    trainable: bool,
    constraint: Any = None,
    partitioner: Any = None,
    use_resource: bool | None = None,
    collections: Any = None,
    synchronization: Any = tf.VariableSynchronization.AUTO,
    aggregation: Any = tf.VariableAggregation.NONE,
) -> Any:
    """Makes a variable that is named by the name scope, whatever the variable scope says."""
    options = {
        "constraint": constraint,
        "use_resource": True if use_resource is None else use_resource,
        "collections": collections,
        "synchronization": synchronization,
        "aggregation": aggregation,
    }
    if not callable(initializer):
        return tf.Variable(initializer, name=name, trainable=trainable, **options)
    make = initializer() if isinstance(initializer, type) else initializer
    return tf.Variable(
        lambda: make(shape, dtype=dtype), name=name, trainable=trainable, dtype=dtype.base_dtype, **options
    )


def partitioned_variable() -> Any:
    """Returns the class of variables in several parts."""
    from tangraph.ops.state.partitioned_variable import PartitionedVariable

    return PartitionedVariable


def _weight_loss(variable: Any, name: str, regularizer: Any) -> Any:
    with tf.name_scope(f"{name}/Regularizer"):
        return regularizer(variable)
