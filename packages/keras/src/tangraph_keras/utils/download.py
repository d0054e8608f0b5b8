"""Files from the net, kept where Keras keeps them."""

from __future__ import annotations

import hashlib
import os
import tarfile
import zipfile
from pathlib import Path
from typing import Any, Final

from tangraph.export import export
from tangraph_datasets.downloads import fetch

_SHA256_LENGTH: Final = 64


def _cache(cache_dir: str | None) -> Path:
    root = Path(cache_dir).expanduser() if cache_dir is not None else Path.home() / ".keras"
    # As TensorFlow does where the home cannot be written to, or is not there yet.
    return root if os.access(root, os.W_OK) or _can_make(root) else Path("/tmp/.keras")  # noqa: S108  Keras' own place


def _can_make(folder: Path) -> bool:
    return not folder.exists() and os.access(folder.parent, os.W_OK)


@export("keras.utils.get_file")
def get_file(
    fname: str,
    origin: str,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: Any = "auto",
    cache_dir: str | None = None,
) -> str:
    """Returns the path of a file, which is downloaded when it is not there yet.

    Args:
      fname: what it is called in the cache, or an absolute path.
      origin: where it comes from.
      untar: whether it is an archive, `fname` with ".tar.gz" at the end, which is unpacked; then the path is that of
        `fname`.
      md5_hash: its MD5 sum; the same as `file_hash` with the algorithm "md5".
      file_hash: its checksum; None where nothing is known.
      cache_subdir: the folder in the cache.
      hash_algorithm: "md5", "sha256", or "auto" to tell them by their lengths.
      extract: whether to unpack it, where it is an archive.
      archive_format: "auto", "tar", "zip", a list of these, or None for none.
      cache_dir: the cache; ``~/.keras`` when None.

    Raises:
      ImportError: it has to be downloaded, and pooch is not installed.
      ValueError: what came has another checksum.
    """
    if md5_hash is not None and file_hash is None:
        file_hash, hash_algorithm = md5_hash, "md5"
    folder = _cache(cache_dir) / cache_subdir
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (f"{fname}.tar.gz" if untar else fname)
    if path.exists() and file_hash is not None and not validate_file(path, file_hash, hash_algorithm):
        print(  # noqa: T201  Keras tells
            f"A local file was found, but it seems to be incomplete or outdated because the {hash_algorithm} file hash "
            f"does not match the original value of {file_hash} so we will re-download the data."
        )
        path.unlink()
    if not path.exists():
        print("Downloading data from", origin)  # noqa: T201
        checksum = None if file_hash is None else f"{_algorithm(file_hash, hash_algorithm)}:{file_hash}"
        fetch(origin, path.name, path.parent, checksum)
    if untar:
        target = folder / fname
        if not target.exists():
            _extract(path, folder, "tar")
        return str(target)
    if extract:
        _extract(path, folder, archive_format)
    return str(path)


def _algorithm(file_hash: str, algorithm: str) -> str:
    is_long = algorithm == "sha256" or (algorithm == "auto" and len(file_hash) == _SHA256_LENGTH)
    return "sha256" if is_long else "md5"


def validate_file(path: str | Path, file_hash: str, algorithm: str = "auto") -> bool:
    """Returns whether a file has a checksum."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, _algorithm(file_hash, algorithm)).hexdigest() == str(file_hash)


def _extract(path: Path, folder: Path, archive_format: Any) -> bool:
    """Unpacks an archive into a folder, from which nothing in it escapes; returns whether it was one."""
    formats = ["tar", "zip"] if archive_format == "auto" else archive_format
    for kind in [formats] if isinstance(formats, str) else formats or ():
        if kind == "tar" and tarfile.is_tarfile(path):
            with tarfile.open(path) as tar:
                tar.extractall(folder, filter="data")
            return True
        if kind == "zip" and zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                archive.extractall(folder)  # noqa: S202 - a zip file's names are made safe
            return True
    return False
