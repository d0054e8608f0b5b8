"""Keras' names for initializers, with Keras' defaults, and from configs and names to initializers."""

from __future__ import annotations

from typing import Any, Final

from tangraph.export import export
from tangraph.framework import dtypes
from tangraph.ops.state import initializers, matrix_initializers


@export("keras.initializers.RandomNormal", "keras.initializers.random_normal", "keras.initializers.normal")
class RandomNormal(initializers.RandomNormal):
    """`tf.random_normal_initializer`, with a standard deviation of 0.05 by default."""

    def __init__(
        self, mean: Any = 0.0, stddev: Any = 0.05, seed: int | None = None, dtype: Any = dtypes.float32
    ) -> None:
        super().__init__(mean, stddev, seed, dtype)


@export("keras.initializers.RandomUniform", "keras.initializers.random_uniform", "keras.initializers.uniform")
class RandomUniform(initializers.RandomUniform):
    """`tf.random_uniform_initializer`, within 0.05 of zero by default."""

    def __init__(
        self, minval: Any = -0.05, maxval: Any = 0.05, seed: int | None = None, dtype: Any = dtypes.float32
    ) -> None:
        super().__init__(minval, maxval, seed, dtype)


@export("keras.initializers.TruncatedNormal", "keras.initializers.truncated_normal")
class TruncatedNormal(initializers.TruncatedNormal):
    """`tf.truncated_normal_initializer`, with a standard deviation of 0.05 by default."""

    def __init__(
        self, mean: Any = 0.0, stddev: Any = 0.05, seed: int | None = None, dtype: Any = dtypes.float32
    ) -> None:
        super().__init__(mean, stddev, seed, dtype)


#: The program's own classes and functions by the names that configs have for them; see `tf.keras.utils.get_custom_objects`.
CUSTOM_OBJECTS: Final[dict[str, Any]] = {}

_CLASSES: dict[str, Any] = {
    "Constant": initializers.Constant,
    "GlorotNormal": initializers.GlorotNormal,
    "GlorotUniform": initializers.GlorotUniform,
    "Identity": matrix_initializers.Identity,
    "Ones": initializers.Ones,
    "Orthogonal": matrix_initializers.Orthogonal,
    "RandomNormal": RandomNormal,
    "RandomUniform": RandomUniform,
    "TruncatedNormal": TruncatedNormal,
    "VarianceScaling": initializers.VarianceScaling,
    "Zeros": initializers.Zeros,
}
_NAMES: dict[str, Any] = {
    **_CLASSES,
    "zero": initializers.Zeros,
    "zeros": initializers.Zeros,
    "one": initializers.Ones,
    "ones": initializers.Ones,
    "constant": initializers.Constant,
    "uniform": RandomUniform,
    "random_uniform": RandomUniform,
    "normal": RandomNormal,
    "random_normal": RandomNormal,
    "truncated_normal": TruncatedNormal,
    "identity": matrix_initializers.Identity,
    "orthogonal": matrix_initializers.Orthogonal,
    "glorot_normal": initializers.GlorotNormal,
    "glorot_uniform": initializers.GlorotUniform,
    "he_normal": initializers.he_normal,
    "he_uniform": initializers.he_uniform,
    "lecun_normal": initializers.lecun_normal,
    "lecun_uniform": initializers.lecun_uniform,
}


@export("keras.initializers.serialize")
def serialize(initializer: Any) -> Any:
    """Returns an initializer as a dict that `deserialize` reads: its class name and config; None for None.

    Raises:
      ValueError: it has neither a config nor a name.
    """
    if initializer is None:
        return None
    if hasattr(initializer, "get_config"):
        return {"class_name": type(initializer).__name__, "config": initializer.get_config()}
    if hasattr(initializer, "__name__"):
        return initializer.__name__
    raise ValueError("Cannot serialize", initializer)


@export("keras.initializers.deserialize")
def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """Returns the initializer that a dict or a name describes.

    Args:
      config: ``{"class_name": ..., "config": {...}}``, or a name.
      custom_objects: classes and functions by names of the caller's own.

    Raises:
      ValueError: an unknown name, or a dict of another form.

    >>> deserialize("zeros").get_config()
    {'dtype': 'float32'}
    """
    own = {**CUSTOM_OBJECTS, **(custom_objects or {})}
    if isinstance(config, str):
        found = own.get(config, _NAMES.get(config))
        if found is None:
            raise ValueError(f"Unknown initializer:{config}")
        return found() if isinstance(found, type) else found
    if not isinstance(config, dict) or "class_name" not in config or "config" not in config:
        raise ValueError(f"Improper config format: {config}")
    name = config["class_name"]
    found = own.get(name, _NAMES.get(name))
    if found is None:
        raise ValueError(f"Unknown initializer: {name}")
    return found.from_config(config["config"]) if hasattr(found, "from_config") else found(**config["config"])


@export("keras.initializers.get")
def get(identifier: Any) -> Any:
    """Returns the initializer that a name, a dict or a function stands for; None for None.

    Raises:
      ValueError: it stands for none.
    """
    if identifier is None:
        return None
    if isinstance(identifier, str) and identifier in {"he_normal", "he_uniform", "lecun_normal", "lecun_uniform"}:
        return deserialize({"class_name": identifier, "config": {}})
    if isinstance(identifier, (dict, str)):
        return deserialize(identifier)
    if callable(identifier):
        return identifier
    raise ValueError(f"Could not interpret initializer identifier: {identifier}")
