"""What becomes part of a layer by being assigned to an attribute: layers, variables, and lists and dicts of them."""

from __future__ import annotations

import functools
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, TypeVar

import tangraph as tf
from tangraph_layers.engine.session import track_variable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_T = TypeVar("_T", bound="Callable[..., Any]")
_CONTAINERS = {list, dict, OrderedDict}


def untracked(method: _T) -> _T:
    """Decorator: what the method assigns to attributes does not become part of the layer."""

    @functools.wraps(method)
    def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
        before = self.__dict__.get("_self_setattr_tracking", True)
        object.__setattr__(self, "_self_setattr_tracking", False)
        try:
            return method(self, *args, **kwargs)
        finally:
            object.__setattr__(self, "_self_setattr_tracking", before)

    return wrapped  # type: ignore[return-value]


def is_layer(value: Any) -> bool:
    """Returns whether an object is a layer."""
    return hasattr(value, "_is_layer") and not isinstance(value, type)


def has_weights(value: Any) -> bool:
    """Returns whether an object has variables as a layer has them."""
    kind = type(value)
    return hasattr(kind, "trainable_weights") and hasattr(kind, "non_trainable_weights")


def layers_in(values: Iterable[Any]) -> list[Any]:
    """Returns the layers in a list, and in the lists and dicts in it, each once."""
    found: list[Any] = []
    seen: set[int] = set()
    todo = list(values)[::-1]
    while todo:
        value = todo.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if is_layer(value):
            found.append(value)
        elif isinstance(value, dict):
            todo += [value[key] for key in _sorted(value)][::-1]
        elif isinstance(value, list):
            todo += value[::-1]
        elif hasattr(value, "layers"):
            todo += list(value.layers)[::-1]
    return found


def _sorted(value: dict[Any, Any]) -> list[Any]:
    return list(value) if isinstance(value, OrderedDict) else sorted(value, key=str)


def _variables_in(value: Any) -> Iterator[Any]:
    if isinstance(value, tf.Variable):
        yield value
    elif isinstance(value, list | tuple | dict):
        for part in tf.nest.flatten(value):
            if isinstance(part, tf.Variable):
                yield part


class Tracking:
    """Keeps layers and variables that are assigned to attributes in `_layers` and the lists of weights.

    Lists and dicts are kept as they are and looked through when they are asked for, so that what is appended to them
    later counts too.
    """

    _layers: list[Any]
    _trainable_weights: list[Any]
    _non_trainable_weights: list[Any]

    def _own(self, name: str, default: Any) -> Any:
        """Returns an attribute, which is made where `__init__` has not run yet."""
        if name not in self.__dict__:
            object.__setattr__(self, name, default)
        return self.__dict__[name]

    def __setattr__(self, name: str, value: Any) -> None:
        if (
            not self.__dict__.get("_self_setattr_tracking", True)
            or self.__dict__.get("_is_graph_network", False)
            or hasattr(type(self), name)
        ):
            try:
                object.__setattr__(self, name, value)
            except AttributeError:
                raise AttributeError(
                    f'Can\'t set the attribute "{name}", likely because it conflicts with an existing read-only '
                    "@property of the object. Please choose a different name."
                ) from None
            return
        if name in self.__dict__ and self.__dict__[name] is not value:
            self.__delattr__(name)
        self._track_attribute(name, value)
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        old = self.__dict__.get(name)
        object.__delattr__(self, name)
        self._own("_checkpointed", {}).pop(name, None)
        if old is None or any(other is old for key, other in self.__dict__.items() if not key.startswith("_self_")):
            return
        for key in ("_layers", "_trainable_weights", "_non_trainable_weights"):
            object.__setattr__(self, key, [x for x in self._own(key, []) if x is not old])

    def _track_attribute(self, name: str, value: Any) -> None:
        if is_layer(value) or has_weights(value) or type(value) in _CONTAINERS:
            layers = self._own("_layers", [])
            if type(self).__name__ != "Sequential" and not any(layer is value for layer in layers):
                layers.append(value)
                if hasattr(value, "_use_resource_variables"):
                    value._use_resource_variables = True
        for variable in _variables_in(value):
            weights = self._own("_trainable_weights" if variable.trainable else "_non_trainable_weights", [])
            if not any(variable is w for w in weights):
                weights.append(variable)
            track_variable(variable)
        if is_layer(value) or isinstance(value, tf.Variable) or _is_checkpointed(value):
            self._own("_checkpointed", {})[name] = value

    @property
    def _checkpoint_dependencies(self) -> list[tuple[str, Any]]:
        return [(name, value) for name, value in self._own("_checkpointed", {}).items() if _holds_state(value)]


def _is_checkpointed(value: Any) -> bool:
    from tangraph_training.objects.dependencies import is_trackable

    return type(value) in _CONTAINERS or is_trackable(value)


def _holds_state(value: Any) -> bool:
    """Whether a checkpoint has a place for an object; lists and dicts have one when something in them has."""
    from tangraph_training.objects.dependencies import _is_followed

    return not isinstance(value, list | dict) or _is_followed(value)
