"""Pillow and simplejpeg, which only those need who decode or encode the files of images."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

_INSTALL: Final = "pip install tangraph-datasets[images]"


def pillow(task: str) -> Any:
    """Returns the module PIL.Image.

    Args:
      task: what it is needed for, as an error would say it.

    Raises:
      ImportError: it is not installed.
    """
    try:
        return import_module("PIL.Image")
    except ImportError:
        raise ImportError(f"{task} requires Pillow: {_INSTALL}") from None


def simplejpeg(task: str) -> Any:
    """Returns the module simplejpeg, which has the fast transform that TensorFlow decodes with; Pillow has not.

    Args:
      task: what it is needed for, as an error would say it.

    Raises:
      ImportError: it is not installed.
    """
    try:
        return import_module("simplejpeg")
    except ImportError:
        raise ImportError(f"{task} requires simplejpeg: {_INSTALL}") from None
