"""`tensorflow.python.ops.variables`."""

from __future__ import annotations

from typing import Any

from tangraph.ops.state.partitioned_variable import PartitionedVariable
from tangraph.ops.state.variable_base import Variable as VariableV1
from tangraph_compat.internals import names_of

__getattr__, __dir__ = names_of(__name__)
__all__ = ["PartitionedVariable", "Variable", "VariableV1"]


class _AnyVariable(type):
    """Whatever is a variable is one of these; calling it makes a resource variable, as TensorFlow 2's class does."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, VariableV1)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, VariableV1)

    def __call__(
        cls,
        initial_value: Any = None,
        trainable: bool | None = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> Any:
        make: Any = VariableV1
        return make(
            initial_value,
            trainable=trainable,
            validate_shape=validate_shape,
            caching_device=caching_device,
            name=name,
            variable_def=variable_def,
            dtype=dtype,
            use_resource=True,
            **kwargs,
        )


class Variable(metaclass=_AnyVariable):
    """The class of all variables."""
