"""CIFAR-10 and CIFAR-100: 60,000 colour images of 32 by 32 pixels each (A. Krizhevsky, 2009), from their batches.

A batch is a dictionary that Python 2 pickled. A pickle may run any code when it is read, so it is read by an unpickler
that makes numbers, texts, containers and arrays, and refuses everything else.
"""

from __future__ import annotations

import pickle
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

import numpy as np

from tangraph_datasets import downloads
from tangraph_datasets.loading import DataSet, Split

_URL: Final = "https://www.cs.toronto.edu/~kriz/"
CLASSES: Final = 10
_SIDE: Final = 32
_COLOURS: Final = 3

Part = tuple[Any, Any]


class _Archive(NamedTuple):
    """One of the two data sets, as it is published.

    Attributes:
      name: the archive.
      checksum: of the archive.
      folder: the folder in it.
      train, test: the files of the two parts.
    """

    name: str
    checksum: str
    folder: str
    train: tuple[str, ...]
    test: tuple[str, ...]


_TEN: Final = _Archive(
    "cifar-10-python.tar.gz",
    "sha256:6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
    "cifar-10-batches-py",
    tuple(f"data_batch_{i}" for i in range(1, 6)),
    ("test_batch",),
)
_HUNDRED: Final = _Archive(
    "cifar-100-python.tar.gz",
    "sha256:85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
    "cifar-100-python",
    ("train",),
    ("test",),
)


def _allowed() -> dict[tuple[str, str], Any]:
    """Returns what a pickled array is made of: (module, name) -> the function or class."""
    reconstruct = np.zeros(0).__reduce__()[0]
    found = {(f"numpy.{core}.multiarray", "_reconstruct"): reconstruct for core in ("core", "_core")}
    return {**found, ("numpy", "ndarray"): np.ndarray, ("numpy", "dtype"): np.dtype, ("_codecs", "encode"): _encode}


def _encode(text: str, encoding: str) -> bytes:
    """Makes bytes of text: how Python 3 writes bytes for Python 2."""
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"it has bytes in the encoding {encoding!r}")
    return text.encode("latin1")


class ArrayUnpickler(pickle.Unpickler):
    """Reads arrays, and refuses whatever else has a class or a function."""

    _known: Final = _allowed()

    def find_class(self, module: str, name: str) -> Any:
        """Returns one of the few names that an array needs."""
        if (module, name) not in self._known:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which arrays have no need of")
        return self._known[module, name]


def read_batch(file: IO[bytes] | str | Path) -> dict[bytes, Any]:
    """Returns the dictionary of a batch; its keys are bytes.

    Args:
      file: an open file, or a path.

    Raises:
      ValueError: the file is no batch: it is torn, or holds more than arrays, texts and numbers.
    """
    if isinstance(file, str | Path):
        with Path(file).open("rb") as opened:
            return read_batch(opened)
    name = getattr(file, "name", "the batch")
    try:
        batch = ArrayUnpickler(file, encoding="bytes").load()
    # A torn or foreign pickle makes the unpickler fail with nearly any error.
    except Exception as error:
        raise ValueError(f"{name} is no batch of CIFAR images: {error}") from error
    if not isinstance(batch, dict):
        raise ValueError(f"{name} is no batch of CIFAR images: it holds a {type(batch).__name__}, not a dictionary")
    return batch


def _arrays(batch: dict[bytes, Any], label_key: bytes, name: str) -> Part:
    """Returns the images of a batch, uint8 of [n, 32, 32, 3], and its labels, uint8 of [n]."""
    missing = [key.decode() for key in (b"data", label_key) if key not in batch]
    if missing:
        raise ValueError(f"{name} is no batch of CIFAR images: it lacks {' and '.join(missing)}")
    data, labels = np.asarray(batch[b"data"]), np.asarray(batch[label_key])
    if (
        data.dtype != np.uint8
        or data.ndim != 2
        or data.shape[1] != _COLOURS * _SIDE * _SIDE
        or len(labels) != len(data)
    ):
        raise ValueError(
            f"{name} must have uint8 images of shape [n, 3072] and as many labels. "
            f"Received: {data.dtype} of {list(data.shape)}, and {len(labels)} labels"
        )
    return data.reshape(-1, _COLOURS, _SIDE, _SIDE).transpose(0, 2, 3, 1), labels.astype(np.uint8)


def _joined(parts: Iterable[Part]) -> Part:
    images, labels = zip(*parts, strict=True)
    return np.ascontiguousarray(np.concatenate(images)), np.concatenate(labels)[:, None]


def _load(archive: _Archive, folder: str | Path | None, label_key: bytes) -> tuple[Part, Part]:
    """Returns the two parts, from files that lie in the folder or from the archive, which is downloaded when neither does."""
    root = Path(folder) if folder is not None else downloads.cache_folder("cifar")
    for batches in (root, root / archive.folder):
        if all((batches / name).exists() for name in archive.train + archive.test):
            train, test = (
                _joined(_arrays(read_batch(batches / name), label_key, name) for name in names)
                for names in (archive.train, archive.test)
            )
            return train, test
    path = downloads.fetch(_URL + archive.name, archive.name, root, archive.checksum)
    with tarfile.open(path) as tar:
        train, test = (
            _joined(_arrays(_read_member(tar, f"{archive.folder}/{name}"), label_key, name) for name in names)
            for names in (archive.train, archive.test)
        )
    return train, test


def _read_member(tar: tarfile.TarFile, name: str) -> dict[bytes, Any]:
    """Reads a batch in an archive. Nothing is unpacked, so that no member can be written anywhere."""
    try:
        file = tar.extractfile(name)
    except KeyError:
        file = None
    if file is None:
        raise ValueError(f"The archive {tar.name!s} has no file {name}")
    with file:
        return read_batch(file)


def load_cifar10(folder: str | Path | None = None) -> tuple[Part, Part]:
    """Returns ((images, labels), (images, labels)) of CIFAR-10: what to learn from, and what to be judged by.

    Args:
      folder: where `data_batch_1` to `test_batch`, the folder `cifar-10-batches-py` or the archive lie, or where the
        archive is downloaded to; the cache of data sets when None.

    Returns:
      Images are uint8 of [n, 32, 32, 3], labels uint8 of [n, 1].

    Raises:
      ImportError: the archive has to be downloaded, and pooch is not installed.
      ValueError: a file is no batch.
    """
    return _load(_TEN, folder, b"labels")


def load_cifar100(folder: str | Path | None = None, label_mode: str = "fine") -> tuple[Part, Part]:
    """Returns ((images, labels), (images, labels)) of CIFAR-100, as :func:`load_cifar10` does.

    Args:
      folder: where `train` and `test`, the folder `cifar-100-python` or the archive lie, or where it is downloaded to.
      label_mode: "fine" for 100 classes or "coarse" for 20.

    Raises:
      ImportError: the archive has to be downloaded, and pooch is not installed.
      ValueError: another `label_mode`, or a file is no batch.
    """
    if label_mode not in ("fine", "coarse"):
        raise ValueError(f"`label_mode` must be 'fine' or 'coarse'. Received: label_mode={label_mode!r}")
    return _load(_HUNDRED, folder, f"{label_mode}_labels".encode())


def load(*, folder: str | Path | None = None, one_hot: bool = False) -> DataSet:
    """Loads CIFAR-10 by the name "cifar10": images are float32 of [n, 32, 32, 3] in 0..1.

    Args:
      folder: see :func:`load_cifar10`.
      one_hot: whether a label is a float32 row of ten with a single 1 instead of an int64 number.
    """
    parts = []
    for images, labels in load_cifar10(folder):
        numbers = labels[:, 0].astype(np.int64)
        shares = images.astype(np.float32)
        shares *= np.float32(1 / 255)
        parts.append(Split(shares, np.eye(CLASSES, dtype=np.float32)[numbers] if one_hot else numbers))
    return DataSet(*parts)
