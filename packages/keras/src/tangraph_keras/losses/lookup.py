"""From names and configs to losses, and back."""

from __future__ import annotations

from types import ModuleType
from typing import Any, Final

from tangraph.export import export
from tangraph_keras.losses import base, differences, entropy, hinges
from tangraph_keras.utils.serialization import deserialize_keras_object, serialize_keras_object

_ALIASES: Final = {
    "mse": differences.mean_squared_error,
    "mae": differences.mean_absolute_error,
    "mape": differences.mean_absolute_percentage_error,
    "msle": differences.mean_squared_logarithmic_error,
    "kld": entropy.kullback_leibler_divergence,
}


def defined_in(*modules: ModuleType) -> dict[str, Any]:
    """Returns the public functions and classes that modules define, by name."""
    return {
        name: value
        for module in modules
        for name, value in vars(module).items()
        if getattr(value, "__module__", None) == module.__name__ and not name.startswith("_")
    }


KNOWN: Final[dict[str, Any]] = {
    **defined_in(base, differences, entropy, hinges),
    **_ALIASES,
    **{name.upper(): function for name, function in _ALIASES.items()},
    "cosine_similarity": differences.cosine_proximity,
}


def is_categorical_crossentropy(loss: Any) -> bool:
    """Returns whether a loss, or the name of one, is the cross entropy of classes given by ones and zeros."""
    return (
        isinstance(loss, entropy.CategoricalCrossentropy)
        or (isinstance(loss, base.LossFunctionWrapper) and loss.fn == entropy.categorical_crossentropy)
        or getattr(loss, "__name__", loss) == "categorical_crossentropy"
    )


@export("keras.losses.serialize")
def serialize(loss: Any) -> Any:
    """Returns a loss's class name and config, or a function's name."""
    return serialize_keras_object(loss)


@export("keras.losses.deserialize")
def deserialize(name: Any, custom_objects: Any = None) -> Any:
    """Returns the loss of a name or config: a function, or an object of a class.

    Raises:
      ValueError: an unknown one.
    """
    return deserialize_keras_object(name, KNOWN, custom_objects, "loss function")


@export("keras.losses.get")
def get(identifier: Any) -> Any:
    """Returns the loss that a name, a config or a function stands for; None for None.

    Raises:
      ValueError: none of them, an unknown one.

    >>> get("mse").__name__
    'mean_squared_error'
    """
    if identifier is None:
        return None
    if isinstance(identifier, str | dict):
        return deserialize(identifier)
    if callable(identifier):
        return identifier
    raise ValueError("Could not interpret loss function identifier:", identifier)
