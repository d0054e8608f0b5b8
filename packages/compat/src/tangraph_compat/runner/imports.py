"""The import names that Tangraph answers to in a program's process.

The finder here is light and stands first: it loads Tangraph at the first `import tensorflow`, and hands over to
:mod:`tangraph.finder`, which has the aliases.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from importlib.abc import Loader, MetaPathFinder
else:
    Loader = MetaPathFinder = object  # importing importlib.abc takes longer than all of this

_KERAS_3: Final = (
    "Keras 3's backend 'tensorflow' needs TensorFlow 2, and `tensorflow` is Tangraph here. Set KERAS_BACKEND to 'jax', "
    "'torch' or 'numpy' (which needs JAX) to use this Keras; a program of TensorFlow 1 finds its Keras in tf.keras."
)


class _Empty(Loader):
    """Loads a module that has nothing in it."""

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Leaves it to the import system."""
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Puts nothing in."""


class TensorFlow(MetaPathFinder):
    """Serves `tensorflow` and what is below it, and keeps others from taking it for TensorFlow 2."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Returns the spec of a module of TensorFlow's, or None."""
        if fullname == "tensorflow" or fullname.startswith("tensorflow."):
            return serve(fullname, path, target)
        if fullname == "tensorboard.compat.notf":  # TensorBoard's own switch: with this module there, it uses its stub
            return ModuleSpec(fullname, _Empty())
        if fullname == "keras.src" and _backend_of_keras() == "tensorflow":
            raise ImportError(_KERAS_3)
        return None


class StandAloneKeras(MetaPathFinder):
    """Stands last: programs of TensorFlow 1 may say `import keras`, and where that is not installed tf.keras is it."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Returns the spec of `keras` or a module below it, or None for any other."""
        if fullname != "keras":
            return None
        from tangraph import finder

        finder.install({"keras": "tangraph.keras", "keras.*": "tangraph.keras.*"})
        return finder.find_spec(fullname, path, target)


def _backend_of_keras() -> str:
    """Returns the backend that Keras 3 is going to take, found as it finds it."""
    import json
    import os
    from pathlib import Path

    if "KERAS_BACKEND" in os.environ:
        return os.environ["KERAS_BACKEND"]
    folder = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    try:
        return str(json.loads((folder / "keras.json").read_text(encoding="utf-8")).get("backend", "tensorflow"))
    except (OSError, ValueError):
        return "tensorflow"


def serve(fullname: str, path: Sequence[str] | None, target: ModuleType | None) -> ModuleSpec | None:
    """Installs Tangraph's aliases and returns the spec of one; from then on they need no help from here."""
    from tangraph import finder
    from tangraph.cli.script import ALIASES

    finder.install(ALIASES)
    return finder.find_spec(fullname, path, target)


def install() -> None:
    """Serves `tensorflow` in this process from now on."""
    sys.meta_path.insert(0, TensorFlow())
    sys.meta_path.append(StandAloneKeras())
