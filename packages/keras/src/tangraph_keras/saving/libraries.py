"""h5py, which only those need who have files to read or write with it."""

from __future__ import annotations

from typing import Any


def hdf5(task: str) -> Any:
    """Returns the module h5py.

    Args:
      task: what it is needed for, for the error.

    Raises:
      ImportError: it is not installed.
    """
    try:
        import h5py
    except ImportError:
        raise ImportError(f"{task} requires h5py: pip install tangraph-keras[hdf5]") from None
    return h5py


def is_hdf5_object(value: Any) -> bool:
    """Returns whether something is an open HDF5 file."""
    return type(value).__module__.partition(".")[0] == "h5py"


def is_hdf5_path(path: str) -> bool:
    """Returns whether a name ends as those of HDF5 files do."""
    return path.endswith((".h5", ".keras", ".hdf5"))


def may_write(path: str, overwrite: bool) -> bool:
    """Returns whether a file may be written: where there is one, the user is asked unless `overwrite` says so."""
    import os

    if overwrite or not os.path.isfile(path):
        return True
    answer = ""
    while answer not in {"y", "n"}:
        answer = input(f"[WARNING] {path} already exists - overwrite? [y/n]").strip().lower()
    if answer == "n":
        return False
    print("[TIP] Next time specify overwrite=True!")  # noqa: T201  Keras prints it
    return True
