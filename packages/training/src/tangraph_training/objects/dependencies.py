"""What is saved of a program's objects: the objects that they refer to, and their values."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from tangraph.framework import stacks
from tangraph.ops.state.partitioned_variable import PartitionedVariable
from tangraph.ops.state.variable_base import Variable
from tangraph_training.optimizer import Optimizer

#: The name of a variable's value among the attributes of its object.
VARIABLE_VALUE: Final = "VARIABLE_VALUE"


class Dependency(NamedTuple):
    """An object that another refers to.

    Attributes:
      name: how the other calls it.
      ref: the object.
    """

    name: str
    ref: Any


def is_trackable(value: Any) -> bool:
    """Returns whether an object can be part of a checkpoint.

    Variables, optimizers, `tf.train.Checkpoint` and layers can, and whatever has `_checkpoint_dependencies`.
    """
    if isinstance(value, (Variable, PartitionedVariable, Optimizer)):
        return True
    if isinstance(value, type):
        return False
    return hasattr(value, "_checkpoint_dependencies") or (hasattr(value, "variables") and hasattr(value, "name"))


def dependencies_of(value: Any) -> list[Dependency]:
    """Returns the objects that an object refers to."""
    if isinstance(value, (Variable, PartitionedVariable)):
        return []
    if isinstance(value, Optimizer):
        graph = stacks.get_default_graph()
        # `_non_slot_dict` has (name, graph) -> variable.
        slots = sorted(value._non_slot_dict.items(), key=lambda item: item[0][0])
        return [Dependency(name, ref) for (name, _), ref in slots if ref.op.graph is graph]
    if hasattr(value, "_checkpoint_dependencies"):
        return [Dependency(name, ref) for name, ref in value._checkpoint_dependencies]
    if isinstance(value, (list, tuple)):
        pairs = [(str(index), item) for index, item in enumerate(value)]
    elif isinstance(value, dict):
        pairs = [(str(key), item) for key, item in value.items()]
    else:
        pairs = list(vars(value).items())
    return [Dependency(name, ref) for name, ref in pairs if _is_followed(ref)]


def _is_followed(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_is_followed(item) for item in value.values())
    if isinstance(value, (list, tuple)):
        return any(_is_followed(item) for item in value)
    return is_trackable(value)


def values_of(value: Any) -> dict[str, Any]:
    """Returns an object's own values by name: variables, or functions of a name that make what a Saver saves."""
    if isinstance(value, (Variable, PartitionedVariable)):
        return {VARIABLE_VALUE: value}
    gather = getattr(value, "_gather_saveables_for_checkpoint", None)
    return dict(gather()) if gather is not None else {}


def slot_of(optimizer: Any, variable: Any, name: str) -> Any:
    """Returns what an optimizer remembers of a variable under a name, or None."""
    try:
        return optimizer.get_slot(variable, name)
    except KeyError:  # Keras' optimizers raise it
        return None
