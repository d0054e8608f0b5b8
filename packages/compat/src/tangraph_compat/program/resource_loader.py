"""`tf.resource_loader`: files that lie beside the code."""

from __future__ import annotations

import sys
from pathlib import Path

import tangraph
from tangraph.export import export


@export("resource_loader.get_data_files_path")
def get_data_files_path() -> str:
    """Returns the folder of the file that calls this."""
    return str(Path(_file_of_caller()).parent)


@export("resource_loader.get_path_to_datafile")
def get_path_to_datafile(path: str) -> str:
    """Returns the path of a file, given relative to the file that calls this."""
    return str(Path(_file_of_caller()).parent / path)


@export("resource_loader.get_root_dir_with_all_resources")
def get_root_dir_with_all_resources() -> str:
    """Returns the folder that holds the package."""
    return str(Path(str(tangraph.__file__)).parent.parent)


@export("resource_loader.load_resource")
def load_resource(path: str) -> bytes:
    """Returns the contents of a file of the package, given relative to it.

    Raises:
      OSError: it cannot be read.
    """
    return (Path(str(tangraph.__file__)).parent / path).read_bytes()


@export("resource_loader.readahead_file_path")
def readahead_file_path(path: str, readahead: str = "128M") -> str:
    """Returns the path as it is: reading ahead is the system's business here."""
    return path


def _file_of_caller() -> str:
    return sys._getframe(2).f_code.co_filename  # noqa: SLF001  a path is relative to whoever asks
