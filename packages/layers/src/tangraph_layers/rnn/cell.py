"""The base classes of cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tangraph as tf
from tangraph.export import export
from tangraph_layers.base import Layer
from tangraph_layers.rnn.states import zero_state_tensors

if TYPE_CHECKING:
    from collections.abc import Callable


def _has(thing: Any, name: str) -> bool:
    """Whether there is such an attribute; one that raises when it is asked for counts as one."""
    try:
        getattr(thing, name)
    except AttributeError:
        return False
    except Exception:  # noqa: BLE001  any other error means that it exists
        return True
    return True


def assert_like_rnncell(name: str, cell: Any) -> None:
    """Raises TypeError unless an argument of that name is a cell."""
    conditions = [
        (_has(cell, "output_size"), "'output_size' property is missing"),
        (_has(cell, "state_size"), "'state_size' property is missing"),
        (
            _has(cell, "zero_state") or _has(cell, "get_initial_state"),
            "either 'zero_state' or 'get_initial_state' method is required",
        ),
        (callable(cell), "is not callable"),
    ]
    errors = [text for good, text in conditions if not good]
    if errors:
        raise TypeError(f"The argument {name!r} ({cell}) is not an RNNCell: {', '.join(errors)}.")


def check_input_dtypes(inputs: Any) -> None:
    """Raises ValueError unless all tensors of nested structures hold floating point numbers."""
    for tensor in tf.nest.flatten(inputs):
        if not tensor.dtype.is_floating:
            raise ValueError(f"RNN cell only supports floating point inputs, but saw dtype: {tensor.dtype}")


def input_depth(input_shape: Any) -> int:
    """Returns the size of the last axis of a cell's inputs.

    Raises:
      ValueError: it is not known.
    """
    shape = tf.TensorShape(input_shape)
    depth = shape[-1].value
    if depth is None:
        raise ValueError(f"Expected inputs.shape[-1] to be known, saw shape: {tuple(shape.as_list())}")
    return int(depth)


@export("nn.rnn_cell.RNNCell", "contrib.rnn.RNNCell")
class RNNCell(Layer):
    """A function from inputs and a state to outputs and the next state.

    Subclasses define `state_size` and `output_size`, and `call(inputs, state)`, which returns a pair. Variables that
    `call` takes from `tf.get_variable` belong to the cell.

    Args:
      trainable: whether optimizers train the variables.
      name: the name of the cell and of its variable scope; the class's in snake case when None.
      dtype: the element type of variables; that of the first input when None.
      **kwargs: see `tf.layers.Layer`.

    >>> class Sum(tf.nn.rnn_cell.RNNCell):
    ...     state_size = output_size = 2
    ...
    ...     def call(self, inputs, state):
    ...         return inputs + state, inputs + state
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     outputs, state = tf.nn.dynamic_rnn(Sum(), tf.ones([1, 3, 2]), dtype=tf.float32)
    ...     sess.run(state).tolist()
    [[3.0, 3.0]]
    """

    def __init__(self, trainable: bool = True, name: Any = None, dtype: Any = None, **kwargs: Any) -> None:
        super().__init__(trainable=trainable, name=name, dtype=dtype, **kwargs)

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """Returns the outputs and the next state.

        Args:
          inputs: a tensor of shape [batch, depth], or a nested structure of tensors.
          state: tensors of the shapes [batch, ...size], in the structure of `state_size`.
          scope: the variable scope, or its name; the current one with the cell's name below it by default.
        """
        if scope is not None:
            with tf.variable_scope(scope, custom_getter=self._rnn_get_variable) as opened:
                return super().__call__(inputs, state, scope=opened)
        if not hasattr(self, "_rnncell_scope"):
            self._rnncell_scope = tf.variable_scope(tf.get_variable_scope(), custom_getter=self._rnn_get_variable)
        with self._rnncell_scope:
            return super().__call__(inputs, state)

    def _rnn_get_variable(self, getter: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Makes a variable and remembers it among the cell's."""
        variable = getter(*args, **kwargs)
        one = variable if isinstance(variable, tf.Variable) else next(iter(variable))
        trained = any(one is v for v in tf.trainable_variables())
        kept = self._trainable_weights if trained else self._non_trainable_weights
        if not any(variable is v for v in kept):
            kept.append(variable)
        return variable

    @property
    def state_size(self) -> Any:
        """The sizes of the state: numbers or shapes without the batch, possibly nested."""
        raise NotImplementedError("Abstract method")

    @property
    def output_size(self) -> Any:
        """The sizes of the outputs."""
        raise NotImplementedError("Abstract method")

    def build(self, _: Any) -> None:
        """Nothing: subclasses may make variables here, or in `call`."""

    def get_initial_state(self, inputs: Any = None, batch_size: Any = None, dtype: Any = None) -> Any:
        """Returns the state before the first step: zeros.

        Args:
          inputs: the inputs of a step, which tell batch size and type.
          batch_size: a number or a scalar tensor.
          dtype: the element type.

        Raises:
          ValueError: what is told is too little, or contradicts itself.
        """
        if inputs is not None:
            inputs = tf.convert_to_tensor(inputs, name="inputs")
            if batch_size is not None:
                known = (
                    tf.contrib.util.constant_value(batch_size)
                    if tf.contrib.framework.is_tensor(batch_size)
                    else batch_size
                )
                if inputs.shape.dims[0].value != known:
                    raise ValueError(
                        f"batch size from input tensor is different from the input param. Input tensor batch: "
                        f"{inputs.shape.dims[0].value}, batch_size: {batch_size}"
                    )
            if dtype is not None and inputs.dtype != dtype:
                raise ValueError(
                    f"dtype from input tensor is different from the input param. Input tensor dtype: {inputs.dtype}, "
                    f"dtype: {dtype}"
                )
            static = inputs.shape.dims[0].value
            batch_size = tf.shape(inputs)[0] if static is None else static
            dtype = inputs.dtype
        if batch_size is None or dtype is None:
            raise ValueError(
                f"batch_size and dtype cannot be None while constructing initial state: batch_size={batch_size}, "
                f"dtype={dtype}"
            )
        return self.zero_state(batch_size, dtype)

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """Returns zeros of the shapes [batch_size, ...size], in the structure of `state_size`.

        Args:
          batch_size: a number or a scalar tensor.
          dtype: the element type.
        """
        with tf.name_scope(type(self).__name__ + "ZeroState", values=[batch_size]):
            return zero_state_tensors(self.state_size, batch_size, dtype)


@export("contrib.rnn.LayerRNNCell")
class LayerRNNCell(RNNCell):
    """A cell that makes its variables in `build`, as layers do."""

    def __call__(self, inputs: Any, state: Any, scope: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Returns the outputs and the next state; see `tf.nn.rnn_cell.RNNCell`."""
        return Layer.__call__(self, inputs, state, *args, scope=scope, **kwargs)


def activation_name(activation: Any) -> Any:
    """Returns the name of an activation function, as configurations hold it."""
    return getattr(activation, "__name__", activation)
