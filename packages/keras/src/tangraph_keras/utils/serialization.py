"""From objects to names and configs, and back: losses, layers, regularizers and whatever else a model is made of."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Self

from tangraph.export import export
from tangraph.ops.state.keras_initializers import CUSTOM_OBJECTS


@export("keras.utils.CustomObjectScope")
class CustomObjectScope(AbstractContextManager["CustomObjectScope"]):
    """Makes classes and functions of the program known by names, inside the block.

    Args:
      *args: dictionaries from names to classes and functions.

    >>> with CustomObjectScope({"double": lambda x: 2 * x}):
    ...     deserialize_keras_object("double", {})(3)
    6
    """

    def __init__(self, *args: Mapping[str, Any]) -> None:
        self.custom_objects = args
        self.backup: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self.backup = dict(CUSTOM_OBJECTS)
        for objects in self.custom_objects:
            CUSTOM_OBJECTS.update(objects)
        return self

    def __exit__(self, *args: object) -> None:
        CUSTOM_OBJECTS.clear()
        CUSTOM_OBJECTS.update(self.backup)


@export("keras.utils.custom_object_scope")
def custom_object_scope(*args: Mapping[str, Any]) -> CustomObjectScope:
    """Returns a block in which classes and functions are known by names; see `CustomObjectScope`."""
    return CustomObjectScope(*args)


@export("keras.utils.get_custom_objects")
def get_custom_objects() -> dict[str, Any]:
    """Returns the dictionary of the classes and functions that the program made known by names."""
    return CUSTOM_OBJECTS


@export("keras.utils.serialize_keras_object")
def serialize_keras_object(instance: Any) -> Any:
    """Returns an object's class name and config, or a function's name; None for None.

    Raises:
      ValueError: it has neither.

    >>> import tangraph as tf
    >>> serialize_keras_object(tf.keras.losses.mse)
    'mean_squared_error'
    """
    if instance is None:
        return None
    if hasattr(instance, "get_config"):
        return {"class_name": type(instance).__name__, "config": instance.get_config()}
    if hasattr(instance, "__name__"):
        return instance.__name__
    raise ValueError("Cannot serialize", instance)


@export("keras.utils.deserialize_keras_object")
def deserialize_keras_object(
    identifier: Any,
    module_objects: Any = None,
    custom_objects: Any = None,
    printable_module_name: str = "object",
) -> Any:
    """Returns the object that a name or a config stands for.

    Args:
      identifier: a name, ``{"class_name": ..., "config": {...}}``, or None.
      module_objects: classes and functions by name.
      custom_objects: those of the program, which come first.
      printable_module_name: what errors call such an object.

    Raises:
      ValueError: an unknown name, a dictionary of another form, something else.
    """
    if identifier is None:
        return None
    own = custom_objects or {}
    known = {**(module_objects or {}), **CUSTOM_OBJECTS, **own}
    if isinstance(identifier, str):
        found = known.get(identifier)
        if found is None:
            raise ValueError(f"Unknown {printable_module_name}:{identifier}")
        return found() if inspect.isclass(found) else found
    if not isinstance(identifier, dict):
        raise ValueError(f"Could not interpret serialized {printable_module_name}: {identifier}")
    if "class_name" not in identifier or "config" not in identifier:
        raise ValueError(f"Improper config format: {identifier}")
    found = known.get(identifier["class_name"])
    if found is None:
        raise ValueError(f"Unknown {printable_module_name}: {identifier['class_name']}")
    return _from_config(found, identifier["config"], own)


def _from_config(cls: Any, config: dict[str, Any], own: dict[str, Any]) -> Any:
    if not hasattr(cls, "from_config"):
        with CustomObjectScope(own):
            return cls(**config)
    if "custom_objects" in inspect.getfullargspec(cls.from_config).args:
        return cls.from_config(config, custom_objects={**CUSTOM_OBJECTS, **own})
    with CustomObjectScope(own):
        return cls.from_config(config)
