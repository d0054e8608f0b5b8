"""Arrays in ``.npz`` files, also those of lists, which NumPy writes as pickles."""

from __future__ import annotations

import pickle
import zipfile
from typing import IO, Any, Final

import numpy as np

from tangraph_datasets.cifar import ArrayUnpickler
from tangraph_keras.utils.download import get_file

BASE: Final = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"


def load_arrays(path: str, name: str, checksum: str | None, keys: tuple[str, ...]) -> list[Any]:
    """Returns arrays of a file, which is downloaded when it is not there.

    Args:
      path: what it is called in the cache, or its whole path.
      name: what it is called where it comes from.
      checksum: its SHA-256 sum.
      keys: the names of the arrays.

    Raises:
      ValueError: the file lacks one, or has more than numbers and lists of them.
    """
    file = get_file(path, origin=BASE + name, file_hash=checksum)
    with zipfile.ZipFile(file) as archive:
        missing = [key for key in keys if f"{key}.npy" not in archive.namelist()]
        if missing:
            raise ValueError(f"{file} must have the arrays {', '.join(keys)}. It lacks: {', '.join(missing)}")
        arrays = []
        for key in keys:
            with archive.open(f"{key}.npy") as member:
                arrays.append(_array(member, f"{file}, {key}"))
        return arrays


def _array(member: IO[bytes], name: str) -> Any:
    version = np.lib.format.read_magic(member)
    read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran_order, dtype = read_header(member)
    if not dtype.hasobject:
        values = np.frombuffer(member.read(), dtype=dtype)
        return values.reshape(shape, order="F" if fortran_order else "C").copy()
    try:
        return ArrayUnpickler(member, encoding="bytes").load()
    except pickle.UnpicklingError as error:
        raise ValueError(f"{name} must be an array of lists of numbers: {error}") from error
