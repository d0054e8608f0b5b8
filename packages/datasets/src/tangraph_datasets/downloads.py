"""Downloads: into a folder, with a checksum and a progress bar, and only what is not there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_CACHE: Final = "TANGRAPH_DATASETS"


def cache_folder(name: str) -> Path:
    """Returns where a data set is kept that its program has no folder for.

    That is below the folder that the environment variable TANGRAPH_DATASETS names, or the user's `.cache`.
    """
    root = os.environ.get(_CACHE)
    return (Path(root) if root else Path.home() / ".cache" / "tangraph" / "datasets") / name


def fetch(url: str, name: str, folder: str | Path, checksum: str | None = None) -> Path:
    """Returns the path of a file in a folder, downloaded when it is not there.

    Args:
      url: where it comes from.
      name: what it is called in the folder.
      folder: the folder, made when it is not there.
      checksum: "sha256:..." or "md5:..." of its bytes; None where nothing is known of them.

    Raises:
      ImportError: it has to be downloaded, and pooch is not installed.
      ValueError: what came has another checksum; nothing is kept of it.
    """
    path = Path(folder) / name
    if path.exists():
        return path
    try:
        import pooch
    except ImportError as error:
        raise ImportError(
            f"The file {name} is not in {str(folder)!r}, and cannot be downloaded without pooch: "
            "pip install tangraph-datasets[download]"
        ) from error
    pooch.retrieve(url, checksum, name, str(folder), progressbar=True)
    return path
