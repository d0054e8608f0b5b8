"""Runs a program in this process, with Tangraph under TensorFlow's name."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tangraph import finder

ALIASES: Final = {"tensorflow": "tangraph", "tensorflow.*": "tangraph.*"}


def run_script(script: Path, arguments: Sequence[str]) -> int:
    """Runs a program as ``python script.py arguments`` would; returns its exit status.

    Raises:
      Exception: what the program raises.
    """
    argv, path = sys.argv, sys.path[:]
    finder.install(ALIASES)
    sys.argv = [str(script), *arguments]
    sys.path.insert(0, str(script.resolve().parent))
    try:
        runpy.run_path(str(script), run_name="__main__")
    except SystemExit as end:
        return _status(end)
    finally:
        sys.argv, sys.path[:] = argv, path
        finder.uninstall(ALIASES)
    return 0


def _status(end: SystemExit) -> int:
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    print(end.code, file=sys.stderr)
    return 1
