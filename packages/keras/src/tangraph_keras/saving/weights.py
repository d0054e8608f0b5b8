"""The weights of a model as files: HDF5, or checkpoints by the places of layers in the model."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import tangraph as tf
from tangraph_interop.checkpoint.state import write_checkpoint_state
from tangraph_keras.saving import hdf5_weights
from tangraph_keras.saving.libraries import hdf5, is_hdf5_path, may_write
from tangraph_keras.saving.models import replacing
from tangraph_layers.engine.session import get_session
from tangraph_training.objects.checkpoint import Checkpoint
from tangraph_training.objects.restoring import CheckpointLoadStatus

if TYPE_CHECKING:
    from tangraph_training.objects.dependencies import Dependency


class ModelSaver(Checkpoint):
    """Saves and restores the objects of a model, which is the root of the checkpoint.

    Args:
      model: the model.
    """

    def __init__(self, model: Any) -> None:
        super().__init__()
        self._model = model

    @property
    def _checkpoint_dependencies(self) -> list[Dependency]:
        return list(self._model._checkpoint_dependencies)

    def restore(self, save_path: Any) -> Any:
        """Finds what a checkpoint has for the model; see `tf.train.Checkpoint.restore`."""
        status = self._restore(os.fsdecode(save_path))
        if not isinstance(status, CheckpointLoadStatus):
            raise NotImplementedError(
                "Restoring a name-based tf.train.Saver checkpoint using the object-based restore API. This mode uses "
                "global names to match variables, and so is somewhat fragile. It also adds new restore ops to the graph "
                "each time it is called when graph building. Prefer re-encoding training checkpoints in the object-based "
                f"format. Received: {save_path}"
            )
        return status


def save_weights(model: Any, filepath: str, overwrite: bool, save_format: str | None) -> None:
    """Saves the weights of a model; see `tf.keras.Model.save_weights`."""
    model._assert_weights_created()
    filepath = os.fspath(filepath)
    form = _format(filepath, save_format)
    if not may_write(filepath if form == "h5" else f"{filepath}.index", overwrite):
        return
    if form == "h5":
        library = hdf5("`save_weights`")
        with replacing(filepath) as path, library.File(path, "w") as file:
            hdf5_weights.save(file, model.layers)
        return
    session = get_session()
    with session.graph.as_default():
        _saver(model).write(filepath, session)
    write_checkpoint_state(os.path.dirname(filepath), filepath, [filepath], save_relative_paths=True)


def _saver(model: Any) -> ModelSaver:
    if model._saver is None:
        object.__setattr__(model, "_saver", ModelSaver(model))
    saver: ModelSaver = model._saver
    return saver


def _format(path: str, given: str | None) -> str:
    if given is None:
        return "h5" if is_hdf5_path(path) else "tf"
    word = given.lower().strip()
    if word in {"hdf5", "h5", "keras"}:
        return "h5"
    if word not in {"tensorflow", "tf"}:
        raise ValueError(f'Unknown format "{given}". Was expecting one of {{"tf", "h5"}}.')
    if is_hdf5_path(path):
        raise ValueError(
            f'save_weights got save_format="tf"/"tensorflow", but the filepath ("{path}") looks like an HDF5 file. Omit '
            'the ".h5"/".keras" when saving in TensorFlow format.'
        )
    return "tf"


def load_weights(model: Any, filepath: str, by_name: bool) -> Any:
    """Loads the weights of a model; see `tf.keras.Model.load_weights`."""
    filepath = os.fspath(filepath)
    if not is_hdf5_path(filepath) and not _is_hdf5_file(filepath):
        return _load_checkpoint(model, filepath, by_name)
    library = hdf5("`load_weights`")
    if not model._is_graph_network and not model.built:
        raise ValueError(
            "Unable to load weights saved in HDF5 format into a subclassed Model which has not created its variables "
            "yet. Call the Model first, then load the weights."
        )
    model._assert_weights_created()
    with library.File(filepath, "r") as file:
        group = file["model_weights"] if "layer_names" not in file.attrs and "model_weights" in file else file
        (hdf5_weights.load_by_name if by_name else hdf5_weights.load)(group, model.layers)
    return None


def _is_hdf5_file(path: str) -> bool:
    if not os.path.isfile(path):
        return False
    with open(path, "rb") as file:
        return file.read(8) == b"\x89HDF\r\n\x1a\n"


def _load_checkpoint(model: Any, path: str, by_name: bool) -> Any:
    tf.train.NewCheckpointReader(path)  # raises where there is none
    if by_name:
        raise NotImplementedError(
            "Weights may only be loaded based on topology into Models when loading TensorFlow-formatted weights (got "
            "by_name=True to load_weights)."
        )
    session = get_session()
    with session.graph.as_default():
        status = _saver(model).restore(path)
        status.run_restore_ops(session)
    # What is not there yet, such as what optimizers remember, gets its values when it is.
    object.__setattr__(model, "_awaited", status)
    if model.built:
        status.assert_nontrivial_match()
    return status


def restore_awaited(model: Any) -> None:
    """Gives what was made since the values that were loaded before."""
    status = model.__dict__.get("_awaited")
    if status is None:
        return
    session = get_session()
    done = len(status._operations)
    with session.graph.as_default():
        status._match()
    if len(status._operations) > done:
        session.run(status._operations[done:], {status._prefix: status._path})
