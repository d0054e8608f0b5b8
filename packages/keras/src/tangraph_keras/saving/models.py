"""Whole models as HDF5 files."""

from __future__ import annotations

import json
import os
from typing import Any

import tangraph as tf
from tangraph.export import export
from tangraph_keras.engine.network_config import json_type
from tangraph_keras.saving import hdf5_weights
from tangraph_keras.saving.libraries import hdf5, is_hdf5_object, is_hdf5_path, may_write
from tangraph_keras.saving.training_config import compile_arguments, has_config, metadata


@export("keras.models.save_model")
def save_model(
    model: Any,
    filepath: Any,
    overwrite: bool = True,
    include_optimizer: bool = True,
    save_format: str | None = None,
    signatures: Any = None,
) -> None:
    """Saves a model in an HDF5 file: its layers, its weights, how it is trained, and what its optimizer remembers.

    Args:
      model: a functional or sequential model.
      filepath: the name of a file, or an open `h5py.File`.
      overwrite: whether to write over a file; otherwise the user is asked.
      include_optimizer: whether to save the optimizer.
      save_format: "h5"; "tf" is not available.
      signatures: belongs to the format "tf".

    Raises:
      ImportError: there is no h5py.
      NotImplementedError: the model is a subclass's, which is Python; another format.
    """
    if save_format not in {None, "h5"} and not is_hdf5_object(filepath) and not is_hdf5_path(filepath):
        raise NotImplementedError(
            "Saving the model as SavedModel is not yet supported. Use save_format='h5', or "
            f"`tf.keras.experimental.export_saved_model`. Received: save_format={save_format!r}"
        )
    if not model._is_graph_network and type(model).__name__ != "Sequential":
        raise NotImplementedError(
            "Saving the model to HDF5 format requires the model to be a Functional model or a Sequential model. It does "
            "not work for subclassed models, because such models are defined via the body of a Python method, which "
            "isn't safely serializable. Consider saving to the Tensorflow SavedModel format (by setting "
            'save_format="tf") or using `save_weights`.'
        )
    library = hdf5("`save_model`")
    if is_hdf5_object(filepath):
        _write(filepath, model, include_optimizer)
    elif may_write(filepath, overwrite):
        with replacing(filepath) as path, library.File(path, mode="w") as file:
            _write(file, model, include_optimizer)


def _write(file: Any, model: Any, include_optimizer: bool) -> None:
    for key, value in metadata(model, include_optimizer).items():
        is_text = isinstance(value, str)
        file.attrs[key] = value if is_text else json.dumps(value, default=json_type).encode("utf8")
    hdf5_weights.save(file.create_group("model_weights"), model.layers)
    if include_optimizer and model.optimizer and has_config(model.optimizer):
        hdf5_weights.save_optimizer(file, model.optimizer)
    file.flush()


class replacing:
    """A block that writes a file under another name, and gives it its name when all went well.

    Args:
      path: the name of the file.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._temporary = f"{path}.{os.getpid()}.tmp"

    def __enter__(self) -> str:
        return self._temporary

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            os.replace(self._temporary, self._path)
        elif os.path.exists(self._temporary):
            os.unlink(self._temporary)


@export("keras.models.load_model")
def load_model(filepath: Any, custom_objects: Any = None, compile: bool = True) -> Any:
    """Returns a model from an HDF5 file.

    Args:
      filepath: the name of a file, or an open `h5py.File`.
      custom_objects: a dictionary from names to the classes and functions that are not Keras' own.
      compile: whether to compile the model as it was.

    Raises:
      ImportError: there is no h5py.
      OSError: it is no HDF5 file.
      ValueError: there is no model in it.
    """
    if is_hdf5_object(filepath):
        return _read(filepath, custom_objects or {}, compile)
    library = hdf5("`load_model`")
    if not os.path.exists(filepath):
        raise OSError(f"SavedModel file does not exist at: {filepath}/{{saved_model.pbtxt|saved_model.pb}}")
    if not library.is_hdf5(filepath):
        raise OSError(
            "Unable to load model. Filepath is not an hdf5 file (or h5py is not available) or SavedModel. Received: "
            f"{filepath}"
        )
    with library.File(filepath, mode="r") as file:
        return _read(file, custom_objects or {}, compile)


def _read(file: Any, custom_objects: dict[str, Any], compiled: bool) -> Any:
    config = file.attrs.get("model_config")
    if config is None:
        raise ValueError("No model found in config file.")
    model = model_from_config(json.loads(hdf5_weights.text(config)), custom_objects=custom_objects)
    hdf5_weights.load(file["model_weights"], model.layers)
    if not compiled:
        return model
    training = file.attrs.get("training_config")
    if training is None:
        tf.logging.warning(
            "No training configuration found in save file: the model was *not* compiled. Compile it manually."
        )
        return model
    model.compile(**compile_arguments(json.loads(hdf5_weights.text(training)), custom_objects))
    if "optimizer_weights" in file:
        _load_optimizer(file, model)
    return model


def _load_optimizer(file: Any, model: Any) -> None:
    if not model._is_graph_network:
        tf.logging.warning(
            "Sequential models without an `input_shape` passed to the first layer cannot reload their optimizer state. "
            "As a result, your model isstarting with a freshly initialized optimizer."
        )
        return
    model._make_train_function()
    try:
        model.optimizer.set_weights(hdf5_weights.load_optimizer(file))
    except ValueError:
        tf.logging.warning(
            "Error in loading the saved optimizer state. As a result, your model is starting with a freshly initialized "
            "optimizer."
        )


@export("keras.models.model_from_config")
def model_from_config(config: dict[str, Any], custom_objects: Any = None) -> Any:
    """Returns a model from a dictionary with `class_name` and `config`.

    Args:
      config: the dictionary.
      custom_objects: see `load_model`.

    Raises:
      TypeError: it is a list.
    """
    if isinstance(config, list):
        raise TypeError(
            "`model_from_config` expects a dictionary, not a list. Maybe you meant to use "
            f"`Sequential.from_config(config)`? Received: {config}"
        )
    return tf.keras.layers.deserialize(config, custom_objects=custom_objects)


@export("keras.models.model_from_json")
def model_from_json(json_string: str, custom_objects: Any = None) -> Any:
    """Returns a model from what its `to_json` returned; its weights are new.

    Args:
      json_string: the text.
      custom_objects: see `load_model`.
    """
    return tf.keras.layers.deserialize(json.loads(json_string), custom_objects=custom_objects)


@export("keras.models.model_from_yaml")
def model_from_yaml(yaml_string: str, custom_objects: Any = None) -> Any:
    """Returns a model from what its `to_yaml` returned; its weights are new.

    Args:
      yaml_string: the text.
      custom_objects: see `load_model`.

    Raises:
      ImportError: there is no PyYAML.
      yaml.YAMLError: the text holds more than lists, tuples, dictionaries, strings and numbers.
    """
    try:
        import yaml
    except ImportError:
        raise ImportError("Requires yaml module installed (`pip install pyyaml`).") from None

    class Loader(yaml.SafeLoader):  # type: ignore[misc]
        """What YAML has, and tuples."""

    Loader.add_constructor(
        "tag:yaml.org,2002:python/tuple", lambda loader, node: tuple(loader.construct_sequence(node, deep=True))
    )
    config = yaml.load(yaml_string, Loader)  # noqa: S506  a safe loader
    return tf.keras.layers.deserialize(config, custom_objects=custom_objects)
