"""The base class of optimizers."""

from __future__ import annotations

import functools
import inspect
from typing import Any, ClassVar, Final

import numpy as np

import tangraph as tf
from tangraph.export import export
from tangraph.ops.state.scatter import resource_scatter
from tangraph.ops.state.training_ops import apply
from tangraph_keras.optimizers.schedules import LearningRateSchedule
from tangraph_keras.optimizers.schedules import deserialize as deserialize_schedule
from tangraph_keras.optimizers.schedules import serialize as serialize_schedule
from tangraph_layers.engine.session import batch_get_value, batch_set_value, get_value, set_value, track_variable
from tangraph_layers.engine.weights import is_trained, make_variable
from tangraph_layers.names import to_snake_case, unique_object_name

#: What updates have in common: for each device and type, tensors by name.
State = dict[tuple[Any, Any], dict[str, Any]]

_VALID: Final = ("float16", "bfloat16", "float32", "float64")
_OPTIONS: Final = {"clipnorm", "clipvalue", "lr", "decay"}


@export("keras.optimizers.Optimizer")
class OptimizerV2:
    """Moves weights by their gradients.

    Subclasses set numbers that may change in training (`_set_hyper`), make slots, the variables beside each weight
    (`_create_slots`), and say how a gradient changes a weight (`_resource_apply_dense`, `_resource_apply_sparse`). The
    numbers become variables when they are first needed, so that they can be assigned to: ``optimizer.lr = 0.1``.

    Args:
      name: the name scope of the operations and of the slots.
      **kwargs: `clipnorm`, the largest length of a gradient; `clipvalue`, the largest absolute value of its elements;
        `decay`, by which the learning rate falls: ``lr / (1 + decay * iterations)``; `lr`, an old name of
        `learning_rate`.

    Raises:
      TypeError: an unknown argument.
      ValueError: a negative one.
    """

    #: The names of the buffers beside a weight, in the order in which they are made.
    _slot_order: ClassVar[tuple[str, ...]] = ()

    def __init__(self, name: str | None, **kwargs: Any) -> None:
        for key, value in kwargs.items():
            if key not in _OPTIONS:
                raise TypeError(f"Unexpected keyword argument passed to optimizer: {key}")
            if value < 0:
                raise ValueError(f"Expected {key} >= 0, received: {value}")
        self._use_locking = True
        self._name = name or unique_object_name(to_snake_case(type(self).__name__), zero_based=True)
        self._hyper: dict[str, Any] = {}
        self._slots: dict[str, dict[str, Any]] = {}
        self._slot_names: list[str] = []
        self._weights: list[Any] = []
        self._iterations: Any = None
        self._tracked: dict[str, Any] = {}
        self._initial_decay = kwargs.get("decay", 0.0)
        for key in ("clipnorm", "clipvalue"):
            if key in kwargs:
                setattr(self, key, kwargs[key])
        self._hypers_created = False

    # -- what subclasses override --------------------------------------------------------------------------------

    def _create_slots(self, var_list: list[Any]) -> None:
        for slot in self._slot_order:
            for var in var_list:
                self.add_slot(var, slot)

    def _prepare_local(self, var_device: Any, var_dtype: Any, apply_state: State) -> None:
        """Puts the tensors that the updates of all weights of a device and type have in common into `apply_state`."""
        if "learning_rate" in self._hyper:
            apply_state[var_device, var_dtype]["lr_t"] = tf.identity(self._decayed_lr(var_dtype))

    def _resource_apply_dense(self, grad: Any, var: Any, apply_state: State | None = None) -> Any:
        """Returns the operation that moves a weight."""
        raise NotImplementedError

    def _resource_apply_sparse(self, grad: Any, var: Any, indices: Any, apply_state: State | None = None) -> Any:
        """Returns the operation that moves rows of a weight, each named once."""
        raise NotImplementedError

    def _resource_apply_sparse_duplicate_indices(self, grad: Any, var: Any, indices: Any, **kwargs: Any) -> Any:
        """Returns the operation that moves rows, the gradients of which are added up where a row is named twice."""
        unique, positions = tf.unique(indices)
        summed = tf.unsorted_segment_sum(grad, positions, tf.shape(unique)[0])
        return self._resource_apply_sparse(summed, var, unique, **kwargs)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments."""
        config: dict[str, Any] = {"name": self._name}
        for key in ("clipnorm", "clipvalue"):
            if key in self.__dict__:
                config[key] = self.__dict__[key]
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Returns an optimizer with the arguments in a config.

        Args:
          config: the arguments; `lr` may stand for `learning_rate`.
          custom_objects: classes of learning rates by name.
        """
        if "lr" in config:
            config["learning_rate"] = config.pop("lr")
        if isinstance(config.get("learning_rate"), dict):
            config["learning_rate"] = deserialize_schedule(config["learning_rate"], custom_objects=custom_objects)
        return cls(**config)

    # -- gradients -----------------------------------------------------------------------------------------------

    def minimize(self, loss: Any, var_list: Any, grad_loss: Any = None, name: str | None = None) -> Any:
        """Returns the operation that moves weights to make a loss smaller.

        Args:
          loss: a function without arguments that returns the loss.
          var_list: the weights, or a function that returns them.
          grad_loss: the gradient of the loss; 1 when None.
          name: the operation's name scope.
        """
        with tf.GradientTape() as tape:
            if not callable(var_list):
                tape.watch(var_list)
            value = loss()
        variables = tf.nest.flatten(var_list() if callable(var_list) else var_list)
        with tf.name_scope(f"{self._name}/gradients"):
            gradients = self._clipped(tape.gradient(value, variables, grad_loss))
        self._check_dtypes(gradients, variables)
        return self.apply_gradients(list(zip(gradients, variables, strict=True)), name=name)

    def get_gradients(self, loss: Any, params: Any) -> list[Any]:
        """Returns the gradients of a loss, clipped.

        Raises:
          ValueError: a weight that the loss does not depend on.
        """
        params = tf.nest.flatten(params)
        with tf.name_scope(f"{self._name}/gradients"):
            gradients = tf.gradients(loss, params)
            for gradient, param in zip(gradients, params, strict=True):
                if gradient is None:
                    raise ValueError(
                        f"Variable {param} has `None` for gradient. Please make sure that all of your ops have a "
                        "gradient defined (i.e. are differentiable). Common ops without gradient: K.argmax, K.round, "
                        "K.eval."
                    )
            return self._clipped(gradients)

    def _clipped(self, gradients: list[Any]) -> list[Any]:
        if "clipnorm" in self.__dict__:
            gradients = [tf.clip_by_norm(g, self.clipnorm) for g in gradients]
        if "clipvalue" in self.__dict__:
            gradients = [tf.clip_by_value(g, -self.clipvalue, self.clipvalue) for g in gradients]
        return gradients

    def get_updates(self, loss: Any, params: Any) -> list[Any]:
        """Returns the operations of one step of training, in a list."""
        gradients = self.get_gradients(loss, params)
        self._check_dtypes(gradients, params)
        return [self.apply_gradients(list(zip(gradients, params, strict=True)))]

    def _check_dtypes(self, gradients: list[Any], params: Any) -> None:
        for gradient, param in zip(gradients, params, strict=True):
            if gradient is not None and param.dtype.base_dtype.name not in _VALID:
                valid = [tf.as_dtype(name) for name in _VALID]
                raise ValueError(f"Invalid type {param.dtype.base_dtype!r} for {param.name}, expected: {valid}.")

    # -- updates -------------------------------------------------------------------------------------------------

    def apply_gradients(self, grads_and_vars: Any, name: str | None = None) -> Any:
        """Returns the operation that moves weights and counts the step.

        Args:
          grads_and_vars: pairs of a gradient (or None) and a weight.
          name: the operation's name scope; the optimizer's name when None.

        Raises:
          ValueError: no weight has a gradient.
        """
        pairs = _with_gradients(grads_and_vars)
        variables = [v for _, v in pairs]
        with tf.name_scope(self._name):
            with tf.init_scope():
                _ = self.iterations
                self._create_hypers()
                self._create_slots(variables)
            apply_state = self._prepare(variables)
            updates = []
            with tf.name_scope(name or self._name):
                for gradient, variable in pairs:
                    with tf.name_scope(f"update_{variable.op.name}"), tf.colocate_with(variable):
                        updates.append(self._update(gradient, variable, apply_state))
                with tf.control_dependencies(updates):
                    return self._iterations.assign_add(1).op

    def _prepare(self, var_list: list[Any]) -> State:
        """Returns what updates have in common, for each device and type of the weights."""
        apply_state: State = {}
        for variable in var_list:
            device, dtype = variable.device, variable.dtype.base_dtype
            if (device, dtype) not in apply_state:
                apply_state[device, dtype] = {}
                with tf.device(device):
                    self._prepare_local(device, dtype, apply_state)
        return apply_state

    def _common(self, var: Any, apply_state: State | None) -> dict[str, Any]:
        """Returns what the updates of weights like this one have in common."""
        found = (apply_state or {}).get((var.device, var.dtype.base_dtype))
        return found or self._fallback_apply_state(var.device, var.dtype.base_dtype)

    def _fallback_apply_state(self, var_device: Any, var_dtype: Any) -> dict[str, Any]:
        apply_state: State = {(var_device, var_dtype): {}}
        self._prepare_local(var_device, var_dtype, apply_state)
        return apply_state[var_device, var_dtype]

    def _update(self, gradient: Any, variable: Any, apply_state: State) -> Any:
        if isinstance(variable, tf.Tensor):
            raise NotImplementedError("Trying to update a Tensor ", variable)
        if isinstance(gradient, tf.IndexedSlices):
            if variable.constraint is not None:
                raise RuntimeError("Cannot use a constraint function on a sparse variable.")
            state = _state_for(self._resource_apply_sparse, apply_state)
            return self._resource_apply_sparse_duplicate_indices(gradient.values, variable, gradient.indices, **state)
        update = self._resource_apply_dense(gradient, variable, **_state_for(self._resource_apply_dense, apply_state))
        if variable.constraint is None:
            return update
        with tf.control_dependencies([update]):
            return variable.assign(variable.constraint(variable))

    def _kernel(self, op_type: str, buffers: tuple[Any, ...], *values: Any, **attrs: Any) -> Any:
        """Returns one of the operations that update buffers in place."""
        handles = (buffer.handle for buffer in buffers)
        return apply(op_type, *handles, *values, use_locking=self._use_locking, **attrs)

    def _resource_scatter_add(self, x: Any, i: Any, v: Any) -> Any:
        with tf.control_dependencies([resource_scatter("Add", x, i, v, None)]):
            return x.value()

    def _resource_scatter_update(self, x: Any, i: Any, v: Any) -> Any:
        with tf.control_dependencies([resource_scatter("Update", x, i, v, None)]):
            return x.value()

    # -- numbers that may change ---------------------------------------------------------------------------------

    def _set_hyper(self, name: str, value: Any) -> None:
        """Sets a number: anew, or, once it is a variable, by assignment in Keras' session."""
        before = self._hyper.get(name)
        replaced = isinstance(before, tf.Tensor | int | float | LearningRateSchedule) or callable(before)
        if name not in self._hyper or replaced or isinstance(value, LearningRateSchedule):
            self._hyper[name] = value
        else:
            set_value(before, value)

    def _get_hyper(self, name: str, dtype: Any = None) -> Any:
        """Returns a number as a tensor or variable, a learning rate that follows a schedule as that."""
        if not self._hypers_created:
            self._create_hypers()
        value = self._hyper[name]
        if isinstance(value, LearningRateSchedule):
            return value
        if callable(value):
            value = value()
        return tf.cast(value, dtype) if dtype else value

    def _create_hypers(self) -> None:
        if self._hypers_created:
            return
        for name, value in sorted(self._hyper.items()):
            if not isinstance(value, tf.Tensor | tf.Variable) and not callable(value):
                self._hyper[name] = self.add_weight(
                    name,
                    shape=[],
                    trainable=False,
                    initializer=value,
                    aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
                )
        self._hypers_created = True

    def __getattr__(self, name: str) -> Any:
        hyper = self.__dict__.get("_hyper", {})
        name = "learning_rate" if name == "lr" else name
        if name in hyper:
            return self._get_hyper(name)
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __setattr__(self, name: str, value: Any) -> None:
        name = "learning_rate" if name == "lr" else name
        if name in self.__dict__.get("_hyper", {}):
            self._set_hyper(name, value)
        else:
            super().__setattr__(name, value)

    def _decayed_lr(self, var_dtype: Any) -> Any:
        rate = self._get_hyper("learning_rate", var_dtype)
        if isinstance(rate, LearningRateSchedule):
            rate = tf.cast(rate(tf.cast(self.iterations, var_dtype)), var_dtype)
        if self._initial_decay > 0.0:
            step = tf.cast(self.iterations, var_dtype)
            rate = rate / (1.0 + self._get_hyper("decay", var_dtype) * step)
        return rate

    def _serialize_hyperparameter(self, hyperparameter_name: str) -> Any:
        value = self._hyper[hyperparameter_name]
        if isinstance(value, LearningRateSchedule):
            return serialize_schedule(value)
        return value() if callable(value) else get_value(value)

    def _hyper_config(self, *names: str) -> dict[str, Any]:
        return {name: self._serialize_hyperparameter(name) for name in names}

    # -- variables -----------------------------------------------------------------------------------------------

    @property
    def iterations(self) -> Any:
        """The variable that counts the steps; made when it is first asked for."""
        if self._iterations is None:
            self._iterations = self.add_weight(
                "iter",
                shape=[],
                dtype=tf.int64,
                trainable=False,
                aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
            )
            self._weights.append(self._iterations)
        return self._iterations

    @iterations.setter
    def iterations(self, variable: Any) -> None:
        if self._iterations is not None:
            raise RuntimeError(
                "Cannot set `iterations` to a new Variable after the Optimizer weights have been created"
            )
        self._iterations = variable
        self._weights.append(variable)

    def add_weight(
        self,
        name: str,
        shape: Any,
        dtype: Any = None,
        initializer: Any = "zeros",
        trainable: bool | None = None,
        synchronization: Any = tf.VariableSynchronization.AUTO,
        aggregation: Any = tf.VariableAggregation.NONE,
    ) -> Any:
        """Makes a variable of the optimizer; its name is in the name scope.

        Args:
          name: the variable's name.
          shape: its shape.
          dtype: its element type; float32 when None.
          initializer: an initializer, its name, or a value.
          trainable: whether other optimizers train it; True when None.
          synchronization, aggregation: see `tf.get_variable`.
        """
        if isinstance(initializer, str) or callable(initializer):
            initializer = tf.keras.initializers.get(initializer)
        variable = make_variable(
            name=name,
            shape=shape,
            initializer=initializer,
            dtype=tf.as_dtype(dtype or tf.float32),
            trainable=is_trained(trainable, synchronization),
            use_resource=True,
            synchronization=synchronization,
            aggregation=aggregation,
        )
        self._tracked[name] = variable
        track_variable(variable)
        return variable

    def add_slot(self, var: Any, slot_name: str, initializer: Any = "zeros") -> Any:
        """Returns the variable beside a weight, which is made when there is none yet.

        Args:
          var: the weight.
          slot_name: what the optimizer calls it.
          initializer: an initializer, its name, or a value.
        """
        if slot_name not in self._slot_names:
            self._slot_names.append(slot_name)
        slots = self._slots.setdefault(var._shared_name, {})
        if slot_name not in slots:
            value = initializer
            if isinstance(initializer, str) or callable(initializer):
                found = tf.keras.initializers.get(initializer)
                value = functools.partial(found, shape=var.shape, dtype=var.dtype)
            with tf.colocate_with(var):
                slot = tf.Variable(
                    name=f"{var._shared_name}/{slot_name}",
                    dtype=var.dtype,
                    trainable=False,
                    initial_value=value,
                    use_resource=True,
                )
            track_variable(slot)
            slots[slot_name] = slot
            self._weights.append(slot)
        return slots[slot_name]

    def get_slot(self, var: Any, slot_name: str) -> Any:
        """Returns the variable beside a weight.

        Raises:
          KeyError: there is none.
        """
        return self._slots[var._shared_name][slot_name]

    def get_slot_names(self) -> list[str]:
        """Returns what the optimizer calls the variables beside weights."""
        return self._slot_names

    def variables(self) -> list[Any]:
        """Returns the optimizer's variables: the count of steps, and the slots."""
        return self._weights

    @property
    def weights(self) -> list[Any]:
        """The optimizer's variables: the count of steps, and the slots."""
        return self._weights

    def get_weights(self) -> list[Any]:
        """Returns the values of `weights`, as arrays."""
        return batch_get_value(self.weights)

    def set_weights(self, weights: list[Any]) -> None:
        """Writes values into `weights`.

        Raises:
          ValueError: another number of them, or other shapes.
        """
        params = self.weights
        if len(params) != len(weights):
            raise ValueError(
                f"You called `set_weights(weights)` on optimizer {self._name} with a  weight list of length "
                f"{len(weights)}, but the optimizer was expecting {len(params)} weights. Provided weights: "
                f"{str(weights)[:50]}..."
            )
        for now, value in zip(batch_get_value(params), weights, strict=True):
            if now.shape != np.shape(value):
                raise ValueError(
                    f"Optimizer weight shape {now.shape} not compatible with provided weight shape {np.shape(value)}"
                )
        batch_set_value(list(zip(params, weights, strict=True)))

    @property
    def _checkpoint_dependencies(self) -> list[tuple[str, Any]]:
        schedules = {key: v for key, v in self._hyper.items() if hasattr(v, "_checkpoint_dependencies")}
        return list({**self._tracked, **schedules}.items())

    def _create_or_restore_slot_variable(self, slot_variable_position: Any, slot_name: str, variable: Any) -> None:
        """Marks optimizers with slots, for checkpoints; a graph's slots are there when they are restored."""


def _state_for(method: Any, apply_state: State) -> dict[str, State]:
    """Returns what updates have in common as an argument, for methods that take it."""
    return {"apply_state": apply_state} if "apply_state" in inspect.getfullargspec(method).args else {}


def _with_gradients(grads_and_vars: Any) -> list[tuple[Any, Any]]:
    pairs = list(grads_and_vars)
    found = [(g, v) for g, v in pairs if g is not None]
    if pairs and not found:
        raise ValueError(f"No gradients provided for any variable: {[v.name for _, v in pairs]}.")
    if len(found) < len(pairs):
        missing = [v.name for g, v in pairs if g is None]
        tf.logging.warning("Gradients do not exist for variables %s when minimizing the loss.", missing)
    return found
