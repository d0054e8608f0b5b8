"""Weights in HDF5 files: a group a layer, a data set a weight, and the order of both in attributes."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from tangraph_keras.engine.network_config import KERAS_VERSION
from tangraph_keras.saving.older_weights import converted
from tangraph_layers.engine.node import int_shape
from tangraph_layers.engine.session import batch_get_value, batch_set_value

#: What an attribute of HDF5 can hold, in bytes.
_LIMIT: Final = 64512


def save_attribute(group: Any, name: str, values: list[bytes]) -> None:
    """Writes a list of names as an attribute, in several parts where it is long.

    Raises:
      RuntimeError: one name is too long for HDF5.
    """
    too_long = [value for value in values if len(value) > _LIMIT]
    if too_long:
        raise RuntimeError(
            "The following attributes cannot be saved to HDF5 file because they are larger than "
            f"{_LIMIT} bytes: {too_long}"
        )
    # Strings of a fixed length, as older versions of h5py wrote and expect them.
    array = np.asarray(values)
    parts = 1
    while any(part.nbytes > _LIMIT for part in np.array_split(array, parts)):
        parts += 1
    if parts == 1:
        group.attrs[name] = array
    else:
        for number, part in enumerate(np.array_split(array, parts)):
            group.attrs[f"{name}{number}"] = part


def load_attribute(group: Any, name: str) -> list[str]:
    """Returns what `save_attribute` wrote."""
    if name in group.attrs:
        return [text(value) for value in group.attrs[name]]
    found: list[str] = []
    number = 0
    while f"{name}{number}" in group.attrs:
        found += [text(value) for value in group.attrs[f"{name}{number}"]]
        number += 1
    return found


def text(value: Any) -> str:
    """Returns a string from what h5py gives for one: a string, or bytes."""
    return value.decode("utf8") if isinstance(value, bytes) else str(value)


def _weights_of(layer: Any) -> list[Any]:
    """The variables in the order of files: those that are trained come first."""
    return list(layer.trainable_weights + layer.non_trainable_weights)


def _write(group: Any, weights: list[Any]) -> None:
    names = [weight.name.encode("utf8") for weight in weights]
    save_attribute(group, "weight_names", names)
    for name, value in zip(names, batch_get_value(weights), strict=True):
        group.create_dataset(name, data=np.asarray(value))


def save(group: Any, layers: list[Any]) -> None:
    """Writes the weights of layers."""
    save_attribute(group, "layer_names", [layer.name.encode("utf8") for layer in layers])
    group.attrs["backend"] = b"tensorflow"
    group.attrs["keras_version"] = KERAS_VERSION.encode()
    for layer in layers:
        _write(group.create_group(layer.name), _weights_of(layer))


def save_optimizer(group: Any, optimizer: Any) -> None:
    """Writes what an optimizer remembers."""
    if optimizer.weights:
        _write(group.create_group("optimizer_weights"), optimizer.weights)


def load_optimizer(group: Any) -> list[Any]:
    """Returns what an optimizer remembered, as arrays."""
    found = group["optimizer_weights"]
    return [np.asarray(found[name]) for name in load_attribute(found, "weight_names")]


def _origin(group: Any) -> tuple[str, str | None]:
    version = text(group.attrs["keras_version"]) if "keras_version" in group.attrs else "1"
    return version, text(group.attrs["backend"]) if "backend" in group.attrs else None


def _values(group: Any, layer_name: str) -> list[Any]:
    found = group[layer_name]
    return [np.asarray(found[name]) for name in load_attribute(found, "weight_names")]


def load(group: Any, layers: list[Any]) -> None:
    """Assigns the weights of a file to layers, in their order; layers without weights do not count.

    Raises:
      ValueError: another number of layers, of weights, or other shapes.
    """
    layers = [layer for layer in layers if _weights_of(layer)]
    names = [n for n in load_attribute(group, "layer_names") if load_attribute(group[n], "weight_names")]
    if len(names) != len(layers):
        raise ValueError(
            f"You are trying to load a weight file containing {len(names)} layers into a model with {len(layers)} "
            "layers."
        )
    pairs: list[tuple[Any, Any]] = []
    for number, (name, layer) in enumerate(zip(names, layers, strict=True)):
        weights = _weights_of(layer)
        values = converted(layer, _values(group, name), *_origin(group))
        if len(values) != len(weights):
            raise ValueError(
                f'Layer #{number} (named "{layer.name}" in the current model) was found to correspond to layer {name} in '
                f"the save file. However the new layer {layer.name} expects {len(weights)} weights, but the saved "
                f"weights have {len(values)} elements."
            )
        pairs += zip(weights, values, strict=True)
    batch_set_value(pairs)


def load_by_name(group: Any, layers: list[Any]) -> None:
    """Assigns the weights of a file to the layers of the same names.

    Raises:
      ValueError: a layer has another number of weights, or other shapes.
    """
    pairs: list[tuple[Any, Any]] = []
    for number, name in enumerate(load_attribute(group, "layer_names")):
        for layer in layers:
            if layer.name != name:
                continue
            weights = _weights_of(layer)
            values = converted(layer, _values(group, name), *_origin(group))
            if len(values) != len(weights):
                raise ValueError(
                    f'Layer #{number} (named "{layer.name}") expects {len(weights)} weight(s), but the saved weights have '
                    f"{len(values)} element(s)."
                )
            for weight, value in zip(weights, values, strict=True):
                if int_shape(weight) != value.shape:
                    raise ValueError(
                        f'Layer #{number} (named "{layer.name}"), weight {weight} has shape {int_shape(weight)}, but the '
                        f"saved weight has shape {value.shape}."
                    )
                pairs.append((weight, value))
    batch_set_value(pairs)
