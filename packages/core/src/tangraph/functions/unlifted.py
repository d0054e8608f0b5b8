"""Variables that a `tf.function` makes while it is traced for the first time."""

from __future__ import annotations

from typing import Any

from tangraph.framework import stacks
from tangraph.framework.graph_keys import GraphKeys
from tangraph.framework.init_scope import init_scope
from tangraph.framework.scopes import add_to_collection, colocate_with, device, name_scope
from tangraph.framework.tensor_conversion import convert_to_tensor
from tangraph.framework.tensor_shape import TensorShape
from tangraph.functions.func_graph import FuncGraph
from tangraph.functions.lifting import lift
from tangraph.ops.state import resource
from tangraph.ops.state.resource_variable import BaseResourceVariable, ResourceVariable
from tangraph.ops.state.variable_base import validate_modes


def unlifted_variable(**options: Any) -> BaseResourceVariable:
    """Makes a variable outside of the function that asks for it; its initial value is computed inside, and copied.

    Raises:
      ValueError: there is no initial value, or the constraint cannot be called.
      UnliftableError: the initial value depends on the function's arguments.
    """
    if not stacks.get_default_graph().building_function:
        kept = ("initial_value", "trainable", "caching_device", "name", "dtype", "constraint")
        return ResourceVariable(**{key: options[key] for key in kept if key in options})
    return UnliftedVariable(**options)


class UnliftedVariable(BaseResourceVariable):
    """See :func:`unlifted_variable`; the arguments are those of `tf.Variable`."""

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool | None = None,
        caching_device: Any = None,
        name: str | None = None,
        dtype: Any = None,
        constraint: Any = None,
        synchronization: Any = None,
        aggregation: Any = None,
        shape: Any = None,
        **unused: Any,
    ) -> None:
        del caching_device, unused
        if initial_value is None:
            raise ValueError("initial_value must be specified.")
        if constraint is not None and not callable(constraint):
            raise ValueError("The `constraint` argument must be a callable.")
        body = stacks.get_default_graph()
        assert isinstance(body, FuncGraph)
        given = initial_value
        outer = name_scope(name, "Variable", [] if callable(given) else [given])
        with outer as scope, name_scope("Initializer"), device(None):
            value = convert_to_tensor(given() if callable(given) else given, name="initial_value", dtype=dtype)
        self._synchronization, self._aggregation, self._trainable = validate_modes(
            synchronization, aggregation, trainable, name
        )
        self._constraint = constraint
        self._dtype = value.dtype.base
        self._shape = TensorShape(value.shape if shape is None else shape)
        with init_scope(), name_scope(name, "Variable") as made:
            handle_name = made[:-1]
            self._handle = resource.var_handle_op(self._shape, self._dtype, shared_name=handle_name, name=made)
            self._handle_name = f"{handle_name}:0"
            with name_scope("Read"), device(self._handle.device):
                self._graph_element = resource.read_variable_op(self._handle, self._dtype)
            add_to_collection(GraphKeys.GLOBAL_VARIABLES, self)
        with name_scope(scope):
            self._initialize(body, value)

    def _initialize(self, body: FuncGraph, value: Any) -> None:
        arguments = [tensor.op for tensor in (*body.inputs, *body.internal_captures)]
        with init_scope():
            outside = stacks.get_default_graph()
        lifted = lift(value, outside, arguments)
        with init_scope():
            self._initial_value = lifted
            with name_scope("IsInitialized"):
                self._is_initialized_op = resource.var_is_initialized_op(self._handle)
            with name_scope("Assign") as name, colocate_with(self._handle):
                self._initializer_op = resource.assign_variable_op(self._handle, lifted, name=name)
