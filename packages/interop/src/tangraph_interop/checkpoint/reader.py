"""NewCheckpointReader and the functions that look into checkpoints."""

from __future__ import annotations

import os
from typing import Any

from tangraph.export import export
from tangraph.framework import protos
from tangraph.framework.dtypes import DType
from tangraph_interop.checkpoint.files import open_checkpoint
from tangraph_interop.checkpoint.state import latest_checkpoint


class CheckpointReader:
    """Looks into a checkpoint.

    Raises:
      NotFoundError: there is none.
      DataLossError: it is damaged.
    """

    def __init__(self, filename: Any) -> None:
        self._reader = open_checkpoint(os.fsdecode(filename))

    def has_tensor(self, tensor_str: Any) -> bool:
        """Returns whether there is a tensor of that name."""
        return self._reader.has(os.fsdecode(tensor_str))

    def get_tensor(self, tensor_str: Any) -> Any:
        """Returns a tensor as an array (bytes, for one string).

        Raises:
          NotFoundError: there is none of that name.
        """
        value = self._reader.read(os.fsdecode(tensor_str))
        return value[()] if value.ndim == 0 else value

    def get_variable_to_shape_map(self) -> dict[str, list[int]]:
        """Returns the shapes by name."""
        return {name: list(self._reader.shape(name)) for name in self._reader.names()}

    def get_variable_to_dtype_map(self) -> dict[str, DType]:
        """Returns the types by name."""
        return {name: self._reader.dtype(name) for name in self._reader.names()}

    def debug_string(self) -> bytes:
        """Returns a line for each tensor: name, type and shape."""
        lines = [
            f"{name} ({protos.DataType.Name(self._reader.dtype(name).as_datatype_enum)}) "
            f"[{','.join(str(size) for size in self._reader.shape(name))}]\n"
            for name in self._reader.names()
        ]
        return "".join(lines).encode()


@export("train.NewCheckpointReader")
def NewCheckpointReader(filepattern: Any) -> CheckpointReader:
    """Returns what looks into a checkpoint.

    Args:
      filepattern: the checkpoint's name, as `Saver.save` returns it.

    Raises:
      NotFoundError: there is none.
      DataLossError: it is damaged.
    """
    return CheckpointReader(filepattern)


@export("train.load_checkpoint")
def load_checkpoint(ckpt_dir_or_file: str) -> CheckpointReader:
    """Returns what looks into a checkpoint, or into the latest one of a folder.

    Raises:
      ValueError: the folder has none.
    """
    filename = _checkpoint_filename(ckpt_dir_or_file)
    if filename is None:
        raise ValueError(f"Couldn't find 'checkpoint' file or checkpoints in given directory {ckpt_dir_or_file}")
    return CheckpointReader(filename)


@export("train.load_variable")
def load_variable(ckpt_dir_or_file: str, name: str) -> Any:
    """Returns a tensor of a checkpoint, or of the latest one of a folder, as an array."""
    return load_checkpoint(ckpt_dir_or_file).get_tensor(name.removesuffix(":0"))


@export("train.list_variables")
def list_variables(ckpt_dir_or_file: str) -> list[tuple[str, list[int]]]:
    """Returns (name, shape) of each tensor of a checkpoint, or of the latest one of a folder, sorted by name."""
    return sorted(load_checkpoint(ckpt_dir_or_file).get_variable_to_shape_map().items())


def _checkpoint_filename(path: str) -> str | None:
    if os.path.isdir(path):
        return latest_checkpoint(path)
    return path
